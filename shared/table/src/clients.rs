//! Clients of a DynamoDB on this machine, whichever it is.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region, SharedHttpClient};
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};

/// A client of the tables at `endpoint`.
#[must_use]
pub fn client(endpoint: &str, connections: &SharedHttpClient) -> Client {
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .endpoint_url(endpoint)
        .http_client(connections.clone())
        .region(Region::from_static("eu-central-1"))
        .credentials_provider(Credentials::new("local", "local", None, None, "local"));
    Client::from_conf(config.build())
}

/// Connections that clients share. Nothing here goes over TLS, so no root certificates are read.
///
/// # Errors
/// Says why TLS cannot be set up.
pub fn connections() -> Result<SharedHttpClient, String> {
    let no_roots = TlsContext::builder().with_trust_store(TrustStore::empty()).build();
    let no_roots = no_roots.map_err(|error| error.to_string())?;
    let client = aws_smithy_http_client::Builder::new().tls_provider(Provider::Rustls(CryptoMode::AwsLc));
    Ok(client.tls_context(no_roots).build_https())
}

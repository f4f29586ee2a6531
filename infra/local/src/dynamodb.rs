//! Clients of a DynamoDB on this machine, whichever it is.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region, SharedHttpClient};
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};

use crate::error::StartError;

/// What a table is called, or what the name of one begins with.
pub const TABLE: &str = "user-settings";

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

/// A client of the streams at `endpoint`.
#[must_use]
pub fn stream_client(endpoint: &str, connections: &SharedHttpClient) -> aws_sdk_dynamodbstreams::Client {
    let config = aws_sdk_dynamodbstreams::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .endpoint_url(endpoint)
        .http_client(connections.clone())
        .region(Region::from_static("eu-central-1"))
        .credentials_provider(Credentials::new("local", "local", None, None, "local"));
    aws_sdk_dynamodbstreams::Client::from_conf(config.build())
}

/// Connections that clients share. Nothing here goes over TLS, so no root certificates are read.
///
/// # Errors
/// `Store` when TLS cannot be set up.
pub fn connections() -> Result<SharedHttpClient, StartError> {
    let no_roots = TlsContext::builder().with_trust_store(TrustStore::empty()).build();
    let no_roots = no_roots.map_err(|error| StartError::Store(error.to_string()))?;
    let client = aws_smithy_http_client::Builder::new().tls_provider(Provider::Rustls(CryptoMode::AwsLc));
    Ok(client.tls_context(no_roots).build_https())
}

//! How AWS is reached: credentials, region, endpoints, timeouts, and whose certificates are trusted.

use std::fs;
use std::sync::OnceLock;
use std::time::Duration;

use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region, SharedCredentialsProvider, SharedHttpClient};
use aws_smithy_http_client::Connector;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_runtime_api::client::http::{SharedHttpConnector, http_client_fn};
use aws_types::SdkConfig;
use aws_types::service_config::{LoadServiceConfig, ServiceConfigKey};

use super::variable;
use crate::error::{Error, Result};

/// The roots that sign for AWS. From memory: the system's own are more than a hundred files to open at each start.
const AMAZON_ROOTS: &str = include_str!("amazon-roots.pem");

/// Credentials, region and endpoints as Lambda puts them into the environment.
///
/// # Errors
/// `Internal` when credentials or region are missing, or the certificates of `AWS_CA_BUNDLE`.
pub fn sdk_config() -> Result<SdkConfig> {
    let credentials = Credentials::new(
        variable("AWS_ACCESS_KEY_ID")?,
        variable("AWS_SECRET_ACCESS_KEY")?,
        variable("AWS_SESSION_TOKEN").ok(),
        None,
        "environment",
    );
    let config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(variable("AWS_REGION")?))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .http_client(http_client(trusted()?)?)
        .service_config(Endpoints)
        .timeout_config(timeouts())
        .retry_config(RetryConfig::standard().with_max_attempts(3));
    Ok(match variable("AWS_ENDPOINT_URL") {
        Ok(url) => config.endpoint_url(url).build(),
        Err(_) => config.build(),
    })
}

/// Connect (TLS included) 1 s, an attempt 1.5 s, all attempts 3 s.
#[must_use]
pub fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(1))
        .operation_attempt_timeout(Duration::from_millis(1_500))
        .operation_timeout(Duration::from_secs(3))
        .build()
}

/// One connector for all clients, which have the same timeouts; it trusts the roots in `pem` alone. The SDK's own way
/// makes one more for each client as a trial, and reads the certificates again each time.
fn http_client(pem: Vec<u8>) -> Result<SharedHttpClient> {
    let roots = TrustStore::empty().with_pem_certificate(pem);
    let context = TlsContext::builder().with_trust_store(roots).build().map_err(Error::internal)?;
    let connector = OnceLock::new();
    Ok(http_client_fn(move |settings, components| {
        let make = || {
            let mut builder = Connector::builder().connector_settings(settings.clone());
            builder.set_sleep_impl(components.sleep_impl());
            let builder = builder.tls_provider(Provider::Rustls(CryptoMode::AwsLc)).tls_context(context.clone());
            SharedHttpConnector::new(builder.build())
        };
        connector.get_or_init(make).clone()
    }))
}

/// Amazon's roots, or those in the file that `AWS_CA_BUNDLE` names, as for every AWS tool.
fn trusted() -> Result<Vec<u8>> {
    match variable("AWS_CA_BUNDLE") {
        Ok(path) => fs::read(path).map_err(Error::internal),
        Err(_) => Ok(AMAZON_ROOTS.into()),
    }
}

/// Endpoints by service, as every AWS tool reads them: `AWS_ENDPOINT_URL_DYNAMODB` goes before `AWS_ENDPOINT_URL`.
#[derive(Debug)]
struct Endpoints;

impl LoadServiceConfig for Endpoints {
    fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
        let service = key.service_id().to_uppercase().replace(' ', "_");
        variable(&format!("{}_{service}", key.env())).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_dynamodb::error::SdkError;
    use data_encoding::{BASE64, HEXLOWER};
    use sha2::{Digest, Sha256};

    /// The DER element at the front of `bytes`, where its length takes one, two or three bytes.
    fn element(bytes: &[u8]) -> Option<&[u8]> {
        let length = match *bytes.get(1)? {
            short @ ..=0x7f => 2 + usize::from(short),
            0x81 => 3 + usize::from(*bytes.get(2)?),
            0x82 => 4 + usize::from(*bytes.get(2)?) * 256 + usize::from(*bytes.get(3)?),
            _ => return None,
        };
        bytes.get(..length)
    }

    #[test]
    fn the_roots_hold_the_keys_that_amazon_publishes() {
        let texts: Vec<_> = AMAZON_ROOTS.split("-----END CERTIFICATE-----").collect();
        assert_eq!(texts.len(), 6, "five certificates");
        for text in &texts[..5] {
            let (above, body) = text.split_once("-----BEGIN CERTIFICATE-----").expect("a certificate");
            let published = above.trim_end().rsplit("# ").next().expect("a digest");
            let certificate = BASE64.decode(body.replace('\n', "").as_bytes()).expect("PEM");
            let mut elements = (0..certificate.len()).filter_map(|at| element(&certificate[at..]));
            let is_there = elements.any(|element| HEXLOWER.encode(&Sha256::digest(element)) == published);
            assert!(is_there, "{above}");
        }
    }

    #[tokio::test]
    async fn what_the_roots_hold_can_be_used() {
        let client = http_client(AMAZON_ROOTS.into()).expect("a client");
        let config = aws_sdk_dynamodb::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::from_static("eu-central-1"))
            .credentials_provider(Credentials::new("a", "a", None, None, "test"))
            .endpoint_url("https://127.0.0.1:1")
            .timeout_config(timeouts())
            .http_client(client);
        // The first request reads the certificates.
        let refused = aws_sdk_dynamodb::Client::from_conf(config.build()).list_tables().send().await;
        assert!(matches!(refused, Err(SdkError::DispatchFailure(failure)) if failure.is_io()));
    }
}

//! The generated secret: read once, again every ten minutes, and at once when something names a version it lacks.

use std::fmt;
use std::sync::Arc;

use tokio::sync::Mutex;

use crate::clock::Timestamp;
use crate::error::{Error, Result};
use crate::keyring::{Keyring, SecretVersion};

const REFRESH_SECONDS: u32 = 10 * 60;
/// After a failure, what is loaded serves so long before the source is asked again: each try costs a request seconds.
const RETRY_SECONDS: u32 = 30;
/// Seconds between two readings out of turn, so that no item, however corrupt, asks more often.
const EARLY_SECONDS: u32 = 5;

/// Where the secret comes from.
#[derive(Clone)]
pub enum SecretSource {
    /// Secrets Manager, by the secret's ARN.
    SecretsManager {
        /// Reaches Secrets Manager.
        client: aws_sdk_secretsmanager::Client,
        /// The secret.
        secret_id: String,
    },
    /// Given at the start and never changed.
    Given(Arc<Keyring>),
    /// This function was given none.
    Absent,
}

impl SecretSource {
    async fn read(&self) -> Result<Arc<Keyring>> {
        match self {
            Self::SecretsManager { client, secret_id } => {
                let answer = client.get_secret_value().secret_id(secret_id).send().await.map_err(Error::unavailable)?;
                let text = answer.secret_string().ok_or_else(|| Error::internal("the secret holds no text"))?;
                Keyring::parse(text).map(Arc::new)
            }
            Self::Given(keyring) => Ok(Arc::clone(keyring)),
            Self::Absent => Err(Error::internal("this function was given no secret")),
        }
    }
}

/// What one environment has read.
#[derive(Default)]
struct Loaded {
    keyring: Option<(Timestamp, Arc<Keyring>)>,
    /// When the source last failed, unless it has answered since.
    failed_at: Option<Timestamp>,
    /// When it was last read out of turn.
    early_at: Option<Timestamp>,
}

/// The keys, wherever they come from. Clones share what was read.
#[derive(Clone)]
pub struct Secrets {
    source: SecretSource,
    /// Held while the source is asked, so that many who need it ask once.
    loaded: Arc<Mutex<Loaded>>,
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secrets")
    }
}

impl Secrets {
    /// Keys from `source`, read when they are first asked for.
    #[must_use]
    pub fn new(source: SecretSource) -> Self {
        Self { source, loaded: Arc::default() }
    }

    /// Whether this function was given any.
    #[must_use]
    pub const fn is_given(&self) -> bool {
        !matches!(self.source, SecretSource::Absent)
    }

    /// The keys, at most ten minutes old while their source answers.
    ///
    /// # Errors
    /// `Unavailable` when they were never read and the source does not answer; `Internal` when it holds no keys.
    pub async fn keyring(&self, now: Timestamp) -> Result<Arc<Keyring>> {
        let mut loaded = self.loaded.lock().await;
        let Some((read_at, known)) = loaded.keyring.clone() else { return self.read(&mut loaded, now).await };
        let is_young = now.seconds_since(read_at) < REFRESH_SECONDS;
        if is_young || is_within(loaded.failed_at, RETRY_SECONDS, now) {
            return Ok(known);
        }
        self.read(&mut loaded, now).await.or_else(|error| {
            let cause = error.with_causes();
            // Where the source answers what is no secret, the next environment to start has none.
            if let Error::Internal(_) = error {
                tracing::error!(event = "secret_refresh_failed", error = %cause);
            } else {
                tracing::warn!(event = "secret_refresh_failed", error = %cause);
            }
            Ok(known)
        })
    }

    /// The keys, with those of `version` where the secret holds it: an environment that has not read it yet meets what
    /// another one wrote.
    ///
    /// # Errors
    /// As [`Secrets::keyring`], and when the source cannot say whether there is such a version.
    pub async fn keyring_with(&self, version: SecretVersion, now: Timestamp) -> Result<Arc<Keyring>> {
        let keyring = self.keyring(now).await?;
        if keyring.holds(version) { Ok(keyring) } else { self.newest_keyring(now).await }
    }

    /// The keys as they are now, to five seconds.
    ///
    /// # Errors
    /// `Unavailable` when the source does not answer; `Internal` when it holds no keys.
    pub async fn newest_keyring(&self, now: Timestamp) -> Result<Arc<Keyring>> {
        let mut loaded = self.loaded.lock().await;
        if is_within(loaded.early_at, EARLY_SECONDS, now) {
            if loaded.failed_at.is_some() {
                return Err(Error::unavailable("the secret could not be read a moment ago"));
            }
            if let Some((_, known)) = &loaded.keyring {
                return Ok(Arc::clone(known));
            }
        }
        loaded.early_at = Some(now);
        self.read(&mut loaded, now).await
    }

    async fn read(&self, loaded: &mut Loaded, now: Timestamp) -> Result<Arc<Keyring>> {
        let read = self.source.read().await;
        match &read {
            Ok(keyring) => {
                loaded.keyring = Some((now, Arc::clone(keyring)));
                loaded.failed_at = None;
            }
            Err(_) => loaded.failed_at = Some(now),
        }
        read
    }
}

fn is_within(at: Option<Timestamp>, seconds: u32, now: Timestamp) -> bool {
    at.is_some_and(|at| now.seconds_since(at) < seconds)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::sync::{Mutex, PoisonError};

    use aws_sdk_secretsmanager::config::retry::RetryConfig;
    use aws_sdk_secretsmanager::config::{BehaviorVersion, Config, Credentials, Region};
    use aws_smithy_runtime_api::client::http::{
        HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn,
    };
    use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
    use aws_smithy_types::body::SdkBody;

    use super::*;

    const START: Timestamp = Timestamp::from_unix_seconds(1_800_000_000);

    fn version(number: u32) -> SecretVersion {
        SecretVersion::parse(&number.to_string()).expect("a version")
    }

    /// Secrets Manager, while it holds a text; else it fails.
    #[derive(Clone, Debug, Default)]
    struct Vault {
        text: Arc<Mutex<Option<String>>>,
        reads: Arc<AtomicU32>,
    }

    impl HttpConnector for Vault {
        fn call(&self, _: HttpRequest) -> HttpConnectorFuture {
            self.reads.fetch_add(1, Ordering::Relaxed);
            let text = self.text.lock().unwrap_or_else(PoisonError::into_inner).clone();
            let (status, body) = match text {
                Some(text) => (200, serde_json::json!({"SecretString": text})),
                None => (500, serde_json::json!({"__type": "InternalServiceError"})),
            };
            let body = SdkBody::from(body.to_string());
            HttpConnectorFuture::ready(Ok(HttpResponse::new(status.try_into().expect("a status"), body)))
        }
    }

    /// A secret, and one environment that reads it.
    struct Bench {
        vault: Vault,
        secrets: Secrets,
    }

    impl Bench {
        /// With version 1.
        fn new() -> Self {
            let vault = Vault::default();
            let connector = SharedHttpConnector::new(vault.clone());
            let config = Config::builder()
                .behavior_version(BehaviorVersion::latest())
                .region(Region::from_static("eu-central-1"))
                .retry_config(RetryConfig::disabled())
                .credentials_provider(Credentials::new("test", "test", None, None, "test"))
                .http_client(http_client_fn(move |_, _| connector.clone()));
            let client = aws_sdk_secretsmanager::Client::from_conf(config.build());
            let secrets = Secrets::new(SecretSource::SecretsManager { client, secret_id: "secret".to_owned() });
            let bench = Self { vault, secrets };
            bench.hold(&[1]);
            bench
        }

        fn set(&self, text: Option<String>) {
            *self.vault.text.lock().unwrap_or_else(PoisonError::into_inner) = text;
        }

        /// Puts a secret with these versions there, the last of them current.
        fn hold(&self, versions: &[u32]) {
            let current = versions.last().expect("a version");
            let texts = versions.iter().map(|version| format!(r#","{version}":"{}""#, "k".repeat(64)));
            self.set(Some(format!(r#"{{"current":"{current}"{}}}"#, texts.collect::<String>())));
        }

        fn reads(&self) -> u32 {
            self.vault.reads.load(Ordering::Relaxed)
        }

        /// The current version, so many seconds after the start.
        async fn current_at(&self, seconds: u32) -> Result<String> {
            let keyring = self.secrets.keyring(START.plus(seconds)).await?;
            keyring.current().map(|keys| keys.version.to_string())
        }

        /// Whether a version that something names is there, so many seconds after the start.
        async fn has(&self, number: u32, seconds: u32) -> Result<bool> {
            let keyring = self.secrets.keyring_with(version(number), START.plus(seconds)).await?;
            Ok(keyring.holds(version(number)))
        }
    }

    #[tokio::test]
    async fn what_was_read_serves_ten_minutes() {
        let bench = Bench::new();
        assert_eq!(bench.current_at(0).await.expect("read"), "1");
        bench.hold(&[1, 2]);
        assert_eq!(bench.current_at(599).await.expect("read"), "1");
        assert_eq!(bench.current_at(600).await.expect("read"), "2");
        assert_eq!(bench.reads(), 2);
    }

    #[tokio::test]
    async fn a_failed_refresh_keeps_what_is_loaded_and_is_not_repeated_at_once() {
        let bench = Bench::new();
        bench.current_at(0).await.expect("read");
        bench.set(Some("not a secret".to_owned()));
        for seconds in [600, 601, 629] {
            assert_eq!(bench.current_at(seconds).await.expect("kept"), "1");
        }
        assert_eq!(bench.reads(), 2);
        bench.hold(&[1, 2]);
        assert_eq!(bench.current_at(630).await.expect("read"), "2");
    }

    #[tokio::test]
    async fn without_a_first_reading_a_failure_is_a_failure() {
        let bench = Bench::new();
        bench.set(None);
        assert!(matches!(bench.current_at(0).await, Err(Error::Unavailable(_))));
        bench.hold(&[1]);
        assert_eq!(bench.current_at(0).await.expect("read"), "1");
    }

    #[tokio::test]
    async fn a_version_that_is_not_known_yet_is_read_at_once() {
        let bench = Bench::new();
        bench.current_at(0).await.expect("read");
        bench.hold(&[1, 2]);
        assert!(bench.has(2, 1).await.expect("read"));
        assert_eq!(bench.current_at(1).await.expect("read"), "2");
        assert_eq!(bench.reads(), 2);
    }

    #[tokio::test]
    async fn a_version_that_is_not_there_is_looked_for_every_five_seconds_at_most() {
        let bench = Bench::new();
        bench.current_at(0).await.expect("read");
        for seconds in [0, 0, 1, 4] {
            assert!(!bench.has(9, seconds).await.expect("known not to be there"));
        }
        assert_eq!(bench.reads(), 2);
        bench.hold(&[1, 9]);
        assert!(bench.has(9, 5).await.expect("read"));
        assert_eq!(bench.reads(), 3);
    }

    #[tokio::test]
    async fn whether_a_version_is_there_is_not_answered_by_a_source_that_fails() {
        let bench = Bench::new();
        bench.current_at(0).await.expect("read");
        bench.set(None);
        for seconds in [1, 2] {
            assert!(matches!(bench.has(2, seconds).await, Err(Error::Unavailable(_))));
        }
        assert_eq!(bench.reads(), 2);
        assert!(bench.has(1, 2).await.expect("known"));
        bench.hold(&[1, 2]);
        assert!(bench.has(2, 6).await.expect("read"));
    }

    #[tokio::test]
    async fn sixteen_who_need_the_secret_at_once_read_it_once() {
        let bench = Bench::new();
        let asked: Vec<_> = (0..16)
            .map(|_| {
                let secrets = bench.secrets.clone();
                tokio::spawn(async move { secrets.keyring_with(version(9), START).await })
            })
            .collect();
        for asked in asked {
            assert!(!asked.await.expect("an answer").expect("read").holds(version(9)));
        }
        assert_eq!(bench.reads(), 2, "once as everybody, once for the version");
    }
}

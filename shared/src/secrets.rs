//! The generated secret: read once, refreshed every ten minutes, kept when a refresh fails.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use crate::clock::Timestamp;
use crate::error::{Error, Result};
use crate::keyring::Keyring;

const REFRESH_SECONDS: u32 = 10 * 60;

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
    /// Given at the start: the local stack's file.
    Given(Arc<Keyring>),
    /// This function was given none.
    Absent,
}

/// The keys, and when they were read.
type Loaded = (Timestamp, Arc<Keyring>);

/// The keys, wherever they come from.
#[derive(Clone)]
pub struct Secrets {
    source: SecretSource,
    loaded: Arc<Mutex<Option<Loaded>>>,
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
        let (client, secret_id) = match &self.source {
            SecretSource::Given(keyring) => return Ok(Arc::clone(keyring)),
            SecretSource::Absent => return Err(Error::internal("this function was given no secret")),
            SecretSource::SecretsManager { client, secret_id } => (client, secret_id),
        };
        let loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match loaded {
            Some((at, keyring)) if now.seconds_since(at) < REFRESH_SECONDS => Ok(keyring),
            Some((_, keyring)) => match self.load(client, secret_id, now).await {
                Ok(fresh) => Ok(fresh),
                Err(error) => {
                    tracing::warn!(event = "secret_refresh_failed", error = &error as &dyn std::error::Error);
                    Ok(keyring)
                }
            },
            None => self.load(client, secret_id, now).await,
        }
    }

    async fn load(
        &self,
        client: &aws_sdk_secretsmanager::Client,
        secret_id: &str,
        now: Timestamp,
    ) -> Result<Arc<Keyring>> {
        let answer = client.get_secret_value().secret_id(secret_id).send().await.map_err(Error::unavailable)?;
        let text = answer.secret_string().ok_or_else(|| Error::internal("the secret holds no text"))?;
        let keyring = Arc::new(Keyring::parse(text)?);
        let mut loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        *loaded = Some((now, Arc::clone(&keyring)));
        Ok(keyring)
    }
}

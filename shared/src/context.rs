//! What every function works with.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::clock::{Clock, Timestamp};
use crate::error::{Error, Result};
use crate::id::UserId;
use crate::keyring::{Keyring, SecretVersion};
use crate::password::Hasher;
use crate::secrets::Secrets;
use crate::store::Store;
use crate::store::settings::MfaPolicy;
use crate::token::OpaqueToken;

/// Seconds by which a change of the account's settings may lag.
const SETTINGS_SECONDS: u32 = 30;

/// What a deployment decides.
#[derive(Clone, Debug)]
pub struct Config {
    /// The account's name.
    pub account_name: String,
    /// The MFA policy until an administrator sets one.
    pub mfa_policy_default: MfaPolicy,
    /// Seconds after its expiry when the clean-up removes a key.
    pub expired_key_retention_seconds: u32,
    /// Where mails come from.
    pub mail_from: String,
    /// How long a refused sign-in takes at least; [`REFUSAL_TIME_MIN`] but in tests.
    ///
    /// [`REFUSAL_TIME_MIN`]: crate::protection::REFUSAL_TIME_MIN
    pub refusal_time_min: Duration,
    /// Where the portal's page is, `https://…` without a slash at the end; mails link to it.
    pub portal_origin: String,
}

/// What every function works with; clones share it.
#[derive(Clone, Debug)]
pub struct Context {
    /// The table.
    pub store: Store,
    /// The clock, read once per request.
    pub clock: Clock,
    /// The generated secret.
    pub secrets: Secrets,
    /// Argon2id.
    pub hasher: Hasher,
    /// What the deployment decides.
    pub config: Arc<Config>,
    policy: Arc<Mutex<Option<(Timestamp, MfaPolicy)>>>,
}

impl Context {
    /// Puts the parts together.
    #[must_use]
    pub fn new(store: Store, clock: Clock, secrets: Secrets, hasher: Hasher, config: Config) -> Self {
        Self { store, clock, secrets, hasher, config: Arc::new(config), policy: Arc::default() }
    }

    /// The keys.
    ///
    /// # Errors
    /// As [`Secrets::keyring`].
    pub async fn keyring(&self, now: Timestamp) -> Result<Arc<Keyring>> {
        self.secrets.keyring(now).await
    }

    /// The keys, those of `version` among them, which protect something of this user.
    ///
    /// # Errors
    /// As [`Secrets::keyring_with`]; `Internal` when the secret holds no such version.
    pub async fn keyring_with(&self, version: SecretVersion, user: UserId, now: Timestamp) -> Result<Arc<Keyring>> {
        let keyring = self.secrets.keyring_with(version, now).await?;
        if keyring.holds(version) {
            return Ok(keyring);
        }
        Err(Error::internal(format!(
            "the secret holds no version {version}, which protects a password or a TOTP secret of user {user}: put the \
             version back, or let an administrator invite the user anew or reset the user's MFA"
        )))
    }

    /// Whether this service mailed a token, under any version of the secret. Ask last: where no version that is known
    /// here made it, the secret is read anew.
    ///
    /// # Errors
    /// As [`Secrets::newest_keyring`].
    pub async fn is_mailed(&self, token: &OpaqueToken, now: Timestamp) -> Result<bool> {
        let is_known = token.is_mailed(self.keyring(now).await?.as_ref())?;
        Ok(is_known || token.is_mailed(self.secrets.newest_keyring(now).await?.as_ref())?)
    }

    /// The account's MFA policy, at most 30 seconds old.
    ///
    /// # Errors
    /// `Unavailable` when the table does not answer: an old policy is no answer.
    pub async fn mfa_policy(&self, now: Timestamp) -> Result<MfaPolicy> {
        let known = *self.policy.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, policy)) = known.filter(|(at, _)| now.seconds_since(*at) < SETTINGS_SECONDS) {
            return Ok(policy);
        }
        let policy = self.store.mfa_policy().await?.unwrap_or(self.config.mfa_policy_default);
        self.remember_mfa_policy(policy, now);
        Ok(policy)
    }

    /// Uses a policy that was just read or set.
    pub fn remember_mfa_policy(&self, policy: MfaPolicy, now: Timestamp) {
        *self.policy.lock().unwrap_or_else(PoisonError::into_inner) = Some((now, policy));
    }
}

//! Login protection: every attempt is counted before it is checked, in one conditional write.

use std::time::Duration;

use crate::attempts::{Attempts, Origin, Spray, Wait};
use crate::clock::Timestamp;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::http::call::Call;
use crate::id::UserId;
use crate::secret::short_hash;
use crate::store::factors::Devices;
use crate::store::item::Item;
use crate::store::layout::{self, Key};

/// How long a refused sign-in takes at least: some times what the hash and four requests of the table take, so that no
/// refusal is sooner for what was not found (OWASP ASVS 5.0 §6.3.8).
pub const REFUSAL_TIME_MIN: Duration = Duration::from_millis(250);

/// What an attempt tries to prove; each is counted on its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// The password.
    Password,
    /// A code of the authenticator.
    Totp,
    /// A recovery code.
    RecoveryCode,
}

impl Proof {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Password => "PASSWORD",
            Self::Totp => "TOTP",
            Self::RecoveryCode => "RECOVERY",
        }
    }

    /// The name in the log.
    #[must_use]
    pub const fn factor(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Totp => "totp",
            Self::RecoveryCode => "recovery_code",
        }
    }
}

/// Where one factor of one user is counted.
#[must_use]
pub fn attempts_key(user: UserId, proof: Proof) -> Key {
    layout::attempts(&format!("{user}#{}", proof.as_str()))
}

/// Where one source is counted.
#[must_use]
pub fn spray_key(call: &Call) -> Key {
    layout::attempts(&format!("SOURCE#{}", call.source_hash()))
}

/// How a browser's cookie is kept.
#[must_use]
pub fn device_hash(cookie: &str) -> String {
    short_hash(&["device", cookie])
}

/// What the counters said before an attempt; read together with what the attempt needs anyway.
#[derive(Clone, Debug, Default)]
pub struct Reading {
    attempts: Option<Item>,
    spray: Option<Item>,
    /// The browsers that the user signed in with.
    pub devices: Devices,
}

impl Reading {
    /// From the items at [`attempts_key`], [`spray_key`] and `layout::devices`.
    ///
    /// # Errors
    /// `Internal` when one of them is corrupt.
    pub fn from_items(attempts: Option<&Item>, spray: Option<&Item>, devices: Option<&Item>) -> Result<Self> {
        Ok(Self {
            attempts: attempts.cloned(),
            spray: spray.cloned(),
            devices: devices.map(Devices::from_item).transpose()?.unwrap_or_default(),
        })
    }

    /// The call's browser, where this user signed in with it before, and whether it has failed too often since.
    fn listed_device(&self, call: &Call) -> Result<Option<(String, bool)>> {
        let hash = call.device_cookie().map(|cookie| device_hash(cookie.expose()));
        let Some(hash) = hash.filter(|hash| self.devices.contains(hash, call.now)) else { return Ok(None) };
        let is_void = Attempts::from_item(self.attempts.as_ref())?.is_device_void(&hash);
        Ok(Some((hash, is_void)))
    }

    /// What `origin` must wait before its next attempt for `user`.
    fn wait(&self, origin: &Origin, user: UserId, now: Timestamp) -> Result<Option<Wait>> {
        let of_user = Attempts::from_item(self.attempts.as_ref())?.count(origin, now).err();
        let of_source = match origin {
            Origin::Source(_) => Spray::from_item(self.spray.as_ref())?.count(&user.to_string(), now).err(),
            Origin::Device(_) => None,
        };
        Ok(of_user.max(of_source))
    }
}

/// An attempt that was counted and may now be checked.
#[derive(Clone, Debug)]
pub struct Attempt {
    user: UserId,
    proof: Proof,
    origin: Origin,
    strange_to: Option<Devices>,
}

impl Attempt {
    /// The browsers that the user signed in with before, where this one is not among them.
    #[must_use]
    pub fn strange_to(&self) -> Option<Devices> {
        self.strange_to.clone()
    }
}

impl Context {
    /// Reads the counters for one proof of one user, where nothing else is read with them.
    ///
    /// # Errors
    /// `Unavailable` when the table does not answer.
    pub async fn read_protection(&self, call: &Call, user: UserId, proof: Proof) -> Result<Reading> {
        let (attempts, spray, devices) = (attempts_key(user, proof), spray_key(call), layout::devices(user));
        let [attempts, spray, devices] = self.store.get_all([&attempts, &spray, &devices], call.now).await?;
        Reading::from_items(attempts.as_ref(), spray.as_ref(), devices.as_ref())
    }

    /// Counts an attempt, before anything of it is checked.
    ///
    /// # Errors
    /// `TooManyAttempts` when the user's sources, this source or this browser must wait first.
    pub async fn count_attempt(&self, call: &Call, user: UserId, proof: Proof, reading: Reading) -> Result<Attempt> {
        let (origin, void) = match reading.listed_device(call)? {
            Some((hash, false)) => (Origin::Device(hash), None),
            Some((hash, true)) => (Origin::Source(call.source_hash()), Some(hash)),
            None => (Origin::Source(call.source_hash()), None),
        };
        // Nobody checks what is refused, so nothing of it is counted: neither for the user nor for the source.
        if let Some(wait) = reading.wait(&origin, user, call.now)? {
            return Err(refused(wait));
        }
        let (key, spray_key, subject) = (attempts_key(user, proof), spray_key(call), user.to_string());
        let attempts = self.store.count_attempt(&key, reading.attempts, &origin, call.now);
        let strange_to = match &origin {
            Origin::Source(_) => {
                let spray = self.store.count_spray(&spray_key, reading.spray, &subject, call.now);
                let (attempts, spray) = tokio::join!(attempts, spray);
                let (attempts, spray) = (attempts?, spray?);
                attempts.and(spray).map_err(refused)?;
                match void {
                    // It was to be taken off the list when it became void, and that failed.
                    Some(hash) => self.forget_device(user, reading.devices, &hash, call.now).await?,
                    None => Some(reading.devices),
                }
            }
            Origin::Device(hash) => {
                if attempts.await?.map_err(refused)? {
                    self.forget_device(user, reading.devices, hash, call.now).await?
                } else {
                    None
                }
            }
        };
        Ok(Attempt { user, proof, origin, strange_to })
    }

    /// Takes a browser off the list; what is listed then, or `None` where all became void meanwhile.
    async fn forget_device(&self, user: UserId, read: Devices, hash: &str, now: Timestamp) -> Result<Option<Devices>> {
        self.store.change_devices(user, read, now, |devices: &Devices| devices.without(hash)).await
    }

    /// Forgets the failures that a success ends. A store that does not answer leaves them counted, which delays the
    /// user at most and opens nothing.
    pub async fn succeed_attempt(&self, call: &Call, attempt: Attempt) {
        let Attempt { user, proof, origin, .. } = attempt;
        let (key, spray_key, subject) = (attempts_key(user, proof), spray_key(call), user.to_string());
        let attempts = self.store.forget_attempts(&key, &origin);
        let spray = async {
            match origin {
                Origin::Source(_) => self.store.forget_spray(&spray_key, &subject).await,
                Origin::Device(_) => Ok(()),
            }
        };
        let (attempts, spray) = tokio::join!(attempts, spray);
        if let Err(error) = attempts.and(spray) {
            tracing::warn!(event = "attempts_not_forgotten", user.id = %user, error = %error.with_causes());
        }
    }
}

/// Tells the log whose proof was wrong in a session that stands, and which: a sign-in that fails has its own event.
pub fn log_wrong_proof(call: &Call, user: UserId, proof: Proof) {
    let factor = proof.factor();
    tracing::info!(event = "proof_failed", factor, user.id = %user, request.id = call.request_id);
}

fn refused(Wait(seconds): Wait) -> Error {
    Error::TooManyAttempts(seconds)
}

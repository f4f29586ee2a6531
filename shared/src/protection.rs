//! Login protection: every attempt is counted before it is checked, in one conditional write.

use std::convert::Infallible;

use crate::attempts::{Attempts, MEMORY_SECONDS, Origin, SPRAY_SECONDS, Spray, Wait};
use crate::clock::Timestamp;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::http::call::Call;
use crate::id::UserId;
use crate::secret::short_hash;
use crate::store::counters::Counter;
use crate::store::factors::Devices;
use crate::store::item::Item;
use crate::store::layout::{self, Key};

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
    attempts: Counter<Attempts>,
    spray: Counter<Spray>,
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
            attempts: Counter::from_item(attempts)?,
            spray: Counter::from_item(spray)?,
            devices: devices.map(Devices::from_item).transpose()?.unwrap_or_default(),
        })
    }

    /// The call's browser, where this user signed in with it before and it has not failed too often since.
    #[must_use]
    pub fn recognised_device(&self, call: &Call) -> Option<String> {
        let hash = device_hash(call.device_cookie()?.expose());
        let is_known = self.devices.contains(&hash, call.now) && !self.attempts.state.is_device_void(&hash);
        is_known.then_some(hash)
    }

    /// What `origin` must wait before its next attempt for `user`.
    fn wait(&self, origin: &Origin, user: UserId, now: Timestamp) -> Option<Wait> {
        let of_user = self.attempts.state.count(origin, now).err();
        let of_source = match origin {
            Origin::Source(_) => self.spray.state.count(&user.to_string(), now).err(),
            Origin::Device(_) => None,
        };
        of_user.into_iter().chain(of_source).max_by_key(|wait| wait.0)
    }
}

/// An attempt that was counted and may now be checked.
#[derive(Clone, Debug)]
pub struct Attempt {
    user: UserId,
    proof: Proof,
    origin: Origin,
    attempts: Counter<Attempts>,
    spray: Option<Counter<Spray>>,
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
        let origin = match reading.recognised_device(call) {
            Some(hash) => Origin::Device(hash),
            None => Origin::Source(call.source_hash()),
        };
        // Nobody checks what is refused, so nothing of it is counted: neither for the user nor for the source.
        if let Some(Wait(seconds)) = reading.wait(&origin, user, call.now) {
            return Err(Error::TooManyAttempts(seconds));
        }
        let key = attempts_key(user, proof);
        let attempts =
            self.store.count(&key, reading.attempts, MEMORY_SECONDS, call.now, |state| state.count(&origin, call.now));
        let counted = if let Origin::Device(_) = origin {
            attempts.await?.map(|attempts| (attempts, None))
        } else {
            let subject = user.to_string();
            let spray_key = spray_key(call);
            let spray = self
                .store
                .count(&spray_key, reading.spray, SPRAY_SECONDS, call.now, |state| state.count(&subject, call.now));
            let (attempts, spray) = tokio::join!(attempts, spray);
            let (attempts, spray) = (attempts?, spray?);
            attempts.and_then(|attempts| Ok((attempts, Some(spray?))))
        };
        let (attempts, spray) = counted.map_err(|Wait(seconds)| Error::TooManyAttempts(seconds))?;
        let strange_to = match &origin {
            Origin::Source(_) => Some(reading.devices),
            Origin::Device(hash) if attempts.state.is_device_void(hash) => {
                let remove = |devices: &Devices| devices.without(hash);
                self.store.change_devices(user, reading.devices, call.now, remove).await?
            }
            Origin::Device(_) => None,
        };
        Ok(Attempt { user, proof, origin, attempts, spray, strange_to })
    }

    /// Forgets the failures that a success ends. A store that does not answer leaves them counted, which delays the
    /// user at most and opens nothing.
    pub async fn succeed_attempt(&self, call: &Call, attempt: Attempt) {
        let Attempt { user, proof, origin, attempts, spray, .. } = attempt;
        let key = attempts_key(user, proof);
        let attempts = self.forget(&key, attempts, MEMORY_SECONDS, call.now, |state| state.succeed(&origin));
        let subject = user.to_string();
        let spray_key = spray_key(call);
        let spray = async {
            let Some(spray) = spray else { return Ok(()) };
            self.forget(&spray_key, spray, SPRAY_SECONDS, call.now, |state| state.succeed(&subject)).await
        };
        let (attempts, spray) = tokio::join!(attempts, spray);
        if let Err(error) = attempts.and(spray) {
            tracing::warn!(event = "attempts_not_forgotten", user.id = %user, error = &error as &dyn std::error::Error);
        }
    }

    async fn forget<T>(
        &self,
        key: &Key,
        counted: Counter<T>,
        keep_seconds: u32,
        now: Timestamp,
        next: impl Fn(&T) -> T,
    ) -> Result<()>
    where
        T: serde::Serialize + serde::de::DeserializeOwned + Default,
    {
        let Ok(_) = self.store.count(key, counted, keep_seconds, now, |state| Ok::<_, Infallible>(next(state))).await?;
        Ok(())
    }
}

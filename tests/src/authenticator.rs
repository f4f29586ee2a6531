//! An authenticator app: time-based one-time codes (RFC 6238), by another hand than the service's.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use data_encoding::BASE32_NOPAD;
use shared::clock::Timestamp;
use totp_rs::{Algorithm, Builder};

use crate::caller::Caller;
use crate::clock::{self, STEP_SECONDS};

/// A second factor with its recovery codes.
#[derive(Clone, Debug)]
pub struct Authenticator {
    /// In base32, as people type it.
    pub secret: String,
    /// Ten, unless some were used.
    pub recovery_codes: Vec<String>,
    /// The step of the last code that it gave out as unused.
    last_step: Arc<AtomicI64>,
}

impl Authenticator {
    /// One that holds `secret`, in base32, and no recovery codes.
    #[must_use]
    pub fn new(secret: &str) -> Self {
        Self { secret: secret.to_owned(), recovery_codes: Vec::new(), last_step: Arc::default() }
    }

    /// A code that was not used yet: the clock goes on by one step.
    pub async fn code(&self, world: impl AsRef<Caller>) -> String {
        match world.as_ref() {
            caller if caller.is_deployed() => self.unused_code(caller).await,
            caller => self.code_at(clock::advance(caller, STEP_SECONDS).await),
        }
    }

    /// A code that was not used yet, though the clock goes not on: that of the next step.
    pub async fn code_ahead(&self, world: impl AsRef<Caller>) -> String {
        match world.as_ref() {
            caller if caller.is_deployed() => self.unused_code(caller).await,
            caller => self.code_at(clock::now(caller).await.plus(STEP_SECONDS)),
        }
    }

    /// The code that confirms it.
    pub(crate) async fn first_code(&self, caller: &Caller) -> String {
        if caller.is_deployed() { self.unused_code(caller).await } else { self.code_at(clock::now(caller).await) }
    }

    /// A deployment's clock goes by itself: its steps are used one after the other, from the one a moment ago on.
    async fn unused_code(&self, caller: &Caller) -> String {
        let step = clock::unused_step(caller, self.last_step.load(Ordering::Relaxed)).await;
        self.last_step.store(step, Ordering::Relaxed);
        self.code_at(Timestamp::from_unix_seconds(step * i64::from(STEP_SECONDS)))
    }

    /// The code of `now`.
    #[must_use]
    pub fn code_at(&self, now: Timestamp) -> String {
        let secret = BASE32_NOPAD.decode(self.secret.as_bytes()).expect("a secret in base32");
        assert_eq!(secret.len(), 20, "the contract's 20 bytes");
        let builder = Builder::new().with_algorithm(Algorithm::SHA1).with_digits(6).with_step_duration(30);
        let totp = builder.with_secret(secret).build().expect("a secret of enough bytes");
        totp.generate(now.unix_seconds().try_into().expect("after 1970")).to_string()
    }

    /// A code that is wrong now, a step before and a step after.
    #[must_use]
    pub fn wrong_code_at(&self, now: Timestamp) -> String {
        let around = [now.minus(STEP_SECONDS), now, now.plus(STEP_SECONDS)].map(|at| self.code_at(at));
        let codes = (0..10).map(|digit| digit.to_string().repeat(6));
        codes.into_iter().find(|code| !around.contains(code)).expect("ten codes, of which three may be right")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238, appendix B, cut to six digits.
    #[test]
    fn codes_are_those_of_the_rfc() {
        let authenticator = Authenticator::new(&BASE32_NOPAD.encode(b"12345678901234567890"));
        for (seconds, code) in [(59, "287082"), (1_111_111_109, "081804"), (2_000_000_000, "279037")] {
            assert_eq!(authenticator.code_at(Timestamp::from_unix_seconds(seconds)), code);
        }
    }
}

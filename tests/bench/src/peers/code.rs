//! One-time codes (RFC 6238) that were not used yet.

use std::time::Duration;

use data_encoding::BASE32_NOPAD;
use shared::clock::{Clock, Timestamp};
use totp_rs::{Algorithm, Builder};

use super::contender::Person;

const STEP_SECONDS: i64 = 30;
/// Nobody waits longer for a time step than it lasts.
const POLL: Duration = Duration::from_millis(200);

/// The code of this time step; waits for the next one where this one's was used.
pub(crate) async fn unused(person: &Person) -> String {
    let clock = Clock::system();
    let step = loop {
        let step = clock.now().unix_seconds() / STEP_SECONDS;
        if step > person.last_step.get() {
            break step;
        }
        tokio::time::sleep(POLL).await;
    };
    person.last_step.set(step);
    at(person.secret.as_deref().expect("a second factor"), step)
}

fn at(secret: &str, step: i64) -> String {
    let secret = BASE32_NOPAD.decode(secret.trim_end_matches('=').as_bytes()).expect("a secret in base32");
    let builder = Builder::new().with_algorithm(Algorithm::SHA1).with_digits(6).with_step_duration(30);
    let totp = builder.with_secret(secret).build().expect("a secret of enough bytes");
    let now = Timestamp::from_unix_seconds(step * STEP_SECONDS).unix_seconds();
    totp.generate(now.try_into().expect("after 1970")).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238, appendix B, cut to six digits.
    #[test]
    fn codes_are_those_of_the_rfc() {
        let secret = BASE32_NOPAD.encode(b"12345678901234567890");
        assert_eq!(at(&secret, 59 / STEP_SECONDS), "287082");
        assert_eq!(at(&secret, 1_111_111_109 / STEP_SECONDS), "081804");
    }
}

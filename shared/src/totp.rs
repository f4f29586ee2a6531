//! Time-based one-time passwords (RFC 6238): SHA-1, 6 digits, 30 seconds, a secret of 20 bytes.

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use totp_rs::{Algorithm, Builder, Totp};
use zeroize::Zeroizing;

use crate::clock::Timestamp;
use crate::error::{Error, Result};
use crate::id::{ItemId, UserId};
use crate::keyring::Keys;
use crate::secret::random_bytes;

/// Seconds of one step.
pub const STEP_SECONDS: u64 = 30;
/// Steps accepted before and after the current one (RFC 6238 §5.2).
const STEPS_AROUND: u64 = 1;
const NONCE_LENGTH: usize = 12;

/// A TOTP secret in clear; its memory is wiped on drop.
pub struct TotpSecret(Zeroizing<Vec<u8>>);

impl TotpSecret {
    /// A new secret of 160 random bits (RFC 4226 §4 R6).
    ///
    /// # Errors
    /// `Internal` when the system has no randomness to give.
    pub fn generate() -> Result<Self> {
        Ok(Self(Zeroizing::new(random_bytes::<20>()?.to_vec())))
    }

    /// The text that people type into an authenticator: base32 without padding.
    #[must_use]
    pub fn to_base32(&self) -> String {
        data_encoding::BASE32_NOPAD.encode(&self.0)
    }

    /// The `otpauth` URI that the QR code holds.
    ///
    /// # Errors
    /// `Internal` when a name cannot stand in such a URI.
    pub fn to_uri(&self, issuer: &str, user_name: &str) -> Result<String> {
        let builder =
            self.builder().with_issuer(Some(issuer.replace(':', " "))).with_account_name(user_name.replace(':', " "));
        let totp = builder.build().map_err(|e| Error::internal(e.to_string()))?;
        totp.to_url().map_err(|e| Error::internal(e.to_string()))
    }

    /// The step at which `code` is right, later than `last_accepted` and at most one away from now.
    ///
    /// # Errors
    /// `Internal` when the stored secret is too short to be one.
    pub fn accepted_step(&self, code: &str, now: Timestamp, last_accepted: u64) -> Result<Option<u64>> {
        let totp = self.totp()?;
        let code: String = code.chars().filter(|c| !c.is_whitespace()).collect();
        if code.len() != 6 || !code.bytes().all(|b| b.is_ascii_digit()) {
            return Ok(None);
        }
        let step_now = u64::try_from(now.unix_seconds()).unwrap_or_default() / STEP_SECONDS;
        let steps = step_now.saturating_sub(STEPS_AROUND)..=step_now + STEPS_AROUND;
        Ok(steps.filter(|step| totp.check(&code, step * STEP_SECONDS).is_some()).find(|step| *step > last_accepted))
    }

    fn totp(&self) -> Result<Totp> {
        self.builder().build().map_err(|e| Error::internal(e.to_string()))
    }

    fn builder(&self) -> Builder {
        Builder::new()
            .with_algorithm(Algorithm::SHA1)
            .with_digits(6)
            .with_skew(0)
            .with_step_duration(STEP_SECONDS)
            .with_secret(self.0.to_vec())
    }

    /// Encrypts for storage: AES-256-GCM under `keys`, bound to its user and factor.
    ///
    /// # Errors
    /// `Internal` when the system has no randomness to give.
    pub fn seal(&self, keys: &Keys, user: UserId, factor: ItemId) -> Result<Vec<u8>> {
        let nonce = random_bytes::<NONCE_LENGTH>()?;
        let payload = Payload { msg: &self.0, aad: &additional_data(user, factor) };
        let sealed = cipher(keys)
            .encrypt(&Nonce::from(nonce), payload)
            .map_err(|_| Error::internal("a TOTP secret could not be encrypted"))?;
        Ok([nonce.as_slice(), &sealed].concat())
    }

    /// Decrypts what [`TotpSecret::seal`] made for the same user and factor.
    ///
    /// # Errors
    /// `Internal` when it was changed, moved, or sealed under other keys.
    pub fn open(sealed: &[u8], keys: &Keys, user: UserId, factor: ItemId) -> Result<Self> {
        let refused = || Error::internal("a stored TOTP secret could not be decrypted");
        let (nonce, sealed) = sealed.split_at_checked(NONCE_LENGTH).ok_or_else(refused)?;
        let nonce: [u8; NONCE_LENGTH] = nonce.try_into().map_err(|_| refused())?;
        let payload = Payload { msg: sealed, aad: &additional_data(user, factor) };
        let secret = cipher(keys).decrypt(&Nonce::from(nonce), payload).map_err(|_| refused())?;
        Ok(Self(Zeroizing::new(secret)))
    }
}

fn cipher(keys: &Keys) -> Aes256Gcm {
    Aes256Gcm::new(&(*keys.totp).into())
}

fn additional_data(user: UserId, factor: ItemId) -> Vec<u8> {
    [user.as_bytes().as_slice(), factor.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keyring::Keyring;

    fn rfc_secret() -> TotpSecret {
        TotpSecret(Zeroizing::new(b"12345678901234567890".to_vec()))
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix_seconds(seconds)
    }

    /// RFC 6238 appendix B, SHA-1, cut to 6 digits.
    #[test]
    fn rfc_6238_vectors_are_accepted() {
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            let step = rfc_secret().accepted_step(code, at(seconds), 0).expect("a valid secret");
            assert_eq!(step, Some(u64::try_from(seconds).expect("positive") / 30), "{seconds}");
        }
    }

    #[test]
    fn one_step_around_is_accepted_and_no_more() {
        let accepted = |seconds| rfc_secret().accepted_step("050471", at(seconds), 0).expect("a valid secret");
        let step = 1_111_111_111 / 30;
        for (offset, is_accepted) in [(-2, false), (-1, true), (0, true), (1, true), (2, false)] {
            assert_eq!(accepted((step + offset) * 30).is_some(), is_accepted, "{offset}");
        }
    }

    #[test]
    fn a_step_at_or_before_the_last_accepted_one_is_refused() {
        let step = 1_111_111_111_u64 / 30;
        for (last, is_accepted) in [(step - 1, true), (step, false), (step + 1, false)] {
            let found = rfc_secret().accepted_step("050471", at(1_111_111_111), last).expect("a valid secret");
            assert_eq!(found.is_some(), is_accepted);
        }
    }

    #[test]
    fn a_code_that_is_not_six_digits_is_refused() {
        for bad in ["", "05047", "0504711", "٠٥٠٤٧١", "05047x", "-50471"] {
            assert_eq!(rfc_secret().accepted_step(bad, at(1_111_111_111), 0).expect("a valid secret"), None, "{bad}");
        }
        assert!(rfc_secret().accepted_step("050 471", at(1_111_111_111), 0).expect("a valid secret").is_some());
    }

    #[test]
    fn a_sealed_secret_opens_only_for_its_user_and_factor() {
        let keyring =
            Keyring::parse(&format!(r#"{{"current":"1","1":"{}"}}"#, "k".repeat(64))).expect("a valid secret");
        let keys = keyring.current().expect("there");
        let (user, factor) = (UserId::generate().expect("randomness"), ItemId::generate().expect("randomness"));
        let sealed = rfc_secret().seal(keys, user, factor).expect("sealed");
        assert!(TotpSecret::open(&sealed, keys, user, factor).is_ok());
        let other = ItemId::generate().expect("randomness");
        assert!(TotpSecret::open(&sealed, keys, user, other).is_err());
        let mut changed = sealed.clone();
        changed[20] ^= 1;
        assert!(TotpSecret::open(&changed, keys, user, factor).is_err());
        assert!(TotpSecret::open(&[], keys, user, factor).is_err());
    }

    #[test]
    fn the_uri_names_issuer_and_user() {
        let uri = rfc_secret().to_uri("my: account", "jane@x").expect("a uri");
        assert!(uri.starts_with("otpauth://totp/"), "{uri}");
        assert!(uri.contains("issuer="), "{uri}");
        assert_eq!(rfc_secret().to_base32(), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        assert!(uri.contains("secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"), "{uri}");
    }
}

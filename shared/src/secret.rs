//! Random bytes, digests, and texts that must not be printed.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq;

use crate::error::{Error, Result};

/// A text that is shown once or never: a password, a code, a credential's value.
#[derive(Clone)]
pub struct Secret(SecretString);

impl Secret {
    /// Takes `text` into keeping; its memory is wiped on drop.
    pub fn new(text: impl Into<String>) -> Self {
        Self(SecretString::from(text.into()))
    }

    /// The text, for the one place that needs it.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

impl<'de> serde::Deserialize<'de> for Secret {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::new)
    }
}

/// What is stored of a credential of 256 random bits: its SHA-256 (OWASP ASVS 6.5.2); or what authenticates one.
#[derive(Clone, Copy)]
pub struct Digest([u8; 32]);

impl Digest {
    /// The digest of `bytes`.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// An HMAC-SHA-256.
    #[must_use]
    pub const fn from_mac(mac: [u8; 32]) -> Self {
        Self(mac)
    }

    /// Reads back what was stored.
    #[must_use]
    pub fn from_stored(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// The bytes in hex.
    #[must_use]
    pub fn to_hex(&self) -> String {
        data_encoding::HEXLOWER.encode(&self.0)
    }

    /// The bytes to store.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// Compares in constant time.
impl PartialEq for Digest {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for Digest {}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[digest]")
    }
}

/// `N` bytes from the operating system.
///
/// # Errors
/// `Internal` when the system has no randomness to give.
pub fn random_bytes<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|e| Error::internal(e.to_string()))?;
    Ok(bytes)
}

/// A short, stable name for a text that should not stand in a key: 128 bits of its SHA-256, in hex.
#[must_use]
pub fn short_hash(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    let digest = hash.finalize();
    data_encoding::HEXLOWER.encode(digest.get(..16).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_never_prints() {
        let secret = Secret::new("hunter2");
        assert_eq!(format!("{secret:?} {:?}", Digest::of(b"hunter2")), "[redacted] [digest]");
        assert_eq!(secret.expose(), "hunter2");
        let read: Secret = serde_json::from_str("\"hunter2\"").expect("a text");
        assert_eq!(read.expose(), "hunter2");
    }

    #[test]
    fn a_digest_is_read_back_whole() {
        let digest = Digest::of(b"abc");
        assert_eq!(Digest::from_stored(digest.as_bytes()), Some(digest));
        assert_eq!(Digest::from_stored(&digest.as_bytes()[1..]), None);
        assert_ne!(digest, Digest::of(b"abd"));
        // FIPS 180-2, appendix B.1.
        assert_eq!(digest.to_hex(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    #[test]
    fn random_bytes_are_not_the_same_twice() {
        let two = [random_bytes::<16>(), random_bytes::<16>()].map(|bytes| bytes.expect("randomness"));
        assert_ne!(two[0], two[1]);
    }

    #[test]
    fn parts_of_a_short_hash_do_not_run_together() {
        assert_ne!(short_hash(&["ab", "c"]), short_hash(&["a", "bc"]));
        assert_eq!(short_hash(&["ab", "c"]).len(), 32);
    }
}

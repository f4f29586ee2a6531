//! The keys that one generated secret yields, by version (HKDF-SHA-256, RFC 5869).

use std::collections::BTreeMap;
use std::fmt;

use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::error::{Error, Result};

type Key = Zeroizing<[u8; 32]>;

/// The keys of one version of the secret.
pub struct Keys {
    /// Names the version beside what it protects.
    pub version: String,
    /// Mixed into every password hash (OWASP Password Storage, pepper).
    pub pepper: Key,
    /// Encrypts TOTP secrets.
    pub totp: Key,
    /// Authenticates mailed tokens.
    pub mail: Key,
}

/// Every version of the keys; new work uses the current one.
pub struct Keyring {
    current: String,
    versions: BTreeMap<String, Keys>,
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keyring").field("current", &self.current).finish_non_exhaustive()
    }
}

/// Characters below which a version's text is too weak to be the generated one.
const MATERIAL_CHARACTERS_MIN: usize = 32;

impl Keyring {
    /// Reads `{"current":"1","1":"…"}`.
    ///
    /// # Errors
    /// `Internal` when it has another form, lacks the current version, or a version is short.
    pub fn parse(json: &str) -> Result<Self> {
        let mut texts: BTreeMap<String, Zeroizing<String>> = serde_json::from_str::<BTreeMap<String, String>>(json)
            .map_err(|_| Error::internal("the secret is not a JSON object of texts"))?
            .into_iter()
            .map(|(version, text)| (version, Zeroizing::new(text)))
            .collect();
        let current = texts.remove("current").ok_or_else(|| Error::internal("the secret names no current version"))?;
        let versions = texts
            .into_iter()
            .map(|(version, text)| Keys::derive(version.clone(), &text).map(|keys| (version, keys)))
            .collect::<Result<BTreeMap<_, _>>>()?;
        let keyring = Self { current: current.to_string(), versions };
        keyring.current().map(|_| ())?;
        Ok(keyring)
    }

    /// The version that new work uses.
    ///
    /// # Errors
    /// Never after [`Keyring::parse`].
    pub fn current(&self) -> Result<&Keys> {
        self.version(&self.current)
    }

    /// A version by name.
    ///
    /// # Errors
    /// `Internal` when the secret no longer holds it: what it protects cannot be read.
    pub fn version(&self, version: &str) -> Result<&Keys> {
        self.versions.get(version).ok_or_else(|| Error::internal(format!("the secret holds no version {version:?}")))
    }

    /// Every version, for checking a mailed token that an older one made.
    pub fn versions(&self) -> impl Iterator<Item = &Keys> {
        self.versions.values()
    }
}

impl Keys {
    fn derive(version: String, material: &str) -> Result<Self> {
        if material.chars().count() < MATERIAL_CHARACTERS_MIN {
            return Err(Error::internal(format!("version {version:?} of the secret is short")));
        }
        let hkdf = Hkdf::<Sha256>::new(None, material.as_bytes());
        let key = |info: &[u8]| -> Result<Key> {
            let mut key = Zeroizing::new([0; 32]);
            hkdf.expand(info, key.as_mut_slice()).map_err(|e| Error::internal(e.to_string()))?;
            Ok(key)
        };
        Ok(Self { version, pepper: key(b"pepper")?, totp: key(b"totp")?, mail: key(b"mail")? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_and_purposes_have_keys_of_their_own() {
        let json = format!(r#"{{"current":"2","1":"{}","2":"{}"}}"#, "a".repeat(64), "b".repeat(64));
        let keyring = Keyring::parse(&json).expect("a valid secret");
        let (one, two) = (keyring.version("1").expect("there"), keyring.current().expect("there"));
        assert_ne!(one.pepper, two.pepper);
        assert_ne!(two.pepper, two.totp);
        assert_ne!(two.totp, two.mail);
        assert!(!format!("{keyring:?}").contains("bbbb"));
    }

    #[test]
    fn a_secret_without_its_current_version_is_refused() {
        for bad in ["", "{}", r#"{"current":"1"}"#, r#"{"current":"1","1":"short"}"#, "[1]"] {
            assert!(Keyring::parse(bad).is_err(), "{bad}");
        }
    }
}

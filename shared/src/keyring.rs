//! The keys that one generated secret yields, by version (HKDF-SHA-256, RFC 5869).

use std::collections::BTreeMap;
use std::fmt;
use std::num::NonZeroU32;

use hkdf::Hkdf;
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::error::{Error, Result};

type Key = Zeroizing<[u8; 32]>;

/// A version of the secret: a whole number from 1 up, of which the greater is the newer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SecretVersion(NonZeroU32);

impl SecretVersion {
    /// Reads what `Display` writes: digits, without a sign or a zero in front.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let number = text.parse().ok().filter(|_| text.starts_with(|c: char| matches!(c, '1'..='9')));
        number.map(Self)
    }

    /// From the number it is.
    #[must_use]
    pub fn from_number(number: u32) -> Option<Self> {
        NonZeroU32::new(number).map(Self)
    }

    /// The number it is.
    #[must_use]
    pub const fn number(self) -> u32 {
        self.0.get()
    }
}

impl fmt::Display for SecretVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// The keys of one version of the secret.
pub struct Keys {
    /// Stands beside what they protect.
    pub version: SecretVersion,
    /// Mixed into every password hash (OWASP Password Storage, pepper).
    pub pepper: Key,
    /// Encrypts TOTP secrets.
    pub totp: Key,
    /// Authenticates mailed tokens.
    pub mail: Key,
    /// Authenticates challenges.
    pub challenge: Key,
}

/// Every version of the keys; new work uses the current one.
pub struct Keyring {
    current: SecretVersion,
    versions: BTreeMap<SecretVersion, Keys>,
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
    /// `Internal` when it has another form, lacks the current version, or a version is short or no number.
    pub fn parse(json: &str) -> Result<Self> {
        let mut texts: BTreeMap<String, Zeroizing<String>> = serde_json::from_str::<BTreeMap<String, String>>(json)
            .map_err(|_| Error::internal("the secret is not a JSON object of texts"))?
            .into_iter()
            .map(|(name, text)| (name, Zeroizing::new(text)))
            .collect();
        let current = texts.remove("current").ok_or_else(|| Error::internal("the secret names no current version"))?;
        // Not told: what stands where a number should may be a key.
        let version = |name: &str| {
            SecretVersion::parse(name)
                .ok_or_else(|| Error::internal("a version that the secret names is no whole number from 1 up"))
        };
        let current = version(&current)?;
        let versions = texts
            .iter()
            .map(|(name, text)| version(name).and_then(|version| Ok((version, Keys::derive(version, text)?))))
            .collect::<Result<BTreeMap<_, _>>>()?;
        let keyring = Self { current, versions };
        keyring.current().map(|_| ())?;
        Ok(keyring)
    }

    /// The version that new work uses.
    ///
    /// # Errors
    /// Never after [`Keyring::parse`].
    pub fn current(&self) -> Result<&Keys> {
        self.version(self.current)
    }

    /// The keys of a version.
    ///
    /// # Errors
    /// `Internal` when the secret does not hold it: what it protects cannot be read.
    pub fn version(&self, version: SecretVersion) -> Result<&Keys> {
        self.versions.get(&version).ok_or_else(|| Error::internal(format!("the secret holds no version {version}")))
    }

    /// Whether the secret holds a version.
    #[must_use]
    pub fn holds(&self, version: SecretVersion) -> bool {
        self.versions.contains_key(&version)
    }

    /// Whether what a version protects is to be protected anew. What is under a newer version than the current one is
    /// not: another environment has read the secret since, and its work is not undone.
    #[must_use]
    pub fn is_retired(&self, version: SecretVersion) -> bool {
        version < self.current
    }

    /// Every version, for checking a mailed token that an older one made.
    pub fn versions(&self) -> impl Iterator<Item = &Keys> {
        self.versions.values()
    }
}

impl Keys {
    fn derive(version: SecretVersion, material: &str) -> Result<Self> {
        if material.chars().count() < MATERIAL_CHARACTERS_MIN {
            return Err(Error::internal(format!("version {version} of the secret is short")));
        }
        let hkdf = Hkdf::<Sha256>::new(None, material.as_bytes());
        let key = |info: &[u8]| -> Result<Key> {
            let mut key = Zeroizing::new([0; 32]);
            hkdf.expand(info, key.as_mut_slice()).map_err(|e| Error::internal(e.to_string()))?;
            Ok(key)
        };
        let (pepper, totp, mail) = (key(b"pepper")?, key(b"totp")?, key(b"mail")?);
        Ok(Self { version, pepper, totp, mail, challenge: key(b"challenge")? })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn version(number: u32) -> SecretVersion {
        SecretVersion(NonZeroU32::new(number).expect("not zero"))
    }

    /// A secret with these versions.
    fn keyring(current: u32, versions: &[u32]) -> Keyring {
        let texts = versions.iter().map(|version| format!(r#","{version}":"{}""#, version.to_string().repeat(64)));
        let json = format!(r#"{{"current":"{current}"{}}}"#, texts.collect::<String>());
        Keyring::parse(&json).expect("a valid secret")
    }

    #[test]
    fn versions_and_purposes_have_keys_of_their_own() {
        let keyring = keyring(2, &[1, 2]);
        let (one, two) = (keyring.version(version(1)).expect("there"), keyring.current().expect("there"));
        assert_ne!(one.pepper, two.pepper);
        assert_ne!(two.pepper, two.totp);
        assert_ne!(two.totp, two.mail);
        assert_ne!(two.mail, two.challenge);
        assert_eq!(format!("{keyring:?}"), "Keyring { current: SecretVersion(2), .. }");
        assert_eq!(keyring.versions().map(|keys| keys.version).collect::<Vec<_>>(), [version(1), version(2)]);
    }

    #[test]
    fn a_new_version_leaves_the_keys_of_the_old_one_as_they_were() {
        let (before, after) = (keyring(1, &[1]), keyring(2, &[1, 2]));
        let keys = |keyring: &Keyring| {
            let keys = keyring.version(version(1)).expect("there");
            [&keys.pepper, &keys.totp, &keys.mail, &keys.challenge].map(Clone::clone)
        };
        assert_eq!(keys(&before), keys(&after));
    }

    #[test]
    fn only_older_versions_than_the_current_one_are_retired() {
        let keyring = keyring(10, &[2, 9, 10, 11]);
        let retired: Vec<_> =
            [2, 9, 10, 11].into_iter().filter(|number| keyring.is_retired(version(*number))).collect();
        assert_eq!(retired, [2, 9]);
    }

    #[test]
    fn a_version_that_is_not_held_is_a_fault() {
        let keyring = keyring(2, &[2]);
        assert!(keyring.holds(version(2)) && !keyring.holds(version(1)));
        assert!(keyring.version(version(1)).is_err());
    }

    #[test]
    fn a_secret_of_another_form_is_refused() {
        let long = "a".repeat(64);
        let named = |name: &str| format!(r#"{{"current":"1","1":"{long}","{name}":"{long}"}}"#);
        for bad in ["", "{}", "[1]", r#"{"current":"1"}"#, r#"{"current":"1","1":"short"}"#] {
            assert!(Keyring::parse(bad).is_err(), "{bad}");
        }
        for bad in ["0", "01", "+2", "-2", "2.0", "two", "", "4294967296"] {
            assert!(Keyring::parse(&named(bad)).is_err(), "{bad}");
        }
        Keyring::parse(&named("2")).expect("a valid secret");
        let long_by = |characters| Keyring::parse(&format!(r#"{{"current":"1","1":"{}"}}"#, "é".repeat(characters)));
        assert!(long_by(MATERIAL_CHARACTERS_MIN).is_ok() && long_by(MATERIAL_CHARACTERS_MIN - 1).is_err());
    }

    #[test]
    fn a_key_in_the_wrong_place_is_not_told() {
        let long = "a".repeat(64);
        for bad in [format!(r#"{{"current":"{long}","1":"{long}"}}"#), format!(r#"{{"current":"1","{long}":"1"}}"#)] {
            let error = Keyring::parse(&bad).expect_err("refused");
            let told = format!("{error:?} {}", error.with_causes());
            assert!(!told.contains("aaaa"), "{told}");
        }
    }

    proptest! {
        #[test]
        fn a_version_is_read_back(number in 1_u32..) {
            let text = version(number).to_string();
            prop_assert_eq!(SecretVersion::parse(&text), Some(version(number)));
        }

        #[test]
        fn only_what_it_writes_is_read(text in any::<String>()) {
            prop_assert!(SecretVersion::parse(&text).is_none_or(|version| version.to_string() == text));
        }

        #[test]
        fn no_text_makes_it_panic(text in any::<String>()) {
            let _ = Keyring::parse(&text);
        }
    }
}

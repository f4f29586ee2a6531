//! Identifiers: random, fixed in length, and safe in a key or a log line.

use std::fmt;

use crate::error::Result;
use crate::secret::{Digest, random_bytes, short_hash};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $bytes:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; $bytes]);

        impl $name {
            /// How many bytes it has.
            pub const LENGTH: usize = $bytes;

            /// A new one.
            ///
            /// # Errors
            /// `Internal` when the system has no randomness to give.
            pub fn generate() -> Result<Self> {
                random_bytes().map(Self)
            }

            /// The one that always belongs to `text`: the first bits of its SHA-256.
            #[must_use]
            pub fn of_text(text: &str) -> Self {
                let mut bytes = [0; $bytes];
                for (to, from) in bytes.iter_mut().zip(Digest::of(text.as_bytes()).as_bytes()) {
                    *to = *from;
                }
                Self(bytes)
            }

            /// From its bytes.
            #[must_use]
            pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
                bytes.try_into().ok().map(Self)
            }

            /// Its bytes.
            #[must_use]
            pub const fn as_bytes(&self) -> &[u8; $bytes] {
                &self.0
            }

            /// Reads the form that `Display` writes.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                let bytes = data_encoding::HEXLOWER.decode(text.as_bytes()).ok()?;
                Self::from_bytes(&bytes)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&data_encoding::HEXLOWER.encode(&self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }
    };
}

id!(
    /// A user, for good: 96 random bits.
    UserId,
    12
);
id!(
    /// A session, key, token or event within its user's partition: 64 random bits.
    ItemId,
    8
);

impl UserId {
    /// The id under which attempts on a name that nobody has are counted, so that they are counted alike.
    #[must_use]
    pub fn of_unknown_name(environment: &str, user_name: &str) -> Self {
        Self::of_text(&short_hash(&["unknown user", environment, user_name]))
    }
}

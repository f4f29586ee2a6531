//! A sign-in whose password was right and that waits for its second factor.
//!
//! Its text tells all of it, authenticated with HMAC-SHA-256 (RFC 2104), so nothing is stored. It names the session that
//! it opens, and a session's place is taken once: that makes it answered once.

use hmac::digest::InvalidLength;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::clock::Timestamp;
use crate::error::{Error, Result};
use crate::keyring::{Keys, SecretVersion};
use crate::secret::{Digest, Secret};
use crate::token::Locator;

/// Seconds that a challenge lives.
pub const CHALLENGE_SECONDS: u32 = 5 * 60;

/// Tells its text from that of an opaque token.
const TAG: u8 = b'c';
const CLAIMS_LENGTH: usize = 1 + Locator::LENGTH + size_of::<i64>() + size_of::<u32>();

/// A sign-in that waits.
#[derive(Debug)]
pub struct Challenge {
    /// Whose it is, and the session that it opens.
    pub opens: Locator,
    /// When the password was verified.
    pub created_at: Timestamp,
    /// The version of the secret that authenticates it.
    pub secret_version: SecretVersion,
    mac: Digest,
}

impl Challenge {
    /// Waits from `now` on, for as long as the user's sessions are of `epoch`: a new password raises that.
    ///
    /// # Errors
    /// Never for keys of 256 bits.
    pub fn new(opens: Locator, epoch: u64, now: Timestamp, keys: &Keys) -> Result<Self> {
        let claims = claims(opens, now, keys.version);
        let mac = authenticate(&claims, epoch, keys)?;
        Ok(Self { opens, created_at: now, secret_version: keys.version, mac })
    }

    /// Reads its text; whether it is genuine, the keys tell.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = data_encoding::BASE64URL_NOPAD.decode(text.as_bytes()).ok()?;
        let (claims, mac) = bytes.split_at_checked(CLAIMS_LENGTH)?;
        let (tag, claims) = claims.split_first()?;
        let (opens, claims) = claims.split_at_checked(Locator::LENGTH)?;
        let (created_at, secret_version) = claims.split_first_chunk()?;
        let created_at = i64::from_be_bytes(*created_at);
        let challenge = Self {
            opens: Locator::from_bytes(opens)?,
            created_at: Timestamp::from_unix_seconds(created_at),
            secret_version: SecretVersion::from_number(u32::from_be_bytes(secret_version.try_into().ok()?))?,
            mac: Digest::from_stored(mac)?,
        };
        (*tag == TAG && challenge.created_at.unix_seconds() == created_at).then_some(challenge)
    }

    /// Whether this service made it, with these keys, for a user whose sessions were of `epoch`.
    ///
    /// # Errors
    /// Never for keys of 256 bits.
    pub fn is_genuine(&self, epoch: u64, keys: &Keys) -> Result<bool> {
        Ok(authenticate(&self.claims(), epoch, keys)? == self.mac)
    }

    /// When it ends.
    #[must_use]
    pub const fn expires_at(&self) -> Timestamp {
        self.created_at.plus(CHALLENGE_SECONDS)
    }

    /// The text, for the one answer that carries it.
    #[must_use]
    pub fn to_text(&self) -> Secret {
        Secret::new(data_encoding::BASE64URL_NOPAD.encode(&[&self.claims(), self.mac.as_bytes().as_slice()].concat()))
    }

    fn claims(&self) -> Vec<u8> {
        claims(self.opens, self.created_at, self.secret_version)
    }
}

fn claims(opens: Locator, created_at: Timestamp, secret_version: SecretVersion) -> Vec<u8> {
    let (created_at, secret_version) = (created_at.unix_seconds().to_be_bytes(), secret_version.number().to_be_bytes());
    [[TAG].as_slice(), &opens.to_bytes(), &created_at, &secret_version].concat()
}

fn authenticate(claims: &[u8], epoch: u64, keys: &Keys) -> Result<Digest> {
    let fault = |error: InvalidLength| Error::internal(error.to_string());
    let mac = Hmac::<Sha256>::new_from_slice(keys.challenge.as_slice()).map_err(fault)?;
    let mac = mac.chain_update(claims).chain_update(epoch.to_be_bytes()).finalize().into_bytes();
    Ok(Digest::from_mac(mac.into()))
}

#[cfg(test)]
mod tests;

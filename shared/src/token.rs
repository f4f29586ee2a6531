//! Credentials as text: an API key's value, and the opaque tokens of sessions and mails.
//!
//! Each carries its locator (user and item), so that checking it is one read; the rest is 256 bits that only its holder
//! knows, of which the store keeps a digest or, for mailed tokens, nothing.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::error::{Error, Result};
use crate::id::{ItemId, UserId};
use crate::keyring::Keyring;
use crate::secret::{Digest, Secret, random_bytes};

/// Where the stored side of a credential stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Locator {
    /// Whose it is.
    pub user: UserId,
    /// Which of theirs.
    pub item: ItemId,
}

const SECRET_LENGTH: usize = 32;
const PAYLOAD_LENGTH: usize = Locator::LENGTH + SECRET_LENGTH;

impl Locator {
    /// How many bytes it has.
    pub const LENGTH: usize = UserId::LENGTH + ItemId::LENGTH;

    /// From its bytes.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (user, item) = bytes.split_at_checked(UserId::LENGTH)?;
        Some(Self { user: UserId::from_bytes(user)?, item: ItemId::from_bytes(item)? })
    }

    /// Its bytes.
    #[must_use]
    pub fn to_bytes(self) -> Vec<u8> {
        [self.user.as_bytes().as_slice(), self.item.as_bytes()].concat()
    }

    /// Reads what `payload` writes.
    fn parse(payload: &[u8]) -> Option<Self> {
        Self::from_bytes(payload.get(..Self::LENGTH)?)
    }

    fn payload(self, secret: &[u8; SECRET_LENGTH]) -> Vec<u8> {
        [self.to_bytes().as_slice(), secret].concat()
    }
}

/// The prefix by which secret scanners know a key.
pub const API_KEY_PREFIX: &str = "upk_";

/// An API key's value: shown once, never stored.
#[derive(Debug)]
pub struct ApiKeyValue {
    /// Where its key stands.
    pub locator: Locator,
    text: Secret,
}

impl ApiKeyValue {
    /// A new value for the key at `locator`.
    ///
    /// # Errors
    /// `Internal` when the system has no randomness to give.
    pub fn generate(locator: Locator) -> Result<Self> {
        let payload = locator.payload(&random_bytes()?);
        let mut text = format!("{API_KEY_PREFIX}{}", base62_encode(&payload, PAYLOAD_DIGITS));
        text.push_str(&checksum(&text));
        Ok(Self { locator, text: Secret::new(text) })
    }

    /// Reads a value; a wrong checksum is refused here, without any store access.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (signed, check) = text.split_at_checked(API_KEY_PREFIX.len() + PAYLOAD_DIGITS)?;
        let payload = signed.strip_prefix(API_KEY_PREFIX)?;
        if check != checksum(signed) {
            return None;
        }
        let locator = Locator::parse(&base62_decode(payload, PAYLOAD_LENGTH)?)?;
        Some(Self { locator, text: Secret::new(text) })
    }

    /// What is stored of it.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of(self.text.expose().as_bytes())
    }

    /// The text, for the one answer that shows it.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.text.expose()
    }

    /// Its prefix and last 4 characters, by which a person knows it again.
    #[must_use]
    pub fn hint(&self) -> String {
        let text = self.text.expose();
        format!("{API_KEY_PREFIX}…{}", text.get(text.len() - 4..).unwrap_or_default())
    }
}

/// What an opaque token is for; a token of one kind is never taken for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// A session's cookie.
    Session,
    /// An invitation or reset that an administrator made: random, stored as a digest.
    Invitation,
    /// A password reset by mail.
    MailedReset,
    /// An invitation by mail.
    MailedInvitation,
    /// The confirmation of an e-mail address.
    MailedAddress,
}

impl TokenKind {
    const ALL: [Self; 5] =
        [Self::Session, Self::Invitation, Self::MailedReset, Self::MailedInvitation, Self::MailedAddress];

    const fn tag(self) -> u8 {
        match self {
            Self::Session => b's',
            Self::Invitation => b'i',
            Self::MailedReset => b'r',
            Self::MailedInvitation => b'w',
            Self::MailedAddress => b'e',
        }
    }
}

/// A token that only this service reads: base64url of kind, locator and 256 bits.
#[derive(Debug)]
pub struct OpaqueToken {
    /// What it is for.
    pub kind: TokenKind,
    /// Where its stored side stands.
    pub locator: Locator,
    text: Secret,
}

impl OpaqueToken {
    /// A new random token.
    ///
    /// # Errors
    /// `Internal` when the system has no randomness to give.
    pub fn generate(kind: TokenKind, locator: Locator) -> Result<Self> {
        Ok(Self::new(kind, locator, &random_bytes()?))
    }

    /// The token that a mail carries: HMAC-SHA-256 of kind and locator, so that no item holds it and a second mail of
    /// the same event carries the same one.
    ///
    /// # Errors
    /// Never for a key of 256 bits.
    pub fn mailed(kind: TokenKind, locator: Locator, mail_key: &[u8; 32]) -> Result<Self> {
        let mut mac = Hmac::<Sha256>::new_from_slice(mail_key).map_err(|e| Error::internal(e.to_string()))?;
        mac.update(&[kind.tag()]);
        mac.update(locator.user.as_bytes());
        mac.update(locator.item.as_bytes());
        Ok(Self::new(kind, locator, &mac.finalize().into_bytes().into()))
    }

    fn new(kind: TokenKind, locator: Locator, secret: &[u8; SECRET_LENGTH]) -> Self {
        let bytes = [&[kind.tag()], locator.payload(secret).as_slice()].concat();
        Self { kind, locator, text: Secret::new(data_encoding::BASE64URL_NOPAD.encode(&bytes)) }
    }

    /// Reads a token of any kind; whether it is genuine, its stored side or its mail key tells.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = data_encoding::BASE64URL_NOPAD.decode(text.as_bytes()).ok()?;
        let (tag, payload) = bytes.split_first()?;
        let kind = TokenKind::ALL.into_iter().find(|kind| kind.tag() == *tag)?;
        let locator = Locator::parse(payload).filter(|_| payload.len() == PAYLOAD_LENGTH)?;
        Some(Self { kind, locator, text: Secret::new(text) })
    }

    /// Reads a token of one kind.
    #[must_use]
    pub fn parse_kind(kind: TokenKind, text: &str) -> Option<Self> {
        Self::parse(text).filter(|token| token.kind == kind)
    }

    /// Whether this service mailed it, under any version of the mail key that is still kept.
    ///
    /// # Errors
    /// Never for keys of 256 bits.
    pub fn is_mailed(&self, keyring: &Keyring) -> Result<bool> {
        for keys in keyring.versions() {
            if Self::mailed(self.kind, self.locator, &keys.mail)?.digest() == self.digest() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// What is stored of it; also how two tokens are compared.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of(self.text.expose().as_bytes())
    }

    /// The text, for the one answer or mail that carries it.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.text.expose()
    }
}

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// 62^70 is the first power of 62 over 2^416, the payload's range.
const PAYLOAD_DIGITS: usize = 70;
const CHECKSUM_DIGITS: usize = 6;

/// CRC-32 (IEEE) of `text`, most significant digit first.
fn checksum(text: &str) -> String {
    base62_encode(&crc32fast::hash(text.as_bytes()).to_be_bytes(), CHECKSUM_DIGITS)
}

/// `bytes` as one big-endian number, in exactly `digits` digits; callers give digits enough.
fn base62_encode(bytes: &[u8], digits: usize) -> String {
    let mut number = bytes.to_vec();
    let mut reversed = Vec::with_capacity(digits);
    for _ in 0..digits {
        let mut remainder = 0_u16;
        for byte in &mut number {
            let value = (remainder << 8) | u16::from(*byte);
            *byte = (value / 62).to_le_bytes()[0];
            remainder = value % 62;
        }
        reversed.push(ALPHABET.get(usize::from(remainder)).copied().unwrap_or(b'0'));
    }
    reversed.iter().rev().map(|&digit| char::from(digit)).collect()
}

/// The reverse; `None` for a foreign digit and for a number that `length` bytes cannot hold.
fn base62_decode(text: &str, length: usize) -> Option<Vec<u8>> {
    let mut number = vec![0_u8; length];
    for digit in text.bytes() {
        let mut carry = match digit {
            b'0'..=b'9' => u16::from(digit - b'0'),
            b'A'..=b'Z' => u16::from(digit - b'A') + 10,
            b'a'..=b'z' => u16::from(digit - b'a') + 36,
            _ => return None,
        };
        for byte in number.iter_mut().rev() {
            let value = u16::from(*byte) * 62 + carry;
            [*byte, _] = value.to_le_bytes();
            carry = value >> 8;
        }
        if carry != 0 {
            return None;
        }
    }
    Some(number)
}

#[cfg(test)]
mod tests;

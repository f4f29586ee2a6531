//! Short-lived tokens of mails: what is kept of them, and for how long they are good.

use super::Write;
use super::item::Item;
use super::layout;
use crate::clock::Timestamp;
use crate::error::Result;
use crate::id::{ItemId, UserId};
use crate::name::EmailAddress;
use crate::secret::short_hash;

/// Seconds that a mailed reset lives.
pub const RESET_SECONDS: u32 = 60 * 60;
/// Seconds that an invitation lives.
pub const INVITATION_SECONDS: u32 = 72 * 60 * 60;
/// Seconds that an e-mail token lives.
pub const EMAIL_TOKEN_SECONDS: u32 = 24 * 60 * 60;

/// A password reset that was mailed; its token is computed, so nothing here opens it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailedReset {
    /// The password it may replace; 0 where the user had none.
    pub password_version: u64,
    /// The address it was mailed to, hashed: a reset ends when the user's address changes.
    pub address_hash: String,
    /// When it ends.
    pub expires_at: Timestamp,
}

impl MailedReset {
    /// Reads a stored reset; `None` when it is another kind of token, or used.
    ///
    /// # Errors
    /// `Internal` when the item is corrupt.
    pub fn from_item(item: &Item) -> Result<Option<Self>> {
        if item.text("kind")? != "reset" || item.text_opt("used_by")?.is_some() {
            return Ok(None);
        }
        Ok(Some(Self {
            password_version: item.count("password_version")?,
            address_hash: item.text("address_hash")?.to_owned(),
            expires_at: item.instant("expires_at")?,
        }))
    }

    /// Makes the reset.
    ///
    /// # Errors
    /// Never in practice: the item has a key.
    pub fn insert(&self, user: UserId, id: ItemId) -> Result<Write> {
        let item = Item::new(&layout::token(user, id))
            .with("kind", "reset")
            .with("password_version", self.password_version)
            .with("address_hash", self.address_hash.as_str())
            .with("expires_at", self.expires_at)
            .purged_at(self.expires_at);
        Ok(Write::put(item)?.when_absent())
    }
}

/// Marks a token used, by the request that used it; one use wins.
#[must_use]
pub fn mark_used(user: UserId, id: ItemId, request_id: &str) -> Write {
    Write::update(layout::token(user, id), "SET #used_by = :request")
        .when("attribute_exists(#PK) AND attribute_not_exists(#used_by)")
        .value(":request", request_id)
}

/// How a reset remembers the address it was mailed to.
#[must_use]
pub fn address_hash(address: &EmailAddress) -> String {
    short_hash(&["address", address.as_str()])
}

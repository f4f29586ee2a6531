//! Creations that a client may repeat (draft-ietf-httpapi-idempotency-key-header), remembered for a day.

use super::item::Item;
use super::layout;
use super::{Store, Write};
use crate::clock::Timestamp;
use crate::error::Result;
use crate::id::{ItemId, UserId};
use crate::secret::{Digest, short_hash};

/// Seconds that a creation is remembered.
const KEEP_SECONDS: u32 = 24 * 60 * 60;

/// A creation under an `Idempotency-Key`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remembered {
    /// Of the request, normalised.
    pub request: Digest,
    /// The item that was made.
    pub key: ItemId,
    /// Tells it from another one of the same name.
    pub creation: ItemId,
}

impl Remembered {
    /// Remembers it, unless the `Idempotency-Key` is in use.
    ///
    /// # Errors
    /// Never in practice: the item has a key.
    pub fn insert(&self, user: UserId, idempotency_key: &str, now: Timestamp) -> Result<Write> {
        let item = Item::new(&layout::idempotency(user, &short_hash(&[idempotency_key])))
            .with("request", self.request)
            .with("key_id", self.key.to_string())
            .with("creation", self.creation.to_string())
            .purged_at(now.plus(KEEP_SECONDS));
        Ok(Write::put(item)?.when("attribute_not_exists(#PK) OR #purge_at <= :now").value(":now", now))
    }
}

impl Store {
    /// What was made under an `Idempotency-Key`.
    ///
    /// # Errors
    /// As [`Store::get`].
    pub async fn remembered(&self, user: UserId, idempotency_key: &str, now: Timestamp) -> Result<Option<Remembered>> {
        let key = layout::idempotency(user, &short_hash(&[idempotency_key]));
        let Some(item) = self.get_live(&key, now).await? else { return Ok(None) };
        let id = |name: &str| ItemId::parse(item.text(name)?).ok_or_else(|| item.corrupt(name));
        Ok(Some(Remembered { request: item.digest("request")?, key: id("key_id")?, creation: id("creation")? }))
    }
}

//! API keys.

use super::item::Item;
use super::layout::{self, prefix};
use super::{Range, Store, Write};
use crate::clock::Timestamp;
use crate::error::Result;
use crate::id::{ItemId, UserId};
use crate::name::KeyName;
use crate::scope::{Scope, ScopeSet};
use crate::secret::Digest;

/// Active keys of one user, and expired ones kept beside them.
pub const KEYS_MAX: u8 = 50;
/// Seconds to which the last use is recorded.
pub const TOUCH_SECONDS: u32 = 15 * 60;

/// The value before the last rotation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PreviousValue {
    /// Its digest.
    pub digest: Digest,
    /// When it was made.
    pub issued_at: Timestamp,
    /// When it stops working; never after its own expiry.
    pub until: Timestamp,
}

/// An API key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKey {
    /// Whose it is.
    pub user: UserId,
    /// Its name, as first written.
    pub name: KeyName,
    /// Tells this key from an earlier one of the same name.
    pub creation: ItemId,
    /// Which of its owner's 50 places it holds.
    pub place: u8,
    /// Of the value in force.
    pub digest: Digest,
    /// The value before the last rotation, during its overlap.
    pub previous: Option<PreviousValue>,
    /// What it may do.
    pub scopes: ScopeSet,
    /// When it stops working.
    pub expires_at: Timestamp,
    /// When it was made.
    pub created_at: Timestamp,
    /// When its value was last replaced.
    pub rotated_at: Option<Timestamp>,
    /// When it was last used, to 15 minutes.
    pub last_used_at: Option<Timestamp>,
    /// The prefix and last characters of its value.
    pub hint: String,
}

/// The item in which a key of this name stands: 64 bits of the folded name's digest, so that the value's locator finds
/// it and the name is unique by itself.
#[must_use]
pub fn key_id(name: &KeyName) -> ItemId {
    ItemId::of_text(&name.folded())
}

impl ApiKey {
    /// Reads a stored key.
    ///
    /// # Errors
    /// `Internal` when the item is corrupt.
    pub fn from_item(item: &Item) -> Result<Self> {
        let user = item.text("PK")?.strip_prefix("USER#").and_then(UserId::parse);
        let scopes = item.texts("scopes")?;
        let previous = match item.digest_opt("previous_digest")? {
            None => None,
            Some(digest) => Some(PreviousValue {
                digest,
                issued_at: item.instant("previous_issued_at")?,
                until: item.instant("previous_until")?,
            }),
        };
        Ok(Self {
            user: user.ok_or_else(|| item.corrupt("PK"))?,
            name: KeyName::from_stored(item.text("key_name")?.to_owned()),
            creation: ItemId::parse(item.text("creation")?).ok_or_else(|| item.corrupt("creation"))?,
            place: u8::try_from(item.count("place")?).map_err(|_| item.corrupt("place"))?,
            digest: item.digest("digest")?,
            previous,
            scopes: scopes
                .iter()
                .map(|scope| Scope::parse(scope).ok_or_else(|| item.corrupt("scopes")))
                .collect::<Result<_>>()?,
            expires_at: item.instant("expires_at")?,
            created_at: item.instant("created_at")?,
            rotated_at: item.instant_opt("rotated_at")?,
            last_used_at: item.instant_opt("last_used_at")?,
            hint: item.text("hint")?.to_owned(),
        })
    }

    /// Whether it has stopped working.
    #[must_use]
    pub fn is_expired(&self, now: Timestamp) -> bool {
        now >= self.expires_at
    }

    /// Whether `digest` is of a value that belongs to this key now, the expiry apart.
    #[must_use]
    pub fn accepts(&self, digest: Digest, now: Timestamp) -> bool {
        let is_previous = self.previous.is_some_and(|previous| previous.digest == digest && now < previous.until);
        self.digest == digest || is_previous
    }

    /// When the value in force was made.
    #[must_use]
    pub fn issued_at(&self) -> Timestamp {
        self.rotated_at.unwrap_or(self.created_at)
    }

    /// Makes the key, where no active key has its name.
    ///
    /// # Errors
    /// Never in practice: the item has a key.
    pub fn insert(&self, now: Timestamp) -> Result<Write> {
        let scopes: Vec<String> = self.scopes.iter().map(|scope| scope.as_str().to_owned()).collect();
        let (partition, at) = self.expiry_place(self.expires_at);
        let item = Item::new(&layout::api_key(self.user, key_id(&self.name)))
            .with("key_name", self.name.as_str())
            .with("creation", self.creation.to_string())
            .with("place", u64::from(self.place))
            .with("digest", self.digest)
            .with("scopes", scopes)
            .with("expires_at", self.expires_at)
            .with("created_at", self.created_at)
            .with("hint", self.hint.as_str())
            .with("expiry_pk", partition)
            .with("expiry_sk", at);
        Ok(Write::put(item)?.when("attribute_not_exists(#PK) OR #expires_at <= :now").value(":now", now))
    }

    /// Takes the key's place among the active ones of its owner, unless another key that is still active has it.
    ///
    /// # Errors
    /// Never in practice: the item has a key.
    pub fn take_place(&self, now: Timestamp) -> Result<Write> {
        let item = Item::new(&layout::key_place(self.user, self.place))
            .with("creation", self.creation.to_string())
            .with("expires_at", self.expires_at);
        Ok(Write::put(item)?.when("attribute_not_exists(#PK) OR #expires_at <= :now").value(":now", now))
    }

    /// Keeps the place as long as the key.
    #[must_use]
    pub fn keep_place(&self, expires_at: Timestamp) -> Write {
        Write::update(layout::key_place(self.user, self.place), "SET #expires_at = :expires_at")
            .when("#creation = :creation")
            .value(":creation", self.creation.to_string())
            .value(":expires_at", expires_at)
    }

    /// Gives the place back before the key's expiry; after it, the place is free by itself.
    #[must_use]
    pub fn free_place(&self) -> Write {
        Write::delete(layout::key_place(self.user, self.place))
            .when("#creation = :creation")
            .value(":creation", self.creation.to_string())
    }

    /// Replaces the value, and the expiry where the rotation sets one; refused for an expired key, and when another
    /// rotation was first.
    #[must_use]
    pub fn rotate(
        &self,
        value: Digest,
        hint: &str,
        overlap_seconds: u32,
        expires_at: Timestamp,
        now: Timestamp,
    ) -> Write {
        let (partition, at) = self.expiry_place(expires_at);
        let set = "SET #digest = :new, #hint = :hint, #expires_at = :expires_at, #rotated_at = :now, \
                   #expiry_pk = :expiry_pk, #expiry_sk = :expiry_sk";
        let until = now.plus(overlap_seconds).min(self.expires_at);
        let write = if until > now {
            let set =
                format!("{set}, #previous_digest = :old, #previous_issued_at = :issued_at, #previous_until = :until");
            Write::update(layout::api_key(self.user, key_id(&self.name)), set)
                .value(":issued_at", self.issued_at())
                .value(":until", until)
        } else {
            let set = format!("{set} REMOVE #previous_digest, #previous_issued_at, #previous_until");
            Write::update(layout::api_key(self.user, key_id(&self.name)), set)
        };
        write
            .when("#digest = :old AND #expires_at = :expired_at AND #expires_at > :now")
            .value(":new", value)
            .value(":old", self.digest)
            .value(":hint", hint)
            .value(":expires_at", expires_at)
            .value(":expired_at", self.expires_at)
            .value(":now", now)
            .value(":expiry_pk", partition)
            .value(":expiry_sk", at)
    }

    /// Deletes the key as it was read.
    #[must_use]
    pub fn delete(&self) -> Write {
        Write::delete(layout::api_key(self.user, key_id(&self.name)))
            .when("#digest = :digest AND #expires_at = :expires_at")
            .value(":digest", self.digest)
            .value(":expires_at", self.expires_at)
    }

    /// Deletes the key when it has expired by `until`; one that was extended or made anew meanwhile stays.
    #[must_use]
    pub fn delete_expired(&self, until: Timestamp) -> Write {
        Write::delete(layout::api_key(self.user, key_id(&self.name)))
            .when("#creation = :creation AND #expires_at <= :until")
            .value(":creation", self.creation.to_string())
            .value(":until", until)
    }

    /// Records a use of the value that was checked; never brings a deleted key back.
    #[must_use]
    pub fn touch(&self, checked: Digest, now: Timestamp) -> Write {
        Write::update(layout::api_key(self.user, key_id(&self.name)), "SET #last_used_at = :now")
            .when("#digest = :digest OR #previous_digest = :digest")
            .value(":digest", checked)
            .value(":now", now)
    }

    fn expiry_place(&self, expires_at: Timestamp) -> (String, String) {
        let partition = layout::expiry_partition(expires_at.day(), layout::expiry_shard(self.user));
        (partition, expires_at.to_string())
    }
}

impl Store {
    /// A user's key by name, in any case.
    ///
    /// # Errors
    /// As [`Store::get`].
    pub async fn api_key_by_name(&self, user: UserId, name: &KeyName) -> Result<Option<ApiKey>> {
        let item = self.get(&layout::api_key(user, key_id(name))).await?;
        item.map(|item| ApiKey::from_item(&item)).transpose()
    }

    /// All keys of a user, in no order.
    ///
    /// # Errors
    /// As [`Store::get`].
    pub async fn list_api_keys(&self, user: UserId, now: Timestamp) -> Result<Vec<ApiKey>> {
        let range = Range { prefix: prefix::KEY, ..Range::default() };
        let items = self.query(&layout::user_partition(user), range, now).await?;
        items.iter().map(ApiKey::from_item).collect()
    }
}

//! Password resets that were asked for: written alike for known and unknown names; the notifier looks the user up.

use super::Write;
use super::item::Item;
use super::layout;
use crate::clock::Timestamp;
use crate::error::Result;
use crate::id::ItemId;

/// Seconds that a request is kept: the notifier may be late.
const KEEP_SECONDS: u32 = 24 * 60 * 60;

/// A password reset that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResetRequest {
    /// Names it.
    pub id: ItemId,
    /// The environment, folded.
    pub environment: String,
    /// The user's name, folded.
    pub user_name: String,
    /// When.
    pub at: Timestamp,
    /// From where.
    pub source_ip: String,
}

impl ResetRequest {
    /// Reads a stored request.
    ///
    /// # Errors
    /// `Internal` when the item is corrupt.
    pub fn from_item(item: &Item) -> Result<Self> {
        let id = item.text("PK")?.strip_prefix("REQUEST#").and_then(ItemId::parse);
        Ok(Self {
            id: id.ok_or_else(|| item.corrupt("PK"))?,
            environment: item.text("environment_name")?.to_owned(),
            user_name: item.text("user_name")?.to_owned(),
            at: item.instant("at")?,
            source_ip: item.text("source_ip")?.to_owned(),
        })
    }

    /// Records it.
    ///
    /// # Errors
    /// Never in practice: the item has a key.
    pub fn insert(&self) -> Result<Write> {
        let item = Item::new(&layout::reset_request(self.id))
            .with("environment_name", self.environment.as_str())
            .with("user_name", self.user_name.as_str())
            .with("at", self.at)
            .with("source_ip", self.source_ip.as_str())
            .purged_at(self.at.plus(KEEP_SECONDS));
        Ok(Write::put(item)?.when_absent())
    }
}

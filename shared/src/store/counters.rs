//! Counters of failed attempts and of mails, each changed by one conditional write.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::item::Item;
use super::layout::{self, Key};
use super::{Retries, Store, Write};
use crate::clock::Timestamp;
use crate::error::{Error, Result};
use crate::id::UserId;

/// A counter as it was read: what it says, and the version that a write is conditioned on.
#[derive(Clone, Debug, Default)]
pub struct Counter<T> {
    version: u64,
    /// What it says.
    pub state: T,
}

impl<T: Serialize + DeserializeOwned + Default> Counter<T> {
    /// Reads a counter; an absent one says nothing yet.
    ///
    /// # Errors
    /// `Internal` when the item is corrupt.
    pub fn from_item(item: Option<&Item>) -> Result<Self> {
        let Some(item) = item else { return Ok(Self::default()) };
        let state = serde_json::from_str(item.text("counts")?).map_err(|_| item.corrupt("counts"))?;
        Ok(Self { version: item.count("version")?, state })
    }

    pub(super) fn replace(&self, key: &Key, state: &T, keep_seconds: u32, now: Timestamp) -> Result<Write> {
        let counts = serde_json::to_string(state).map_err(Error::internal)?;
        let item =
            Item::new(key).with("version", self.version + 1).with("counts", counts).purged_at(now.plus(keep_seconds));
        let write = Write::put(item)?;
        Ok(match self.version {
            0 => write.when("attribute_not_exists(#PK) OR #purge_at <= :now").value(":now", now),
            version => write.when("#version = :version").value(":version", version),
        })
    }
}

impl Store {
    /// Changes a counter by `next`, starting from `read` and from what stands there when another change was first:
    /// the refusal of a write tells it, so that of many who meet one gets through with every round trip.
    /// What `next` refuses is the outcome, and nothing is written.
    ///
    /// # Errors
    /// `Unavailable` when others keep changing the counter.
    pub async fn count<T, R>(
        &self,
        key: &Key,
        read: Counter<T>,
        keep_seconds: u32,
        now: Timestamp,
        next: impl Fn(&T) -> Result<T, R>,
    ) -> Result<Result<Counter<T>, R>>
    where
        T: Serialize + DeserializeOwned + Default,
    {
        let mut counter = read;
        let mut retries = Retries::on_one_item();
        loop {
            retries.begin().await?;
            let state = match next(&counter.state) {
                Ok(state) => state,
                Err(refusal) => return Ok(Err(refusal)),
            };
            let write = counter.replace(key, &state, keep_seconds, now)?;
            match self.write(write).await?.found_instead(now) {
                None => return Ok(Ok(Counter { version: counter.version + 1, state })),
                Some(found) => counter = Counter::from_item(found.as_ref())?,
            }
        }
    }

    /// Counts a mail of one kind to one user; whether it is among the first `most` within an hour.
    ///
    /// # Errors
    /// `Unavailable` when others keep changing the counter.
    pub async fn count_mail(&self, user: UserId, kind: &str, most: usize, now: Timestamp) -> Result<bool> {
        let key = layout::mail_count(user, kind);
        let read = Counter::from_item(self.get_live(&key, now).await?.as_ref())?;
        let outcome =
            self.count(&key, read, HOUR_SECONDS, now, |sent: &Vec<i64>| count_in_hour(sent, most, now)).await?;
        Ok(outcome.is_ok())
    }
}

/// Seconds over which mails and requests are counted.
pub const HOUR_SECONDS: u32 = 60 * 60;

/// With one more at `now`, when that makes at most `most` within an hour; otherwise the seconds to wait.
///
/// # Errors
/// The seconds until the oldest of the hour is forgotten.
pub fn count_in_hour(times: &[i64], most: usize, now: Timestamp) -> Result<Vec<i64>, u32> {
    let hour_ago = now.unix_seconds() - i64::from(HOUR_SECONDS);
    let mut recent: Vec<i64> = times.iter().copied().filter(|at| *at > hour_ago).collect();
    if recent.len() >= most {
        let oldest = recent.iter().min().copied().unwrap_or_default();
        return Err(u32::try_from(oldest - hour_ago).unwrap_or(1).max(1));
    }
    recent.push(now.unix_seconds());
    Ok(recent)
}

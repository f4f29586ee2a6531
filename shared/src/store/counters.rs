//! What happens at most so often within an hour: requests of a source, mails to a user.

use super::item::Item;
use super::layout::Key;
use super::{Retries, Store, Write};
use crate::clock::Timestamp;
use crate::error::Result;

/// Seconds over which is counted.
const HOUR_SECONDS: u32 = 60 * 60;

/// When something happened, in the hour that the counter was last changed in.
#[derive(Clone, Debug, Default)]
pub(super) struct Hour {
    changes: u64,
    times: Vec<Timestamp>,
}

impl Hour {
    pub(super) fn from_item(item: Option<&Item>) -> Result<Self> {
        let Some(item) = item else { return Ok(Self::default()) };
        Ok(Self { changes: item.count("changes")?, times: item.instants("times")? })
    }

    /// Counts one more, where that makes at most `most` within an hour. Where nothing is to be forgotten first, it
    /// takes whoever counts at the same moment.
    ///
    /// The inner error is the seconds until there is room.
    pub(super) fn one_more(&self, key: &Key, most: usize, now: Timestamp) -> Result<Result<Write, u32>> {
        let hour_ago = now.minus(HOUR_SECONDS);
        let mut recent: Vec<_> = self.times.iter().copied().filter(|at| *at > hour_ago).collect();
        if recent.len() >= most {
            let oldest = recent.into_iter().min().unwrap_or(now);
            return Ok(Err(oldest.seconds_since(hour_ago).max(1)));
        }
        if self.changes > 0 && recent.len() == self.times.len() {
            return Ok(Ok(append(key, most, now)));
        }
        recent.push(now);
        let item =
            Item::new(key).with("changes", self.changes + 1).with("times", recent).purged_at(now.plus(HOUR_SECONDS));
        let write = Write::put(item)?;
        Ok(Ok(match self.changes {
            0 => write.when_none(now),
            seen => write.when("#changes = :seen").value(":seen", seen),
        }))
    }
}

fn append(key: &Key, most: usize, now: Timestamp) -> Write {
    let set = "SET #times = list_append(#times, :one_more), #changes = #changes + :one, #purge_at = :purge_at";
    Write::update(key.clone(), set)
        .when("size(#times) < :most AND #purge_at > :now")
        .value(":one_more", vec![now])
        .value(":one", 1_u64)
        .value(":purge_at", now.plus(HOUR_SECONDS))
        .value(":most", u64::try_from(most).unwrap_or(u64::MAX))
        .value(":now", now)
}

impl Store {
    /// Counts something at `key`, where that makes at most `most` within an hour.
    ///
    /// # Errors
    /// `Unavailable` when the table does not answer. The inner error is the seconds until there is room: nothing was
    /// counted.
    pub async fn count_in_hour(&self, key: &Key, most: usize, now: Timestamp) -> Result<Result<(), u32>> {
        let mut read = self.get_live(key, now).await?;
        let mut retries = Retries::on_one_item();
        loop {
            retries.begin().await?;
            let hour = Hour::from_item(read.as_ref())?;
            let write = match hour.one_more(key, most, now)? {
                Ok(write) => write.when_not_yet(),
                Err(seconds) => return Ok(Err(seconds)),
            };
            match self.write(write).await?.or_found(now) {
                Ok(()) => return Ok(Ok(())),
                Err(found) => read = found,
            }
        }
    }
}

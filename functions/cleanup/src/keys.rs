//! Expired keys: found by the index, read, and deleted only as they were read.
//!
//! The state of a clean-up is one number, the oldest day not yet finished. A day is finished once it lies wholly in the
//! past, every shard of it was read to the end, and nothing of it was left. No key can come to a finished day later:
//! the expiry of a key that is made or rotated lies in the future, the day of an expiry is finished only after it.

use shared::store::Outcome;
use shared::store::events::{Event, EventKind};
use shared::store::layout::{EXPIRY_SHARDS, Key};
use shared::{Error, Result};
use tokio::task::JoinSet;

use crate::{Report, Run};

/// Where the first run of all begins: 2026-11-23. No key can have expired before there was this service, so nothing is
/// missed however late the first run comes, and it reads 16 empty partitions for each day since, once.
pub(crate) const FIRST_DAY: i64 = 20_780;
/// Seconds by which the index may lag behind the table, amply: a day is not finished sooner than this after its end.
const INDEX_LAG_SECONDS: u32 = 60 * 60;
/// Shards that are worked on at once.
const SHARDS_AT_ONCE: usize = 8;

/// How far a part of the work has come.
#[derive(Debug)]
pub(crate) struct Progress {
    pub(crate) report: Report,
    /// The first that made a part of the index unreadable.
    pub(crate) failure: Option<Error>,
    /// Whether it was read to its end and nothing was left.
    is_complete: bool,
}

impl Progress {
    const NONE: Self =
        Self { report: Report { seen: 0, deleted: 0, kept: 0, left: 0 }, failure: None, is_complete: true };

    fn of_failure(error: Error) -> Self {
        Self { failure: Some(error), is_complete: false, ..Self::NONE }
    }

    fn plus(self, other: Self) -> Self {
        Self {
            report: self.report.plus(other.report),
            failure: self.failure.or(other.failure),
            is_complete: self.is_complete && other.is_complete,
        }
    }
}

/// Removes keys that expired by the run's `until`, oldest days first, and remembers which days are finished.
pub(crate) async fn remove_expired(run: &Run) -> Progress {
    let first = match run.store.oldest_unfinished_day().await {
        Ok(day) => day.unwrap_or(FIRST_DAY),
        Err(error) => return Progress::of_failure(error),
    };
    let not_over = run.until.min(run.now.minus(INDEX_LAG_SECONDS)).day();
    let (mut progress, mut unfinished) = (Progress::NONE, first);
    for day in first..=run.until.day() {
        if !run.limits.may_read() {
            break;
        }
        progress = progress.plus(remove_day(run, day).await);
        if progress.is_complete && day < not_over {
            unfinished = day + 1;
        }
    }
    if unfinished > first
        && let Err(error) = run.store.finish_days_before(unfinished).await
    {
        progress = progress.plus(Progress::of_failure(error));
    }
    progress
}

async fn remove_day(run: &Run, day: i64) -> Progress {
    let mut shards = 0..EXPIRY_SHARDS;
    let mut running = JoinSet::new();
    let mut progress = Progress::NONE;
    loop {
        for shard in shards.by_ref().take(SHARDS_AT_ONCE - running.len()) {
            let run = run.clone();
            running.spawn(async move { remove_shard(&run, day, shard).await });
        }
        let Some(ended) = running.join_next().await else { return progress };
        progress = progress.plus(ended.unwrap_or_else(|panic| Progress::of_failure(Error::internal(panic))));
    }
}

async fn remove_shard(run: &Run, day: i64, shard: u8) -> Progress {
    let mut progress = Progress::NONE;
    let mut start = None;
    loop {
        let page = match run.store.expired(day, shard, run.until, start).await {
            Ok(page) => page,
            Err(error) => return progress.plus(Progress::of_failure(error)),
        };
        for key in &page.keys {
            progress = progress.plus(remove_key(run, key).await.into());
        }
        match page.next {
            None => return progress,
            next if run.limits.may_read() => start = next,
            Some(_) => return Progress { is_complete: false, ..progress },
        }
    }
}

/// What became of a key that the index named.
enum Fate {
    Deleted,
    Kept,
    Left,
    /// Another deleted it, and the index lags behind.
    Gone,
}

impl From<Fate> for Progress {
    fn from(fate: Fate) -> Self {
        let mut report = Report { seen: 1, ..Report::default() };
        match fate {
            Fate::Deleted => report.deleted = 1,
            Fate::Kept => report.kept = 1,
            Fate::Left => report.left = 1,
            Fate::Gone => report.seen = 0,
        }
        Self { report, failure: None, is_complete: report.left == 0 }
    }
}

/// A key that cannot be removed stops no other.
async fn remove_key(run: &Run, key: &Key) -> Fate {
    if !run.limits.may_delete() {
        return Fate::Left;
    }
    match try_remove(run, key).await {
        Ok(fate) => fate,
        Err(error) => {
            let (partition, item) = (key.pk.as_str(), key.sk.as_str());
            tracing::error!(event = "key_left", partition, item, error = %error.with_causes());
            Fate::Left
        }
    }
}

async fn try_remove(run: &Run, key: &Key) -> Result<Fate> {
    let Some(key) = run.store.api_key_at(key).await? else { return Ok(Fate::Gone) };
    if key.expires_at > run.until {
        return Ok(Fate::Kept);
    }
    let event = Event::new(key.user, EventKind::ApiKeyExpired, run.now)?.about(key.name.as_str());
    Ok(match run.store.transact(vec![key.delete_expired(run.until), event.insert()?]).await? {
        Outcome::Done => Fate::Deleted,
        Outcome::Refused(refused) if refused.iter().any(|(_, found)| found.is_some()) => Fate::Kept,
        Outcome::Refused(_) => Fate::Gone,
    })
}

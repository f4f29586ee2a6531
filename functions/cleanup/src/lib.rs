//! The scheduled clean-up: removes keys that expired long enough ago, and what deleted users left behind.
//!
//! Every step can be done twice and broken off anywhere. Sessions, tokens and counters are not its
//! business: the table removes them by their time to live.

mod keys;
mod limits;
#[cfg(test)]
mod tests;
mod users;

use std::time::{Duration, Instant};

use serde::Serialize;
use shared::Result;
use shared::clock::Timestamp;
use shared::context::Context;
use shared::store::Store;

use crate::limits::Limits;
pub use crate::limits::MARGIN;

/// What a run did with expired keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Keys that the index named and that were there: the sum of the others.
    pub seen: u64,
    /// Removed, each with an event.
    pub deleted: u64,
    /// Extended, rotated or made anew since the index named them.
    pub kept: u64,
    /// For the next run: not reached in time, or failed. A run that had no time to read on knows of no more.
    pub left: u64,
}

impl Report {
    const fn plus(self, other: Self) -> Self {
        Self {
            seen: self.seen + other.seen,
            deleted: self.deleted + other.deleted,
            kept: self.kept + other.kept,
            left: self.left + other.left,
        }
    }
}

/// What every part of a run works with.
#[derive(Clone, Debug)]
struct Run {
    store: Store,
    now: Timestamp,
    /// Keys that expired by then go.
    until: Timestamp,
    limits: Limits,
}

/// Removes what is due and takes at most `time_left` for it; deletes end [`MARGIN`] earlier.
///
/// # Errors
/// `Unavailable` when a part of the index, or the list of deleted users, could not be read; all that could be is done.
pub async fn run(context: &Context, time_left: Duration) -> Result<Report> {
    let now = context.clock.now();
    let until = now.minus(context.config.expired_key_retention_seconds);
    let run = Run { store: context.store.clone(), now, until, limits: Limits::new(Instant::now(), time_left) };
    let keys = keys::remove_expired(&run).await;
    let users = users::remove_deleted(&run).await;
    let Report { seen, deleted, kept, left } = keys.report;
    let users_removed = users.as_ref().copied().unwrap_or_default();
    let outcome = match keys.failure {
        Some(error) => Err(error),
        None => users.map(|_| keys.report),
    };
    let event = if outcome.is_ok() { "cleanup_finished" } else { "cleanup_unfinished" };
    tracing::info!(event, seen, deleted, kept, left, users_removed);
    outcome
}

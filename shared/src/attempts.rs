//! Login protection as arithmetic: who may try now, and who waits (NIST SP 800-63B-4 §3.2.2).
//!
//! Nothing here stores or reads. A failure is described by a [`Step`]: what must hold of a row, and what it is then, so
//! that the table can take it in one write, whoever else fails at the same moment.

use std::collections::BTreeMap;

use crate::clock::Timestamp;

/// Failures in a row before the first wait.
const FAILURES_FREE: u64 = 5;
/// Failures in a row, from all unrecognised sources together, before those wait.
const FAILURES_FREE_TOGETHER: u64 = 100;
/// Failures in a row after which a recognised browser is one no more.
const FAILURES_MAX_OF_DEVICE: u64 = 10;
const WAIT_SECONDS_FIRST: u32 = 30;
const WAIT_SECONDS_MAX: u32 = 15 * 60;
const WAIT_SECONDS_MAX_TOGETHER: u32 = 60 * 60;
/// Seconds after which failures are forgotten.
pub const MEMORY_SECONDS: u32 = 24 * 60 * 60;
/// Different users for whom one source may fail within [`SPRAY_SECONDS`].
pub const SPRAYED_USERS_MAX: usize = 30;
/// Seconds over which a source's failures for different users are counted, and for which it then waits.
pub const SPRAY_SECONDS: u32 = 10 * 60;
/// Sources of one user's failures that are remembered, so that the item stays small: before more than that fail in a
/// row, all wait together.
const SOURCES_MAX: usize = 100;
/// The row of all unrecognised sources together.
const TOGETHER: &str = "all";

/// Seconds to wait before the next attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Wait(pub u32);

impl Wait {
    fn until(instant: Timestamp, now: Timestamp) -> Option<Self> {
        Some(Self(instant.seconds_since(now))).filter(|wait| wait.0 > 0)
    }
}

/// From where an attempt comes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A network address, hashed.
    Source(String),
    /// A browser that this user signed in with before, by its cookie's hash.
    Device(String),
}

impl Origin {
    /// 64 bits of the hash tell the origins of one user apart.
    fn row(&self) -> String {
        let (kind, hash) = match self {
            Self::Source(hash) => ('s', hash),
            Self::Device(hash) => ('d', hash),
        };
        format!("{kind}{}", hash.get(..16).unwrap_or(hash))
    }

    /// The rows that an attempt from here counts in.
    #[must_use]
    pub fn rows(&self) -> Vec<String> {
        match self {
            Self::Source(_) => vec![self.row(), TOGETHER.to_owned()],
            Self::Device(_) => vec![self.row()],
        }
    }
}

/// Failures in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// How many.
    pub failures: u64,
    /// When the wait after the last one is over; where it is not long enough a row for one, when it would be.
    pub until: Timestamp,
}

/// One more failure in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// One more than stands there, where that is less than `below`.
    Add {
        /// From here on there are waits.
        below: u64,
        /// When the wait is over, should this be the failure that begins it.
        until: Timestamp,
    },
    /// What comes after exactly this row.
    Replace {
        /// The row as it must be.
        seen: Row,
        /// The row as it then is.
        next: Row,
    },
}

/// When waits begin, and how long they get.
struct Limits {
    free: u64,
    wait_seconds_max: u32,
}

impl Limits {
    fn of(row: &str) -> Self {
        if row == TOGETHER {
            Self { free: FAILURES_FREE_TOGETHER, wait_seconds_max: WAIT_SECONDS_MAX_TOGETHER }
        } else {
            Self { free: FAILURES_FREE, wait_seconds_max: WAIT_SECONDS_MAX }
        }
    }

    /// Seconds to wait after so many failures.
    fn wait_after(&self, failures: u64) -> u32 {
        let doublings = failures.saturating_sub(self.free).min(16);
        WAIT_SECONDS_FIRST.saturating_mul(1 << doublings).min(self.wait_seconds_max)
    }

    fn is_remembered(&self, row: Row, now: Timestamp) -> bool {
        now < row.until.minus(self.wait_after(row.failures)).plus(MEMORY_SECONDS)
    }

    fn step(&self, row: Option<Row>, now: Timestamp) -> Result<Step, Wait> {
        let first = now.plus(WAIT_SECONDS_FIRST);
        let Some(seen) = row else { return Ok(Step::Add { below: self.free, until: first }) };
        if !self.is_remembered(seen, now) {
            return Ok(Step::Replace { seen, next: Row { failures: 1, until: first } });
        }
        if seen.failures < self.free {
            return Ok(Step::Add { below: self.free, until: first });
        }
        if let Some(wait) = Wait::until(seen.until, now) {
            return Err(wait);
        }
        let failures = seen.failures.saturating_add(1);
        Ok(Step::Replace { seen, next: Row { failures, until: now.plus(self.wait_after(failures)) } })
    }
}

/// The failures in a row of one factor of one user, by origin and together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attempts {
    /// By the name of the row.
    pub rows: BTreeMap<String, Row>,
}

impl Attempts {
    /// How an attempt counts, before it is checked: a step for each row.
    ///
    /// # Errors
    /// The wait, when this origin must wait first; nothing is counted then.
    pub fn count(&self, origin: &Origin, now: Timestamp) -> Result<Vec<(String, Step)>, Wait> {
        let (mut steps, mut longest) = (Vec::new(), None);
        for row in origin.rows() {
            match Limits::of(&row).step(self.rows.get(&row).copied(), now) {
                Ok(step) => steps.push((row, step)),
                Err(wait) => longest = longest.max(Some(wait)),
            }
        }
        longest.map_or(Ok(steps), Err)
    }

    /// The rows that nothing depends on any more, and of more than 100 sources those whose wait was over first: a
    /// success lets the sources together fail anew and would leave one more row each behind.
    #[must_use]
    pub fn forgotten(&self, now: Timestamp) -> Vec<&str> {
        let is_forgotten = |name: &str, row: Row| !Limits::of(name).is_remembered(row, now) && !is_void(name, row);
        let rows = || self.rows.iter().map(|(name, row)| (name.as_str(), *row));
        let (mut forgotten, kept): (Vec<_>, Vec<_>) = rows().partition(|(name, row)| is_forgotten(name, *row));
        let mut sources: Vec<_> = kept.into_iter().filter(|(name, _)| name.starts_with('s')).collect();
        sources.sort_by_key(|(_, row)| row.until);
        let surplus = sources.len().saturating_sub(SOURCES_MAX);
        forgotten.extend(sources.into_iter().take(surplus));
        forgotten.into_iter().map(|(name, _)| name).collect()
    }

    /// Whether a browser has failed too often to be a recognised one still.
    #[must_use]
    pub fn is_device_void(&self, device_hash: &str) -> bool {
        let name = Origin::Device(device_hash.to_owned()).row();
        self.rows.get(&name).is_some_and(|row| is_void(&name, *row))
    }
}

/// A void browser stays void for as long as its row is kept, not only for a day.
fn is_void(name: &str, row: Row) -> bool {
    name.starts_with('d') && row.failures >= FAILURES_MAX_OF_DEVICE
}

/// Whether `steps` make a browser one that failed too often.
#[must_use]
pub fn is_voided_by(steps: &[(String, Step)]) -> bool {
    steps.iter().any(|(name, step)| matches!(step, Step::Replace { next, .. } if is_void(name, *next)))
}

/// The different users for whom one source failed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spray {
    /// By the user, when it last did.
    pub users: BTreeMap<String, Timestamp>,
    /// When the wait is over that the last failure began, if it made enough users.
    pub until: Timestamp,
}

/// How a failure for one more user counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SprayStep {
    /// The user is among others, fewer than the limit.
    Add,
    /// What is remembered of the others, with this user.
    Replace(Spray),
}

impl Spray {
    /// How an attempt for `user` counts, before it is checked.
    ///
    /// # Errors
    /// The wait, when this source must wait first.
    pub fn count(&self, user: &str, now: Timestamp) -> Result<SprayStep, Wait> {
        let is_recent = |since: &Timestamp| now < since.plus(SPRAY_SECONDS);
        let is_full = self.users.len() >= SPRAYED_USERS_MAX;
        match Wait::until(self.until, now).filter(|_| is_full) {
            Some(wait) => return Err(wait),
            None if !is_full && self.users.values().all(is_recent) => return Ok(SprayStep::Add),
            None => {}
        }
        let mut users = self.users.clone();
        users.retain(|_, since| is_recent(since));
        users.insert(user.to_owned(), now);
        Ok(SprayStep::Replace(Self { users, until: now.plus(SPRAY_SECONDS) }))
    }
}

#[cfg(test)]
mod tests;

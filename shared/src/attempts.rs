//! Login protection as arithmetic: who may try now, and who waits (NIST SP 800-63B-4 §3.2.2).
//!
//! Nothing here stores or reads; `protection` does that, in one conditional write per attempt.

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;

/// Failures in a row before the first wait.
const FAILURES_FREE: u32 = 5;
/// Failures in a row, from all unrecognised sources together, before those wait.
const FAILURES_FREE_TOGETHER: u32 = 100;
/// Failures in a row after which a recognised browser is one no more.
const FAILURES_MAX_OF_DEVICE: u32 = 10;
const WAIT_SECONDS_FIRST: u32 = 30;
const WAIT_SECONDS_MAX: u32 = 15 * 60;
const WAIT_SECONDS_MAX_TOGETHER: u32 = 60 * 60;
/// Seconds after which failures are forgotten.
pub const MEMORY_SECONDS: u32 = 24 * 60 * 60;
/// Different users for whom one source may fail within [`SPRAY_SECONDS`].
const SPRAYED_USERS_MAX: usize = 30;
/// Seconds over which a source's failures for different users are counted, and for which it then waits.
pub const SPRAY_SECONDS: u32 = 10 * 60;

/// Seconds to wait before the next attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wait(pub u32);

/// From where an attempt comes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A network address, hashed.
    Source(String),
    /// A browser that this user signed in with before, by its cookie's hash.
    Device(String),
}

impl Origin {
    fn name(&self) -> String {
        match self {
            Self::Source(hash) => format!("s{hash}"),
            Self::Device(hash) => format!("d{hash}"),
        }
    }

    const fn is_recognised(&self) -> bool {
        matches!(self, Self::Device(_))
    }
}

/// Failures in a row.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Row {
    name: String,
    failures: u32,
    last: i64,
    until: i64,
}

impl Row {
    fn is_remembered(&self, now: Timestamp) -> bool {
        now.unix_seconds() < self.last + i64::from(MEMORY_SECONDS)
    }

    fn wait(&self, now: Timestamp) -> Option<Wait> {
        let seconds = self.until - now.unix_seconds();
        u32::try_from(seconds).ok().filter(|seconds| *seconds > 0).map(Wait)
    }

    fn count(&mut self, now: Timestamp, free: u32, wait_seconds_max: u32) {
        self.failures = if self.is_remembered(now) { self.failures.saturating_add(1) } else { 1 };
        self.last = now.unix_seconds();
        if self.failures >= free {
            let doublings = (self.failures - free).min(16);
            let wait = WAIT_SECONDS_FIRST.saturating_mul(1 << doublings).min(wait_seconds_max);
            self.until = now.unix_seconds() + i64::from(wait);
        }
    }
}

/// The failures in a row of one factor of one user, by origin and together.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempts {
    rows: Vec<Row>,
    together: Row,
}

impl Attempts {
    /// Counts an attempt before it is checked.
    ///
    /// # Errors
    /// The wait, when this origin must wait first; nothing is counted then.
    pub fn count(&self, origin: &Origin, now: Timestamp) -> Result<Self, Wait> {
        let name = origin.name();
        let together_wait = if origin.is_recognised() { None } else { self.together.wait(now) };
        let own_wait = self.rows.iter().find(|row| row.name == name).and_then(|row| row.wait(now));
        if let Some(wait) = own_wait.into_iter().chain(together_wait).max_by_key(|wait| wait.0) {
            return Err(wait);
        }
        let mut next = self.clone();
        next.rows.retain(|row| row.is_remembered(now) || row.name == name || row.is_void());
        if !next.rows.iter().any(|row| row.name == name) {
            next.rows.push(Row { name: name.clone(), ..Row::default() });
        }
        for row in next.rows.iter_mut().filter(|row| row.name == name) {
            row.count(now, FAILURES_FREE, WAIT_SECONDS_MAX);
        }
        if !origin.is_recognised() {
            next.together.count(now, FAILURES_FREE_TOGETHER, WAIT_SECONDS_MAX_TOGETHER);
        }
        Ok(next)
    }

    /// What is left after a success from `origin`.
    #[must_use]
    pub fn succeed(&self, origin: &Origin) -> Self {
        let name = origin.name();
        let rows = self.rows.iter().filter(|row| row.name != name).cloned().collect();
        let together = if origin.is_recognised() { self.together.clone() } else { Row::default() };
        Self { rows, together }
    }

    /// Whether nothing is remembered.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty() && self.together.failures == 0
    }

    /// Whether a browser has failed too often to be a recognised one still.
    #[must_use]
    pub fn is_device_void(&self, device_hash: &str) -> bool {
        let name = Origin::Device(device_hash.to_owned()).name();
        self.rows.iter().any(|row| row.name == name && row.is_void())
    }
}

impl Row {
    /// A void browser stays void for as long as its row is kept, not only for a day.
    fn is_void(&self) -> bool {
        self.name.starts_with('d') && self.failures >= FAILURES_MAX_OF_DEVICE
    }
}

/// The different users for whom one source failed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spray {
    users: Vec<(String, i64)>,
    until: i64,
}

impl Spray {
    /// Counts an attempt for `user` before it is checked.
    ///
    /// # Errors
    /// The wait, when this source must wait first.
    pub fn count(&self, user: &str, now: Timestamp) -> Result<Self, Wait> {
        let at = now.unix_seconds();
        if let Some(seconds) = u32::try_from(self.until - at).ok().filter(|seconds| *seconds > 0) {
            return Err(Wait(seconds));
        }
        let is_recent = |since: i64| at < since + i64::from(SPRAY_SECONDS);
        let mut users: Vec<_> =
            self.users.iter().filter(|(name, since)| name != user && is_recent(*since)).cloned().collect();
        users.push((user.to_owned(), at));
        let until = if users.len() >= SPRAYED_USERS_MAX { at + i64::from(SPRAY_SECONDS) } else { 0 };
        Ok(Self { users, until })
    }

    /// What is left after a success for `user`.
    #[must_use]
    pub fn succeed(&self, user: &str) -> Self {
        let users: Vec<_> = self.users.iter().filter(|(name, _)| name != user).cloned().collect();
        let until = if users.len() >= SPRAYED_USERS_MAX { self.until } else { 0 };
        Self { users, until }
    }

    /// Whether nothing is remembered.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.users.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix_seconds(1_800_000_000 + seconds)
    }

    fn source(name: &str) -> Origin {
        Origin::Source(name.into())
    }

    /// Fails from `origin` until the first wait, and answers when each failure was and the wait after the last.
    fn fail(attempts: &mut Attempts, origin: &Origin, times: u32, from: i64) -> (i64, Option<u32>) {
        let mut now = from;
        for _ in 0..times {
            while let Err(Wait(seconds)) = attempts.count(origin, at(now)) {
                now += i64::from(seconds);
            }
            *attempts = attempts.count(origin, at(now)).expect("the wait is over");
        }
        (now, attempts.count(origin, at(now)).err().map(|wait| wait.0))
    }

    #[test]
    fn waits_start_at_the_fifth_failure_and_double_to_fifteen_minutes() {
        let mut attempts = Attempts::default();
        let mut now = 0;
        let mut waits = Vec::new();
        for _ in 0..12 {
            let (after, wait) = fail(&mut attempts, &source("a"), 1, now);
            now = after;
            waits.push(wait);
        }
        let expected = [0, 0, 0, 0, 30, 60, 120, 240, 480, 900, 900, 900].map(|s| (s > 0).then_some(s));
        assert_eq!(waits, expected);
    }

    #[test]
    fn one_source_does_not_make_another_wait() {
        let mut attempts = Attempts::default();
        fail(&mut attempts, &source("a"), 9, 0);
        assert!(attempts.count(&source("b"), at(0)).is_ok());
        assert!(attempts.count(&Origin::Device("d".into()), at(0)).is_ok());
    }

    #[test]
    fn a_success_or_a_day_ends_the_wait() {
        let mut attempts = Attempts::default();
        let (now, wait) = fail(&mut attempts, &source("a"), 5, 0);
        assert_eq!(wait, Some(30));
        assert!(attempts.succeed(&source("a")).is_empty());
        let later = now + i64::from(MEMORY_SECONDS);
        let fresh = attempts.count(&source("a"), at(later)).expect("a day has passed");
        assert!(fresh.count(&source("a"), at(later)).is_ok());
    }

    #[test]
    fn a_hundred_failures_together_make_unrecognised_sources_wait_and_recognised_ones_not() {
        let mut attempts = Attempts::default();
        for number in 0..100 {
            attempts = attempts.count(&source(&number.to_string()), at(0)).expect("each source is new");
        }
        assert_eq!(attempts.count(&source("new"), at(0)), Err(Wait(30)));
        assert!(attempts.count(&Origin::Device("d".into()), at(0)).is_ok());
        let mut now = 0;
        for number in 100..120 {
            while let Err(Wait(seconds)) = attempts.count(&source(&number.to_string()), at(now)) {
                assert!(seconds <= WAIT_SECONDS_MAX_TOGETHER);
                now += i64::from(seconds);
            }
            attempts = attempts.count(&source(&number.to_string()), at(now)).expect("the wait is over");
        }
        assert_eq!(attempts.count(&source("last"), at(now)), Err(Wait(WAIT_SECONDS_MAX_TOGETHER)));
    }

    #[test]
    fn a_browser_is_void_after_ten_failures_in_a_row_and_stays_so() {
        let device = Origin::Device("d".into());
        let mut attempts = Attempts::default();
        let (now, _) = fail(&mut attempts, &device, 9, 0);
        assert!(!attempts.is_device_void("d"));
        let (now, _) = fail(&mut attempts, &device, 1, now);
        assert!(attempts.is_device_void("d"));
        let later = attempts.count(&source("a"), at(now + 3 * i64::from(MEMORY_SECONDS))).expect("no wait");
        assert!(later.is_device_void("d"));
    }

    #[test]
    fn a_source_that_fails_for_thirty_users_waits_ten_minutes() {
        let mut spray = Spray::default();
        for user in 0..30 {
            spray = spray.count(&user.to_string(), at(user)).expect("under the limit");
        }
        assert_eq!(spray.count("0", at(29)), Err(Wait(600)));
        assert!(spray.count("0", at(29 + 600)).is_ok());
        assert!(spray.succeed("7").count("31", at(30)).is_ok());
    }

    #[test]
    fn the_same_user_over_and_over_is_no_spray() {
        let mut spray = Spray::default();
        for second in 0..100 {
            spray = spray.count("one", at(second)).expect("one user");
        }
    }
}

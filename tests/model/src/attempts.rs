//! Login protection: rows of failures, and who must wait. All calls come from one source here, so what the contract
//! says of many sources, and of one source that fails for thirty users, is not met.

use std::collections::BTreeMap;

use shared::clock::Timestamp;

use crate::entities::{DAY, MINUTE, UserId};
use crate::words::{Name, Person};

/// For whom an attempt is made.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Subject {
    User(UserId),
    /// A name that nobody has.
    Unknown(Person),
}

/// What an attempt is to prove.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Proof {
    Password,
    Code,
    RecoveryCode,
}

/// Where failures are counted: for a recognised browser on its own, else for the source.
pub(crate) type Row = (Subject, Proof, Option<Name>);

#[derive(Clone, Copy, Debug)]
struct Failures {
    count: u32,
    last_at: Timestamp,
}

impl Failures {
    /// From the fifth on 30 seconds, doubled with each further one, a quarter of an hour at most.
    fn wait(self) -> u32 {
        match self.count {
            0..5 => 0,
            count => (30 << (count - 5).min(16)).min(15 * MINUTE),
        }
    }
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Attempts(BTreeMap<Row, Failures>);

/// Failures in a row after which a browser is recognised no more.
pub(crate) const OF_DEVICE: u32 = 10;

impl Attempts {
    /// Counts an attempt before it is checked: how many failed in a row if this one does, or nothing where it must wait.
    pub(crate) fn count(&mut self, row: &Row, now: Timestamp) -> Option<u32> {
        let failures = self.0.get(row).copied().filter(|failures| now < failures.last_at.plus(DAY));
        if failures.is_some_and(|failures| now < failures.last_at.plus(failures.wait())) {
            return None;
        }
        let count = failures.map_or(1, |failures| failures.count + 1);
        self.0.insert(row.clone(), Failures { count, last_at: now });
        Some(count)
    }

    /// For whom most failed in a row, what, and how often.
    pub(crate) fn most_failed(&self) -> Option<(&Row, u32)> {
        self.0.iter().max_by_key(|(_, failures)| failures.count).map(|(row, failures)| (row, failures.count))
    }

    /// A success ends the row.
    pub(crate) fn succeed(&mut self, row: &Row) {
        self.0.remove(row);
    }
}

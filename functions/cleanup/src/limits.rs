//! How long a run may take.

use std::time::{Duration, Instant};

/// Time before the end in which nothing is deleted any more: what was begun ends in it.
pub const MARGIN: Duration = Duration::from_secs(10);
/// Time before the end in which nothing is read any more; until then, what is left is counted.
const READ_MARGIN: Duration = Duration::from_secs(5);

/// When a run stops what.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    delete_until: Instant,
    read_until: Instant,
}

impl Limits {
    pub(crate) fn new(start: Instant, time_left: Duration) -> Self {
        let before = |margin| start + time_left.saturating_sub(margin);
        Self { delete_until: before(MARGIN), read_until: before(READ_MARGIN) }
    }

    /// Whether something more may be deleted.
    pub(crate) fn may_delete(&self) -> bool {
        Instant::now() < self.delete_until
    }

    /// Whether something more may be read.
    pub(crate) fn may_read(&self) -> bool {
        Instant::now() < self.read_until
    }
}

//! What was met: how often each operation was answered how.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use scenarios::Response;

type Counts = BTreeMap<(&'static str, String), u64>;

static COUNTS: Mutex<Counts> = Mutex::new(BTreeMap::new());
static STEPS: AtomicU64 = AtomicU64::new(0);

pub(crate) fn count_step() {
    STEPS.fetch_add(1, Ordering::Relaxed);
}

/// How many steps were taken.
pub(crate) fn steps() -> u64 {
    STEPS.load(Ordering::Relaxed)
}

/// Notes an answer, by its slug or its status.
pub(crate) fn count(operation: &'static str, response: &Response) {
    let outcome = response.slug().map_or_else(|| response.status().to_string(), str::to_owned);
    *COUNTS.lock().unwrap_or_else(PoisonError::into_inner).entry((operation, outcome)).or_default() += 1;
}

/// How often each operation was answered how.
pub(crate) fn counts() -> Counts {
    COUNTS.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

//! How often a change is tried that others may be first at.

use std::time::Duration;

use tokio::time::Instant;

use crate::error::{Error, Result};
use crate::secret::random_bytes;

const TRIES_MAX: u32 = 20;
/// One of those who meet gets through each time, so a hundred may.
const TRIES_MAX_ON_ONE_ITEM: u32 = 100;
/// So many are allowed however long they take: whoever lost a race finds out what stands there now.
const TRIES_MIN: u32 = 4;
const TIME_MAX: Duration = Duration::from_secs(2);
const WAIT_MILLISECONDS_MAX: u64 = 100;

/// Bounds the tries at one change: 20, within two seconds. Then it counts as an outage.
#[derive(Debug)]
pub struct Retries {
    tries: u32,
    tries_max: u32,
    end: Instant,
}

impl Default for Retries {
    fn default() -> Self {
        Self { tries: 0, tries_max: TRIES_MAX, end: Instant::now() + TIME_MAX }
    }
}

impl Retries {
    /// For a change of one item that many make: each try that fails tells what stands there now.
    #[must_use]
    pub fn on_one_item() -> Self {
        Self { tries_max: TRIES_MAX_ON_ONE_ITEM, ..Self::default() }
    }

    /// Lets the next try begin: at once the first time, after a random while that grows from then on.
    ///
    /// # Errors
    /// `Unavailable` when there were enough; `Internal` when the system has no randomness to give.
    pub async fn begin(&mut self) -> Result<()> {
        let is_late = self.tries >= TRIES_MIN && Instant::now() >= self.end;
        if self.tries == self.tries_max || is_late {
            return Err(Error::unavailable("others keep changing the same items"));
        }
        if self.tries > 0 {
            let most = (5_u64 << self.tries.min(5)).min(WAIT_MILLISECONDS_MAX);
            let random = u64::from(u16::from_be_bytes(random_bytes()?));
            tokio::time::sleep(Duration::from_millis(1 + random * most / u64::from(u16::MAX))).await;
        }
        self.tries += 1;
        Ok(())
    }

    /// Whether an earlier try was refused, so that what it read is old.
    #[must_use]
    pub const fn is_repeated(&self) -> bool {
        self.tries > 1
    }
}

//! Writes down what clients saw, and when.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use scenarios::{Call, Response};
use shared::clock::Clock;

use crate::time::{Instants, Jump};

/// When a call was under way.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Span {
    /// The moment before it was sent.
    pub(crate) invoked: u64,
    /// The moment after it was answered.
    pub(crate) answered: u64,
    /// What the service's clock showed at these moments.
    clock: (i64, i64),
}

/// Counts moments, and gives numbers to what clients are told.
#[derive(Debug)]
pub(crate) struct Recorder {
    clock: Clock,
    moments: AtomicU64,
    jumps: Mutex<Vec<Jump>>,
    numbers: Mutex<HashMap<String, u32>>,
}

impl Recorder {
    /// For a service of this clock.
    #[must_use]
    pub(crate) fn new(clock: Clock) -> Self {
        Self { clock, moments: AtomicU64::new(0), jumps: Mutex::default(), numbers: Mutex::default() }
    }

    /// A moment after all moments before.
    pub(crate) fn moment(&self) -> u64 {
        self.moments.fetch_add(1, Ordering::SeqCst)
    }

    /// The service's time, in Unix seconds.
    #[must_use]
    pub(crate) fn now(&self) -> i64 {
        self.clock.now().unix_seconds()
    }

    /// Sends a call and waits for its answer.
    pub(crate) async fn send(&self, call: Call) -> (Span, Response) {
        let (invoked, from) = (self.moment(), self.now());
        let answer = call.await;
        let (to, answered) = (self.now(), self.moment());
        (Span { invoked, answered, clock: (from, to) }, answer)
    }

    /// Puts the service's clock ahead.
    pub(crate) fn jump(&self, seconds: u32) {
        let (begun, before) = (self.moment(), self.now());
        self.clock.advance(seconds);
        let (after, ended) = (self.now(), self.moment());
        let seconds = i64::from(seconds);
        // The clock went on by itself between the readings.
        let jump = Jump { moments: (begun, ended), clock: (after - seconds, before + seconds) };
        self.jumps.lock().unwrap_or_else(PoisonError::into_inner).push(jump);
    }

    /// What the clock may have shown during `span`.
    #[must_use]
    pub(crate) fn instants(&self, span: Span) -> Instants {
        let jumps = self.jumps.lock().unwrap_or_else(PoisonError::into_inner);
        let is_within = |jump: &&Jump| jump.moments.1 > span.invoked && jump.moments.0 < span.answered;
        let jumps: Vec<_> = jumps.iter().filter(is_within).copied().collect();
        Instants::between(span.clock.0, span.clock.1, &jumps)
    }

    /// The number of a cookie, a challenge, a key's value: the same for the same text.
    pub(crate) fn number(&self, text: &str) -> u32 {
        let mut numbers = self.numbers.lock().unwrap_or_else(PoisonError::into_inner);
        let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
        *numbers.entry(text.to_owned()).or_insert(next)
    }

    /// A number for what nobody was told.
    pub(crate) fn untold(&self) -> u32 {
        self.number(&format!("untold at {}", self.moment()))
    }
}

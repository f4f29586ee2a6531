//! What reads bytes from outside keeps its rules on any bytes, and 128 MB are enough: one property a target.
//!
//! `cargo test` tries what is kept of each target's inputs, and changes of it made at random; in `.ci/fuzz` coverage
//! leads, through `guided`.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a property that does not hold is told by panicking"
)]

mod cursor;
mod date;
mod door;
mod event;
mod item;
mod key_value;
mod name;
mod scopes;
mod stored_password;
mod table;
#[cfg(test)]
mod tests;

use std::time::{Duration, Instant};

use peak_alloc::PeakAlloc;

/// Counts what the whole process has in use.
#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// Bytes in use at once, whatever came before: what the smallest Lambda function has.
const BYTES_MAX: usize = 128_000_000;
/// One input takes no longer, on a busy machine too.
const TIME_MAX: Duration = Duration::from_secs(10);

/// What holds for any input; it panics where it does not.
type Property = fn(&[u8]);

const TARGETS: [(&str, Property); 9] = [
    ("cursor", cursor::check),
    ("date", date::check),
    ("door", door::check),
    ("event", event::check),
    ("item", item::check),
    ("key_value", key_value::check),
    ("name", name::check),
    ("scopes", scopes::check),
    ("stored_password", stored_password::check),
];

/// A part of the service that is told bytes from outside.
#[derive(Clone, Copy, Debug)]
pub struct Target(Property);

impl Target {
    /// The target of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        TARGETS.iter().find(|(known, _)| *known == name).map(|(_, property)| Self(*property))
    }

    /// Tries its property on one input.
    ///
    /// # Panics
    /// Where the property does not hold, or the input took more time or memory than any may.
    pub fn hold(self, input: &[u8]) {
        MEMORY.reset_peak_usage();
        let begin = Instant::now();
        self.0(input);
        let took = begin.elapsed();
        assert!(took < TIME_MAX, "{took:?} for {} bytes", input.len());
        let used = MEMORY.peak_usage();
        assert!(used <= BYTES_MAX, "{used} bytes were in use at once");
    }
}

/// The input as a text, for what is told texts alone.
fn text(input: &[u8]) -> Option<&str> {
    std::str::from_utf8(input).ok()
}

/// Runs what waits for nothing but the table of these targets, which answers at once.
fn block_on<T>(future: impl Future<Output = T>) -> T {
    thread_local! {
        static RUNTIME: tokio::runtime::Runtime =
            tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    }
    RUNTIME.with(|runtime| runtime.block_on(future))
}

//! What holds on any machine, in a minute: ratios alone, of a debug build too.
//!
//! Other work on the machine makes such a ratio greater, never smaller for long, so the least of a few decides.

use std::fmt::Write;

use local::options::Options;
use scenarios::World;

use crate::growth;
use crate::key_check::{Bench, ratios};

const TRIES: usize = 5;
/// Times the bare request: the check alone, and a whole call over HTTP.
const CHECK_MAX: f64 = 1.5;
const CALL_MAX: f64 = 3.0;
/// Keys in force beside those that expired.
const LIVE: [usize; 2] = [100, 3_000];
const EXPIRED: usize = 100;
/// Times the read units among fewer keys.
const UNITS_MAX: f64 = 1.01;

/// A table of what was found.
///
/// # Errors
/// The table, where a ratio is too great each time.
pub(crate) async fn measure() -> Result<String, String> {
    let mut least = [f64::INFINITY; 2];
    let world = World::with(Options { cheap_hashes: false, ..Options::in_memory() }).await;
    let mut bench = Bench::start(&world).await;
    for _ in 0..TRIES {
        let [medians, _] = bench.rounds(3, 100).await;
        let [.., check, call] = ratios(&medians);
        least = [least[0].min(check.median), least[1].min(call.median)];
        if least[0] <= CHECK_MAX && least[1] <= CALL_MAX {
            break;
        }
    }
    let mut units = [0.0; 2];
    for (units, live) in units.iter_mut().zip(LIVE) {
        *units = growth::read_units(live, EXPIRED).await;
    }
    let found = [
        ("checking a key, times the bare request", least[0], CHECK_MAX),
        ("a whole call with a key, times the bare request", least[1], CALL_MAX),
        (
            "read units of a clean-up among thirty times as many keys, times those before",
            units[1] / units[0],
            UNITS_MAX,
        ),
    ];
    let mut text = "| | measured | at most |\n|---|---:|---:|\n".to_owned();
    for (what, ratio, most) in found {
        let _ = writeln!(text, "| {what} | {ratio:.2} | {most:.2} |");
    }
    if found.iter().all(|(_, ratio, most)| ratio <= most) { Ok(text) } else { Err(text) }
}

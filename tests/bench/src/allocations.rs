//! What checking a key allocates, beside the DynamoDB request that it makes.

use std::fmt::Write;

use local::options::Options;
use scenarios::World;

use crate::key_check::{Bench, CONTENDERS};

/// After which lazily made things are there.
const WARM_UP: usize = 50;
const CALLS: u64 = 200;
/// Of the check, beside those of its request.
const MORE_MAX: f64 = 50.0;

/// The same contenders as in time; each in turn, in one process of one thread.
pub(crate) async fn measure(total: impl Fn() -> [u64; 2]) -> String {
    let world = World::with(Options { cheap_hashes: false, ..Options::in_memory() }).await;
    let mut bench = Bench::start(&world).await;
    let mut text = format!(
        "{CALLS} calls each, one at a time; client, service and store in one process, so what the client, the embedded \
         store\nand, for the whole call, the stand-in gateway allocate is in it, and what is beyond the bare request is \
         ours.\n\n| | blocks a call | bytes a call | blocks beyond the bare request |\n|---|---:|---:|---:|\n"
    );
    let mut bare = f64::NAN;
    let mut more = Vec::new();
    for (contender, name) in CONTENDERS.iter().enumerate() {
        bench.times(contender, WARM_UP).await;
        let before = total();
        for _ in 0..CALLS {
            bench.once(contender).await;
        }
        let after = total();
        let [blocks, bytes] = [0, 1].map(|at| each(after[at] - before[at]));
        if contender == 0 {
            bare = blocks;
        }
        more.push(blocks - bare);
        let _ = writeln!(text, "| {name} | {blocks:.1} | {bytes:.0} | {:.1} |", blocks - bare);
    }
    let verdict = if more[2] <= MORE_MAX { "met" } else { "not met" };
    let _ = writeln!(text, "\nGoal: the check alone takes at most {MORE_MAX} blocks more than its request: {verdict}.");
    text
}

fn each(sum: u64) -> f64 {
    let sum = u32::try_from(sum).expect("of so few calls");
    f64::from(sum) / f64::from(u32::try_from(CALLS).expect("few"))
}

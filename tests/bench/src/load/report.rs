//! What the load showed: times, memory, and what was not answered as it should be.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::{Ask, CLEANUP_EVERY, CONNECTIONS, KEY_SECONDS, Load, Sample};
use crate::plot::Lines;

/// How much of the run one point of the plot stands for.
const SLICE_SECONDS: u64 = 10;
/// What is told of many times: which one is below so many of a thousand.
const BELOW: [(&str, usize); 4] = [("half below", 500), ("99 % below", 990), ("99.9 % below", 999), ("longest", 1_000)];
/// When memory is taken for settled.
const SETTLED_AFTER: Duration = Duration::from_mins(1);
/// When the embedded store forgets as much as it learns: it keeps what each transaction answered for ten minutes.
const STORE_SETTLED_AFTER: Duration = Duration::from_mins(11);
/// How much more it may be at the end.
const GROWTH_MAX: f64 = 1.05;

/// Of sorted times: the one that so many of a thousand are below, in milliseconds.
fn below(times: &[Duration], thousandths: usize) -> f64 {
    times[(times.len() - 1) * thousandths / 1_000].as_secs_f64() * 1_000.0
}

/// Draws times and memory along the run.
pub(super) fn plot(load: &Load, sizes: &[(Duration, f64)]) {
    let samples = load.samples.lock().unwrap_or_else(PoisonError::into_inner);
    let mut slices = BTreeMap::<u64, Vec<Duration>>::new();
    for Sample { due, took, .. } in samples.iter() {
        slices.entry(due.as_secs() / SLICE_SECONDS).or_default().push(*took);
    }
    let mut lines: Vec<_> = BELOW.map(|(name, _)| (name, Vec::new())).into();
    for (slice, mut times) in slices {
        times.sort_unstable();
        let seconds = Duration::from_secs(slice * SLICE_SECONDS).as_secs_f64();
        for ((_, line), (_, thousandths)) in lines.iter_mut().zip(BELOW) {
            line.push((seconds, below(&times, thousandths)));
        }
    }
    let memory = sizes.iter().map(|(at, size)| (at.as_secs_f64(), *size)).collect();
    let along = "seconds";
    Lines { title: "Time of a request under load", along, unit: "milliseconds", each: lines }.write("load-times.svg");
    let lines = vec![("resident", memory)];
    Lines { title: "Memory under load", along, unit: "MiB", each: lines }.write("load-memory.svg");
}

/// The section for the results.
pub(super) fn section(load: &Load, took: Duration, sizes: &[(Duration, f64)]) -> String {
    let samples = load.samples.lock().unwrap_or_else(PoisonError::into_inner);
    let faults = load.faults.lock().unwrap_or_else(PoisonError::into_inner);
    let mut text = format!(
        "The local stack, built with the profile `dist`, data on the disk, mail on, full hashes; {} requests in {:.0} s, {} a second \
         asked for,\nover {CONNECTIONS} connections by a client on the same two cores. A request's time counts from when \
         it was due. Keys that live\n{KEY_SECONDS} s are made all along, and a clean-up every {} s removed {} of them.\n\n\
         | | requests | half below, ms | 99 % below, ms | 99.9 % below, ms | longest, ms |\n|---|---:|---:|---:|---:|---:|\n",
        samples.len(),
        took.as_secs_f64(),
        load.rate,
        CLEANUP_EVERY.as_secs(),
        load.removed.load(Ordering::Relaxed),
    );
    for (ask, _) in Ask::SHARES {
        let mut times: Vec<_> = samples.iter().filter(|sample| sample.ask == ask).map(|sample| sample.took).collect();
        times.sort_unstable();
        if !times.is_empty() {
            let [half, most, nearly_all, all] = BELOW.map(|(_, thousandths)| below(&times, thousandths));
            let _ = writeln!(
                text,
                "| {} | {} | {half:.2} | {most:.2} | {nearly_all:.2} | {all:.2} |",
                ask.name(),
                times.len()
            );
        }
    }
    let since = |after| sizes.iter().find(|(at, _)| *at >= after).map(|(_, size)| *size);
    let settled = since(SETTLED_AFTER).unwrap_or(sizes[0].1);
    let last = sizes.last().expect("it was watched").1;
    let verdict = |is_met: bool| if is_met { "met" } else { "not met" };
    let _ = write!(
        text,
        "\nGoals: no error: {}, {}; memory grows by at most {:.0} % after the first minute: {}, from {settled:.1} to \
         {last:.1} MiB.\n",
        verdict(faults.is_empty()),
        faults.len(),
        (GROWTH_MAX - 1.0) * 100.0,
        verdict(last <= settled * GROWTH_MAX)
    );
    if let Some(settled) = since(STORE_SETTLED_AFTER) {
        let _ = writeln!(
            text,
            "\nFor ten minutes the embedded store keeps what each transaction answered, so it grows until then; after eleven \
             minutes\nmemory grows by at most {:.0} %: {}, from {settled:.1} to {last:.1} MiB.",
            (GROWTH_MAX - 1.0) * 100.0,
            verdict(last <= settled * GROWTH_MAX)
        );
    }
    text.push_str("\n![Time of a request](plots/load-times.svg)\n\n![Memory](plots/load-memory.svg)\n");
    for fault in faults.iter().take(5) {
        let _ = writeln!(text, "\n- {fault}");
    }
    text
}

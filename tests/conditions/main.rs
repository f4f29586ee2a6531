//! Every part of a condition of the table's writes decides something: made always true, always false or off by one, a
//! check here fails. It is changed on its way to the table, so nothing is built anew for it.
//!
//! Counters are not among them: they try again by themselves, so that a refusal shows in what is counted alone.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking, its helpers too"
)]

mod change;
mod check;
mod directory;
mod factors;
mod keys;
mod mails;
mod sessions;
mod users;
mod wire;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use change::{Change, changes};
use check::{Bench, Told};
use shared::store::Store;
use wire::{Site, Wire};

/// Tables at work at once.
const WORKERS: usize = 6;

macro_rules! checks {
    ($($name:path),* $(,)?) => {
        /// Runs the check of this number, if there is one.
        async fn run(number: usize, store: &Store, wire: &Wire) -> Option<Told> {
            let mut rest = number;
            $(
                if rest == 0 {
                    return Some(Box::pin($name(store, wire)).await);
                }
                rest -= 1;
            )*
            let _ = rest;
            None
        }
    };
}

checks! {
    keys::made, keys::placed, keys::rotated, keys::deleted, keys::used, keys::remembered,
    sessions::made, sessions::changed, sessions::tokens,
    users::made, users::changed, users::epochs, users::deleted, users::administrators,
    directory::environments, directory::groups, directory::cleaned_up,
    factors::password, factors::totp, factors::recovery, factors::devices,
    mails::claimed, mails::written_once,
}

/// Which checks meet which condition, as all of them hold.
async fn sites(bench: &Bench) -> BTreeMap<Site, Vec<usize>> {
    let mut met: BTreeMap<Site, Vec<usize>> = BTreeMap::new();
    for number in 0.. {
        let wire = Wire::default();
        match run(number, &bench.store(&wire).await, &wire).await {
            None => break,
            Some(told) => told.unwrap_or_else(|failure| panic!("check {number}: {failure}")),
        }
        for site in wire.seen() {
            met.entry(site).or_default().push(number);
        }
    }
    met
}

/// Whether one of the checks notices that a condition is another one.
async fn is_noticed(bench: &Bench, trial: &Trial) -> bool {
    for number in &trial.checks {
        let wire = Wire::changing(&trial.site, &trial.change.condition);
        if run(*number, &bench.store(&wire).await, &wire).await.is_none_or(|told| told.is_err()) {
            return true;
        }
    }
    false
}

/// One change, and the checks that may notice it.
struct Trial {
    site: Site,
    change: Change,
    checks: Vec<usize>,
}

/// Of these trials, those that nothing notices. Each that waits for a wait's end lets another one run.
async fn unnoticed(trials: Vec<Trial>) -> BTreeSet<String> {
    let trials = Arc::new(Mutex::new(trials));
    let workers: Vec<_> = (0..WORKERS)
        .map(|_| {
            let trials = Arc::clone(&trials);
            tokio::spawn(async move {
                let (bench, mut unnoticed) = (Bench::start().await, BTreeSet::new());
                loop {
                    let next = trials.lock().expect("trials").pop();
                    let Some(trial) = next else { return unnoticed };
                    if !is_noticed(&bench, &trial).await {
                        unnoticed.insert(format!("{}: {}", trial.site, trial.change.what));
                    }
                }
            })
        })
        .collect();
    let mut unnoticed = BTreeSet::new();
    for worker in workers {
        unnoticed.extend(worker.await.expect("no check panics"));
    }
    unnoticed
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[expect(clippy::print_stdout, reason = "figures for tests/README.md")]
async fn every_part_of_every_condition_decides() {
    let sites = sites(&Bench::start().await).await;
    let trials: Vec<_> = sites
        .iter()
        .flat_map(|(site, checks)| {
            let trial = |change| Trial { site: site.clone(), change, checks: checks.clone() };
            changes(&site.condition).into_iter().map(trial)
        })
        .collect();
    let tried = trials.len();
    let unnoticed = unnoticed(trials).await;
    println!("{} conditions, {tried} changes, {} not noticed", sites.len(), unnoticed.len());
    assert!(unnoticed.is_empty(), "no check notices: {unnoticed:#?}");
}

/// Where the counters are, and how what they alone ask for begins.
const COUNTERS: [&str; 2] = ["attempts.rs", "counters.rs"];
const OF_COUNTERS: &str = "attribute_not_exists(#write_id)";

/// A condition of the store that no check here sends would be changed by nobody.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_condition_of_the_store_is_met() {
    let sites = sites(&Bench::start().await).await;
    let met: Vec<_> = sites.keys().map(|site| site.condition.as_str()).collect();
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/src/store");
    let mut missing = Vec::new();
    for entry in std::fs::read_dir(folder).expect("the store") {
        let path = entry.expect("an entry").path();
        if COUNTERS.iter().any(|name| path.ends_with(name)) {
            continue;
        }
        let text = std::fs::read_to_string(path).expect("a source file");
        for condition in text.split(".when(\"").skip(1).filter_map(|rest| rest.split('"').next()) {
            if !condition.starts_with(OF_COUNTERS) && !met.iter().any(|met| met.contains(condition)) {
                missing.push(condition.to_owned());
            }
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

//! What clients see at once could have been seen one after the other, whatever is killed meanwhile.

#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking, its helpers too")]

use std::collections::BTreeMap;

use histories::crash;
use histories::run::{self, Plan, Service};
use tokio::task::JoinSet;

/// What must have been seen in all histories together, or they show little.
const SEEN: [&str; 16] = [
    "Answer Step Session",
    "Answer Step Refused",
    "Answer RecoveryCode Session",
    "Answer RecoveryCode Refused",
    "Answer Step Over",
    "ChangePassword Done",
    "ChangePassword NoSession",
    "SignIn Refused",
    "Use Some",
    "Use None",
    "Key Create Done",
    "Key Create LimitReached",
    "Key Create NameTaken",
    "Key Use Works",
    "Key Use Expired",
    "Key Use Refused",
];

/// Histories that are played at the same time, so that no processor waits.
const AT_ONCE: usize = 4;

/// Plays one history and holds it to the contract; how often each kind of call was answered how.
async fn play(seed: u64) -> BTreeMap<String, usize> {
    let world = run::service().await;
    let history = run::run(&world, Plan { seed, calls: 40, clients: 8, service: Service::InProcess }).await;
    history.check().unwrap_or_else(|violation| panic!("{violation}"));
    history.counts().clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_history_has_an_order_that_the_contract_explains() {
    let (mut playing, mut seeds, mut seen) = (JoinSet::new(), 0..50, BTreeMap::new());
    for seed in seeds.by_ref().take(AT_ONCE) {
        playing.spawn(play(seed));
    }
    while let Some(counts) = playing.join_next().await {
        for (label, count) in counts.expect("a history that the contract explains") {
            *seen.entry(label).or_insert(0) += count;
        }
        if let Some(seed) = seeds.next() {
            playing.spawn(play(seed));
        }
    }
    let missing: Vec<_> = SEEN.iter().filter(|label| seen.get(**label).is_none_or(|count| *count < 3)).collect();
    assert!(missing.is_empty(), "seldom seen: {missing:?} of {seen:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_killed_loses_nothing_and_leaves_nothing_half_done() {
    let programs = crash::programs();
    let plan = Plan { seed: 0, calls: 150, clients: 6, service: Service::Killed };
    let crashed = crash::run(&programs, plan).await;
    assert_eq!(crashed.faults, [""; 0], "{:?}", crashed.history.counts());
    crashed.history.check().unwrap_or_else(|violation| panic!("{violation}"));
    assert!(crashed.kills >= 20 && crashed.interrupted >= 3, "{} kills", crashed.kills);
    assert!(crashed.interrupted <= crashed.kills, "a function came to its end by itself");
}

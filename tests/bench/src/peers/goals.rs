//! What is to be reached beside the best peer, and whether it is.

use std::fmt::Write;

use super::figures::{Column, Figure, Role, Table};
use crate::spread::Spread;

/// By how much the local stack may differ from itself.
const NOISE_MAX: f64 = 0.1;
/// Times faster than the best peer, operation by operation.
const TIMES_FASTER_MIN: [(&str, Figure, f64); 8] = [
    ("check a key, 1 connection", Figure::Check, 2.0),
    ("check a key, 16 connections", Figure::BusyCheck, 2.0),
    ("create a key", Figure::Create, 2.0),
    ("list keys", Figure::List, 2.0),
    ("rotate a key", Figure::Rotate, 2.0),
    ("delete a key", Figure::Delete, 2.0),
    ("verify a one-time code", Figure::Totp, 5.0),
    ("start to first authorised answer", Figure::Start, 20.0),
];
/// Times faster, were the store's own work for nothing.
const WITHOUT_STORE_MIN: f64 = 4.0;
/// Times the median.
const TAIL_MAX: f64 = 2.0;
/// Times the best peer's sign-in.
const SIGN_IN_MAX: f64 = 0.75;
/// Of a sign-in, what is no hash.
const BESIDE_HASH_MAX: f64 = 0.05;
/// Times the reference in C.
const HASH_MAX: f64 = 1.0;
/// Times the best peer's memory.
const MEMORY_MAX: f64 = 1.0 / 3.0;

/// One goal.
struct Goal {
    what: String,
    wanted: String,
    peer: &'static str,
    found: Spread,
    /// How far from it, as a share of it; none where it is met.
    missed: Option<f64>,
    /// Where the time goes, should it be missed.
    because: String,
}

impl Goal {
    fn at_least(what: &str, least: f64, peer: &'static str, found: Spread, because: String) -> Self {
        let missed = (found.median < least).then(|| 1.0 - found.median / least);
        Self { what: what.to_owned(), wanted: format!("at least {least} times faster"), peer, found, missed, because }
    }

    fn at_most(what: &str, most: f64, unit: &str, peer: &'static str, found: Spread, because: String) -> Self {
        let missed = (found.median > most).then(|| found.median / most - 1.0);
        Self { what: what.to_owned(), wanted: format!("at most {most:.2} {unit}"), peer, found, missed, because }
    }
}

/// Of what is no peer.
const NOBODY: &str = "–";

/// All goals as a table, and why some are missed.
pub(crate) fn verdicts(table: &Table) -> String {
    let mut text = "| operation | goal | best peer | measured | |\n|---|---|---|---|---|\n".to_owned();
    let goals = goals(table);
    for Goal { what, wanted, peer, found, missed, .. } in &goals {
        let verdict = missed.map_or_else(|| "met".to_owned(), |missed| format!("not met, by {:.0} %", missed * 100.0));
        let _ = writeln!(text, "| {what} | {wanted} | {peer} | {found} | {verdict} |");
    }
    let missed: Vec<_> = goals.iter().filter(|goal| goal.missed.is_some()).collect();
    if !missed.is_empty() {
        text.push_str("\nWhere the time goes in what is not met:\n\n");
        for Goal { what, because, .. } in missed {
            let _ = writeln!(text, "- {what}: {because}");
        }
    }
    text
}

/// What the same program differs from itself by, where that is too much.
pub(crate) fn noise(table: &Table, named: &[(&str, Figure)]) -> Option<String> {
    let (ours, again) = (table.of(Role::Ours), table.of(Role::OursAgain));
    let of = |&(name, figure): &(&str, Figure)| {
        let ratio = Table::ratio((again, figure), (ours, figure))?.median;
        ((ratio - 1.0).abs() > NOISE_MAX).then(|| format!("{name} {ratio:.2} times"))
    };
    let found: Vec<_> = named.iter().filter_map(of).collect();
    let text = format!("**Noisy: this service differs from itself by more than 10 %: {}.**", found.join(", "));
    (!found.is_empty()).then_some(text)
}

fn goals(table: &Table) -> Vec<Goal> {
    let ours = table.of(Role::Ours);
    let mut goals = Vec::new();
    for (what, figure, least) in TIMES_FASTER_MIN {
        let Some(peer) = table.best_peer(figure) else { continue };
        let Some(found) = Table::ratio((peer, figure), (ours, figure)) else { continue };
        goals.push(Goal::at_least(what, least, peer.name, found, because(table, figure)));
    }
    goals.extend(without_store(table));
    for (what, tail, median) in [
        ("check a key, 1 connection: 99 % below", Figure::CheckTail, Figure::Check),
        ("check a key, 16 connections: 99 % below", Figure::BusyCheckTail, Figure::BusyCheck),
    ] {
        let found = Table::ratio((ours, tail), (ours, median));
        let because = because(table, tail);
        goals.extend(found.map(|found| Goal::at_most(what, TAIL_MAX, "times the median", NOBODY, found, because)));
    }
    goals.extend(sign_in(table));
    goals.extend(hash(table));
    goals.extend(memory(table));
    goals
}

/// A check, had the store no work of its own: the request to it, the SDK and the signature remain.
fn without_store(table: &Table) -> Option<Goal> {
    let (peer, ours, parts) = (table.best_peer(Figure::Check)?, table.of(Role::Ours), table.of(Role::Parts));
    let rounds = peer
        .rounds
        .iter()
        .zip(&ours.rounds)
        .zip(&parts.rounds)
        .map(|((peer, ours), parts)| peer[&Figure::Check] / (ours[&Figure::Check] - parts[&Figure::StoreWork]));
    let found = Spread::of(rounds);
    let what = "check a key, 1 connection, without the store's own work";
    Some(Goal::at_least(what, WITHOUT_STORE_MIN, peer.name, found, because(table, Figure::Check)))
}

fn sign_in(table: &Table) -> Vec<Goal> {
    let (ours, parts) = (table.of(Role::Ours), table.of(Role::Parts));
    let Some(peer) = table.best_peer(Figure::SignIn) else { return Vec::new() };
    let Some(hash) = Table::ratio((parts, Figure::Hash), (ours, Figure::SignIn)) else { return Vec::new() };
    let beside = Spread { median: 1.0 - hash.median, low: 1.0 - hash.high, high: 1.0 - hash.low };
    let because = because(table, Figure::SignIn);
    let found = Table::ratio((ours, Figure::SignIn), (peer, Figure::SignIn));
    let first =
        found.map(|found| Goal::at_most("sign in", SIGN_IN_MAX, "times the peer's", peer.name, found, because.clone()));
    let what = "sign in: all but the hash";
    let second = Goal::at_most(what, BESIDE_HASH_MAX, "of it", NOBODY, beside, because);
    first.into_iter().chain([second]).collect()
}

fn hash(table: &Table) -> Option<Goal> {
    let parts = table.of(Role::Parts);
    let found = Table::ratio((parts, Figure::Hash), (parts, Figure::HashInC))?;
    let because = "both fill 19 MiB twice; how fast is for compiler and crate.".to_owned();
    Some(Goal::at_most("Argon2id", HASH_MAX, "times the reference in C", NOBODY, found, because))
}

fn memory(table: &Table) -> Option<Goal> {
    let (function, figure) = (table.of(Role::Function), Figure::Resident);
    let peer = table.best_peer(figure)?;
    let found = Table::ratio((function, figure), (peer, figure))?;
    let what = "memory after 1,000 checks, the function";
    Some(Goal::at_most(what, MEMORY_MAX, "times the peer's", peer.name, found, because(table, figure)))
}

/// What is known of where this figure comes from.
fn because(table: &Table, figure: Figure) -> String {
    let (ours, parts) = (table.of(Role::Ours), table.of(Role::Parts));
    let median = |column: &Column, figure| column.spread(figure).map_or(f64::NAN, |spread| spread.median);
    let [mine, request, tail, work, write, hash, other_hash] = [
        median(ours, figure),
        median(parts, Figure::StoreRequest),
        median(parts, Figure::StoreRequestTail),
        median(parts, Figure::StoreWork),
        median(parts, Figure::StoreWrite),
        median(parts, Figure::Hash),
        median(parts, Figure::HashOfPeer),
    ];
    match figure {
        Figure::Check | Figure::BusyCheck => format!(
            "of {mine:.2} ms, the request to the store takes {request:.2} by itself (SDK, signature, loopback, and \
             {work:.2} of work in the store)."
        ),
        Figure::CheckTail | Figure::BusyCheckTail => format!(
            "the request to the store takes {request:.2} ms by itself, and more than {tail:.2} once in a hundred."
        ),
        Figure::List => format!("of {mine:.2} ms, two requests to the store take {request:.2} each, or more."),
        Figure::Create | Figure::Rotate | Figure::Delete => format!(
            "of {mine:.2} ms, one transaction of two items takes {write:.2} by itself, and the request that looks up the \
             caller {request:.2}."
        ),
        Figure::Totp => format!(
            "of {mine:.2} ms, the transaction that uses the step and makes the session takes \
             {write:.2} or more; the attempt is counted, durably, before it."
        ),
        Figure::SignIn => format!(
            "of {mine:.2} ms, Argon2id takes {hash:.2}, by the crate that better-auth has {other_hash:.2}; the attempt \
             is counted before it, and session and browser are written after it, each durably: one transaction takes \
             {write:.2}."
        ),
        _ => format!("{mine:.2} in all."),
    }
}

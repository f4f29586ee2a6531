//! The section of the results, and the plots.

use std::fmt::Write;

use super::figures::{Column, Figure, Role, Table};
use super::goals;
use super::round::{BUSY, STANDING_KEYS, Samples, WARM_UP};
use crate::plot::Bars;
use crate::spread::Spread;

/// Rows in milliseconds.
const TIMES: [(&str, Figure); 11] = [
    ("check a key, 1 connection: median", Figure::Check),
    ("check a key, 1 connection: 99 % below", Figure::CheckTail),
    ("check a key, 16 connections: median", Figure::BusyCheck),
    ("check a key, 16 connections: 99 % below", Figure::BusyCheckTail),
    ("create a key", Figure::Create),
    ("list 11 keys", Figure::List),
    ("rotate a key", Figure::Rotate),
    ("delete a key", Figure::Delete),
    ("sign in", Figure::SignIn),
    ("verify a one-time code", Figure::Totp),
    ("start to first authorised answer", Figure::Start),
];
/// Rows in MiB.
const MEMORY: [(&str, Figure); 2] =
    [("resident after 1,000 checks", Figure::Resident), ("the same, shared pages divided", Figure::Proportional)];
/// By themselves, in milliseconds.
const PARTS: [(&str, Figure); 7] = [
    ("the table's request of a check, sent by the SDK", Figure::StoreRequest),
    ("the same: 99 % below", Figure::StoreRequestTail),
    ("the store's own work in it", Figure::StoreWork),
    ("a transaction of two new items, sent by the SDK", Figure::StoreWrite),
    ("one Argon2id", Figure::Hash),
    ("the same by the reference in C", Figure::HashInC),
    ("the same by the crate that better-auth has", Figure::HashOfPeer),
];

/// What is equal, what is not, and who does more.
const NOTES: &str = include_str!("../../peers/NOTES.md");

/// All tables, the goals and the notes.
pub(crate) fn section(table: &Table, rounds: usize, samples: Samples) -> String {
    let Samples { checks, keys, sign_ins, codes } = samples;
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let mut text = goals::noise(table, &TIMES).map_or_else(String::new, |noise| format!("{noise}\n\n"));
    let _ = write!(
        text,
        "{rounds} rounds, all contenders in each, in an order by chance: started, asked until it answers, {WARM_UP} checks to warm up, {checks} \
         checks\nover one connection and {} over {BUSY}, {sign_ins} sign-ins, {keys} keys made, listed, rotated and \
         deleted beside {STANDING_KEYS} others,\n{codes} one-time codes of as many users, ended. Client and contender \
         share {cores} cores; every database is SQLite on the\ndisk, write-ahead, fully synchronised. Medians of the \
         rounds (quartiles), ratios within each round. *This service* is the\nlocal stack, built with the profile \
         `dist`; *function* is the binary of `sessions` alone, as deployed, on the stand-in for the runtime API.\n\n",
        2 * checks
    );
    let columns: Vec<_> = table.0.iter().filter(|column| column.role != Role::Parts).collect();
    rows(&mut text, "milliseconds", &columns, &TIMES);
    rows(&mut text, "MiB", &columns, &MEMORY);
    rows(&mut text, "milliseconds", &[table.of(Role::Parts)], &PARTS);
    text.push_str("![Checking a key](plots/peers-check.svg)\n\n![Everything else](plots/peers-operations.svg)\n\n");
    text.push_str("![Start and memory](plots/peers-start.svg)\n\n### Goals\n\n");
    text.push_str(&goals::verdicts(table));
    let _ = write!(text, "\n{}", NOTES.trim_start());
    text
}

fn rows(text: &mut String, unit: &str, columns: &[&Column], rows: &[(&str, Figure)]) {
    let names: Vec<_> = columns.iter().map(|column| column.name).collect();
    let _ = writeln!(text, "| {unit} | {} |\n|---|{}", names.join(" | "), "---|".repeat(columns.len()));
    for (name, figure) in rows {
        let cell = |column: &&Column| column.spread(*figure).map_or_else(|| "–".to_owned(), shown);
        let _ = writeln!(text, "| {name} | {} |", columns.iter().map(cell).collect::<Vec<_>>().join(" | "));
    }
    text.push('\n');
}

/// With three digits that matter, or a few more.
fn shown(spread: Spread) -> String {
    let digits = [1.0, 10.0, 100.0].iter().filter(|above| spread.median < **above).count();
    format!("{spread:.digits$}")
}

/// Draws all but what stands beside: a picture for checks, one for all that is done with keys and one for the start.
pub(crate) fn plot(table: &Table) {
    let is_drawn = |column: &&Column| ![Role::OursAgain, Role::Parts].contains(&column.role);
    let columns: Vec<_> = table.0.iter().filter(is_drawn).collect();
    let group = |(name, figure): (&'static str, Figure)| -> (&str, Vec<Option<Spread>>) {
        (name, columns.iter().map(|column| column.spread(figure)).collect())
    };
    let bars = |title, unit, groups: &[(&'static str, Figure)]| Bars {
        title,
        unit,
        names: columns.iter().map(|column| column.name).collect(),
        groups: groups.iter().copied().map(group).collect(),
    };
    let check = [
        ("1 connection: median", Figure::Check),
        ("1 connection: 99 % below", Figure::CheckTail),
        ("16 connections: median", Figure::BusyCheck),
        ("16 connections: 99 % below", Figure::BusyCheckTail),
    ];
    bars("Checking a key over HTTP", "milliseconds", &check).write("peers-check.svg");
    let operations = [
        ("create a key", Figure::Create),
        ("list keys", Figure::List),
        ("rotate a key", Figure::Rotate),
        ("delete a key", Figure::Delete),
        ("sign in", Figure::SignIn),
        ("one-time code", Figure::Totp),
    ];
    bars("Keys, sign-in and one-time codes", "milliseconds", &operations).write("peers-operations.svg");
    let start = [("start to first answer, ms", Figure::Start), ("resident, MiB", Figure::Resident)];
    bars("Start and memory after 1,000 checks", "milliseconds, MiB", &start).write("peers-start.svg");
}

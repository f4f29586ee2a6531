//! `cargo run --release -p histories -- WHAT`: many histories, or many kills. Every seed is shown and can be played again.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a program for the one who runs it: it shows what it does, and ends where it cannot go on"
)]

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::str::FromStr;
use std::time::Instant;

use clap::{Parser, Subcommand};
use histories::crash;
use histories::run::{self, Plan, Service};

/// Looks for a history that the contract does not explain.
#[derive(Parser)]
#[command(name = "histories", version, about)]
struct Options {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Histories of clients at once, on functions in this process
    Run {
        /// The first seed
        #[arg(long, default_value_t = 0)]
        seed: u64,
        /// How many seeds
        #[arg(long, default_value_t = 1)]
        seeds: u64,
        /// Calls in each history, at least
        #[arg(long, default_value_t = 1_000)]
        calls: usize,
        /// Clients at the same time
        #[arg(long, default_value_t = 8)]
        clients: u8,
        /// One part of the seeds, `I/N` with I from 1 to N
        #[arg(long, default_value = "1/1")]
        shard: Shard,
    },
    /// Clients of functions that are processes and are killed
    Crash {
        /// The first seed
        #[arg(long, default_value_t = 0)]
        seed: u64,
        /// How many processes are killed, at least
        #[arg(long, default_value_t = 1_000)]
        kills: usize,
        /// Calls in each history, at least; then a new service begins
        #[arg(long, default_value_t = 400)]
        calls: usize,
        /// Clients at the same time
        #[arg(long, default_value_t = 6)]
        clients: u8,
    },
}

/// One part of many.
#[derive(Clone, Copy, Debug)]
struct Shard {
    part: u64,
    of: u64,
}

impl FromStr for Shard {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let read = || {
            let (part, of) = text.split_once('/')?;
            Some(Self { part: part.parse().ok()?, of: of.parse().ok()? })
        };
        read().filter(|shard| (1..=shard.of).contains(&shard.part)).ok_or("not of the form I/N")
    }
}

impl Shard {
    const fn holds(self, seed: u64) -> bool {
        seed % self.of == self.part - 1
    }
}

fn main() -> ExitCode {
    let Options { what } = Options::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let is_fine = match what {
        What::Run { seed, seeds, calls, clients, shard } => {
            let seeds = (seed..seed + seeds).filter(|seed| shard.holds(*seed));
            runtime.block_on(run_all(seeds.map(|seed| Plan { seed, calls, clients, service: Service::InProcess })))
        }
        What::Crash { seed, kills, calls, clients } => {
            let plans = (seed..).map(|seed| Plan { seed, calls, clients, service: Service::Killed });
            runtime.block_on(crash_all(plans, kills))
        }
    };
    if is_fine { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Kills until there were enough; whether nothing was lost or half done.
async fn crash_all(plans: impl Iterator<Item = Plan>, kills_wanted: usize) -> bool {
    let programs = crash::programs();
    let begun = Instant::now();
    let (mut kills, mut interrupted, mut calls, mut played, mut failed) = (0, 0, 0, 0, Vec::new());
    for plan in plans {
        if kills >= kills_wanted {
            break;
        }
        let crashed = crash::run(&programs, plan).await;
        (kills, interrupted) = (kills + crashed.kills, interrupted + crashed.interrupted);
        (calls, played) = (calls + crashed.history.calls, played + 1);
        let mut faults = crashed.faults.clone();
        faults.extend(crashed.history.check().err());
        println!(
            "seed {}: {} kills, {} of them under way, {}",
            plan.seed,
            crashed.kills,
            crashed.interrupted,
            said(&faults)
        );
        if !faults.is_empty() {
            println!("{}", faults.join("\n"));
            failed.push(plan.seed);
        }
    }
    let seconds = begun.elapsed().as_secs_f64();
    println!(
        "{played} seeds, {calls} calls, {kills} kills, {interrupted} under way, {seconds:.0} s, not fine: {failed:?}"
    );
    failed.is_empty()
}

const fn said(faults: &[String]) -> &'static str {
    if faults.is_empty() { "fine" } else { "NOT FINE" }
}

/// Plays and checks them; whether all of them can be.
async fn run_all(plans: impl Iterator<Item = Plan>) -> bool {
    let (begun, mut counts, mut calls, mut played, mut failed) = (Instant::now(), BTreeMap::new(), 0, 0, Vec::new());
    for plan in plans {
        let world = run::service().await;
        let history = run::run(&world, plan).await;
        (calls, played) = (calls + history.calls, played + 1);
        for (label, count) in history.counts() {
            *counts.entry(label.clone()).or_insert(0) += count;
        }
        let found = history.check();
        println!("seed {}: {} calls, {}", plan.seed, history.calls, if found.is_ok() { "fine" } else { "NOT FINE" });
        if let Err(violation) = found {
            println!("{violation}");
            failed.push(plan.seed);
        }
    }
    for (label, count) in &counts {
        println!("{count:>9}  {label}");
    }
    println!(
        "{played} seeds, {calls} calls, {:.0} s, {} not fine: {failed:?}",
        begun.elapsed().as_secs_f64(),
        failed.len()
    );
    failed.is_empty()
}

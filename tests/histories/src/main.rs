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
use histories::run::{self, Plan, Service};
use scenarios::World;

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
    let What::Run { seed, seeds, calls, clients, shard } = what;
    let seeds = (seed..seed + seeds).filter(|seed| shard.holds(*seed));
    let plan = |seed| Plan { seed, calls, clients, service: Service::InProcess };
    if runtime.block_on(run_all(seeds.map(plan))) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Plays and checks them; whether all of them can be.
async fn run_all(plans: impl Iterator<Item = Plan>) -> bool {
    let (begun, mut counts, mut calls, mut played, mut failed) = (Instant::now(), BTreeMap::new(), 0, 0, Vec::new());
    for plan in plans {
        let world = World::start().await;
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

//! `cargo run --release -p model`: the contract as a machine (`rules`), and the service held to it, step by step, in
//! histories by chance. `words`, `step` and `exchange` are what both speak of; `entities`, `state`, `attempts`, `guard` and `rules`
//! know nothing of the service, and `known`, `matching` and `service` nothing of the contract.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a model that cannot go on, or a service that differs from it, ends the run"
)]

mod words;

mod step;

mod exchange;

mod entities;

mod attempts;
mod state;

mod guard;

mod rules;

mod dice;

mod draw;

mod invariants;
mod reference;

mod known;

mod matching;

mod tally;

mod service;

mod run;
#[cfg(test)]
mod tests;

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;
use run::{History, Plan};

/// Holds the service to a model of its contract.
#[derive(Parser)]
#[command(name = "model", version, about)]
struct Options {
    /// How many steps to take, at least
    #[arg(long, default_value_t = 20_000)]
    steps: u64,
    /// Steps of one history
    #[arg(long, default_value_t = 200)]
    length: usize,
    /// How many histories at once
    #[arg(long, default_value_t = 2)]
    threads: u64,
    /// Makes the same histories again
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Plays the history that a failure has shown, in this file
    #[arg(long)]
    replay: Option<PathBuf>,
}

fn main() -> ExitCode {
    let options = Options::parse();
    // A difference is told once, when it is short.
    std::panic::set_hook(Box::new(|_| {}));
    let began = Instant::now();
    let outcome = match &options.replay {
        Some(path) => replay(path),
        None => plan(&options).run().map_err(|difference| difference.to_string()),
    };
    let counts = tally::counts();
    for ((operation, outcome), count) in &counts {
        say(&format!("{count:8} {operation} {outcome}"));
    }
    let (steps, seconds) = (tally::steps(), began.elapsed().as_secs_f64());
    let requests: u64 = counts.values().sum();
    say(&format!("{steps} steps, {requests} requests, {} outcomes, in {seconds:.0} s", counts.len()));
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            say(&fault);
            ExitCode::FAILURE
        }
    }
}

fn plan(options: &Options) -> Plan {
    let length = u64::try_from(options.length).unwrap_or(u64::MAX);
    let histories = options.steps.div_ceil(options.threads * length);
    let histories = u32::try_from(histories).unwrap_or(u32::MAX);
    Plan { seed: options.seed, threads: options.threads, histories, steps: options.length }
}

fn replay(path: &PathBuf) -> Result<(), String> {
    let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let history: History = serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))?;
    history.replay()
}

fn say(line: &str) {
    writeln!(std::io::stdout(), "{line}").expect("someone reads");
}

//! Measures the service, and writes what it found into `tests/bench/RESULTS.md`.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a measurement that cannot be made ends the program"
)]

mod allocations;
mod brief;
mod cold_start;
mod connection;
mod cost;
mod deeds;
mod enumeration;
mod events;
mod growth;
mod key_check;
mod load;
mod memory;
mod order;
mod peers;
mod plot;
mod prices;
mod results;
mod spread;
mod welch;

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::{Parser, Subcommand};
use enumeration::Hashes;
use peers::{PEERS, Samples};
use scenarios::lambda::{Programs, build};
use tokio::runtime::Builder;

/// Every function, by its crate's name.
const FUNCTIONS: [&str; 11] = [
    "sign-in",
    "sessions",
    "profile",
    "password",
    "mfa",
    "api-keys",
    "users",
    "authorizer",
    "portal",
    "cleanup",
    "notifier",
];

/// Measures the service; the machine should have nothing else to do.
#[derive(Parser)]
#[command(name = "bench", version, about)]
struct Options {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Ratios that hold on any machine, in a minute; shown, not kept
    Brief,
    /// Start of each function, beside a bare one
    ColdStart {
        /// How often each is started
        #[arg(long, default_value_t = 30)]
        starts: usize,
        /// These functions alone, with commas between; shown, not kept
        #[arg(long, value_delimiter = ',')]
        functions: Vec<String>,
        /// Binaries in this folder as they are, in place of those built for the purpose; shown, not kept
        #[arg(long)]
        programs: Option<PathBuf>,
    },
    /// Checking a key, beside the DynamoDB request that it makes
    KeyCheck {
        /// How often each is measured, in turn
        #[arg(long, default_value_t = 9)]
        rounds: usize,
        /// How many calls one measurement takes
        #[arg(long, default_value_t = 2_000)]
        calls: usize,
    },
    /// Time of a refused sign-in, by who is refused
    Enumeration {
        /// How often each is refused
        #[arg(long, default_value_t = 20_000)]
        samples: usize,
        /// Hash passwords as in the cloud; 500 samples take a while then
        #[arg(long)]
        full_hashes: bool,
    },
    /// What a million of each deed costs in the cloud
    Cost,
    /// What grows with the table: the clean-up, a key check, a sign-in
    Growth,
    /// The local stack under a mixed load that goes on
    Load {
        /// How long
        #[arg(long, default_value_t = 600)]
        seconds: u32,
        /// Requests in each second
        #[arg(long, default_value_t = 1_000)]
        rate: u32,
    },
    /// Everything beside other services, which are installed first
    Peers {
        /// How often each is measured, in turn
        #[arg(long, default_value_t = 7)]
        rounds: usize,
        /// Checks over one connection in a round; twice as many over sixteen
        #[arg(long, default_value_t = 2_000)]
        checks: usize,
        /// Keys made, listed, rotated and deleted in a round
        #[arg(long, default_value_t = 60)]
        keys: usize,
        /// Sign-ins of a round
        #[arg(long, default_value_t = 40)]
        sign_ins: usize,
        /// Users with one-time codes, each of whom uses one in a round
        #[arg(long, default_value_t = 20)]
        codes: usize,
        /// These alone, with commas between; shown, not kept
        #[arg(long, value_delimiter = ',')]
        peers: Vec<String>,
    },
    /// Memory of the local stack after many sign-ins
    Memory {
        /// How many
        #[arg(long, default_value_t = 1_000)]
        sign_ins: usize,
    },
}

/// The functions and the bare one, as they run in the cloud.
fn built(functions: &[&str]) -> Programs {
    build("deploy", &[functions, &[cold_start::BARE]].concat())
}

/// What is in `folder` under the names of functions.
fn found(folder: &Path) -> Programs {
    let names = FUNCTIONS.into_iter().chain([cold_start::BARE]);
    names.map(|name| (name.to_owned(), folder.join(name))).filter(|(_, path)| path.exists()).collect()
}

fn show(section: &str) {
    std::io::stdout().write_all(section.as_bytes()).expect("someone reads");
}

/// What a debug build measures is shown, not kept.
fn keep(heading: &str, section: &str) {
    if cfg!(debug_assertions) { show(section) } else { results::replace(heading, section) }
}

/// What the command line asks for.
///
/// # Panics
/// Where it cannot be measured, or a ratio that must hold does not.
pub fn run() {
    let options = Options::parse();
    // What is measured beside something else has one thread; what runs processes of its own may have both cores.
    let mut runtime = match options.what {
        What::Brief | What::KeyCheck { .. } | What::Enumeration { .. } | What::Growth => Builder::new_current_thread(),
        What::ColdStart { .. } | What::Cost | What::Load { .. } | What::Memory { .. } | What::Peers { .. } => {
            Builder::new_multi_thread()
        }
    };
    let runtime = runtime.enable_all().build().expect("a runtime");
    match options.what {
        What::Brief => match runtime.block_on(brief::measure()) {
            Ok(table) => show(&table),
            Err(table) => panic!("a ratio is too great:\n{table}"),
        },
        What::ColdStart { starts, functions, programs } => {
            let is_whole = functions.is_empty() && programs.is_none();
            let is_meant = |name: &&str| functions.is_empty() || functions.iter().any(|function| function == name);
            let functions: Vec<_> = FUNCTIONS.into_iter().filter(is_meant).collect();
            let programs = programs.map_or_else(|| built(&functions), |folder| found(&folder));
            let section = runtime.block_on(cold_start::measure(starts, &functions, &programs));
            if is_whole {
                results::replace("Cold start", &section);
            } else {
                show(&section);
            }
        }
        What::KeyCheck { rounds, calls } => {
            results::replace("Checking a key", &runtime.block_on(key_check::measure(rounds, calls)));
        }
        What::Enumeration { samples, full_hashes } => {
            let hashes = if full_hashes { Hashes::Full } else { Hashes::Cheap };
            let cost = if full_hashes { "full" } else { "least" };
            let section = runtime.block_on(enumeration::measure(samples, hashes));
            keep(&format!("Time of a refused sign-in, hashes at {cost} cost"), &section);
        }
        What::Cost => {
            let section = runtime.block_on(cost::measure(&built(&FUNCTIONS)));
            keep("Cost", &section);
        }
        What::Growth => keep("Growth", &runtime.block_on(growth::measure())),
        What::Load { seconds, rate } => keep("Load", &runtime.block_on(load::measure(seconds, rate))),
        What::Peers { rounds, checks, keys, sign_ins, codes, peers } => {
            let samples = Samples { checks, keys, sign_ins, codes };
            let is_whole = peers.is_empty();
            let peers = if is_whole { PEERS.map(str::to_owned).to_vec() } else { peers };
            let table = runtime.block_on(peers::measure(rounds, samples, &peers));
            let section = peers::section(&table, rounds, samples);
            if is_whole && !cfg!(debug_assertions) {
                peers::plot(&table);
                results::replace("Peers", &section);
            } else {
                show(&section);
            }
        }
        What::Memory { sign_ins } => {
            results::replace("Memory of the local stack", &runtime.block_on(memory::measure(sign_ins)));
        }
    }
}

/// What a key check allocates; `total` says how many blocks and bytes this process has asked for so far.
///
/// # Panics
/// Where it cannot be measured.
pub fn count_allocations(total: impl Fn() -> [u64; 2]) {
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    keep("Allocations of a key check", &runtime.block_on(allocations::measure(total)));
}

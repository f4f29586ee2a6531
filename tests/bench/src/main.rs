//! `cargo run --release -p bench -- cold-start`: measures, and writes what it found into `tests/bench/RESULTS.md`.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a measurement that cannot be made ends the program"
)]

mod cold_start;
mod events;
mod results;
mod spread;

use clap::{Parser, Subcommand};

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
    /// Start of each function, beside a bare one
    ColdStart {
        /// How often each is started
        #[arg(long, default_value_t = 30)]
        starts: usize,
    },
}

#[tokio::main(worker_threads = 2)]
async fn main() {
    match Options::parse().what {
        What::ColdStart { starts } => {
            let section = cold_start::measure(starts).await;
            results::replace("Cold start", &section);
        }
    }
}

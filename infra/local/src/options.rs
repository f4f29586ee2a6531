//! What can be chosen on the command line.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;
use shared::clock::Clock;
use shared::protection::REFUSAL_TIME_MIN;
use shared::secret::Secret;
use table::Endpoint;

/// Runs the whole service on this machine.
#[derive(Clone, Debug, Parser)]
#[command(name = "local", version, about)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub struct Options {
    /// Where to listen; a loopback address, port 0 for any free port
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:3000", value_parser = loopback)]
    pub listen: SocketAddr,

    /// Keep nothing once stopped
    #[arg(long, conflicts_with = "data")]
    pub memory: bool,

    /// Where to keep the data
    #[arg(long, value_name = "DIR", default_value = ".local")]
    pub data: PathBuf,

    /// Keep the table in another DynamoDB on this machine, for as long as this runs
    #[arg(long, value_name = "http://127.0.0.1:PORT", requires = "memory")]
    pub dynamodb: Option<Endpoint>,

    /// Password of the demo users at first start, instead of a generated one
    #[arg(long, value_name = "PASSWORD", value_parser = secret)]
    pub demo_password: Option<Secret>,

    /// Open the calls that only tests need: /_local/clock, /_local/authorize and /_local/invoke/users
    #[arg(long)]
    pub test_doors: bool,

    /// How long an expired API key stays until the clean-up removes it
    #[arg(long, value_name = "SECONDS", default_value_t = 604_800)]
    pub expired_key_retention: u32,

    /// Whether the table has its stream, and so mail; without it, writes are faster.
    #[arg(skip = true)]
    pub streams: bool,

    /// Whether functions run by the template's schedule; without it, on demand alone.
    #[arg(skip = true)]
    pub schedules: bool,

    /// Whether the first start makes the demo account; without it, the table stays as a deployment leaves it.
    #[arg(skip = true)]
    pub demo_account: bool,

    /// Whether passwords are hashed with the least work that Argon2 can do, for tests with many sign-ins.
    #[arg(skip)]
    pub cheap_hashes: bool,

    /// How long a refused sign-in takes at least; nothing for tests with many of them.
    #[arg(skip = REFUSAL_TIME_MIN)]
    pub refusal_time_min: Duration,

    /// The service's clock: the system's, or for tests one that stands.
    #[arg(skip)]
    pub clock: Clock,
}

impl Options {
    /// For tests: any free port, nothing kept, all doors open, no stream.
    #[must_use]
    pub fn in_memory() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            memory: true,
            data: PathBuf::new(),
            dynamodb: None,
            demo_password: None,
            test_doors: true,
            expired_key_retention: 604_800,
            streams: false,
            schedules: true,
            demo_account: true,
            cheap_hashes: true,
            refusal_time_min: Duration::ZERO,
            clock: Clock::system(),
        }
    }
}

fn loopback(text: &str) -> Result<SocketAddr, String> {
    let address: SocketAddr = text.parse().map_err(|_| "not an address with a port".to_owned())?;
    if address.ip().is_loopback() {
        Ok(address)
    } else {
        Err("only a loopback address: whoever reaches /_local/ may do anything".to_owned())
    }
}

#[expect(clippy::unnecessary_wraps, reason = "the form that clap asks for")]
fn secret(text: &str) -> Result<Secret, std::convert::Infallible> {
    Ok(Secret::new(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(arguments: &[&str]) -> Result<Options, clap::Error> {
        Options::try_parse_from([&["local"], arguments].concat())
    }

    #[test]
    fn another_address_than_loopback_is_refused() {
        for good in ["127.0.0.1:0", "[::1]:3000", "127.8.0.1:1"] {
            assert!(parse(&["--listen", good]).is_ok(), "{good}");
        }
        for bad in ["0.0.0.0:3000", "192.168.1.2:3000", "[::]:3000", "localhost", "127.0.0.1"] {
            assert!(parse(&["--listen", bad]).is_err(), "{bad}");
        }
    }

    #[test]
    fn without_arguments_the_documented_defaults_hold() {
        let options = parse(&[]).expect("no argument is needed");
        assert_eq!(options.listen.to_string(), "127.0.0.1:3000");
        assert_eq!(options.data, PathBuf::from(".local"));
        assert_eq!(options.expired_key_retention, 604_800);
        assert!(options.streams && !options.memory && !options.test_doors);
    }

    #[test]
    fn another_dynamodb_keeps_nothing() {
        let there = ["--dynamodb", "http://127.0.0.1:8000"];
        assert!(parse(&there).is_err());
        let options = parse(&[&["--memory"], there.as_slice()].concat()).expect("a valid line");
        assert_eq!(options.dynamodb.map(|there| there.to_string()).as_deref(), Some("http://127.0.0.1:8000"));
    }

    #[test]
    fn the_demo_password_never_prints() {
        let options = parse(&["--demo-password", "hunter2"]).expect("a valid line");
        assert!(!format!("{options:?}").contains("hunter2"));
    }
}

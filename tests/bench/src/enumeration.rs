//! Whether the time of a refused sign-in tells who has an account.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write;
use std::time::{Duration, Instant};

use aws_sdk_dynamodb::types::AttributeValue;
use bytes::Bytes;
use local::options::Options;
use scenarios::{Stranger, World, strangers};
use shared::protection::REFUSAL_TIME_MIN;

use crate::connection::Connection;
use crate::order::shuffled;
use crate::spread::Spread;
use crate::welch::{T_MAX, t};

const PATH: &str = "/pro/user-manager/v1/session";
/// How long a refusal takes at least where hashes are cheap: less than in the cloud, for 20,000 samples of each.
const CHEAP_REFUSAL_TIME_MIN: Duration = Duration::from_millis(12);
/// Samples of each that are left out: connections and caches come first.
const WARM_UP: usize = 50;
/// The stranger who is measured twice, to show what noise alone does.
const TWICE: &str = "wrong password";

type Key = HashMap<String, AttributeValue>;

/// How passwords are hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hashes {
    Cheap,
    Full,
}

impl Hashes {
    /// How long a refusal is held at least.
    const fn refusal_time_min(self) -> Duration {
        match self {
            Self::Cheap => CHEAP_REFUSAL_TIME_MIN,
            Self::Full => REFUSAL_TIME_MIN,
        }
    }
}

/// Everybody who is refused, at one service.
struct Bench {
    world: World,
    connection: Connection,
    strangers: Vec<Stranger>,
    /// Where the failures of each are counted.
    counters: BTreeMap<usize, Vec<Key>>,
}

impl Bench {
    async fn start(hashes: Hashes) -> Self {
        let cheap_hashes = hashes == Hashes::Cheap;
        let refusal_time_min = hashes.refusal_time_min();
        let world = World::with(Options { cheap_hashes, refusal_time_min, ..Options::in_memory() }).await;
        let mut strangers = strangers(&world).await;
        let twice = strangers.iter().find(|stranger| stranger.name == TWICE).expect("one of them").clone();
        strangers.push(Stranger { name: "wrong password, again", ..twice });
        let connection = Connection::open(world.stack().address()).await;
        let bench = Self { world, connection, strangers, counters: BTreeMap::new() };
        bench.forget_all().await;
        bench
    }

    /// The microseconds that a refusal takes. What it counted is removed, so that nobody ever waits and each sample is
    /// the first failure of its user and its source.
    async fn sample(&mut self, at: usize) -> f64 {
        let body = Bytes::from(self.strangers[at].credentials().to_string());
        let begun = Instant::now();
        let answer = self.connection.call("POST", PATH, ("accept", "*/*"), body).await;
        let took = begun.elapsed().as_secs_f64() * 1e6;
        assert_eq!(answer.status, 401, "{:?}", answer.body);
        if let Some(keys) = self.counters.get(&at) {
            self.forget(keys).await;
        } else {
            let keys = self.forget_all().await;
            self.counters.insert(at, keys);
        }
        took
    }

    async fn forget(&self, keys: &[Key]) {
        let client = self.world.stack().store_client();
        for key in keys {
            let delete = client.delete_item().table_name(self.world.stack().table_name());
            delete.set_key(Some(key.clone())).send().await.expect("the table answers");
        }
    }

    /// Removes all counters; where they were.
    async fn forget_all(&self) -> Vec<Key> {
        let mut keys = Vec::new();
        for mut item in self.world.items().await {
            item.retain(|name, _| ["PK", "SK"].contains(&name.as_str()));
            if item["PK"].as_s().is_ok_and(|key| key.starts_with("ATTEMPTS#")) {
                keys.push(item);
            }
        }
        self.forget(&keys).await;
        keys
    }
}

/// Refuses each `samples` times, in an order by chance, and gives the section for the results.
pub(crate) async fn measure(samples: usize, hashes: Hashes) -> String {
    let mut bench = Bench::start(hashes).await;
    let count = bench.strangers.len();
    let mut times = vec![Vec::with_capacity(samples); count];
    for round in 0..WARM_UP + samples {
        for at in shuffled(count) {
            let took = bench.sample(at).await;
            if round >= WARM_UP {
                times[at].push(took);
            }
        }
    }
    let names: Vec<_> = bench.strangers.iter().map(|stranger| stranger.name).collect();
    section(&names, &times, hashes)
}

fn section(names: &[&str], times: &[Vec<f64>], hashes: Hashes) -> String {
    let cost = if hashes == Hashes::Full { "full cost" } else { "the least cost that Argon2 has" };
    let build = if cfg!(debug_assertions) { "debug" } else { "release" };
    let mut text = format!(
        "{} sign-ins of each kind, in an order by chance, over one connection; passwords hashed at {cost}, {build} \
         build, and each refusal held for {} ms. What was counted is removed after each, so that all are first failures. Welch's t of each pair, the \
         largest after cropping at 50, 75, 90, 95, 99 and 100 % of both; the last kind is one of the others measured \
         again.\n\n| | median, µs | largest t to another | which |\n|---|---|---|---|\n",
        times[0].len(),
        hashes.refusal_time_min().as_millis()
    );
    let mut worst: f64 = 0.0;
    for (at, name) in names.iter().enumerate() {
        let others = (0..names.len()).filter(|other| *other != at);
        let to = others.map(|other| (t(&times[at], &times[other]), names[other]));
        let (t, other) = to.max_by(|one, other| one.0.abs().total_cmp(&other.0.abs())).expect("others");
        worst = worst.max(t.abs());
        let _ = writeln!(text, "| {name} | {} | {t:.2} | {other} |", Spread::of(times[at].iter().copied()));
    }
    let twice = names.iter().position(|name| *name == TWICE).expect("one of them");
    let null = t(&times[twice], &times[names.len() - 1]);
    let verdict = if worst < T_MAX { "met" } else { "not met" };
    let _ = write!(
        text,
        "\nThe null pair, one kind with itself: {null:.2}.\n\nGoal: |t| below {T_MAX} for every pair: {verdict}, \
         {worst:.2} at most.\n"
    );
    text
}

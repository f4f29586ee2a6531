//! What it costs to check a key, beside the one DynamoDB request that it makes.

use std::collections::HashMap;
use std::fmt::Write;
use std::time::{Duration, Instant};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes, ReturnConsumedCapacity};
use bytes::Bytes;
use local::options::Options;
use scenarios::World;
use shared::context::Context;
use shared::store::layout;
use shared::token::ApiKeyValue;

use crate::connection::Connection;
use crate::spread::Spread;

/// Times the bare request.
const RATIO_MAX: f64 = 3.0;
/// By how much the bare request may differ from itself.
const NOISE_MAX: f64 = 0.1;
const PATH: &str = "/pro/user-manager/v1/user/@current/authorization";
/// Who is measured, by number.
pub(crate) const CONTENDERS: [&str; 4] =
    ["the bare request", "the bare request, again", "the check alone", "a whole call over HTTP"];

/// What the check reads, asked for by the SDK alone.
pub(crate) struct BareRequest {
    client: Client,
    table: String,
    keys: KeysAndAttributes,
}

/// Everything that is measured.
pub(crate) struct Bench {
    bare: BareRequest,
    context: Context,
    value: ApiKeyValue,
    connection: Connection,
}

impl BareRequest {
    /// For this key.
    pub(crate) fn new(world: &World, value: &ApiKeyValue) -> Self {
        let locator = value.locator;
        let keys = [layout::api_key(locator.user, locator.item), layout::profile(locator.user)];
        let attributes = keys.map(|key| {
            let values = [("PK", key.pk), ("SK", key.sk)];
            HashMap::from(values.map(|(name, value)| (name.to_owned(), AttributeValue::S(value))))
        });
        let keys = KeysAndAttributes::builder().set_keys(Some(attributes.to_vec())).consistent_read(true);
        Self {
            client: world.stack().store_client(),
            table: world.stack().table_name().to_owned(),
            keys: keys.build().expect("keys"),
        }
    }

    /// Sends it, and looks whether both items are there.
    pub(crate) async fn send(&self) {
        let request = self.client.batch_get_item().request_items(&self.table, self.keys.clone());
        let answer = request.return_consumed_capacity(ReturnConsumedCapacity::Total).send().await;
        let found = answer.expect("the table answers").responses.unwrap_or_default();
        assert_eq!(found[&self.table].len(), 2);
    }
}

impl Bench {
    /// With a key in this world.
    pub(crate) async fn start(world: &World) -> Self {
        let key = world.jane().await.create_key("bench", &["Tasks"]).await;
        let value = ApiKeyValue::parse(&key.value).expect("a key's value");
        Self {
            bare: BareRequest::new(world, &value),
            context: world.stack().context().clone(),
            value,
            connection: Connection::open(world.stack().address()).await,
        }
    }

    /// One call of the contender with this number.
    pub(crate) async fn once(&mut self, contender: usize) {
        match contender {
            0 | 1 => self.bare.send().await,
            2 => drop(self.context.key_caller(&self.value, self.context.clock.now()).await.expect("the key is good")),
            _ => {
                let header = ("apikey", self.value.expose());
                let answer = self.connection.call("GET", PATH, header, Bytes::new()).await;
                assert_eq!(answer.status, 200);
            }
        }
    }

    /// Each of `calls` calls of `contender`, one after the other.
    pub(crate) async fn times(&mut self, contender: usize, calls: usize) -> Vec<Duration> {
        let mut times = Vec::with_capacity(calls);
        for _ in 0..calls {
            let began = Instant::now();
            self.once(contender).await;
            times.push(began.elapsed());
        }
        times
    }

    /// Half and 99 % below of each contender in each round, in microseconds.
    pub(crate) async fn rounds(&mut self, rounds: usize, calls: usize) -> [[Vec<f64>; 4]; 2] {
        let mut medians: [Vec<f64>; 4] = Default::default();
        let mut tails = medians.clone();
        let mut order = [0, 1, 2, 3];
        for round in 0..=rounds {
            // Another one goes first in each round; the first round warms up.
            order.rotate_left(1);
            for contender in order {
                let mut times = self.times(contender, calls).await;
                times.sort_unstable();
                if round > 0 {
                    medians[contender].push(microseconds(times[calls / 2]));
                    tails[contender].push(microseconds(times[calls * 99 / 100]));
                }
            }
        }
        [medians, tails]
    }
}

/// `rounds` rounds of `calls` calls each, one client after the other, and gives the section for the results. On the
/// runtime of one thread, client, service and store share one core.
pub(crate) async fn measure(rounds: usize, calls: usize) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().to_owned();
    let options = Options { memory: false, data, streams: true, cheap_hashes: false, ..Options::in_memory() };
    let world = World::with(options).await;
    let [medians, tails] = Bench::start(&world).await.rounds(rounds, calls).await;
    section(rounds, calls, &medians, &tails)
}

/// How many times the bare request each takes, within the rounds.
pub(crate) fn ratios(medians: &[Vec<f64>; 4]) -> [Spread; 4] {
    medians.each_ref().map(|figures| Spread::of(figures.iter().zip(&medians[0]).map(|(own, bare)| own / bare)))
}

fn microseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1_000_000.0
}

fn section(rounds: usize, calls: usize, medians: &[Vec<f64>; 4], tails: &[Vec<f64>; 4]) -> String {
    let ratios = ratios(medians);
    let mut text = String::new();
    let noise = (ratios[1].median - 1.0).abs();
    if noise > NOISE_MAX {
        let _ = writeln!(text, "**Noisy: the bare request differed from itself by {:.0} %.**\n", noise * 100.0);
    }
    let _ = write!(
        text,
        "{rounds} rounds of {calls} calls each, in turn, one at a time; client, service and store on one thread of one \
         process,\nthe table on the disk. The bare request is the `BatchGetItem` of key and profile that the check \
         makes, sent by the\nSDK alone. The check alone is what each function does with an `apikey`; the whole call is \
         `GET\n/user/@current/authorization` through the stand-in gateway. Medians of the rounds (quartiles), ratios \
         within each round.\n\n| | median, µs | 99 % below, µs | times the bare request |\n|---|---|---|---|\n"
    );
    for (((name, median), tail), ratio) in CONTENDERS.iter().zip(medians).zip(tails).zip(&ratios) {
        let [median, tail] = [median, tail].map(|figures| Spread::of(figures.iter().copied()));
        let _ = writeln!(text, "| {name} | {median} | {tail} | {ratio} |");
    }
    let whole = ratios[3].median;
    let verdict = if whole <= RATIO_MAX { "met" } else { "not met" };
    let _ = writeln!(text, "\nGoal: a whole call in at most {RATIO_MAX} times the bare request: {verdict}.");
    text
}

//! What grows with the table, and what must not: a clean-up reads what has expired and nothing else.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write;
use std::time::{Duration, Instant};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{AttributeValue, ConsumedCapacity, PutRequest, ReturnConsumedCapacity, WriteRequest};
use bytes::Bytes;
use local::options::Options;
use scenarios::{ApiKey, PASSWORD, World};
use serde_json::json;
use shared::clock::Timestamp;
use shared::id::UserId;
use shared::store::item::Attribute;
use shared::store::{Usage, layout};
use tokio::task::JoinSet;

use crate::connection::Connection;

/// Keys in force, from table to table.
const LIVE: [usize; 3] = [10_000, 100_000, 1_000_000];
/// Keys that expired, in each.
const EXPIRED: usize = 1_000;
/// Keys of one user.
const OWN: [usize; 3] = [1, 10, 50];
const CHECKS: usize = 2_000;
const SIGN_INS: usize = 300;
const DAY: u32 = 24 * 60 * 60;
/// Items of one batch (DynamoDB's limit), and batches at once.
const BATCH: usize = 25;
const BATCHES_AT_ONCE: usize = 8;
/// By how much the units of a clean-up may differ from table to table.
const UNITS_SPREAD_MAX: f64 = 0.01;
/// Times the mean, of the shard with the most keys.
const HOTTEST_MAX: f64 = 1.3;

type Item = HashMap<String, AttributeValue>;

/// One table's figures.
struct Row {
    live: usize,
    used: Usage,
    each: Duration,
    hottest: f64,
    scan_units: f64,
    check: [Duration; 2],
    sign_in: Duration,
}

/// Puts keys into a table, as they stand there.
struct Filler {
    client: Client,
    table: String,
    model: Item,
    /// How many each shard of the expiry index got.
    shards: BTreeMap<u8, usize>,
}

impl Filler {
    async fn new(world: &World) -> Self {
        let client = world.stack().store_client();
        let items = world.items().await;
        let model = items.into_iter().find(|item| item.contains_key("expiry_pk")).expect("a key");
        Self { client, table: world.stack().table_name().to_owned(), model, shards: BTreeMap::new() }
    }

    /// A key of a user of its own; all have one name, and so one sort key.
    fn key(&mut self, expires_at: Timestamp) -> WriteRequest {
        let user = UserId::generate().expect("randomness");
        let shard = layout::expiry_shard(user);
        *self.shards.entry(shard).or_default() += 1;
        let mut item = self.model.clone();
        let texts = [
            ("PK", layout::user_partition(user)),
            ("expiry_pk", layout::expiry_partition(expires_at.day(), shard)),
            ("expiry_sk", expires_at.to_string()),
        ];
        item.extend(texts.map(|(name, text)| (name.to_owned(), text.attribute())));
        item.insert("expires_at".to_owned(), expires_at.attribute());
        let put = PutRequest::builder().set_item(Some(item)).build().expect("an item");
        WriteRequest::builder().put_request(put).build()
    }

    /// `count` keys that expire at what `expiry` says of their number.
    async fn fill(&mut self, count: usize, expiry: impl Fn(usize) -> Timestamp) {
        let mut running = JoinSet::new();
        for begin in (0..count).step_by(BATCH) {
            if running.len() == BATCHES_AT_ONCE {
                running.join_next().await.expect("some run").expect("a batch");
            }
            let batch: Vec<_> = (begin..count.min(begin + BATCH)).map(|at| self.key(expiry(at))).collect();
            let request = self.client.batch_write_item().request_items(&self.table, batch);
            running.spawn(async move {
                let answer = request.send().await.expect("the table answers");
                assert!(answer.unprocessed_items.unwrap_or_default().is_empty());
            });
        }
        running.join_all().await;
    }

    /// What a clean-up that scans would read: the whole table, at half a unit for 4 KB.
    async fn scan_units(&self) -> f64 {
        let scan = self.client.scan().table_name(&self.table).return_consumed_capacity(ReturnConsumedCapacity::Total);
        let mut pages = scan.into_paginator().send();
        let mut units = 0.0;
        while let Some(page) = pages.next().await {
            let page = page.expect("the table answers");
            units += page.consumed_capacity().and_then(ConsumedCapacity::capacity_units).expect("units");
        }
        units
    }
}

/// The half and 99 % below of `count` calls of this method and path.
async fn times(world: &World, count: usize, call: (&str, &str, (&str, &str)), body: Bytes) -> [Duration; 2] {
    let (method, path, header) = call;
    let mut connection = Connection::open(world.stack().address()).await;
    let mut times = Vec::with_capacity(count);
    for _ in 0..count {
        let begun = Instant::now();
        let answer = connection.call(method, path, header, body.clone()).await;
        times.push(begun.elapsed());
        assert!(answer.status.is_success(), "{:?}", answer.body);
    }
    times.sort_unstable();
    [times[count / 2], times[count * 99 / 100]]
}

async fn check_times(world: &World, key: &ApiKey) -> [Duration; 2] {
    let call = ("GET", "/pro/user-manager/v1/user/@current/authorization", ("apikey", key.value.as_str()));
    times(world, CHECKS, call, Bytes::new()).await
}

/// A table with `live` keys in force and `expired` that will have expired a day later; its hottest shard, times the mean.
async fn filled(live: usize, expired: usize) -> (World, ApiKey, Filler, f64) {
    let options = Options { expired_key_retention: 0, ..Options::in_memory() };
    let world = World::with(options).await;
    let key = world.jane().await.create_key("bench", &["Tasks"]).await;
    world.run_cleanup().await;
    let now = world.now().await;
    let mut filler = Filler::new(&world).await;
    let days = |at: usize| u32::try_from(at % 360).expect("a few");
    filler.fill(live, |at| now.plus((3 + days(at)) * DAY)).await;
    let (hottest, sum) = (filler.shards.values().max().expect("shards"), filler.shards.values().sum::<usize>());
    #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52 keys")]
    let hottest = *hottest as f64 * filler.shards.len() as f64 / sum as f64;
    filler.fill(expired, |_| now.plus(60 * 60)).await;
    (world, key, filler, hottest)
}

/// What a clean-up a day later uses, which removes `expired` keys, and how long it takes.
async fn cleaned(world: &World, expired: usize) -> (Usage, Duration) {
    world.advance(DAY + 2 * 60 * 60).await;
    let before = world.meter().read();
    let begun = Instant::now();
    let report = world.run_cleanup().await;
    let took = begun.elapsed();
    assert_eq!(report["deleted"], expired, "{report}");
    (world.meter().read().since(before), took)
}

/// The read units of a clean-up of `expired` keys among `live` ones.
pub(crate) async fn read_units(live: usize, expired: usize) -> f64 {
    let (world, ..) = filled(live, expired).await;
    cleaned(&world, expired).await.0.read_units
}

async fn row(live: usize) -> Row {
    let (world, key, filler, hottest) = filled(live, EXPIRED).await;
    let scan_units = filler.scan_units().await;
    let check = check_times(&world, &key).await;
    let credentials = json!({"user_name": "jane", "password": PASSWORD}).to_string();
    let sign_in = ("POST", "/pro/user-manager/v1/session", ("accept", "*/*"));
    let [sign_in, _] = times(&world, SIGN_INS, sign_in, credentials.into()).await;
    let (used, took) = cleaned(&world, EXPIRED).await;
    Row { live, used, each: took / u32::try_from(EXPIRED).expect("some"), hottest, scan_units, check, sign_in }
}

/// Fills one table after the other, and gives the section for the results.
pub(crate) async fn measure() -> String {
    let mut rows = Vec::new();
    for live in LIVE {
        rows.push(row(live).await);
    }
    let mut text = tables(&rows);
    let world = World::start().await;
    let _ = write!(text, "\nBy the keys of one user:\n\n| keys | key check, µs | 99 % below, µs |\n|---:|---:|---:|\n");
    for own in OWN {
        let user = world.new_user().create().await;
        let mut keys = Vec::new();
        for at in 0..own {
            keys.push(user.create_key(&format!("key-{at}"), &["Tasks"]).await);
        }
        let [half, most] = check_times(&world, &keys[0]).await;
        let _ = writeln!(text, "| {own} | {} | {} |", half.as_micros(), most.as_micros());
    }
    text
}

fn tables(rows: &[Row]) -> String {
    let mut text = format!(
        "A table in memory with so many keys in force, each of a user of its own, that expire within a year, and \
         {EXPIRED} that\nexpired. One run of the clean-up removes these. The half of {CHECKS} key checks and of \
         {SIGN_INS} sign-ins with the\nleast hash is below the time given; client, service and store share one \
         thread.\n\n\
         | keys in force | read units | write units | time of each, µs | hottest shard, times the mean | a scan, units \
         | key check, µs | 99 % below, µs | sign-in, µs |\n|---:|---:|---:|---:|---:|---:|---:|---:|---:|\n"
    );
    for Row { live, used, each, hottest, scan_units, check, sign_in } in rows {
        let _ = writeln!(
            text,
            "| {live} | {:.1} | {:.1} | {} | {hottest:.2} | {scan_units:.0} | {} | {} | {} |",
            used.read_units,
            used.write_units,
            each.as_micros(),
            check[0].as_micros(),
            check[1].as_micros(),
            sign_in.as_micros()
        );
    }
    let units: Vec<_> = rows.iter().map(|row| row.used.read_units).collect();
    let most = units.iter().copied().fold(f64::MIN, f64::max);
    let spread = (most - units.iter().copied().fold(f64::MAX, f64::min)) / most;
    let hottest = rows.last().map_or(0.0, |row| row.hottest);
    let verdict = |is_met: bool| if is_met { "met" } else { "not met" };
    let _ = write!(
        text,
        "\nGoals: read units within {:.0} % of each other: {}, {:.1} %; the hottest shard of the largest table at \
         most {HOTTEST_MAX} times the mean: {}.\n",
        UNITS_SPREAD_MAX * 100.0,
        verdict(spread <= UNITS_SPREAD_MAX),
        spread * 100.0,
        verdict(hottest <= HOTTEST_MAX)
    );
    text
}

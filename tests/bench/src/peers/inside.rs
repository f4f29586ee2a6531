//! What stands beside the local stack: the binary of a function, and parts of the service by themselves.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem};
use data_encoding::HEXLOWER;
use dynoxide::Database;
use dynoxide::actions::batch_get_item::BatchGetItemRequest;
use local::options::Options;
use scenarios::lambda::{Platform, Programs};
use scenarios::{PASSWORD, World};
use serde_json::{Value, json};
use shared::password::Hasher;
use shared::secret::{Secret, random_bytes};
use shared::store::layout;
use shared::token::ApiKeyValue;

use super::figures::{Figure, Figures};
use super::load::{Check, Times, milliseconds, timed};
use super::ours::CHECK_PATH;
use super::process::Memory;
use super::round::{BUSY, Samples, WARM_UP, checks};
use super::{better_auth, django};
use crate::key_check::BareRequest;
use crate::spread::Spread;

/// The function that answers who holds a key.
pub(crate) const FUNCTION: &str = "sessions";

/// A stack in this process, on the disk, with the binary of one function.
pub(crate) struct Inside {
    world: World,
    platform: Arc<Platform>,
    check: Check,
    client: Client,
    request: BareRequest,
    database: Database,
    /// The same as [`BareRequest`] sends.
    read: Value,
    hasher: Hasher,
}

impl Inside {
    /// Starts the stack.
    pub(crate) async fn start(folder: &Path, programs: &Programs) -> Self {
        let options = Options {
            memory: false,
            data: folder.to_owned(),
            streams: true,
            cheap_hashes: false,
            ..Options::in_memory()
        };
        let (world, platform) = World::on_platform(options, |deployment| Platform::new(deployment, programs)).await;
        let key = world.jane().await.create_key("bench", &["Tasks"]).await;
        let value = ApiKeyValue::parse(&key.value).expect("a key's value");
        let keys = [layout::api_key(value.locator.user, value.locator.item), layout::profile(value.locator.user)];
        let keys = keys.map(|key| json!({"PK": {"S": key.pk}, "SK": {"S": key.sk}}));
        let read = json!({
            "RequestItems": {world.stack().table_name(): {"Keys": keys, "ConsistentRead": true}},
            "ReturnConsumedCapacity": "TOTAL",
        });
        let credential = ("apikey", key.value.clone());
        Self {
            check: Check { address: world.stack().address(), path: CHECK_PATH, credential },
            client: world.stack().store_client(),
            request: BareRequest::new(&world, &value),
            database: world.stack().database().expect("it is embedded"),
            read,
            hasher: Hasher::new().expect("the parameters are constants"),
            world,
            platform,
        }
    }

    /// The binary: from its start to its end.
    pub(crate) async fn function(&self, samples: Samples) -> Figures {
        let lambda = self.platform.lambda();
        let start = timed(self.check.times(1, 1)).await.0;
        self.check.times(1, WARM_UP).await;
        let environments = lambda.environments(FUNCTION);
        assert_eq!(environments.len(), 1, "one connection needs one environment");
        let memory = Memory::of(environments[0].process_id());
        // One environment serves one request at a time, so there will be as many as connections.
        self.check.times(BUSY, 10 * BUSY).await;
        let mut figures = checks(&self.check, samples.checks).await;
        figures.extend([
            (Figure::Start, milliseconds(start)),
            (Figure::Resident, memory.resident),
            (Figure::Proportional, memory.proportional),
        ]);
        lambda.kill(FUNCTION).await;
        figures
    }

    /// What a check and a sign-in cannot do without.
    pub(crate) async fn parts(&self, samples: Samples) -> Figures {
        let mut requests = Vec::with_capacity(samples.checks);
        for _ in 0..samples.checks {
            requests.push(timed(self.request.send()).await.0);
        }
        let work = Times::of((0..samples.checks).map(|_| self.read_once()));
        let mut writes = Vec::with_capacity(samples.keys);
        for _ in 0..samples.keys {
            writes.push(timed(self.write()).await.0);
        }
        let password = Secret::new(PASSWORD);
        let mut hashes = Vec::with_capacity(samples.sign_ins);
        for _ in 0..samples.sign_ins {
            let (took, hash) = timed(self.hasher.digest_code(&password, &[0; 16])).await;
            hash.expect("Argon2 takes its input");
            hashes.push(took);
        }
        let requests = Times::of(requests);
        let mut figures = Figures::from([
            (Figure::StoreRequest, requests.median()),
            (Figure::StoreRequestTail, requests.tail()),
            (Figure::StoreWork, work.median()),
            (Figure::StoreWrite, Times::of(writes).median()),
            (Figure::Hash, Times::of(hashes).median()),
        ]);
        let theirs = [
            (Figure::HashInC, django::hash_in_c(samples.sign_ins)),
            (Figure::HashOfPeer, better_auth::hash(samples.sign_ins)),
        ];
        figures.extend(theirs.into_iter().filter_map(|(figure, times)| Some((figure, Spread::of(times?).median))));
        figures
    }

    /// Two new items, which nothing else reads.
    async fn write(&self) {
        let table = self.world.stack().table_name();
        let id = random_bytes::<16>().expect("the system has randomness");
        let put = |name: &str| {
            let item = [("PK", HEXLOWER.encode(&id)), ("SK", name.to_owned()), ("text", "x".repeat(300))];
            let item = item.map(|(name, value)| (name.to_owned(), AttributeValue::S(value)));
            let put = Put::builder().table_name(table).set_item(Some(HashMap::from(item)));
            TransactWriteItem::builder().put(put.build().expect("an item")).build()
        };
        let write = self.client.transact_write_items().transact_items(put("one")).transact_items(put("two"));
        write.send().await.expect("the table answers");
    }

    fn read_once(&self) -> Duration {
        let request: BatchGetItemRequest = serde_json::from_value(self.read.clone()).expect("a request");
        let begun = Instant::now();
        let answer = self.database.batch_get_item(request).expect("the store answers");
        let took = begun.elapsed();
        assert!(answer.responses.values().all(|items| items.len() == 2));
        took
    }
}

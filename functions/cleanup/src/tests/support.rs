//! A table in memory, and what tests put into it.

use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use shared::clock::{Clock, Timestamp};
use shared::context::{Config, Context};
use shared::id::{ItemId, UserId};
use shared::name::{EnvironmentName, KeyName, UserName};
use shared::password::Hasher;
use shared::scope::{Scope, ScopeSet};
use shared::secret::Digest;
use shared::secrets::{SecretSource, Secrets};
use shared::store::keys::ApiKey;
use shared::store::settings::MfaPolicy;
use shared::store::users::{Profile, Provider};
use shared::store::{Range, Store, layout};
use table::testing::TestTable;

pub(super) const DAY: u32 = 24 * 60 * 60;
/// As long as expired keys stay here.
pub(super) const RETENTION: u32 = 7 * DAY;

/// A table and what works on it.
pub(super) struct Bench {
    pub(super) context: Context,
    pub(super) table: TestTable,
}

impl Bench {
    /// A table that was cleaned up yesterday.
    pub(super) async fn start() -> Self {
        let bench = Self::start_new().await;
        let yesterday = bench.now().day() - 1;
        assert!(bench.context.store.finish_days_before(yesterday).await.expect("a write").is_done());
        bench
    }

    /// A table that was never cleaned up.
    pub(super) async fn start_new() -> Self {
        let table = TestTable::start().await;
        let config = Config {
            account_name: "demo".to_owned(),
            mfa_policy_default: MfaPolicy::Optional,
            expired_key_retention_seconds: RETENTION,
            mail_from: String::new(),
            refusal_time_min: Duration::ZERO,
            portal_origin: String::new(),
        };
        let hasher = Hasher::new().expect("valid parameters");
        let store = Store::new(table.client.clone(), &*table.name);
        let context = Context::new(store, Clock::system(), Secrets::new(SecretSource::Absent), hasher, config);
        Self { context, table }
    }

    pub(super) fn now(&self) -> Timestamp {
        self.context.clock.now()
    }

    /// Makes a key that expires after so many seconds.
    pub(super) async fn make_key(&self, user: UserId, name: &str, seconds: u32) -> ApiKey {
        let key = key(user, name, self.now(), self.now().plus(seconds));
        let write = key.insert(self.now()).expect("a key");
        assert!(self.context.store.write(write).await.expect("a write").is_done());
        key
    }

    /// Changes an item as no function does.
    pub(super) async fn update(&self, key: layout::Key, expression: &str, value: AttributeValue) {
        let update = self
            .table
            .client
            .update_item()
            .table_name(&self.table.name)
            .key("PK", text(&key.pk))
            .key("SK", text(&key.sk));
        let update = update.update_expression(expression).expression_attribute_values(":value", value);
        update.send().await.expect("an update");
    }

    /// Names of the keys that have an event, in the order of the alphabet.
    pub(super) async fn expired_names(&self, user: UserId) -> Vec<String> {
        let range = Range { prefix: layout::prefix::EVENT, ..Range::default() };
        let items = self.context.store.query(&layout::user_partition(user), range, self.now()).await.expect("a read");
        let mut names: Vec<_> = items.iter().map(|item| item.text("subject").expect("a name").to_owned()).collect();
        names.sort();
        names
    }

    pub(super) async fn count_items(&self) -> i32 {
        self.table.client.scan().table_name(&self.table.name).send().await.expect("a read").count()
    }

    /// Makes a user.
    pub(super) async fn make_user(&self) -> UserId {
        let profile = profile();
        let writes = profile.insert().expect("a user").to_vec();
        assert!(self.context.store.transact(writes).await.expect("a write").is_done());
        profile.id
    }
}

pub(super) fn user() -> UserId {
    UserId::generate().expect("randomness")
}

fn key(user: UserId, name: &str, created_at: Timestamp, expires_at: Timestamp) -> ApiKey {
    ApiKey {
        user,
        name: KeyName::parse(name).expect("a name"),
        creation: ItemId::generate().expect("randomness"),
        place: 0,
        digest: Digest::of(name.as_bytes()),
        previous: None,
        scopes: ScopeSet::from_iter([Scope::Tasks]),
        expires_at,
        created_at,
        rotated_at: None,
        last_used_at: None,
        hint: "upk_…abcd".to_owned(),
    }
}

fn profile() -> Profile {
    let id = user();
    Profile {
        id,
        environment: EnvironmentName::parse("ROOT").expect("a name"),
        user_name: UserName::parse(&format!("jane-{id}")).expect("a name"),
        full_name: None,
        email: None,
        is_email_verified: false,
        pending_email: None,
        invitation: None,
        provider: Provider::Local,
        groups: Vec::new(),
        is_disabled: false,
        is_deleted: false,
        is_mfa_enabled: false,
        session_epoch: 0,
        password_version: 0,
        version: 0,
    }
}

pub(super) fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

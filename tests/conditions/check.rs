//! What a check is made of: a table, and outcomes as they should be.

use std::fmt;
use std::time::Duration;

use aws_sdk_dynamodb::config::retry::RetryConfig;
use shared::clock::Timestamp;
use shared::id::{ItemId, UserId};
use shared::name::{EnvironmentName, GroupName, UserName};
use shared::store::users::{Profile, Provider};
use shared::store::{Outcome, Store};
use table::testing::TestTable;

use crate::wire::Wire;

/// The time of every check.
pub(crate) const NOW: Timestamp = Timestamp::from_unix_seconds(1_800_000_000);

/// What a check says where it does not hold.
#[derive(Debug)]
pub(crate) struct Failure(String);

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<shared::Error> for Failure {
    fn from(error: shared::Error) -> Self {
        Self(error.with_causes())
    }
}

pub(crate) type Told = Result<(), Failure>;

/// A table that one check has at a time.
pub(crate) struct Bench(TestTable);

impl Bench {
    pub(crate) async fn start() -> Self {
        Self(TestTable::start().await)
    }

    /// The store at the end of `wire`, with an empty table.
    pub(crate) async fn store(&self, wire: &Wire) -> Store {
        let Self(table) = self;
        let items = table.client.scan().table_name(&table.name).send().await.expect("the table answers").items;
        for mut item in items.unwrap_or_default() {
            item.retain(|name, _| name == "PK" || name == "SK");
            let delete = table.client.delete_item().table_name(&table.name).set_key(Some(item));
            delete.send().await.expect("the table answers");
        }
        let config = table.client.config();
        let through = wire.around(config.http_client().expect("connections"));
        let soon = Duration::from_millis(1);
        let retries = RetryConfig::standard().with_initial_backoff(soon).with_max_backoff(soon);
        let config = config.to_builder().http_client(through).retry_config(retries).build();
        Store::new(aws_sdk_dynamodb::Client::from_conf(config), table.name.clone())
    }
}

/// Holds a write to having taken place.
pub(crate) fn done(what: &str, outcome: shared::Result<Outcome>) -> Told {
    if outcome?.is_done() { Ok(()) } else { Err(Failure(format!("{what}: was refused"))) }
}

/// Holds a write to having been refused.
pub(crate) fn refused(what: &str, outcome: shared::Result<Outcome>) -> Told {
    if outcome?.is_done() { Err(Failure(format!("{what}: took place"))) } else { Ok(()) }
}

pub(crate) fn holds(what: &str, is_so: bool) -> Told {
    if is_so { Ok(()) } else { Err(Failure(what.to_owned())) }
}

pub(crate) fn id(text: &str) -> ItemId {
    ItemId::of_text(text)
}

pub(crate) fn user() -> UserId {
    UserId::of_text("jane")
}

/// A user of `ROOT` with an address that nobody proved.
pub(crate) fn profile(name: &str, groups: &[&str]) -> Profile {
    Profile {
        id: UserId::of_text(name),
        environment: EnvironmentName::parse("ROOT").expect("a name"),
        user_name: UserName::parse(name).expect("a name"),
        full_name: None,
        email: None,
        is_email_verified: false,
        pending_email: None,
        invitation: None,
        provider: Provider::Local,
        groups: groups.iter().map(|name| GroupName::parse(name).expect("a name")).collect(),
        is_disabled: false,
        is_deleted: false,
        is_mfa_enabled: false,
        session_epoch: 1,
        password_version: 0,
        version: 1,
    }
}

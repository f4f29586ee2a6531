//! A table and an outbox for one test, and what tests put into them.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::{BatchResponse, Mailer};
use aws_lambda_events::dynamodb::Event as StreamEvent;
use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_sesv2::config::{BehaviorVersion, Credentials, Region};
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;
use serde_json::{Value, json};
use shared::clock::{Clock, Timestamp};
use shared::context::{Config, Context};
use shared::id::{ItemId, UserId};
use shared::keyring::Keyring;
use shared::name::{EmailAddress, EnvironmentName, UserName};
use shared::password::Hasher;
use shared::secrets::{SecretSource, Secrets};
use shared::store::events::{Event, EventKind};
use shared::store::layout::Key;
use shared::store::requests::ResetRequest;
use shared::store::settings::MfaPolicy;
use shared::store::users::{Profile, Provider};
use shared::store::{Store, Write};
use table::testing::TestTable;

/// A table, an outbox, and what works on them.
pub(super) struct Bench {
    pub(super) context: Context,
    table: TestTable,
    outbox: Outbox,
}

/// A mail as it was caught.
#[derive(Clone, Debug)]
pub(super) struct Caught {
    pub(super) to: String,
    pub(super) subject: String,
    pub(super) text: String,
}

impl Bench {
    pub(super) async fn start() -> Self {
        let table = TestTable::start().await;
        let config = Config {
            account_name: "demo".to_owned(),
            mfa_policy_default: MfaPolicy::Optional,
            expired_key_retention_seconds: 0,
            mail_from: "portal@example.com".to_owned(),
            refusal_time_min: Duration::ZERO,
            portal_origin: "https://portal.example.com".to_owned(),
        };
        let keyring = Keyring::parse(&json!({"current": "1", "1": "k".repeat(64)}).to_string()).expect("keys");
        let secrets = Secrets::new(SecretSource::Given(keyring.into()));
        let hasher = Hasher::new().expect("valid parameters");
        let store = Store::new(table.client.clone(), &*table.name);
        let context = Context::new(store, Clock::system(), secrets, hasher, config);
        Self { context, table, outbox: Outbox::default() }
    }

    pub(super) fn now(&self) -> Timestamp {
        self.context.clock.now()
    }

    /// Makes a user, after `change` of one who has a verified address.
    pub(super) async fn make_user(&self, change: impl FnOnce(&mut Profile)) -> Profile {
        let mut profile = jane();
        change(&mut profile);
        self.write(profile.insert().expect("a user").to_vec()).await;
        profile
    }

    /// Records that something happened to the user.
    pub(super) async fn happen(&self, user: &Profile, kind: EventKind) -> Event {
        let event = Event::new(user.id, kind, self.now()).expect("an event").from_source("192.0.2.1");
        self.write(vec![event.insert().expect("an event")]).await;
        event
    }

    /// As [`Bench::happen`], with a token to mail.
    pub(super) async fn happen_with(&self, user: &Profile, kind: EventKind, token: ItemId) -> Event {
        let event = Event::new(user.id, kind, self.now()).expect("an event").with_token(token);
        self.write(vec![event.insert().expect("an event")]).await;
        event
    }

    /// Records that a reset was asked for.
    pub(super) async fn ask_reset(&self, user_name: &str) -> Key {
        let request = ResetRequest {
            id: ItemId::generate().expect("randomness"),
            environment: "root".to_owned(),
            user_name: user_name.to_owned(),
            at: self.now(),
            source_ip: "192.0.2.1".to_owned(),
        };
        self.write(vec![request.insert().expect("a request")]).await;
        shared::store::layout::reset_request(request.id)
    }

    pub(super) async fn write(&self, writes: Vec<Write>) {
        assert!(self.context.store.transact(writes).await.expect("a write").is_done());
    }

    /// Tells the notifier of these items.
    pub(super) async fn tell<'k>(&self, keys: impl IntoIterator<Item = &'k Key>) -> BatchResponse {
        crate::handle(&self.context, &self.outbox.mailer(), inserted(keys)).await.expect("a response")
    }

    /// Mails in the order in which they were written.
    pub(super) fn mails(&self) -> Vec<Caught> {
        self.outbox.0.lock().expect("no test failed while it held this").clone()
    }

    /// To whom the mails went, in the order of the alphabet.
    pub(super) fn recipients(&self) -> Vec<String> {
        let mut recipients: Vec<_> = self.mails().into_iter().map(|mail| mail.to).collect();
        recipients.sort();
        recipients
    }

    /// Puts an item's mark back to what a function leaves that dies while it sends.
    pub(super) async fn die_while_sending(&self, key: &Key) {
        let update = self
            .table
            .client
            .update_item()
            .table_name(&self.table.name)
            .key("PK", text(&key.pk))
            .key("SK", text(&key.sk));
        let update = update
            .update_expression("SET mail_state = :sending, mail_started_at = :now, mail_attempt = :attempt")
            .expression_attribute_values(":sending", text("sending"))
            .expression_attribute_values(":now", AttributeValue::N(self.now().unix_seconds().to_string()))
            .expression_attribute_values(":attempt", text("another"));
        update.send().await.expect("an update");
    }
}

/// A mail provider that takes every mail.
#[derive(Clone, Debug, Default)]
struct Outbox(Arc<Mutex<Vec<Caught>>>);

impl Outbox {
    fn mailer(&self) -> Mailer {
        let outbox = SharedHttpConnector::new(self.clone());
        let config = aws_sdk_sesv2::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::from_static("eu-central-1"))
            .credentials_provider(Credentials::new("test", "test", None, None, "test"))
            .http_client(http_client_fn(move |_, _| outbox.clone()));
        Mailer::new(aws_sdk_sesv2::Client::from_conf(config.build()))
    }
}

impl HttpConnector for Outbox {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let mail: Value = serde_json::from_slice(request.body().bytes().expect("a body")).expect("JSON");
        let text = |pointer: &str| mail.pointer(pointer).and_then(Value::as_str).expect(pointer).to_owned();
        self.0.lock().expect("no test failed while it held this").push(Caught {
            to: text("/Destination/ToAddresses/0"),
            subject: text("/Content/Simple/Subject/Data"),
            text: text("/Content/Simple/Body/Text/Data"),
        });
        let ok = 200.try_into().expect("a status");
        HttpConnectorFuture::ready(Ok(HttpResponse::new(ok, SdkBody::from(r#"{"MessageId":"1"}"#))))
    }
}

/// What the stream tells of new items; a record's sequence number is its place.
pub(super) fn inserted<'k>(keys: impl IntoIterator<Item = &'k Key>) -> StreamEvent {
    let record = |(number, key): (usize, &Key)| {
        json!({
            "awsRegion": "eu-central-1",
            "eventID": format!("event-{number}"),
            "eventName": "INSERT",
            "dynamodb": {
                "Keys": {"PK": {"S": key.pk}, "SK": {"S": key.sk}},
                "SequenceNumber": number.to_string(),
                "SizeBytes": 1,
            },
        })
    };
    let records: Vec<_> = keys.into_iter().enumerate().map(record).collect();
    serde_json::from_value(json!({"Records": records})).expect("an event")
}

fn jane() -> Profile {
    let id = UserId::generate().expect("randomness");
    Profile {
        id,
        environment: EnvironmentName::parse("ROOT").expect("a name"),
        user_name: UserName::parse("jane").expect("a name"),
        full_name: None,
        email: Some(address("jane@example.com")),
        is_email_verified: true,
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

pub(super) fn address(text: &str) -> EmailAddress {
    EmailAddress::parse(text).expect("an address")
}

pub(super) fn item_id() -> ItemId {
    ItemId::generate().expect("randomness")
}

fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

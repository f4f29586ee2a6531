//! What a role refuses, request by request.

use std::collections::{BTreeSet, HashMap};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::http::HttpResponse;
use aws_sdk_dynamodb::error::{DisplayErrorContext, SdkError};
use aws_sdk_dynamodb::types::{
    AttributeValue, ConditionCheck, Delete, DeleteRequest, KeysAndAttributes, Put, TransactWriteItem, Update,
    WriteRequest,
};
use shared::clock::Clock;

use super::*;
use crate::folder::Folder;
use crate::permission::{Permission, Resource};
use crate::store::{Place, Streams, TABLE};
use crate::template::Template;

type Key = HashMap<String, AttributeValue>;

fn names() -> Names {
    Names { table: TABLE.to_owned(), secret: vault::SECRET.to_owned(), sender: "portal@example.com".to_owned() }
}

fn guard(permissions: impl IntoIterator<Item = Permission>) -> Guard {
    Guard(Role::new("tested", permissions.into_iter().collect(), names()))
}

fn on_table(action: &str) -> Permission {
    Permission::new(format!("dynamodb:{action}"), Resource::Table)
}

fn key() -> Key {
    ["PK", "SK"].into_iter().map(|name| (name.to_owned(), AttributeValue::S("a".to_owned()))).collect()
}

fn outcome<O, E>(answer: Result<O, SdkError<E, HttpResponse>>) -> Result<(), String>
where
    E: std::error::Error + 'static,
{
    answer.map(|_| ()).map_err(|error| DisplayErrorContext(error).to_string())
}

async fn transact(client: &Client, part: TransactWriteItem) -> Result<(), String> {
    outcome(client.transact_write_items().transact_items(part).send().await)
}

/// Sends one request of this name, which succeeds wherever it is allowed.
async fn send(client: &Client, request: &str) -> Result<(), String> {
    let table = TABLE;
    let keys = || KeysAndAttributes::builder().keys(key()).build().expect("keys");
    let delete =
        || WriteRequest::builder().delete_request(DeleteRequest::builder().set_key(Some(key())).build().unwrap());
    let query = |pk: &str| {
        let query = client.query().table_name(table).key_condition_expression(format!("{pk} = :pk"));
        query.expression_attribute_values(":pk", AttributeValue::S("a".to_owned()))
    };
    let part = TransactWriteItem::builder();
    match request {
        "GetItem" => outcome(client.get_item().table_name(table).set_key(Some(key())).send().await),
        "BatchGetItem" => outcome(client.batch_get_item().request_items(table, keys()).send().await),
        "Query" => outcome(query("PK").send().await),
        "Query of the index" => outcome(query("expiry_pk").index_name("expiry").send().await),
        "PutItem" => outcome(client.put_item().table_name(table).set_item(Some(key())).send().await),
        "UpdateItem" => outcome(client.update_item().table_name(table).set_key(Some(key())).send().await),
        "DeleteItem" => outcome(client.delete_item().table_name(table).set_key(Some(key())).send().await),
        "BatchWriteItem" => {
            outcome(client.batch_write_item().request_items(table, vec![delete().build()]).send().await)
        }
        "transaction with PutItem" => {
            let put = Put::builder().table_name(table).set_item(Some(key())).build().expect("a put");
            transact(client, part.put(put).build()).await
        }
        "transaction with UpdateItem" => {
            let update = Update::builder().table_name(table).set_key(Some(key())).update_expression("SET a = PK");
            transact(client, part.update(update.build().expect("an update")).build()).await
        }
        "transaction with DeleteItem" => {
            let delete = Delete::builder().table_name(table).set_key(Some(key())).build().expect("a delete");
            transact(client, part.delete(delete).build()).await
        }
        "transaction with ConditionCheckItem" => {
            let check = ConditionCheck::builder().table_name(table).set_key(Some(key()));
            let check = check.condition_expression("attribute_exists(PK) OR attribute_not_exists(PK)");
            transact(client, part.condition_check(check.build().expect("a check")).build()).await
        }
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn each_request_needs_its_own_permission_and_no_other() {
    let table = Template::read().expect("the template of this build").table;
    let store = TableStore::start(Place::Memory, &table, Streams::Off).await.expect("a store");
    let index = Permission::new("dynamodb:Query", Resource::Index("expiry".to_owned()));
    let cases = [
        ("GetItem", on_table("GetItem")),
        ("BatchGetItem", on_table("BatchGetItem")),
        ("Query", on_table("Query")),
        ("Query of the index", index),
        ("PutItem", on_table("PutItem")),
        ("UpdateItem", on_table("UpdateItem")),
        ("DeleteItem", on_table("DeleteItem")),
        ("BatchWriteItem", on_table("BatchWriteItem")),
        ("transaction with PutItem", on_table("PutItem")),
        ("transaction with UpdateItem", on_table("UpdateItem")),
        ("transaction with DeleteItem", on_table("DeleteItem")),
        ("transaction with ConditionCheckItem", on_table("ConditionCheckItem")),
    ];
    let all: BTreeSet<_> = cases.iter().map(|(_, permission)| permission.clone()).collect();
    for (request, permission) in &cases {
        let guard_of_one = guard([permission.clone()]);
        let allowed = TableStore::guarded(&store.client(), guard_of_one.clone());
        assert_eq!(send(&allowed, request).await, Ok(()), "{request}");
        assert_eq!(guard_of_one.0.used(), BTreeSet::from([permission.clone()]), "{request}");

        let guard_of_others = guard(all.iter().filter(|other| *other != permission).cloned());
        let refused = TableStore::guarded(&store.client(), guard_of_others.clone());
        let error = send(&refused, request).await.expect_err(request);
        assert!(error.contains(&format!("does not grant tested {permission}")), "{error}");
        assert_eq!(guard_of_others.0.used(), BTreeSet::new(), "{request}");
        assert_eq!(guard_of_others.0.refused(), BTreeSet::from([permission.clone()]), "{request}");
    }
    store.shutdown().await;
}

#[tokio::test]
async fn another_table_and_requests_that_no_function_makes_are_refused() {
    let table = Template::read().expect("the template of this build").table;
    let store = TableStore::start(Place::Memory, &table, Streams::Off).await.expect("a store");
    let everything = ["GetItem", "Query", "Scan"].map(on_table);
    let client = TableStore::guarded(&store.client(), guard(everything));
    let elsewhere = outcome(client.get_item().table_name("elsewhere").set_key(Some(key())).send().await);
    assert!(elsewhere.expect_err("refused").contains("dynamodb:GetItem on elsewhere"));
    let scan = outcome(client.scan().table_name(TABLE).send().await);
    assert!(scan.expect_err("refused").contains("unknown to need.rs"));
    store.shutdown().await;
}

#[tokio::test]
async fn the_secret_is_read_by_its_name_and_with_the_permission_only() {
    let folder = Folder::temporary().expect("a temporary folder");
    crate::secret::text(&folder).expect("a secret");
    let file = crate::secret::file(&folder);
    let granted = || guard([Permission::new("secretsmanager:GetSecretValue", Resource::Secret)]);
    let read = async |guard, id: &str| vault::client(file.clone(), guard).get_secret_value().secret_id(id).send().await;

    let answer = read(granted(), vault::SECRET).await.expect("a secret");
    assert!(answer.secret_string().is_some_and(|text| text.contains("current")));
    assert!(read(granted(), "another").await.is_err());
    assert!(read(guard([]), vault::SECRET).await.is_err());
}

#[tokio::test]
async fn mail_goes_out_from_the_sender_and_with_the_permission_only() {
    let outbox = tempfile::TempDir::new().expect("a temporary folder");
    let mail = || notifier::Mail {
        to: shared::name::EmailAddress::parse("jane@example.com").expect("an address"),
        subject: "subject".to_owned(),
        text: "text".to_owned(),
    };
    let send = async |guard, from: &str| {
        let client = outbox::client(outbox.path().to_owned(), Clock::system(), guard);
        Mailer::new(client).send(from, &mail()).await.is_ok()
    };
    let granted = || guard([Permission::new("ses:SendEmail", Resource::Sender)]);
    assert!(!send(guard([]), "portal@example.com").await);
    assert!(!send(granted(), "else@example.com").await);
    assert!(outbox::list(outbox.path()).expect("readable").is_empty());
    assert!(send(granted(), "portal@example.com").await);
    let caught = serde_json::to_value(outbox::list(outbox.path()).expect("readable")).expect("JSON");
    assert_eq!((&caught[0]["to"], &caught[0]["text"]), (&"jane@example.com".into(), &"text".into()));
}

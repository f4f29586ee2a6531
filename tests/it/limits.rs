//! What the table must refuse, because Amazon's does: a store that takes more could hide a request that fails in the
//! cloud. The limits are those of the developer guide ("Quotas", "Expressions") and of the API reference.

use std::collections::{BTreeSet, HashMap};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::http::HttpResponse;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::types::{AttributeValue, DeleteRequest, KeysAndAttributes, Put, TransactWriteItem, WriteRequest};
use scenarios::World;

type Item = HashMap<String, AttributeValue>;

fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

fn number(number: &str) -> AttributeValue {
    AttributeValue::N(number.to_owned())
}

fn key(sk: &str) -> Item {
    HashMap::from([("PK".to_owned(), text("limits")), ("SK".to_owned(), text(sk))])
}

fn with(attributes: &[(&str, AttributeValue)]) -> Item {
    let more = attributes.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
    key("item").into_iter().chain(more).collect()
}

/// Asks, and keeps what was not refused as malformed.
struct Bench {
    client: Client,
    table: String,
    taken: BTreeSet<&'static str>,
}

impl Bench {
    fn keep<O, E: ProvideErrorMetadata>(&mut self, what: &'static str, answer: Result<O, SdkError<E, HttpResponse>>) {
        let code =
            answer.err().and_then(|error| error.as_service_error().and_then(|error| error.code().map(str::to_owned)));
        if code.as_deref() != Some("ValidationException") {
            self.taken.insert(what);
        }
    }

    async fn put(&mut self, what: &'static str, item: Item) {
        let put = self.client.put_item().table_name(&self.table).set_item(Some(item));
        self.keep(what, put.send().await);
    }

    async fn put_when(&mut self, what: &'static str, condition: &str, name: Option<&str>, value: Option<&str>) {
        let put = self.client.put_item().table_name(&self.table).set_item(Some(key("condition")));
        let put = put.condition_expression(condition);
        let put =
            put.set_expression_attribute_names(name.map(|name| HashMap::from([(name.to_owned(), "a".to_owned())])));
        let values = value.map(|value| HashMap::from([(value.to_owned(), number("1"))]));
        self.keep(what, put.set_expression_attribute_values(values).send().await);
    }

    async fn update(&mut self, what: &'static str, expression: &str, value: AttributeValue) {
        let update = self.client.update_item().table_name(&self.table).set_key(Some(key("update")));
        let update = update.update_expression(expression).expression_attribute_values(":v", value);
        self.keep(what, update.send().await);
    }

    async fn transact(&mut self, what: &'static str, keys: Vec<Item>) {
        let put = |item| Put::builder().table_name(&self.table).set_item(Some(item)).build().expect("a put");
        let parts = keys.into_iter().map(|item| TransactWriteItem::builder().put(put(item)).build()).collect();
        let answer = self.client.transact_write_items().set_transact_items(Some(parts)).send().await;
        self.keep(what, answer);
    }

    async fn delete_all(&mut self, what: &'static str, keys: Vec<Item>) {
        let delete = |key| DeleteRequest::builder().set_key(Some(key)).build().expect("a delete");
        let deletes = keys.into_iter().map(|key| WriteRequest::builder().delete_request(delete(key)).build()).collect();
        let answer = self.client.batch_write_item().request_items(&self.table, deletes).send().await;
        self.keep(what, answer);
    }

    async fn get_all(&mut self, what: &'static str, keys: Vec<Item>) {
        let keys = KeysAndAttributes::builder().set_keys(Some(keys)).build().expect("keys");
        let answer = self.client.batch_get_item().request_items(&self.table, keys).send().await;
        self.keep(what, answer);
    }
}

async fn put_values(bench: &mut Bench) {
    bench.put("an empty set", with(&[("a", AttributeValue::Ss(Vec::new()))])).await;
    bench.put("a set with a value twice", with(&[("a", AttributeValue::Ss(vec!["b".into(), "b".into()]))])).await;
    bench.put("a number over 1E126", with(&[("a", number("1E126"))])).await;
    bench.put("a number of 39 digits", with(&[("a", number(&"1".repeat(39)))])).await;
    bench.put("an item over 400 KB", with(&[("a", text(&"a".repeat(400 * 1_024)))])).await;
    bench.put("an empty key", key("")).await;
    bench.put("a sort key over 1 KB", key(&"a".repeat(1_025))).await;
    bench.put("an empty key of an index", with(&[("expiry_pk", text("")), ("expiry_sk", text("a"))])).await;
    bench.put("a key of an index of another type", with(&[("expiry_pk", number("1")), ("expiry_sk", text("a"))])).await;
}

async fn write_expressions(bench: &mut Bench) {
    let absent = "attribute_not_exists(PK)";
    bench.put_when("an unused name", absent, Some("#a"), None).await;
    bench.put_when("an unused value", absent, None, Some(":a")).await;
    bench.put_when("redundant parentheses", "((attribute_not_exists(PK)))", None, None).await;
    bench.put_when("an expression over 4 KB", &[absent; 200].join(" OR "), None, None).await;
    bench.update("a reserved word", "SET name = :v", number("1")).await;
    bench.update("a path twice", "SET a = :v, a = :v", number("1")).await;
    bench.update("a path set and removed", "SET a = :v REMOVE a", number("1")).await;
    bench.update("a change of the key", "SET PK = :v", text("a")).await;
    bench.update("a sum with what is absent", "SET a = a + :v", number("1")).await;
    bench.update("an addition of a text", "ADD a :v", text("a")).await;
}

async fn send_many(bench: &mut Bench) {
    let keys = |count: usize| (0..count).map(|number| key(&number.to_string())).collect::<Vec<_>>();
    let twice = || vec![key("twice"), key("twice")];
    bench.transact("a transaction of 101", keys(101)).await;
    bench.transact("a transaction with an item twice", twice()).await;
    bench.delete_all("a batch of 26 writes", keys(26)).await;
    bench.delete_all("a batch that writes an item twice", twice()).await;
    bench.get_all("a batch of 101 reads", keys(101)).await;
    bench.get_all("a batch that reads an item twice", twice()).await;
    let query = bench.client.query().table_name(&bench.table).index_name("expiry").consistent_read(true);
    let query = query.key_condition_expression("expiry_pk = :v").expression_attribute_values(":v", text("a"));
    let answer = query.send().await;
    bench.keep("a consistent read of an index", answer);
}

#[tokio::test]
async fn the_table_refuses_what_amazons_refuses() {
    let world = World::start().await;
    let stack = world.stack();
    let mut bench =
        Bench { client: stack.store_client(), table: stack.table_name().to_owned(), taken: BTreeSet::new() };
    put_values(&mut bench).await;
    write_expressions(&mut bench).await;
    send_many(&mut bench).await;
    assert!(bench.taken.is_empty(), "taken, or refused for another reason: {:#?}", bench.taken);
}

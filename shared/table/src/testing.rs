//! A table for one test.
#![allow(clippy::expect_used, clippy::missing_panics_doc, reason = "a test that has no table fails by panicking")]

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection, ProjectionType,
    ScalarAttributeType,
};
use dynoxide::Database;

use crate::clients::{client, connections};
use crate::endpoint::Endpoint;
use crate::lease::Lease;

/// Names the DynamoDB in which every test makes its table, as `http://127.0.0.1:8000`.
const VARIABLE: &str = "TEST_DYNAMODB";

/// The DynamoDB that tests are to use; none where each has one of its own in memory.
#[must_use]
pub fn dynamodb() -> Option<Endpoint> {
    #[expect(clippy::disallowed_methods, reason = "tests have no command line of their own; this is the one place")]
    let endpoint = std::env::var(VARIABLE).ok()?;
    Some(endpoint.parse().expect(VARIABLE))
}

/// A table with the keys and the index of the template.
#[derive(Debug)]
pub struct TestTable {
    /// Reaches it.
    pub client: Client,
    /// Its name.
    pub name: String,
    _lease: Option<Lease>,
}

impl TestTable {
    /// An empty one.
    pub async fn start() -> Self {
        let lease = dynamodb().map(|endpoint| Lease::new(endpoint, "table").expect("randomness"));
        let (endpoint, name) = match &lease {
            Some(lease) => (lease.endpoint.to_string(), lease.table.clone()),
            None => (start_in_memory().await, "table".to_owned()),
        };
        let client = client(&endpoint, &connections().expect("connections"));
        create(&client, &name).await;
        Self { client, name, _lease: lease }
    }
}

async fn start_in_memory() -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let endpoint = format!("http://{}", listener.local_addr().expect("an address"));
    tokio::spawn(dynoxide::server::serve_on(listener, Database::memory().expect("a database")));
    endpoint
}

async fn create(client: &Client, name: &str) {
    let part = |name: &str, kind| KeySchemaElement::builder().attribute_name(name).key_type(kind).build();
    let part = |name: &str, kind| part(name, kind).expect("a key");
    let mut table = client
        .create_table()
        .table_name(name)
        .billing_mode(BillingMode::PayPerRequest)
        .key_schema(part("PK", KeyType::Hash))
        .key_schema(part("SK", KeyType::Range));
    for name in ["PK", "SK", "expiry_pk", "expiry_sk"] {
        let attribute = AttributeDefinition::builder().attribute_name(name).attribute_type(ScalarAttributeType::S);
        table = table.attribute_definitions(attribute.build().expect("an attribute"));
    }
    let index = GlobalSecondaryIndex::builder()
        .index_name("expiry")
        .key_schema(part("expiry_pk", KeyType::Hash))
        .key_schema(part("expiry_sk", KeyType::Range))
        .projection(Projection::builder().projection_type(ProjectionType::KeysOnly).build());
    table.global_secondary_indexes(index.build().expect("an index")).send().await.expect("a table");
}

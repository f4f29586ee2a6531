//! The table that the template declares, in the embedded DynamoDB or in another one.

use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region, SharedHttpClient};
use aws_sdk_dynamodb::error::{BuildError, DisplayErrorContext};
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, Projection, StreamSpecification,
    TableDescription, TableStatus, TimeToLiveSpecification,
};
use dynoxide::Database;
use table::{Endpoint, Lease};

use crate::embedded::EmbeddedDynamoDb;
use crate::error::StartError;
use crate::folder::Folder;
use crate::role::Guard;
use crate::template::{KeyPart, Table};
use crate::trim::Trim;

/// What the table is called; what its name begins with in another DynamoDB.
pub const TABLE: &str = "user-settings";

/// How long another DynamoDB may take to make the table.
const MADE_WITHIN: Duration = Duration::from_secs(30);

/// Where the table is.
#[derive(Clone, Copy)]
pub enum Place<'a> {
    /// In the embedded DynamoDB, kept nowhere.
    Memory,
    /// In the embedded DynamoDB, kept in this folder.
    Folder(&'a Folder),
    /// In another DynamoDB, under a name of its own and until this ends.
    Elsewhere(&'a Endpoint),
}

/// The table, and the DynamoDB that holds it.
pub struct TableStore {
    client: Client,
    connections: SharedHttpClient,
    endpoint: String,
    name: String,
    host: Host,
}

enum Host {
    Embedded(EmbeddedDynamoDb),
    Elsewhere(Lease),
}

impl TableStore {
    /// Reaches the table, and makes it where there is none.
    ///
    /// # Errors
    /// `Store` when the DynamoDB or the table cannot be made, `Io` when there is no port.
    pub async fn start(place: Place<'_>, table: &Table, with_stream: Streams) -> Result<Self, StartError> {
        let host = match place {
            Place::Memory => Host::Embedded(EmbeddedDynamoDb::start(None).await?),
            Place::Folder(folder) => Host::Embedded(EmbeddedDynamoDb::start(Some(folder)).await?),
            Place::Elsewhere(endpoint) => Host::Elsewhere(Lease::new(*endpoint, TABLE).map_err(StartError::Store)?),
        };
        let (endpoint, name) = match &host {
            Host::Embedded(dynamodb) => (dynamodb.endpoint.clone(), TABLE.to_owned()),
            Host::Elsewhere(lease) => (lease.endpoint.to_string(), lease.table.clone()),
        };
        let connections = table::connections().map_err(StartError::Store)?;
        let client = table::client(&endpoint, &connections);
        let store = Self { client, connections, endpoint, name, host };
        let is_there = match &store.host {
            Host::Embedded(dynamodb) => dynamodb.has(TABLE)?,
            Host::Elsewhere(_) => false,
        };
        if !is_there {
            store.create(table, with_stream).await.map_err(|error| StartError::Store(error.to_string()))?;
        }
        Ok(store)
    }

    /// The table's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where it listens, `http://…`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.endpoint
    }

    /// A client of it, as the functions use in the cloud.
    #[must_use]
    pub fn client(&self) -> Client {
        self.client.clone()
    }

    /// `client`, held to a role; both share their connections.
    #[must_use]
    pub fn guarded(client: &Client, guard: Guard) -> Client {
        Client::from_conf(client.config().to_builder().interceptor(guard).build())
    }

    /// A client of its stream.
    #[must_use]
    pub fn stream_client(&self) -> aws_sdk_dynamodbstreams::Client {
        let config = aws_sdk_dynamodbstreams::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .endpoint_url(&self.endpoint)
            .http_client(self.connections.clone())
            .region(Region::from_static("eu-central-1"))
            .credentials_provider(Credentials::new("local", "local", None, None, "local"));
        aws_sdk_dynamodbstreams::Client::from_conf(config.build())
    }

    /// The ARN of its stream.
    ///
    /// # Errors
    /// `Store` when there is none.
    pub async fn stream_arn(&self) -> Result<String, StartError> {
        let arn = self.describe().await.map_err(StartError::Store)?.latest_stream_arn;
        arn.ok_or_else(|| StartError::Store("the table has no stream".to_owned()))
    }

    /// What forgets the stream's records, where that is ours to do.
    ///
    /// # Errors
    /// `Store` when the database cannot be opened.
    pub fn trim(&self) -> Result<Option<Trim>, StartError> {
        match &self.host {
            Host::Embedded(dynamodb) => dynamodb.trim(),
            Host::Elsewhere(_) => Ok(None),
        }
    }

    /// What is behind the embedded DynamoDB, for what it does not do by itself.
    #[must_use]
    pub fn database(&self) -> Option<Database> {
        match &self.host {
            Host::Embedded(dynamodb) => Some(dynamodb.database.clone()),
            Host::Elsewhere(_) => None,
        }
    }

    /// Ends the embedded DynamoDB once what runs has finished; takes the table from another one.
    pub async fn shutdown(self) {
        drop(self.client);
        if let Host::Embedded(dynamodb) = self.host {
            dynamodb.shutdown().await;
        }
    }

    async fn describe(&self) -> Result<TableDescription, String> {
        let answer = self.client.describe_table().table_name(&self.name).send().await;
        let table = answer.map_err(|error| DisplayErrorContext(error).to_string())?.table;
        table.ok_or_else(|| "no description of the table".to_owned())
    }

    async fn until_made(&self) -> Result<(), String> {
        let made = async {
            while self.describe().await?.table_status != Some(TableStatus::Active) {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            Ok(())
        };
        tokio::time::timeout(MADE_WITHIN, made).await.map_err(|_| "the table is not made".to_owned())?
    }

    async fn create(&self, table: &Table, with_stream: Streams) -> Result<(), Box<dyn std::error::Error>> {
        let mut request = self
            .client
            .create_table()
            .table_name(&self.name)
            .billing_mode(BillingMode::PayPerRequest)
            .set_key_schema(Some(key_schema(&table.key_schema)?));
        for attribute in &table.attribute_definitions {
            let definition = AttributeDefinition::builder()
                .attribute_name(&attribute.attribute_name)
                .attribute_type(attribute.attribute_type.as_str().into());
            request = request.attribute_definitions(definition.build()?);
        }
        for index in &table.global_secondary_indexes {
            let projection = index.projection.projection_type.as_str().into();
            let definition = GlobalSecondaryIndex::builder()
                .index_name(&index.index_name)
                .set_key_schema(Some(key_schema(&index.key_schema)?))
                .projection(Projection::builder().projection_type(projection).build());
            request = request.global_secondary_indexes(definition.build()?);
        }
        if matches!(with_stream, Streams::On) {
            let view = table.stream_specification.stream_view_type.as_str().into();
            let stream = StreamSpecification::builder().stream_enabled(true).stream_view_type(view);
            request = request.stream_specification(stream.build()?);
        }
        request.send().await.map_err(|error| DisplayErrorContext(error).to_string())?;
        self.until_made().await?;
        let attribute = &table.time_to_live_specification.attribute_name;
        let time_to_live = TimeToLiveSpecification::builder().enabled(true).attribute_name(attribute).build()?;
        let request = self.client.update_time_to_live().table_name(&self.name).time_to_live_specification(time_to_live);
        request.send().await.map_err(|error| DisplayErrorContext(error).to_string())?;
        Ok(())
    }
}

/// Whether the table has a stream; without one, writes are several times as fast.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Streams {
    /// With one.
    On,
    /// Without.
    Off,
}

fn key_schema(parts: &[KeyPart]) -> Result<Vec<KeySchemaElement>, BuildError> {
    let element = |part: &KeyPart| {
        let builder = KeySchemaElement::builder().attribute_name(&part.attribute_name);
        builder.key_type(part.key_type.as_str().into()).build()
    };
    parts.iter().map(element).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::Template;
    use aws_sdk_dynamodb::types::AttributeValue;

    async fn start(place: Place<'_>) -> TableStore {
        let template = Template::read().expect("the template of this build");
        TableStore::start(place, &template.table, Streams::On).await.expect("a store")
    }

    #[tokio::test]
    async fn the_table_has_the_index_time_to_live_and_stream_of_the_template() {
        let store = start(Place::Memory).await;
        let table = store.client().describe_table().table_name(TABLE).send().await.expect("a table");
        let table = table.table().expect("a description");
        let index = table.global_secondary_indexes().first().expect("an index");
        assert_eq!(index.index_name(), Some("expiry"));
        assert_eq!(table.stream_specification().map(StreamSpecification::stream_enabled), Some(true));
        let time_to_live = store.client().describe_time_to_live().table_name(TABLE).send().await.expect("an answer");
        let attribute = time_to_live.time_to_live_description().and_then(|ttl| ttl.attribute_name());
        assert_eq!(attribute, Some("purge_at"));
        store.shutdown().await;
    }

    #[tokio::test]
    async fn what_was_written_is_there_after_a_restart() {
        let folder = Folder::temporary().expect("a temporary folder");
        let store = start(Place::Folder(&folder)).await;
        let put = store.client().put_item().table_name(TABLE);
        let put = put.item("PK", AttributeValue::S("a".to_owned())).item("SK", AttributeValue::S("b".to_owned()));
        put.send().await.expect("a write");
        store.shutdown().await;

        let store = start(Place::Folder(&folder)).await;
        let scan = store.client().scan().table_name(TABLE).send().await.expect("a read");
        assert_eq!(scan.count(), 1);
        store.shutdown().await;
    }
}

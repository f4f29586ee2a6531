//! The embedded DynamoDB: on a loopback port of its own, with the table that the template declares.

use std::path::PathBuf;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region, SharedHttpClient};
use aws_sdk_dynamodb::error::{BuildError, DisplayErrorContext};
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, Projection, StreamSpecification,
    TimeToLiveSpecification,
};
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use dynoxide::Database;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::error::StartError;
use crate::folder::Folder;
use crate::role::Guard;
use crate::template::{KeyPart, Table};

/// The table's name here.
pub const TABLE: &str = "user-settings";

/// Where the database is in the data folder.
const FILE: &str = "table.sqlite";

/// A running DynamoDB.
pub struct EmbeddedStore {
    database: Database,
    client: Client,
    stop: oneshot::Sender<()>,
    server: JoinHandle<Result<(), String>>,
}

impl EmbeddedStore {
    /// Starts it on the database in `folder`, or on one in memory, and makes the table where there is none.
    ///
    /// A database on disk is in write-ahead mode with full synchronisation, the build's default:
    /// what was acknowledged survives the end of the process and of the machine.
    ///
    /// # Errors
    /// `Store` when the database or the table cannot be made, `Io` when there is no port.
    pub async fn start(folder: Option<&Folder>, table: &Table, with_stream: Streams) -> Result<Self, StartError> {
        let path = folder.map(|folder| folder.join(FILE).to_string_lossy().into_owned());
        let database = path.as_deref().map_or_else(Database::memory, Database::new).map_err(refused)?;
        let listener = TcpListener::bind("127.0.0.1:0").await.map_err(StartError::io("embedded DynamoDB"))?;
        let address = listener.local_addr().map_err(StartError::io("embedded DynamoDB"))?;
        let (stop, stopped) = oneshot::channel();
        let until = async move { drop(stopped.await) };
        let server = tokio::spawn(dynoxide::server::serve_with_shutdown(listener, database.clone(), until));
        let store = Self { database, client: client(&format!("http://{address}"))?, stop, server };
        if store.database.get_table_metadata(TABLE).map_err(refused)?.is_none() {
            store.create(table, with_stream).await.map_err(|error| StartError::Store(error.to_string()))?;
        }
        Ok(store)
    }

    /// The files it keeps in `folder`.
    #[must_use]
    pub fn files(folder: &Folder) -> [PathBuf; 3] {
        ["", "-wal", "-shm"].map(|end| folder.join(&format!("{FILE}{end}")))
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

    /// The database itself, for its stream.
    #[must_use]
    pub fn database(&self) -> Database {
        self.database.clone()
    }

    /// Ends it once what runs has finished.
    pub async fn shutdown(self) {
        let _ = self.stop.send(());
        drop(self.client);
        if let Ok(Err(error)) = self.server.await {
            tracing::error!(error, "embedded DynamoDB ended badly");
        }
    }

    async fn create(&self, table: &Table, with_stream: Streams) -> Result<(), Box<dyn std::error::Error>> {
        let mut request = self
            .client
            .create_table()
            .table_name(TABLE)
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
        let attribute = &table.time_to_live_specification.attribute_name;
        let time_to_live = TimeToLiveSpecification::builder().enabled(true).attribute_name(attribute).build()?;
        let request = self.client.update_time_to_live().table_name(TABLE).time_to_live_specification(time_to_live);
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

fn client(endpoint: &str) -> Result<Client, StartError> {
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .endpoint_url(endpoint)
        .http_client(connections()?)
        .region(Region::from_static("eu-central-1"))
        .credentials_provider(Credentials::new("local", "local", None, None, "local"));
    Ok(Client::from_conf(config.build()))
}

/// Connections that clients share. Nothing here goes over TLS, so no root certificates are read.
fn connections() -> Result<SharedHttpClient, StartError> {
    let no_roots = TlsContext::builder().with_trust_store(TrustStore::empty()).build();
    let no_roots = no_roots.map_err(|error| StartError::Store(error.to_string()))?;
    let client = aws_smithy_http_client::Builder::new().tls_provider(Provider::Rustls(CryptoMode::AwsLc));
    Ok(client.tls_context(no_roots).build_https())
}

#[expect(clippy::needless_pass_by_value, reason = "the form that map_err asks for")]
fn refused(error: dynoxide::DynoxideError) -> StartError {
    StartError::Store(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::Template;
    use aws_sdk_dynamodb::types::AttributeValue;

    async fn start(folder: Option<&Folder>) -> EmbeddedStore {
        let template = Template::read().expect("the template of this build");
        EmbeddedStore::start(folder, &template.table, Streams::On).await.expect("a store")
    }

    #[tokio::test]
    async fn the_table_has_the_index_time_to_live_and_stream_of_the_template() {
        let store = start(None).await;
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
        let store = start(Some(&folder)).await;
        let put = store.client().put_item().table_name(TABLE);
        let put = put.item("PK", AttributeValue::S("a".to_owned())).item("SK", AttributeValue::S("b".to_owned()));
        put.send().await.expect("a write");
        store.shutdown().await;

        let store = start(Some(&folder)).await;
        let scan = store.client().scan().table_name(TABLE).send().await.expect("a read");
        assert_eq!(scan.count(), 1);
        store.shutdown().await;
    }
}

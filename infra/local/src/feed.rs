//! The table's stream as Lambda hands it to a function: filtered, in order, at least once.

use std::path::PathBuf;

use aws_lambda_events::dynamodb::Event;
use dynoxide::Database;
use dynoxide::actions::get_records::GetRecordsRequest;
use dynoxide::actions::get_shard_iterator::GetShardIteratorRequest;
use dynoxide::streams;
use serde_json::{Value, json};
use shared::Error;

use crate::filter::Filter;
use crate::folder::Folder;
use crate::store::TABLE;

/// Holds the sequence number of the last record that was dealt with.
const CHECKPOINT: &str = "notifier-checkpoint";

/// Reads the stream from where it was left.
pub struct Feed {
    database: Database,
    filter: Filter,
    checkpoint: Option<String>,
}

/// What is to be handed over at once.
pub struct Batch {
    /// The records that pass the filter.
    pub event: Event,
    last: Option<String>,
}

impl Feed {
    /// Goes on from the checkpoint in `folder`, or starts with the oldest record.
    ///
    /// # Errors
    /// `Internal` when the checkpoint cannot be read.
    pub fn resume(database: Database, filter: Filter, folder: &Folder) -> Result<Self, Error> {
        let checkpoint = folder.read(CHECKPOINT).map_err(Error::internal)?;
        Ok(Self { database, filter, checkpoint })
    }

    /// The file it keeps in `folder`.
    #[must_use]
    pub fn file(folder: &Folder) -> PathBuf {
        folder.join(CHECKPOINT)
    }

    /// What has come since the checkpoint.
    ///
    /// # Errors
    /// `Unavailable` when the database cannot be read.
    pub async fn read(&self) -> Result<Batch, Error> {
        let database = self.database.clone();
        let checkpoint = self.checkpoint.clone();
        let read = move || records_after(&database, checkpoint);
        let records = tokio::task::spawn_blocking(read).await.map_err(Error::internal)??;
        let last = records.last().and_then(|record| record.pointer("/dynamodb/SequenceNumber")).and_then(Value::as_str);
        let last = last.map(ToOwned::to_owned);
        let passing: Vec<_> = records.into_iter().filter(|record| self.filter.passes(record)).collect();
        let event = serde_json::from_value(json!({"Records": passing})).map_err(Error::internal)?;
        Ok(Batch { event, last })
    }

    /// Moves on behind `batch`. Its records are not read again; a batch without any is not worth a write,
    /// since reading it again does nothing.
    ///
    /// # Errors
    /// `Unavailable` when the disk refuses; then the batch comes again after a restart.
    pub fn advance(&mut self, batch: &Batch, folder: &Folder) -> Result<(), Error> {
        let Some(last) = &batch.last else { return Ok(()) };
        self.checkpoint = Some(last.clone());
        if batch.event.records.is_empty() {
            return Ok(());
        }
        folder.write(CHECKPOINT, last).map_err(Error::unavailable)
    }
}

fn records_after(database: &Database, checkpoint: Option<String>) -> Result<Vec<Value>, Error> {
    let failed = |error: dynoxide::DynoxideError| Error::unavailable(error.to_string());
    let table = database.get_table_metadata(TABLE).map_err(failed)?;
    let label = table.and_then(|table| table.stream_label).unwrap_or_default();
    let stream_arn = streams::stream_arn(TABLE, &label);
    let from = if checkpoint.is_some() { "AFTER_SEQUENCE_NUMBER" } else { "TRIM_HORIZON" };
    let start = GetShardIteratorRequest {
        stream_arn: stream_arn.clone(),
        shard_id: streams::shard_id(TABLE),
        shard_iterator_type: from.to_owned(),
        sequence_number: checkpoint,
    };
    let shard_iterator = database.get_shard_iterator(start).map_err(failed)?.shard_iterator.unwrap_or_default();
    let answer = database.get_records(GetRecordsRequest { shard_iterator, limit: None }).map_err(failed)?;
    let mut records = Vec::with_capacity(answer.records.len());
    for record in &answer.records {
        let mut record = serde_json::to_value(record).map_err(Error::internal)?;
        if let Some(record) = record.as_object_mut() {
            record.insert("eventSourceARN".to_owned(), stream_arn.clone().into());
        }
        records.push(record);
    }
    Ok(records)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{EmbeddedStore, Streams};
    use crate::template::Template;
    use aws_sdk_dynamodb::types::AttributeValue;

    async fn write(store: &EmbeddedStore, sk: &str) {
        let put = store.client().put_item().table_name(TABLE);
        let put = put.item("PK", AttributeValue::S("USER#1".to_owned())).item("SK", AttributeValue::S(sk.to_owned()));
        put.send().await.expect("a write");
    }

    fn keys(batch: &Batch) -> Vec<Value> {
        let records = serde_json::to_value(&batch.event).expect("an event");
        let records = records["Records"].as_array().expect("records").clone();
        records.into_iter().map(|record| record["dynamodb"]["Keys"]["SK"].clone()).collect()
    }

    #[tokio::test]
    async fn what_passes_comes_until_it_is_dealt_with_and_then_never_again() {
        let folder = Folder::temporary().expect("a temporary folder");
        let template = Template::read().expect("the template of this build");
        let store = EmbeddedStore::start(None, &template.table, Streams::On).await.expect("a store");
        let filter = template.filters.get("notifier").expect("a filter");
        let resume = || Feed::resume(store.database(), filter.clone(), &folder).expect("a feed");

        let mut feed = resume();
        for sk in ["PROFILE", "EVENT#1", "EVENT#2"] {
            write(&store, sk).await;
        }
        let batch = feed.read().await.expect("a batch");
        assert_eq!(keys(&batch), [json!({"S": "EVENT#1"}), json!({"S": "EVENT#2"})]);
        assert_eq!(keys(&resume().read().await.expect("a batch")).len(), 2, "it was not dealt with");

        feed.advance(&batch, &folder).expect("a checkpoint");
        assert_eq!(keys(&feed.read().await.expect("a batch")), Vec::<Value>::new());
        write(&store, "EVENT#3").await;
        assert_eq!(keys(&resume().read().await.expect("a batch")), [json!({"S": "EVENT#3"})]);
        store.shutdown().await;
    }
}

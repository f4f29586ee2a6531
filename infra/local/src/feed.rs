//! The table's stream as Lambda hands it to a function: filtered, in order, at least once.

use std::collections::BTreeMap;
use std::path::PathBuf;

use aws_lambda_events::dynamodb::Event;
use aws_sdk_dynamodbstreams::Client;
use aws_sdk_dynamodbstreams::error::DisplayErrorContext;
use aws_sdk_dynamodbstreams::types::ShardIteratorType;
use serde_json::{Value, json};
use shared::Error;

use crate::error::StartError;
use crate::filter::Filter;
use crate::folder::Folder;
use crate::record;
use crate::store::TableStore;
use crate::trim::Trim;

/// Holds the sequence number of the last record of each shard that was dealt with.
const CHECKPOINT: &str = "notifier-checkpoint.json";

/// The sequence number of a record, by shard.
type Checkpoint = BTreeMap<String, String>;

/// Reads the stream from where it was left.
pub struct Feed {
    client: Client,
    stream_arn: String,
    filter: Filter,
    checkpoint: Checkpoint,
    trim: Option<Trim>,
}

/// What is to be handed over at once.
pub struct Batch {
    /// The records that pass the filter.
    pub event: Event,
    last: Checkpoint,
}

impl Feed {
    /// Goes on from the checkpoint in `folder`, or starts with the oldest record.
    ///
    /// # Errors
    /// `Store` when the table has no stream, `Io` or `Service` when the checkpoint cannot be read.
    pub async fn resume(store: &TableStore, filter: Filter, folder: &Folder) -> Result<Self, StartError> {
        let text = folder.read(CHECKPOINT).map_err(StartError::io("data folder, checkpoint"))?;
        let checkpoint = text.map(|text| serde_json::from_str(&text)).transpose();
        let checkpoint = checkpoint.map_err(|error| StartError::Service(Error::internal(error)))?;
        let stream_arn = store.stream_arn().await?;
        let (client, checkpoint) = (store.stream_client(), checkpoint.unwrap_or_default());
        Ok(Self { client, stream_arn, filter, checkpoint, trim: store.trim()? })
    }

    /// The file it keeps in `folder`.
    #[must_use]
    pub fn file(folder: &Folder) -> PathBuf {
        folder.join(CHECKPOINT)
    }

    /// What has come since the checkpoint.
    ///
    /// # Errors
    /// `Unavailable` when the stream cannot be read.
    pub async fn read(&self) -> Result<Batch, Error> {
        let (mut records, mut last) = (Vec::new(), Checkpoint::new());
        for shard in self.shards().await? {
            let read = self.records_of(&shard).await?;
            let number =
                read.last().and_then(|record| record.pointer("/dynamodb/SequenceNumber")).and_then(Value::as_str);
            last.extend(number.map(|number| (shard, number.to_owned())));
            records.extend(read);
        }
        records.retain(|record| self.filter.passes(record));
        let event = serde_json::from_value(json!({"Records": records})).map_err(Error::internal)?;
        Ok(Batch { event, last })
    }

    /// Moves on behind `batch`. Its records are not read again; a batch without any is not worth a write,
    /// since reading it again does nothing.
    ///
    /// # Errors
    /// `Unavailable` when the disk refuses; then the batch comes again after a restart.
    pub fn advance(&mut self, batch: &Batch, folder: &Folder) -> Result<(), Error> {
        self.checkpoint.extend(batch.last.clone());
        if !batch.event.records.is_empty() {
            let text = serde_json::to_string(&self.checkpoint).map_err(Error::internal)?;
            folder.write(CHECKPOINT, &text).map_err(Error::unavailable)?;
        }
        self.forget(&batch.last);
        Ok(())
    }

    /// Leaves to the next time what cannot be forgotten now: it only costs time.
    fn forget(&self, last: &Checkpoint) {
        let Some(trim) = &self.trim else { return };
        for number in last.values() {
            if let Err(error) = trim.forget_before(number) {
                tracing::warn!(error = %error.with_causes(), "records of the stream are kept");
            }
        }
    }

    /// The stream's shards, parents first.
    async fn shards(&self) -> Result<Vec<String>, Error> {
        let answer = self.client.describe_stream().stream_arn(&self.stream_arn).send().await.map_err(failed)?;
        let shards = answer.stream_description.and_then(|stream| stream.shards).unwrap_or_default();
        Ok(shards.into_iter().filter_map(|shard| shard.shard_id).collect())
    }

    async fn records_of(&self, shard: &str) -> Result<Vec<Value>, Error> {
        let checkpoint = self.checkpoint.get(shard).cloned();
        let from = match checkpoint {
            Some(_) => ShardIteratorType::AfterSequenceNumber,
            None => ShardIteratorType::TrimHorizon,
        };
        let start = self.client.get_shard_iterator().stream_arn(&self.stream_arn).shard_id(shard);
        let start = start.shard_iterator_type(from).set_sequence_number(checkpoint).send().await.map_err(failed)?;
        let answer = self.client.get_records().set_shard_iterator(start.shard_iterator).send().await.map_err(failed)?;
        Ok(answer.records().iter().map(|record| record::of_event(record, &self.stream_arn)).collect())
    }
}

fn failed<E>(error: aws_sdk_dynamodbstreams::error::SdkError<E>) -> Error
where
    E: std::error::Error + Send + Sync + 'static,
{
    Error::unavailable(DisplayErrorContext(error).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Place, Streams};
    use crate::template::Template;
    use aws_sdk_dynamodb::types::AttributeValue;

    async fn write(store: &TableStore, sk: &str) {
        let put = store.client().put_item().table_name(store.name());
        let put = put.item("PK", AttributeValue::S("USER#1".to_owned())).item("SK", AttributeValue::S(sk.to_owned()));
        put.send().await.expect("a write");
    }

    fn keys(batch: &Batch) -> Vec<Value> {
        let records = serde_json::to_value(&batch.event).expect("an event");
        let records = records["Records"].as_array().expect("records").clone();
        records.into_iter().map(|record| record["dynamodb"]["Keys"]["SK"].clone()).collect()
    }

    #[tokio::test]
    async fn what_was_dealt_with_is_forgotten_and_what_comes_next_is_not() {
        let folder = Folder::temporary().expect("a temporary folder");
        let template = Template::read().expect("the template of this build");
        let store = TableStore::start(Place::Folder(&folder), &template.table, Streams::On).await.expect("a store");
        let filter = template.filters.get("notifier").expect("a filter");
        let resume = async || Feed::resume(&store, filter.clone(), &folder).await.expect("a feed");
        let all = async || {
            let shards = resume().await.shards().await.expect("shards");
            let oldest = Feed { checkpoint: Checkpoint::new(), trim: None, ..resume().await };
            oldest.records_of(&shards[0]).await.expect("records").len()
        };

        let mut feed = resume().await;
        for round in 0..3 {
            for number in 0..20 {
                write(&store, &format!("EVENT#{round}{number:02}")).await;
            }
            let batch = feed.read().await.expect("a batch");
            assert_eq!(keys(&batch).len(), 20);
            assert_eq!(all().await, if round == 0 { 20 } else { 21 }, "before they are dealt with");
            feed.advance(&batch, &folder).expect("a checkpoint");
            assert_eq!(all().await, 1, "the last stays");
        }
        write(&store, "EVENT#last").await;
        assert_eq!(keys(&resume().await.read().await.expect("a batch")), [json!({"S": "EVENT#last"})]);
        store.shutdown().await;
    }

    #[tokio::test]
    async fn what_passes_comes_until_it_is_dealt_with_and_then_never_again() {
        let folder = Folder::temporary().expect("a temporary folder");
        let template = Template::read().expect("the template of this build");
        let store = TableStore::start(Place::Memory, &template.table, Streams::On).await.expect("a store");
        let filter = template.filters.get("notifier").expect("a filter");
        let resume = async || Feed::resume(&store, filter.clone(), &folder).await.expect("a feed");

        let mut feed = resume().await;
        for sk in ["PROFILE", "EVENT#1", "EVENT#2"] {
            write(&store, sk).await;
        }
        let batch = feed.read().await.expect("a batch");
        assert_eq!(keys(&batch), [json!({"S": "EVENT#1"}), json!({"S": "EVENT#2"})]);
        assert_eq!(keys(&resume().await.read().await.expect("a batch")).len(), 2, "it was not dealt with");

        feed.advance(&batch, &folder).expect("a checkpoint");
        assert_eq!(keys(&feed.read().await.expect("a batch")), Vec::<Value>::new());
        write(&store, "EVENT#3").await;
        assert_eq!(keys(&resume().await.read().await.expect("a batch")), [json!({"S": "EVENT#3"})]);
        store.shutdown().await;
    }
}

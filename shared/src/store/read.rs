//! Reading: strongly consistent, and what was not answered is not absent.

use std::collections::{HashMap, HashSet};

use aws_sdk_dynamodb::types::{KeysAndAttributes, ReturnConsumedCapacity};

use super::item::{Attribute, Item};
use super::layout::Key;
use super::retries::Retries;
use super::{Store, failed};
use crate::clock::Timestamp;
use crate::error::{Error, Result};

/// What part of a partition to read.
#[derive(Clone, Debug, Default)]
pub struct Range<'a> {
    /// Only sort keys that start so.
    pub prefix: &'a str,
    /// Only sort keys after this one.
    pub after: Option<String>,
    /// At most so many items; `None` reads to the end.
    pub limit: Option<usize>,
}

impl Store {
    /// One item, strongly consistent.
    ///
    /// # Errors
    /// `Unavailable` when the table does not answer, `Internal` for an item of an unknown form.
    pub async fn get(&self, key: &Key) -> Result<Option<Item>> {
        let answer = self
            .client
            .get_item()
            .table_name(self.table.as_ref())
            .set_key(Some(key.attributes()))
            .consistent_read(true)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(failed)?;
        self.meter.record_read(answer.consumed_capacity());
        answer.item.map(|item| Item(item).checked()).transpose()
    }

    /// One item, absent from the end of its time to live on.
    ///
    /// # Errors
    /// As [`Store::get`].
    pub async fn get_live(&self, key: &Key, now: Timestamp) -> Result<Option<Item>> {
        Ok(self.get(key).await?.filter(|item| !item.is_purged(now)))
    }

    /// Several items in one request, strongly consistent, in the order of `keys`.
    ///
    /// # Errors
    /// As [`Store::get_many`].
    pub async fn get_all<const N: usize>(&self, keys: [&Key; N], now: Timestamp) -> Result<[Option<Item>; N]> {
        let mut found = self.get_many(&keys.map(Clone::clone), now).await?;
        Ok(keys.map(|key| found.remove(key)))
    }

    /// Those of at most 100 items that are there, in one request, strongly consistent.
    ///
    /// # Errors
    /// `Unavailable` also when the table answers for a part only: what it left out is not absent.
    pub async fn get_many(&self, keys: &[Key], now: Timestamp) -> Result<HashMap<Key, Item>> {
        let mut found = HashMap::with_capacity(keys.len());
        let unique: HashSet<&Key> = keys.iter().collect();
        let mut wanted: Vec<_> = unique.into_iter().map(Key::attributes).collect();
        if wanted.is_empty() {
            return Ok(found);
        }
        let mut retries = Retries::default();
        loop {
            retries.begin().await?;
            let request = KeysAndAttributes::builder().set_keys(Some(wanted)).consistent_read(true);
            let answer = self
                .client
                .batch_get_item()
                .request_items(self.table.as_ref(), request.build().map_err(Error::internal)?)
                .return_consumed_capacity(ReturnConsumedCapacity::Total)
                .send()
                .await
                .map_err(failed)?;
            self.meter.record_read(answer.consumed_capacity());
            let items = answer.responses.unwrap_or_default().remove(self.table.as_ref()).unwrap_or_default();
            for item in items {
                let item = Item(item).checked()?;
                found.insert(item.key()?, item);
            }
            let left = answer.unprocessed_keys.unwrap_or_default().remove(self.table.as_ref());
            wanted = left.map(|left| left.keys).unwrap_or_default();
            if wanted.is_empty() {
                found.retain(|_, item: &mut Item| !item.is_purged(now));
                return Ok(found);
            }
        }
    }

    /// Items of one partition in the order of their sort keys, strongly consistent, without those whose time is over.
    ///
    /// # Errors
    /// As [`Store::get`].
    pub async fn query(&self, partition: &str, range: Range<'_>, now: Timestamp) -> Result<Vec<Item>> {
        let mut start = range.after.map(|sk| Key { pk: partition.to_owned(), sk }.attributes());
        let mut items = Vec::new();
        loop {
            let mut query = self
                .client
                .query()
                .table_name(self.table.as_ref())
                .expression_attribute_values(":pk", partition.attribute())
                .consistent_read(true)
                .return_consumed_capacity(ReturnConsumedCapacity::Total)
                .set_exclusive_start_key(start.take());
            query = if range.prefix.is_empty() {
                query.key_condition_expression("PK = :pk")
            } else {
                query
                    .key_condition_expression("PK = :pk AND begins_with(SK, :prefix)")
                    .expression_attribute_values(":prefix", range.prefix.attribute())
            };
            let missing = range.limit.map(|limit| limit.saturating_sub(items.len()));
            query = query.set_limit(missing.and_then(|missing| i32::try_from(missing).ok()));
            let answer = query.send().await.map_err(failed)?;
            self.meter.record_read(answer.consumed_capacity());
            for item in answer.items.unwrap_or_default() {
                let item = Item(item).checked()?;
                if !item.is_purged(now) {
                    items.push(item);
                }
            }
            start = answer.last_evaluated_key;
            if start.is_none() || range.limit.is_some_and(|limit| items.len() >= limit) {
                return Ok(items);
            }
        }
    }
}

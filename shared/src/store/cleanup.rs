//! What the clean-up reads and removes: expired keys by day, and what deleted users left behind.

use aws_sdk_dynamodb::types::{DeleteRequest, ReturnConsumedCapacity, WriteRequest};

use super::item::{Attribute, Item};
use super::keys::ApiKey;
use super::layout::{self, Key};
use super::{Attributes, Outcome, Range, Retries, Store, Write, failed};
use crate::clock::Timestamp;
use crate::error::{Error, Result};
use crate::id::UserId;

/// Keys that one page of the expiry index names.
const PAGE_KEYS: i32 = 100;
/// Deletes that one batch takes (DynamoDB's limit).
const BATCH_DELETES: usize = 25;

/// Part of one partition of the expiry index.
#[derive(Debug)]
pub struct ExpiredPage {
    /// Where the keys stand, oldest expiry first. The index lags behind: read each before acting on it.
    pub keys: Vec<Key>,
    /// Where the next page starts; `None` at the partition's end.
    pub next: Option<PageStart>,
}

/// Where a page of the expiry index starts.
#[derive(Debug)]
pub struct PageStart(Attributes);

impl Store {
    /// Keys that expired up to and with `until`, from one partition of the expiry index.
    ///
    /// # Errors
    /// As [`Store::get`].
    pub async fn expired(
        &self,
        day: i64,
        shard: u8,
        until: Timestamp,
        start: Option<PageStart>,
    ) -> Result<ExpiredPage> {
        let answer = self
            .client
            .query()
            .table_name(self.table.as_ref())
            .index_name(layout::EXPIRY_INDEX)
            .key_condition_expression("expiry_pk = :pk AND expiry_sk <= :until")
            .expression_attribute_values(":pk", layout::expiry_partition(day, shard).attribute())
            .expression_attribute_values(":until", until.to_string().attribute())
            .limit(PAGE_KEYS)
            .set_exclusive_start_key(start.map(|start| start.0))
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(failed)?;
        self.meter.record_read(answer.consumed_capacity());
        let keys = answer.items.unwrap_or_default().into_iter().map(|item| Item(item).key()).collect::<Result<_>>()?;
        Ok(ExpiredPage { keys, next: answer.last_evaluated_key.map(PageStart) })
    }

    /// The API key at `key`, strongly consistent.
    ///
    /// # Errors
    /// As [`Store::get`].
    pub async fn api_key_at(&self, key: &Key) -> Result<Option<ApiKey>> {
        self.get(key).await?.map(|item| ApiKey::from_item(&item)).transpose()
    }

    /// The oldest day whose expired keys may still be there; `None` before any day was finished.
    ///
    /// # Errors
    /// As [`Store::get`].
    pub async fn oldest_unfinished_day(&self) -> Result<Option<i64>> {
        self.get(&layout::cleanup()).await?.map(|item| item.number("oldest_day")).transpose()
    }

    /// Records that every day before `day` is finished; never takes a day back that another run has finished.
    ///
    /// # Errors
    /// As [`Store::write`].
    pub async fn finish_days_before(&self, day: i64) -> Result<Outcome> {
        let item = Item::new(&layout::cleanup()).with("oldest_day", day);
        let write = Write::put(item)?.when("attribute_not_exists(#PK) OR #oldest_day < :day").value(":day", day);
        self.write(write).await
    }

    /// Users whose profile is marked deleted and whose other items are still to be removed.
    ///
    /// # Errors
    /// As [`Store::get`].
    pub async fn list_deleted_users(&self, now: Timestamp) -> Result<Vec<UserId>> {
        let items = self.query(layout::DELETED_PARTITION, Range::default(), now).await?;
        let read = |item: &Item| {
            let user = item.text("SK")?.strip_prefix("USER#").and_then(UserId::parse);
            user.ok_or_else(|| item.corrupt("SK"))
        };
        items.iter().map(read).collect()
    }

    /// Keys of a user's items, the profile apart, ended ones included; at most a page, none at the end.
    ///
    /// # Errors
    /// As [`Store::get`].
    pub async fn keys_of_user(&self, user: UserId) -> Result<Vec<Key>> {
        let answer = self
            .client
            .query()
            .table_name(self.table.as_ref())
            .key_condition_expression("PK = :pk")
            .expression_attribute_values(":pk", layout::user_partition(user).attribute())
            .projection_expression("PK, SK")
            .consistent_read(true)
            .limit(PAGE_KEYS)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(failed)?;
        self.meter.record_read(answer.consumed_capacity());
        let mut keys =
            answer.items.unwrap_or_default().into_iter().map(|item| Item(item).key()).collect::<Result<Vec<_>>>()?;
        keys.retain(|key| *key != layout::profile(user));
        Ok(keys)
    }

    /// Deletes items without a condition; for what nobody can reach any more.
    ///
    /// # Errors
    /// `Unavailable` also when the table deletes a part only; deleting again is harmless.
    pub async fn delete_all(&self, keys: &[Key]) -> Result<()> {
        for batch in keys.chunks(BATCH_DELETES) {
            self.delete_batch(batch).await?;
        }
        Ok(())
    }

    async fn delete_batch(&self, keys: &[Key]) -> Result<()> {
        let delete = |key: &Key| {
            let delete = DeleteRequest::builder().set_key(Some(key.attributes())).build().map_err(Error::internal)?;
            Ok(WriteRequest::builder().delete_request(delete).build())
        };
        let mut wanted = keys.iter().map(delete).collect::<Result<Vec<_>>>()?;
        let mut retries = Retries::default();
        loop {
            retries.begin().await?;
            let answer = self
                .client
                .batch_write_item()
                .request_items(self.table.as_ref(), wanted)
                .return_consumed_capacity(ReturnConsumedCapacity::Total)
                .send()
                .await
                .map_err(failed)?;
            self.meter.record_write(answer.consumed_capacity());
            wanted = answer.unprocessed_items.unwrap_or_default().remove(self.table.as_ref()).unwrap_or_default();
            if wanted.is_empty() {
                return Ok(());
            }
        }
    }

    /// Deletes what is left of a deleted user: the profile, and with it the work item. Refused for a profile that is
    /// not marked deleted.
    ///
    /// # Errors
    /// As [`Store::transact`].
    pub async fn delete_deleted_profile(&self, user: UserId) -> Result<Outcome> {
        let profile = Write::delete(layout::profile(user))
            .when("attribute_not_exists(#PK) OR #deleted = :true")
            .value(":true", true);
        self.transact(vec![profile, Write::delete(layout::deleted_user(user))]).await
    }
}

//! The only DynamoDB code. A condition that fails is an outcome; everything else that fails is an error, and never
//! looks like an absent item.

pub mod item;
pub mod layout;
mod retries;
mod write;

pub mod attempts;
pub mod cleanup;
pub mod counters;
pub mod directory;
pub mod events;
pub mod factors;
pub mod idempotency;
pub mod keys;
pub mod mails;
pub mod members;
pub mod requests;
pub mod sessions;
pub mod settings;
pub mod tokens;
pub mod users;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::delete_item::DeleteItemError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{
    AttributeValue, CancellationReason, ConsumedCapacity, KeysAndAttributes, ReturnConsumedCapacity,
    ReturnValuesOnConditionCheckFailure,
};

use self::item::{Attribute, Item};
use self::layout::Key;
pub use self::retries::Retries;
pub use self::write::Write;
use crate::clock::Timestamp;
use crate::error::{Error, Result};
use crate::secret::random_bytes;

/// Which writes were refused, and the item as it was, if there is one.
pub type Refused = Vec<(usize, Option<Item>)>;

/// Whether a conditional write took place.
#[derive(Debug)]
pub enum Outcome {
    /// It did.
    Done,
    /// Its condition did not hold.
    Refused(Refused),
}

impl Outcome {
    /// Whether it took place.
    #[must_use]
    pub const fn is_done(&self) -> bool {
        matches!(self, Self::Done)
    }

    /// Whether a write alone took place; where it was refused, what stands there, unless its time to live is over.
    fn or_found(self, now: Timestamp) -> Result<(), Option<Item>> {
        let Self::Refused(refused) = self else { return Ok(()) };
        Err(refused.into_iter().find_map(|(_, item)| item).filter(|item| !item.is_purged(now)))
    }

    /// Whether the write at `index` was among the refused.
    #[must_use]
    pub fn is_refused_at(&self, index: usize) -> bool {
        matches!(self, Self::Refused(refused) if refused.iter().any(|(at, _)| *at == index))
    }
}

/// What the table was asked for, in tenths of a unit, since the process started.
#[derive(Debug, Default)]
pub struct Meter {
    requests: AtomicU64,
    capacity_tenths: AtomicU64,
}

/// A reading of the [`Meter`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Usage {
    /// Requests to the table.
    pub requests: u64,
    /// Capacity units, read and write together.
    pub capacity_units: f64,
}

impl Meter {
    fn record<'a>(&self, consumed: impl IntoIterator<Item = &'a ConsumedCapacity>) {
        self.requests.fetch_add(1, Ordering::Relaxed);
        let units: f64 = consumed.into_iter().filter_map(ConsumedCapacity::capacity_units).sum();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "units are small and positive")]
        self.capacity_tenths.fetch_add((units * 10.0).round() as u64, Ordering::Relaxed);
    }

    /// What was used so far.
    #[must_use]
    pub fn read(&self) -> Usage {
        let tenths = u32::try_from(self.capacity_tenths.load(Ordering::Relaxed)).unwrap_or(u32::MAX);
        Usage { requests: self.requests.load(Ordering::Relaxed), capacity_units: f64::from(tenths) / 10.0 }
    }
}

/// The table.
#[derive(Clone, Debug)]
pub struct Store {
    client: aws_sdk_dynamodb::Client,
    table: Arc<str>,
    meter: Arc<Meter>,
}

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
    /// The table named `table`, reached through `client`.
    pub fn new(client: aws_sdk_dynamodb::Client, table: impl Into<String>) -> Self {
        Self { client, table: table.into().into(), meter: Arc::default() }
    }

    /// The same table and meter through another client.
    #[must_use]
    pub fn reached_through(&self, client: aws_sdk_dynamodb::Client) -> Self {
        Self { client, ..self.clone() }
    }

    /// What was used so far.
    #[must_use]
    pub fn meter(&self) -> &Meter {
        &self.meter
    }

    /// Opens the connection before the first request needs it.
    ///
    /// # Errors
    /// `Unavailable` when the table cannot be reached.
    pub async fn warm_up(&self) -> Result<()> {
        self.get(&layout::settings()).await.map(|_| ())
    }

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
        self.meter.record(answer.consumed_capacity());
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
            self.meter.record(answer.consumed_capacity());
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
            self.meter.record(answer.consumed_capacity());
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

    /// One conditional write. It carries an id of its own, so that a retry after a lost answer knows its own work.
    ///
    /// # Errors
    /// `Unavailable` when the table does not answer or others keep changing the item.
    pub async fn write(&self, write: Write) -> Result<Outcome> {
        let write_id = data_encoding::HEXLOWER.encode(&random_bytes::<8>()?);
        let write = stamped(write, &write_id);
        let mut retries = Retries::default();
        loop {
            retries.begin().await?;
            match self.write_once(&write).await? {
                Attempt::Done => return Ok(Outcome::Done),
                Attempt::Refused(Some(old)) if old.text_opt("write_id")? == Some(&write_id) => {
                    return Ok(Outcome::Done);
                }
                Attempt::Refused(old) => return Ok(Outcome::Refused(vec![(0, old)])),
                Attempt::Conflict => {}
            }
        }
    }

    async fn write_once(&self, write: &Write) -> Result<Attempt> {
        let old = ReturnValuesOnConditionCheckFailure::AllOld;
        let capacity = ReturnConsumedCapacity::Total;
        let table = self.table.as_ref();
        let (names, values) = (write.names(), write.values());
        let condition = write.condition.clone();
        let consumed = match &write.kind {
            write::Kind::Put(item) => self
                .client
                .put_item()
                .table_name(table)
                .set_item(Some(item.0.clone()))
                .set_condition_expression(condition)
                .set_expression_attribute_names(names)
                .set_expression_attribute_values(values)
                .return_values_on_condition_check_failure(old)
                .return_consumed_capacity(capacity)
                .send()
                .await
                .map(|answer| answer.consumed_capacity)
                .map_err(|e| {
                    refused(e, |e| match e {
                        PutItemError::ConditionalCheckFailedException(failed) => Some(failed.item.clone()),
                        _ => None,
                    })
                }),
            write::Kind::Update(expression) => self
                .client
                .update_item()
                .table_name(table)
                .set_key(Some(write.key.attributes()))
                .update_expression(expression)
                .set_condition_expression(condition)
                .set_expression_attribute_names(names)
                .set_expression_attribute_values(values)
                .return_values_on_condition_check_failure(old)
                .return_consumed_capacity(capacity)
                .send()
                .await
                .map(|answer| answer.consumed_capacity)
                .map_err(|e| {
                    refused(e, |e| match e {
                        UpdateItemError::ConditionalCheckFailedException(failed) => Some(failed.item.clone()),
                        _ => None,
                    })
                }),
            write::Kind::Delete => self
                .client
                .delete_item()
                .table_name(table)
                .set_key(Some(write.key.attributes()))
                .set_condition_expression(condition)
                .set_expression_attribute_names(names)
                .set_expression_attribute_values(values)
                .return_values_on_condition_check_failure(old)
                .return_consumed_capacity(capacity)
                .send()
                .await
                .map(|answer| answer.consumed_capacity)
                .map_err(|e| {
                    refused(e, |e| match e {
                        DeleteItemError::ConditionalCheckFailedException(failed) => Some(failed.item.clone()),
                        _ => None,
                    })
                }),
            write::Kind::Check => return Err(Error::internal("a check stands only in a transaction")),
        };
        match consumed {
            Ok(consumed) => {
                self.meter.record(consumed.as_ref());
                Ok(Attempt::Done)
            }
            Err(refused) => {
                self.meter.record(None);
                refused
            }
        }
    }

    /// Several writes, all or none. One token goes with every attempt, the SDK's and ours, so that a retry after a lost
    /// answer does nothing twice and is not refused because of what it did itself.
    ///
    /// # Errors
    /// `Unavailable` when the table does not answer or others keep changing the items.
    pub async fn transact(&self, writes: Vec<Write>) -> Result<Outcome> {
        let items =
            writes.into_iter().map(|write| write.into_transact_item(&self.table)).collect::<Result<Vec<_>>>()?;
        let token = data_encoding::HEXLOWER.encode(&random_bytes::<16>()?);
        let mut retries = Retries::default();
        loop {
            retries.begin().await?;
            let answer = self
                .client
                .transact_write_items()
                .set_transact_items(Some(items.clone()))
                .client_request_token(&token)
                .return_consumed_capacity(ReturnConsumedCapacity::Total)
                .send()
                .await;
            match answer {
                Ok(answer) => {
                    self.meter.record(answer.consumed_capacity());
                    return Ok(Outcome::Done);
                }
                Err(error) => {
                    self.meter.record(None);
                    if let Some(refused) = cancelled(error)? {
                        return Ok(Outcome::Refused(refused));
                    }
                }
            }
        }
    }
}

enum Attempt {
    Done,
    Refused(Option<Item>),
    Conflict,
}

/// Puts the write's id into what it writes.
fn stamped(mut write: Write, write_id: &str) -> Write {
    match &mut write.kind {
        write::Kind::Put(item) => {
            item.0.insert("write_id".into(), write_id.attribute());
            write
        }
        write::Kind::Update(expression) => {
            let stamp = "#write_id = :write_id";
            *expression = if expression.contains("SET ") {
                expression.replacen("SET ", &format!("SET {stamp}, "), 1)
            } else {
                format!("SET {stamp} {expression}")
            };
            write.value(":write_id", write_id)
        }
        write::Kind::Delete | write::Kind::Check => write,
    }
}

type Attributes = HashMap<String, AttributeValue>;

fn refused<E>(error: SdkError<E>, item: impl FnOnce(&E) -> Option<Option<Attributes>>) -> Result<Attempt>
where
    E: std::error::Error + ProvideErrorMetadata + Send + Sync + 'static,
{
    let Some(service) = error.as_service_error() else { return Err(failed(error)) };
    if let Some(old) = item(service) {
        return Ok(Attempt::Refused(old.map(Item)));
    }
    match service.code() {
        Some("TransactionConflictException") => Ok(Attempt::Conflict),
        _ => Err(failed(error)),
    }
}

/// Which writes were refused; `None` when the transaction met another one and may be tried again.
fn cancelled(error: SdkError<TransactWriteItemsError>) -> Result<Option<Refused>> {
    let reasons: &[CancellationReason] = match error.as_service_error() {
        Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => cancelled.cancellation_reasons(),
        Some(TransactWriteItemsError::TransactionInProgressException(_)) => return Ok(None),
        _ => return Err(failed(error)),
    };
    let refused: Vec<_> = reasons
        .iter()
        .enumerate()
        .filter(|(_, reason)| reason.code() == Some("ConditionalCheckFailed"))
        .map(|(index, reason)| (index, reason.item.clone().map(Item)))
        .collect();
    if !refused.is_empty() {
        return Ok(Some(refused));
    }
    let passes = ["TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"];
    if reasons.iter().filter_map(|reason| reason.code()).any(|code| passes.contains(&code)) {
        return Ok(None);
    }
    Err(failed(error))
}

/// A fault of the table. What it refuses as malformed is a defect of ours; all else passes.
fn failed<E>(error: SdkError<E>) -> Error
where
    E: std::error::Error + ProvideErrorMetadata + Send + Sync + 'static,
{
    let code = error.as_service_error().and_then(ProvideErrorMetadata::code);
    if code == Some("ValidationException") { Error::internal(error) } else { Error::unavailable(error) }
}

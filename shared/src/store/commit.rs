//! Committing writes: once, whatever becomes of the answer, and again when others were in the way.

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::delete_item::DeleteItemError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{CancellationReason, ReturnConsumedCapacity, ReturnValuesOnConditionCheckFailure};

use super::item::{Attribute, Item};
use super::retries::Retries;
use super::write::{self, Write};
use super::{Attributes, Store, failed};
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
    pub(super) fn or_found(self, now: Timestamp) -> Result<(), Option<Item>> {
        let Self::Refused(refused) = self else { return Ok(()) };
        Err(refused.into_iter().find_map(|(_, item)| item).filter(|item| !item.is_purged(now)))
    }

    /// Whether the write at `index` was among the refused.
    #[must_use]
    pub fn is_refused_at(&self, index: usize) -> bool {
        matches!(self, Self::Refused(refused) if refused.iter().any(|(at, _)| *at == index))
    }
}

impl Store {
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

    /// One conditional write that is not worth a wait: where it is refused or others are at the item, it is left out.
    ///
    /// # Errors
    /// `Unavailable` when the table does not answer.
    pub async fn write_or_leave(&self, write: &Write) -> Result<()> {
        self.write_once(write).await.map(|_| ())
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
                self.meter.record_write(consumed.as_ref());
                Ok(Attempt::Done)
            }
            Err(refused) => {
                self.meter.record_write(None);
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
                    self.meter.record_write(answer.consumed_capacity());
                    return Ok(Outcome::Done);
                }
                Err(error) => {
                    self.meter.record_write(None);
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

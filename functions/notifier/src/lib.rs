//! The notifier: told by the table's stream of what happened, it sends the mail that this asks for.
//!
//! The stream tells at least once. A mark on the item makes one mail of that: a second one is possible only where the
//! provider's acceptance was never recorded, and it carries the same token.

mod address_change;
mod duty;
mod invitation;
mod letter;
mod mailer;
mod notice;
mod post;
mod reset;
#[cfg(test)]
mod tests;

use aws_lambda_events::dynamodb::{Event as StreamEvent, EventRecord};
use aws_lambda_events::streams::{DynamoDbBatchItemFailure, DynamoDbEventResponse};
use serde_json::Value;
use shared::context::Context;
use shared::store::events::Event;
use shared::store::item::Item;
use shared::store::layout::{Key, prefix};
use shared::store::requests::ResetRequest;
use shared::{Error, Result};

use crate::duty::Duty;
pub use crate::mailer::{Mail, Mailer};
use crate::post::Post;

/// The records that are to come again; Lambda goes on from the first of them.
pub type BatchResponse = DynamoDbEventResponse;

/// Sends what a batch of stream records asks for. Only what may pass by itself comes again: a record that is corrupt,
/// or a mail that the provider refuses for good, is logged and does not hold up what comes after it.
///
/// # Errors
/// When the keys cannot be read: then the whole batch comes again.
pub async fn handle(context: &Context, mailer: &Mailer, event: StreamEvent) -> Result<BatchResponse> {
    let now = context.clock.now();
    let keyring = context.keyring(now).await?;
    let post = Post { context, mailer, keys: keyring.current()?, now };
    let mut response = BatchResponse::default();
    for record in &event.records {
        let Err(error) = Box::pin(deliver(&post, record)).await else { continue };
        let id = record.event_id.as_str();
        let cause = error.with_causes();
        if let Error::Unavailable(_) = &error {
            tracing::warn!(event = "mail_delayed", record = id, error = %cause);
            let mut failure = DynamoDbBatchItemFailure::default();
            failure.item_identifier = Some(record.change.sequence_number.clone().unwrap_or_default());
            response.batch_item_failures.push(failure);
        } else {
            let (partition, item) = key_of(record).map(|key| (key.pk, key.sk)).unwrap_or_default();
            tracing::error!(event = "mail_lost", record = id, partition, item, error = %cause);
        }
    }
    Ok(response)
}

/// Reads the item that the record tells of, as it is now, and does what it asks for.
async fn deliver(post: &Post<'_>, record: &EventRecord) -> Result<()> {
    if record.event_name != "INSERT" {
        return Ok(());
    }
    let key = key_of(record)?;
    let (is_event, is_request) = (key.sk.starts_with(prefix::EVENT), key.pk.starts_with("REQUEST#"));
    if !is_event && !is_request {
        return Ok(());
    }
    let Some(item) = post.context.store.get_live(&key, post.now).await? else { return Ok(()) };
    if is_request {
        reset::deliver(post, &item, &ResetRequest::from_item(&item)?).await
    } else {
        tell(post, &item).await
    }
}

async fn tell(post: &Post<'_>, item: &Item) -> Result<()> {
    let event = Event::from_item(item)?;
    match Duty::of(event.kind) {
        Duty::Nothing => Ok(()),
        Duty::Invite => invitation::deliver(post, item, &event).await,
        Duty::ConfirmAddress => address_change::ask(post, item, &event).await,
        Duty::TellFormerAddress => address_change::tell_former(post, item, &event).await,
        Duty::Tell(notice) => notice::deliver(post, item, &event, notice).await,
    }
}

fn key_of(record: &EventRecord) -> Result<Key> {
    let keys = serde_json::to_value(&record.change.keys).map_err(Error::internal)?;
    let text = |name: &str| {
        let text = keys.pointer(name).and_then(Value::as_str).map(str::to_owned);
        text.ok_or_else(|| Error::internal("a stream record without the item's key"))
    };
    Ok(Key { pk: text("/PK/S")?, sk: text("/SK/S")? })
}

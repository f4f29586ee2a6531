//! Which permissions a request needs, after the service authorization reference of DynamoDB, Secrets Manager and SES:
//! a transaction needs those of its parts and none of its own, a batch needs one of its own and none of its parts.

use aws_sdk_dynamodb::operation::batch_get_item::BatchGetItemInput;
use aws_sdk_dynamodb::operation::batch_write_item::BatchWriteItemInput;
use aws_sdk_dynamodb::operation::delete_item::DeleteItemInput;
use aws_sdk_dynamodb::operation::get_item::GetItemInput;
use aws_sdk_dynamodb::operation::put_item::PutItemInput;
use aws_sdk_dynamodb::operation::query::QueryInput;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsInput;
use aws_sdk_dynamodb::operation::update_item::UpdateItemInput;
use aws_sdk_dynamodb::types::TransactWriteItem;
use aws_sdk_secretsmanager::operation::get_secret_value::GetSecretValueInput;
use aws_sdk_sesv2::operation::send_email::SendEmailInput;
use aws_smithy_runtime_api::client::interceptors::context::Input;

use crate::permission::{Permission, Resource};

/// What the template's resources are called where a function runs.
#[derive(Clone, Debug)]
pub struct Names {
    /// The table.
    pub table: String,
    /// The secret, as `SECRET_ARN` names it.
    pub secret: String,
    /// The sender address, as `MAIL_FROM` names it.
    pub sender: String,
}

/// What `request` needs. A request of a kind that no function makes yet needs what no role has.
#[must_use]
pub fn needed(request: &Input, names: &Names) -> Vec<Permission> {
    let read = || read(request, names);
    let written = || write(request, names);
    let unknown = || vec![Permission::new("an action unknown to need.rs", Resource::Other("any resource".to_owned()))];
    read().or_else(written).or_else(|| elsewhere(request, names)).unwrap_or_else(unknown)
}

fn read(request: &Input, names: &Names) -> Option<Vec<Permission>> {
    if let Some(get) = request.downcast_ref::<GetItemInput>() {
        return Some(vec![names.on_table("GetItem", get.table_name())]);
    }
    if let Some(get) = request.downcast_ref::<BatchGetItemInput>() {
        let tables = get.request_items().into_iter().flat_map(|items| items.keys());
        return Some(tables.map(|table| names.on_table("BatchGetItem", Some(table))).collect());
    }
    let query = request.downcast_ref::<QueryInput>()?;
    let mut needed = names.on_table("Query", query.table_name());
    if let (Resource::Table, Some(index)) = (&needed.resource, query.index_name()) {
        needed.resource = Resource::Index(index.to_owned());
    }
    Some(vec![needed])
}

fn write(request: &Input, names: &Names) -> Option<Vec<Permission>> {
    if let Some(put) = request.downcast_ref::<PutItemInput>() {
        return Some(vec![names.on_table("PutItem", put.table_name())]);
    }
    if let Some(update) = request.downcast_ref::<UpdateItemInput>() {
        return Some(vec![names.on_table("UpdateItem", update.table_name())]);
    }
    if let Some(delete) = request.downcast_ref::<DeleteItemInput>() {
        return Some(vec![names.on_table("DeleteItem", delete.table_name())]);
    }
    if let Some(write) = request.downcast_ref::<BatchWriteItemInput>() {
        let tables = write.request_items().into_iter().flat_map(|items| items.keys());
        return Some(tables.map(|table| names.on_table("BatchWriteItem", Some(table))).collect());
    }
    let transaction = request.downcast_ref::<TransactWriteItemsInput>()?;
    Some(transaction.transact_items().iter().flat_map(|part| part_of_transaction(part, names)).collect())
}

fn part_of_transaction(part: &TransactWriteItem, names: &Names) -> Vec<Permission> {
    let parts = [
        part.put().map(|put| ("PutItem", put.table_name())),
        part.update().map(|update| ("UpdateItem", update.table_name())),
        part.delete().map(|delete| ("DeleteItem", delete.table_name())),
        part.condition_check().map(|check| ("ConditionCheckItem", check.table_name())),
    ];
    parts.into_iter().flatten().map(|(action, table)| names.on_table(action, Some(table))).collect()
}

fn elsewhere(request: &Input, names: &Names) -> Option<Vec<Permission>> {
    if let Some(get) = request.downcast_ref::<GetSecretValueInput>() {
        let secret = known(&names.secret, get.secret_id(), Resource::Secret);
        return Some(vec![Permission::new("secretsmanager:GetSecretValue", secret)]);
    }
    let mail = request.downcast_ref::<SendEmailInput>()?;
    let sender = known(&names.sender, mail.from_email_address(), Resource::Sender);
    Some(vec![Permission::new("ses:SendEmail", sender)])
}

impl Names {
    fn on_table(&self, action: &str, table: Option<&str>) -> Permission {
        Permission::new(format!("dynamodb:{action}"), known(&self.table, table, Resource::Table))
    }
}

fn known(known: &str, name: Option<&str>, resource: Resource) -> Resource {
    if name == Some(known) { resource } else { Resource::Other(name.unwrap_or("no name").to_owned()) }
}

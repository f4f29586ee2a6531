//! One conditional write, alone or in a transaction.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{
    AttributeValue, ConditionCheck, Delete, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update,
};

use super::item::{Attribute, Item};
use super::layout::Key;
use crate::clock::Timestamp;
use crate::error::{Error, Result};

/// What a write does.
#[derive(Clone, Debug)]
pub(super) enum Kind {
    Put(Item),
    Update(String),
    Delete,
    Check,
}

/// One write with its condition. In expressions every attribute is written `#name`, so that no reserved word matters.
#[derive(Clone, Debug)]
pub struct Write {
    pub(super) key: Key,
    pub(super) kind: Kind,
    pub(super) condition: Option<String>,
    pub(super) values: HashMap<String, AttributeValue>,
}

impl Write {
    /// Writes the whole item.
    ///
    /// # Errors
    /// `Internal` when the item has no key.
    pub fn put(item: Item) -> Result<Self> {
        Ok(Self { key: item.key()?, kind: Kind::Put(item), condition: None, values: HashMap::new() })
    }

    /// Changes an item. Give it a condition, or it brings a deleted item back.
    #[must_use]
    pub fn update(key: Key, expression: impl Into<String>) -> Self {
        Self { key, kind: Kind::Update(expression.into()), condition: None, values: HashMap::new() }
    }

    /// Deletes an item.
    #[must_use]
    pub fn delete(key: Key) -> Self {
        Self { key, kind: Kind::Delete, condition: None, values: HashMap::new() }
    }

    /// Writes nothing and holds a transaction to its condition.
    #[must_use]
    pub fn check(key: Key) -> Self {
        Self { key, kind: Kind::Check, condition: None, values: HashMap::new() }
    }

    /// Only when `condition` holds; several are all asked for.
    #[must_use]
    pub fn when(mut self, condition: &str) -> Self {
        self.condition = Some(match self.condition.take() {
            Some(before) => format!("({before}) AND ({condition})"),
            None => condition.to_owned(),
        });
        self
    }

    /// Only when there is no such item.
    #[must_use]
    pub fn when_absent(self) -> Self {
        self.when("attribute_not_exists(#PK)")
    }

    /// Only when there is no such item, or only one whose time to live is over.
    #[must_use]
    pub fn when_none(self, now: Timestamp) -> Self {
        self.when("attribute_not_exists(#PK) OR #purge_at <= :now").value(":now", now)
    }

    /// Holds an update that adds to being done once, also when the answer to it is lost and it is sent again. For a
    /// write alone: a transaction has a token for that.
    #[must_use]
    pub(super) fn when_not_yet(self) -> Self {
        match self.kind {
            Kind::Update(_) => self.when("attribute_not_exists(#write_id) OR #write_id <> :write_id"),
            Kind::Put(_) | Kind::Delete | Kind::Check => self,
        }
    }

    /// Only when there is such an item.
    #[must_use]
    pub fn when_present(self) -> Self {
        self.when("attribute_exists(#PK)")
    }

    /// The value that `:name` stands for.
    #[must_use]
    pub fn value(mut self, name: &str, value: impl Attribute) -> Self {
        self.values.insert(name.to_owned(), value.attribute());
        self
    }

    /// Every `#name` of the expressions, with what it stands for.
    pub(super) fn names(&self) -> Option<HashMap<String, String>> {
        let update = if let Kind::Update(expression) = &self.kind { expression.as_str() } else { "" };
        let names: HashMap<_, _> = [update, self.condition.as_deref().unwrap_or_default()]
            .into_iter()
            .flat_map(|expression| expression.split('#').skip(1))
            .map(|rest| rest.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next().unwrap_or_default())
            .map(|name| (format!("#{name}"), name.to_owned()))
            .collect();
        (!names.is_empty()).then_some(names)
    }

    pub(super) fn values(&self) -> Option<HashMap<String, AttributeValue>> {
        (!self.values.is_empty()).then(|| self.values.clone())
    }

    pub(super) fn into_transact_item(self, table: &str) -> Result<TransactWriteItem> {
        let (names, values) = (self.names(), self.values());
        let old = ReturnValuesOnConditionCheckFailure::AllOld;
        let item = TransactWriteItem::builder();
        let key = self.key.attributes();
        let built = match self.kind {
            Kind::Put(whole) => item.put(
                Put::builder()
                    .table_name(table)
                    .set_item(Some(whole.0))
                    .set_condition_expression(self.condition)
                    .set_expression_attribute_names(names)
                    .set_expression_attribute_values(values)
                    .return_values_on_condition_check_failure(old)
                    .build()
                    .map_err(Error::internal)?,
            ),
            Kind::Update(expression) => item.update(
                Update::builder()
                    .table_name(table)
                    .set_key(Some(key))
                    .update_expression(expression)
                    .set_condition_expression(self.condition)
                    .set_expression_attribute_names(names)
                    .set_expression_attribute_values(values)
                    .return_values_on_condition_check_failure(old)
                    .build()
                    .map_err(Error::internal)?,
            ),
            Kind::Delete => item.delete(
                Delete::builder()
                    .table_name(table)
                    .set_key(Some(key))
                    .set_condition_expression(self.condition)
                    .set_expression_attribute_names(names)
                    .set_expression_attribute_values(values)
                    .return_values_on_condition_check_failure(old)
                    .build()
                    .map_err(Error::internal)?,
            ),
            Kind::Check => item.condition_check(
                ConditionCheck::builder()
                    .table_name(table)
                    .set_key(Some(key))
                    .condition_expression(self.condition.unwrap_or_default())
                    .set_expression_attribute_names(names)
                    .set_expression_attribute_values(values)
                    .return_values_on_condition_check_failure(old)
                    .build()
                    .map_err(Error::internal)?,
            ),
        };
        Ok(built.build())
    }
}

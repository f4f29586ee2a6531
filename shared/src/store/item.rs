//! One item of the table: typed reads that call a corrupt item a fault, and typed writes.

use std::collections::HashMap;

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;

use super::layout::Key;
use crate::clock::Timestamp;
use crate::error::{Error, Result};
use crate::secret::Digest;

/// The form of every item; another number is refused as corrupt, so that old code never misreads new items.
const ITEM_VERSION: i64 = 1;

/// What may stand in an attribute.
pub trait Attribute {
    /// As DynamoDB takes it.
    fn attribute(&self) -> AttributeValue;
}

impl Attribute for str {
    fn attribute(&self) -> AttributeValue {
        AttributeValue::S(self.to_owned())
    }
}

impl Attribute for String {
    fn attribute(&self) -> AttributeValue {
        AttributeValue::S(self.clone())
    }
}

impl Attribute for bool {
    fn attribute(&self) -> AttributeValue {
        AttributeValue::Bool(*self)
    }
}

impl Attribute for i64 {
    fn attribute(&self) -> AttributeValue {
        AttributeValue::N(self.to_string())
    }
}

impl Attribute for u64 {
    fn attribute(&self) -> AttributeValue {
        AttributeValue::N(self.to_string())
    }
}

impl Attribute for Timestamp {
    fn attribute(&self) -> AttributeValue {
        AttributeValue::N(self.unix_seconds().to_string())
    }
}

impl Attribute for Digest {
    fn attribute(&self) -> AttributeValue {
        AttributeValue::B(Blob::new(self.as_bytes().as_slice()))
    }
}

impl Attribute for [u8] {
    fn attribute(&self) -> AttributeValue {
        AttributeValue::B(Blob::new(self))
    }
}

impl Attribute for Vec<u8> {
    fn attribute(&self) -> AttributeValue {
        self.as_slice().attribute()
    }
}

impl Attribute for [String] {
    fn attribute(&self) -> AttributeValue {
        AttributeValue::L(self.iter().map(Attribute::attribute).collect())
    }
}

impl Attribute for Vec<String> {
    fn attribute(&self) -> AttributeValue {
        self.as_slice().attribute()
    }
}

impl Attribute for Vec<Timestamp> {
    fn attribute(&self) -> AttributeValue {
        AttributeValue::L(self.iter().map(Attribute::attribute).collect())
    }
}

impl<T: Attribute + ?Sized> Attribute for &T {
    fn attribute(&self) -> AttributeValue {
        (*self).attribute()
    }
}

impl Key {
    pub(super) fn attributes(&self) -> HashMap<String, AttributeValue> {
        HashMap::from([("PK".into(), self.pk.attribute()), ("SK".into(), self.sk.attribute())])
    }
}

/// One item.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Item(pub(super) HashMap<String, AttributeValue>);

impl Item {
    /// A new item under `key`.
    #[must_use]
    pub fn new(key: &Key) -> Self {
        let mut item = Self(key.attributes());
        item.0.insert("v".into(), ITEM_VERSION.attribute());
        item
    }

    /// With one more attribute.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Attribute) -> Self {
        self.0.insert(name.to_owned(), value.attribute());
        self
    }

    /// With one more attribute, when there is a value.
    #[must_use]
    pub fn with_some(self, name: &str, value: Option<impl Attribute>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// Removed by the table itself some time after `at`; absent to every reader from then on.
    #[must_use]
    pub fn purged_at(self, at: Timestamp) -> Self {
        self.with("purge_at", at)
    }

    /// Refuses an item whose form this code does not know.
    pub(super) fn checked(self) -> Result<Self> {
        match self.number("v") {
            Ok(ITEM_VERSION) => Ok(self),
            _ => Err(self.corrupt("v")),
        }
    }

    /// Whether its time to live is over, whether or not the table has removed it.
    #[must_use]
    pub fn is_purged(&self, now: Timestamp) -> bool {
        self.instant_opt("purge_at").is_ok_and(|at| at.is_some_and(|at| at <= now))
    }

    /// The item's key.
    ///
    /// # Errors
    /// `Internal` when it has none.
    pub fn key(&self) -> Result<Key> {
        Ok(Key { pk: self.text("PK")?.to_owned(), sk: self.text("SK")?.to_owned() })
    }

    /// A text.
    ///
    /// # Errors
    /// `Internal` when it is missing or no text.
    pub fn text(&self, name: &str) -> Result<&str> {
        self.text_opt(name)?.ok_or_else(|| self.corrupt(name))
    }

    /// A text that may be missing.
    ///
    /// # Errors
    /// `Internal` when it is no text.
    pub fn text_opt(&self, name: &str) -> Result<Option<&str>> {
        self.0.get(name).map(|v| v.as_s().map(String::as_str).map_err(|_| self.corrupt(name))).transpose()
    }

    /// A whole number.
    ///
    /// # Errors
    /// `Internal` when it is missing or no whole number.
    pub fn number(&self, name: &str) -> Result<i64> {
        self.number_opt(name)?.ok_or_else(|| self.corrupt(name))
    }

    /// A whole number from zero up; zero when it is missing.
    ///
    /// # Errors
    /// `Internal` when it is another kind of value.
    pub fn count(&self, name: &str) -> Result<u64> {
        u64::try_from(self.number_opt(name)?.unwrap_or_default()).map_err(|_| self.corrupt(name))
    }

    fn number_opt(&self, name: &str) -> Result<Option<i64>> {
        let read = |value: &AttributeValue| value.as_n().ok().and_then(|n| n.parse().ok());
        self.0.get(name).map(|value| read(value).ok_or_else(|| self.corrupt(name))).transpose()
    }

    /// An instant.
    ///
    /// # Errors
    /// `Internal` when it is missing or no number.
    pub fn instant(&self, name: &str) -> Result<Timestamp> {
        self.number(name).map(Timestamp::from_unix_seconds)
    }

    /// An instant that may be missing.
    ///
    /// # Errors
    /// `Internal` when it is no number.
    pub fn instant_opt(&self, name: &str) -> Result<Option<Timestamp>> {
        Ok(self.number_opt(name)?.map(Timestamp::from_unix_seconds))
    }

    /// A flag; false when it is missing.
    ///
    /// # Errors
    /// `Internal` when it is another kind of value.
    pub fn flag(&self, name: &str) -> Result<bool> {
        self.0.get(name).map_or(Ok(false), |value| value.as_bool().copied().map_err(|_| self.corrupt(name)))
    }

    /// Bytes.
    ///
    /// # Errors
    /// `Internal` when they are missing or another kind of value.
    pub fn bytes(&self, name: &str) -> Result<&[u8]> {
        self.bytes_opt(name)?.ok_or_else(|| self.corrupt(name))
    }

    /// Bytes that may be missing.
    ///
    /// # Errors
    /// `Internal` when they are another kind of value.
    pub fn bytes_opt(&self, name: &str) -> Result<Option<&[u8]>> {
        self.0.get(name).map(|v| v.as_b().map(AsRef::as_ref).map_err(|_| self.corrupt(name))).transpose()
    }

    /// A digest.
    ///
    /// # Errors
    /// `Internal` when it is missing or not 32 bytes.
    pub fn digest(&self, name: &str) -> Result<Digest> {
        Digest::from_stored(self.bytes(name)?).ok_or_else(|| self.corrupt(name))
    }

    /// A digest that may be missing.
    ///
    /// # Errors
    /// `Internal` when it is not 32 bytes.
    pub fn digest_opt(&self, name: &str) -> Result<Option<Digest>> {
        self.bytes_opt(name)?.map(|b| Digest::from_stored(b).ok_or_else(|| self.corrupt(name))).transpose()
    }

    /// A list of texts; empty when it is missing.
    ///
    /// # Errors
    /// `Internal` when it is another kind of value.
    pub fn texts(&self, name: &str) -> Result<Vec<String>> {
        let Some(value) = self.0.get(name) else { return Ok(Vec::new()) };
        let list = value.as_l().map_err(|_| self.corrupt(name))?;
        list.iter().map(|v| v.as_s().cloned().map_err(|_| self.corrupt(name))).collect()
    }

    /// A list of instants; empty when it is missing.
    ///
    /// # Errors
    /// `Internal` when it is another kind of value.
    pub fn instants(&self, name: &str) -> Result<Vec<Timestamp>> {
        let Some(value) = self.0.get(name) else { return Ok(Vec::new()) };
        let list = value.as_l().map_err(|_| self.corrupt(name))?;
        let read = |value: &AttributeValue| value.as_n().ok()?.parse().ok().map(Timestamp::from_unix_seconds);
        list.iter().map(|value| read(value).ok_or_else(|| self.corrupt(name))).collect()
    }

    /// A set of byte strings; empty when it is missing.
    ///
    /// # Errors
    /// `Internal` when it is another kind of value.
    pub fn byte_set(&self, name: &str) -> Result<Vec<Vec<u8>>> {
        let Some(value) = self.0.get(name) else { return Ok(Vec::new()) };
        let set = value.as_bs().map_err(|_| self.corrupt(name))?;
        Ok(set.iter().map(|blob| blob.as_ref().to_vec()).collect())
    }

    /// What follows `prefix` in the names of the attributes that begin so.
    pub fn names<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.keys().filter_map(move |name| name.strip_prefix(prefix))
    }

    /// A fault that names the item and the attribute, and shows neither's content.
    #[must_use]
    pub fn corrupt(&self, name: &str) -> Error {
        let part = |key| match self.0.get(key) {
            Some(AttributeValue::S(text)) => text.as_str(),
            _ => "?",
        };
        Error::internal(format!("item {} {}: attribute {name} is missing or corrupt", part("PK"), part("SK")))
    }
}

/// A set of byte strings, as DynamoDB takes it; it cannot be empty.
#[derive(Clone, Debug)]
pub struct ByteSet<'a>(pub &'a [Vec<u8>]);

impl Attribute for ByteSet<'_> {
    fn attribute(&self) -> AttributeValue {
        AttributeValue::Bs(self.0.iter().map(|bytes| Blob::new(bytes.as_slice())).collect())
    }
}

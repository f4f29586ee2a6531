//! The members of a JSON body: each read by name, none left over, every fault told at once with its pointer.

use std::fmt;

use serde::de::{self, Deserializer, MapAccess, Visitor};
use serde_json::Value;

use crate::error::{Error, FieldError, Result};
use crate::secret::Secret;

/// Why a member was refused: a pointer below the member's own, and what would be right.
#[derive(Debug)]
pub struct Refusal {
    below: String,
    detail: String,
}

impl<T: Into<String>> From<T> for Refusal {
    fn from(detail: T) -> Self {
        Self { below: String::new(), detail: detail.into() }
    }
}

/// Faults that one answer tells; who sends more has enough to mend.
const ERRORS_MAX: usize = 32;

/// The members of a request's body.
#[derive(Debug)]
pub struct Fields {
    members: Vec<(String, Value)>,
    errors: Vec<FieldError>,
}

impl Fields {
    /// Reads a JSON object; a member given twice is refused.
    ///
    /// # Errors
    /// `InvalidRequest` when the text is no JSON object.
    pub fn parse(body: &[u8]) -> Result<Self> {
        let parsed: Members = serde_json::from_slice(body).map_err(|error| {
            // The library's own words may quote the body, and with it a password.
            let place = format!("line {}, column {}", error.line(), error.column());
            Error::invalid("", format!("the body must be one JSON object in UTF-8; see {place}"))
        })?;
        let mut fields = Self { members: Vec::new(), errors: Vec::new() };
        for (name, value) in parsed.0 {
            if fields.members.iter().any(|(known, _)| *known == name) {
                fields.refuse(&name, "must be given once".into());
            } else {
                fields.members.push((name, value));
            }
        }
        Ok(fields)
    }

    /// A body without members, where every member is optional and none was sent.
    #[must_use]
    pub const fn empty() -> Self {
        Self { members: Vec::new(), errors: Vec::new() }
    }

    /// Whether the member was sent.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.members.iter().any(|(known, _)| known == name)
    }

    /// A member that must be there.
    pub fn required<T>(&mut self, name: &str, read: impl FnOnce(&Value) -> Result<T, Refusal>) -> Option<T> {
        if !self.contains(name) {
            self.refuse(name, "is required".into());
            return None;
        }
        self.optional(name, read)
    }

    /// A member that may be missing, and is never `null`.
    pub fn optional<T>(&mut self, name: &str, read: impl FnOnce(&Value) -> Result<T, Refusal>) -> Option<T> {
        match self.take(name)? {
            Value::Null => {
                self.refuse(name, "must not be null; leave it out".into());
                None
            }
            value => self.keep(name, read(&value)),
        }
    }

    /// A member that `null` clears: `Some(None)` then.
    pub fn clearable<T>(&mut self, name: &str, read: impl FnOnce(&Value) -> Result<T, Refusal>) -> Option<Option<T>> {
        match self.take(name)? {
            Value::Null => Some(None),
            value => self.keep(name, read(&value)).map(Some),
        }
    }

    /// Refuses a member for a reason of the caller's.
    pub fn refuse(&mut self, name: &str, refusal: Refusal) {
        let pointer = format!("/{}{}", escape(name), refusal.below);
        self.errors.push(FieldError { pointer, detail: refusal.detail });
    }

    /// What was read, when every member was in order and none is left over.
    ///
    /// # Errors
    /// `InvalidRequest` with every fault, up to 32.
    pub fn finish<T>(mut self, read: Option<T>) -> Result<T> {
        for (name, _) in std::mem::take(&mut self.members) {
            self.refuse(&name, "is not a member of this request".into());
        }
        match read {
            Some(read) if self.errors.is_empty() => Ok(read),
            _ => {
                self.errors.truncate(ERRORS_MAX);
                Err(Error::InvalidRequest(self.errors))
            }
        }
    }

    fn take(&mut self, name: &str) -> Option<Value> {
        let at = self.members.iter().position(|(known, _)| known == name)?;
        Some(self.members.remove(at).1)
    }

    fn keep<T>(&mut self, name: &str, read: Result<T, Refusal>) -> Option<T> {
        read.map_err(|refusal| self.refuse(name, refusal)).ok()
    }
}

/// A text, read by `parse`.
pub fn text<T, E: Into<Refusal>>(
    parse: impl FnOnce(&str) -> Result<T, E>,
) -> impl FnOnce(&Value) -> Result<T, Refusal> {
    move |value| parse(value.as_str().ok_or("must be a text")?).map_err(Into::into)
}

/// A text that must not be printed.
///
/// # Errors
/// When it is no text.
pub fn secret(value: &Value) -> Result<Secret, Refusal> {
    Ok(Secret::new(value.as_str().ok_or("must be a text")?))
}

/// A truth value.
///
/// # Errors
/// When it is none.
pub fn flag(value: &Value) -> Result<bool, Refusal> {
    Ok(value.as_bool().ok_or("must be true or false")?)
}

/// A whole number from 0 to `most`.
pub fn number_up_to(most: u32) -> impl FnOnce(&Value) -> Result<u32, Refusal> {
    move |value| {
        let number = value.as_u64().and_then(|number| u32::try_from(number).ok()).filter(|number| *number <= most);
        Ok(number.ok_or_else(|| format!("must be a whole number from 0 to {most}"))?)
    }
}

/// A list of texts, each read by `parse`.
pub fn list<T, E: Into<Refusal>>(
    parse: impl Fn(&str) -> Result<T, E>,
) -> impl FnOnce(&Value) -> Result<Vec<T>, Refusal> {
    move |value| {
        let entries = value.as_array().ok_or("must be a list of texts")?;
        let read = entries.iter().enumerate().map(|(index, entry)| {
            let at = |refusal: Refusal| Refusal { below: format!("/{index}{}", refusal.below), ..refusal };
            let entry = entry.as_str().ok_or("must be a text").map_err(|detail| at(detail.into()))?;
            parse(entry).map_err(|refusal| at(refusal.into()))
        });
        read.collect()
    }
}

/// A member's name as a part of a pointer (RFC 6901 §3).
#[must_use]
pub fn escape(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// The members of an object in their order, those given twice included.
struct Members(Vec<(String, Value)>);

impl<'de> de::Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;

        impl<'de> Visitor<'de> for InOrder {
            type Value = Members;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(InOrder)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn pointers(error: Error) -> Vec<String> {
        let Error::InvalidRequest(errors) = error else { panic!("{error:?}") };
        errors.into_iter().map(|error| error.pointer).collect()
    }

    #[test]
    fn every_fault_is_told_with_its_pointer() {
        let body = br#"{"name":7,"name":"x","scopes":["a",1],"a/b~c":1,"note":null}"#;
        let mut fields = Fields::parse(body).expect("an object");
        let name = fields.required("name", text(|text| Ok::<_, &str>(text.to_owned())));
        let scopes = fields.required("scopes", list(|text| Ok::<_, &str>(text.to_owned())));
        let note = fields.optional("note", flag);
        let missing = fields.required("missing", flag);
        let error = fields.finish(name.zip(scopes).zip(note).zip(missing)).expect_err("refused");
        assert_eq!(pointers(error), ["/name", "/name", "/scopes/1", "/note", "/missing", "/a~1b~0c"]);
    }

    #[test]
    fn a_thousand_faults_make_no_answer_of_a_thousand() {
        let members: Vec<_> = (0..1_000).map(|number| format!("\"m{number}\":0")).collect();
        let fields = Fields::parse(format!("{{{}}}", members.join(",")).as_bytes()).expect("an object");
        assert_eq!(pointers(fields.finish(Some(())).expect_err("refused")).len(), ERRORS_MAX);
    }

    #[test]
    fn null_clears_only_where_it_may() {
        let mut fields = Fields::parse(br#"{"email":null}"#).expect("an object");
        assert_eq!(fields.clearable("email", flag), Some(None));
        assert!(fields.finish(Some(())).is_ok());
    }

    #[test]
    fn a_fault_of_syntax_does_not_quote_the_body() {
        let error = Fields::parse(br#"{"password":"hunter2""#).expect_err("refused");
        assert!(!format!("{error:?}").contains("hunter2"));
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(body in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Fields::parse(&body);
        }
    }
}

//! Strong entity tags and `If-Match` (RFC 9110 §8.8.3, §13.1.1).

use http::{HeaderMap, HeaderValue};

use crate::error::{Error, Result};
use crate::secret::short_hash;

/// A strong entity tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ETag(String);

impl ETag {
    /// The tag of what `parts` say.
    #[must_use]
    pub fn of(parts: &[&str]) -> Self {
        Self(format!("\"{}\"", short_hash(parts)))
    }

    /// As a header's value.
    #[must_use]
    pub fn header(&self) -> HeaderValue {
        HeaderValue::from_str(&self.0).unwrap_or_else(|_| HeaderValue::from_static("\"\""))
    }
}

/// What `If-Match` asks for.
#[derive(Debug, PartialEq, Eq)]
pub enum IfMatch {
    /// Nothing.
    Absent,
    /// That it is there.
    Any,
    /// This state.
    Tag(String),
}

impl IfMatch {
    /// Reads the header.
    ///
    /// # Errors
    /// `InvalidRequest` for different values: a list, or the header sent more than once.
    pub fn of(headers: &HeaderMap) -> Result<Self> {
        let values = headers.get_all(http::header::IF_MATCH).into_iter();
        let texts: Vec<String> = values.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()).collect();
        let mut tags: Vec<&str> = texts.iter().flat_map(|text| text.split(',')).map(str::trim).collect();
        tags.dedup();
        match tags.as_slice() {
            [] => Ok(Self::Absent),
            ["*"] => Ok(Self::Any),
            [tag] => Ok(Self::Tag((*tag).to_owned())),
            _ => Err(Error::invalid("", "the header If-Match must be sent once, with one ETag")),
        }
    }

    /// Holds the state to what was asked for; weak tags never match.
    ///
    /// # Errors
    /// `PreconditionFailed` when it is another state.
    pub fn check(&self, tag: &ETag) -> Result<()> {
        match self {
            Self::Absent | Self::Any => Ok(()),
            Self::Tag(wanted) if *wanted == tag.0 => Ok(()),
            Self::Tag(_) => Err(Error::PreconditionFailed),
        }
    }

    /// Whether the caller asked for one state, so that a lost race is told and not tried again.
    #[must_use]
    pub const fn is_tag(&self) -> bool {
        matches!(self, Self::Tag(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn if_match(values: &[&str]) -> Result<IfMatch> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append("if-match", HeaderValue::from_str(value).expect("a valid value"));
        }
        IfMatch::of(&headers)
    }

    #[test]
    fn a_stale_or_weak_tag_is_refused() {
        let tag = ETag::of(&["a"]);
        assert!(if_match(&[&tag.0]).expect("valid").check(&tag).is_ok());
        assert!(if_match(&["*"]).expect("valid").check(&tag).is_ok());
        assert!(if_match(&[]).expect("valid").check(&tag).is_ok());
        for stale in ["\"x\"".to_owned(), format!("W/{}", tag.0), "x".to_owned()] {
            assert!(if_match(&[&stale]).expect("valid").check(&tag).is_err(), "{stale}");
        }
    }

    #[test]
    fn different_values_are_refused_and_equal_ones_are_one() {
        assert!(if_match(&["\"a\",\"b\""]).is_err());
        assert!(if_match(&["\"a\"", "\"b\""]).is_err());
        assert_eq!(if_match(&["\"a\"", "\"a\""]).expect("valid"), IfMatch::Tag("\"a\"".into()));
    }
}

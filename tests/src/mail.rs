//! Caught mail.

use serde_json::Value;

/// A mail that the service sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// The address.
    pub to: String,
    /// Its subject.
    pub subject: String,
    /// Its text.
    pub text: String,
}

impl Mail {
    pub(crate) fn of(item: &Value) -> Self {
        let member = |name: &str| item[name].as_str().unwrap_or_else(|| panic!("no {name} in {item}")).to_owned();
        Self { to: member("to"), subject: member("subject"), text: member("text") }
    }

    /// The token in its link's fragment: what stands behind `#…=`.
    #[must_use]
    pub fn token(&self) -> Option<&str> {
        let (_, fragment) = self.text.split_once('#')?;
        let fragment = fragment.split_whitespace().next()?;
        fragment.split_once('=').map(|(_, token)| token)
    }
}

//! The account's settings.

use super::item::Item;
use super::{Outcome, Store, Write, layout};
use crate::error::{Error, Result};

/// Whether users may, or must, have a second factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MfaPolicy {
    /// It is not offered; factors that exist stay in force.
    Off,
    /// Users choose.
    Optional,
    /// Local users must have one.
    Enforced,
}

impl MfaPolicy {
    /// The name clients see.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Optional => "optional",
            Self::Enforced => "enforced",
        }
    }

    /// Reads the name clients see.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Off, Self::Optional, Self::Enforced].into_iter().find(|policy| policy.as_str() == text)
    }
}

impl Store {
    /// The account's MFA policy; `None` when none was ever set.
    ///
    /// # Errors
    /// As [`Store::get`].
    pub async fn mfa_policy(&self) -> Result<Option<MfaPolicy>> {
        let Some(item) = self.get(&layout::settings()).await? else { return Ok(None) };
        let policy = MfaPolicy::parse(item.text("mfa_policy")?).ok_or_else(|| item.corrupt("mfa_policy"))?;
        Ok(Some(policy))
    }

    /// Sets the account's MFA policy.
    ///
    /// # Errors
    /// `Unavailable` when the table does not answer.
    pub async fn set_mfa_policy(&self, policy: MfaPolicy) -> Result<()> {
        let item = Item::new(&layout::settings()).with("mfa_policy", policy.as_str());
        match self.write(Write::put(item)?).await? {
            Outcome::Done => Ok(()),
            Outcome::Refused(_) => Err(Error::internal("an unconditional write was refused")),
        }
    }
}

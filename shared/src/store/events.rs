//! What happened to a user: written in the transaction of the change it tells of; no address, no secret.

use super::Write;
use super::item::Item;
use super::layout::{self, Key};
use crate::clock::Timestamp;
use crate::error::Result;
use crate::id::{ItemId, UserId};
use crate::name::EmailAddress;

/// Seconds that an event is kept: 90 days.
pub const EVENT_SECONDS: u32 = 90 * 24 * 60 * 60;

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventKind {
    /// The password was changed by its user.
    PasswordChanged,
    /// The password was set with an invitation or a reset.
    PasswordSet,
    /// A reset was asked for; its mail carries a token.
    PasswordResetRequested,
    /// An invitation that goes by mail.
    Invited,
    /// A new address waits; the mail to it carries a token, the old one is told.
    EmailChangeRequested,
    /// A new address is in force; the old one is told.
    EmailChanged,
    /// MFA is on.
    MfaEnabled,
    /// The TOTP factor was replaced.
    MfaReplaced,
    /// MFA is off.
    MfaDisabled,
    /// An administrator reset MFA.
    MfaReset,
    /// New recovery codes were made.
    RecoveryCodesReplaced,
    /// A recovery code was used.
    RecoveryCodeUsed,
    /// A key was made.
    ApiKeyCreated,
    /// A key's value was replaced.
    ApiKeyRotated,
    /// A key was deleted.
    ApiKeyDeleted,
    /// An expired key was removed.
    ApiKeyExpired,
    /// An administrator disabled the user.
    UserDisabled,
    /// An administrator enabled the user.
    UserEnabled,
}

impl EventKind {
    const ALL: [Self; 18] = [
        Self::PasswordChanged,
        Self::PasswordSet,
        Self::PasswordResetRequested,
        Self::Invited,
        Self::EmailChangeRequested,
        Self::EmailChanged,
        Self::MfaEnabled,
        Self::MfaReplaced,
        Self::MfaDisabled,
        Self::MfaReset,
        Self::RecoveryCodesReplaced,
        Self::RecoveryCodeUsed,
        Self::ApiKeyCreated,
        Self::ApiKeyRotated,
        Self::ApiKeyDeleted,
        Self::ApiKeyExpired,
        Self::UserDisabled,
        Self::UserEnabled,
    ];

    /// The name in items and logs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PasswordChanged => "password_changed",
            Self::PasswordSet => "password_set",
            Self::PasswordResetRequested => "password_reset_requested",
            Self::Invited => "invited",
            Self::EmailChangeRequested => "email_change_requested",
            Self::EmailChanged => "email_changed",
            Self::MfaEnabled => "mfa_enabled",
            Self::MfaReplaced => "mfa_replaced",
            Self::MfaDisabled => "mfa_disabled",
            Self::MfaReset => "mfa_reset",
            Self::RecoveryCodesReplaced => "recovery_codes_replaced",
            Self::RecoveryCodeUsed => "recovery_code_used",
            Self::ApiKeyCreated => "api_key_created",
            Self::ApiKeyRotated => "api_key_rotated",
            Self::ApiKeyDeleted => "api_key_deleted",
            Self::ApiKeyExpired => "api_key_expired",
            Self::UserDisabled => "user_disabled",
            Self::UserEnabled => "user_enabled",
        }
    }

    /// Reads the name in items.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// To whom.
    pub user: UserId,
    /// Names it.
    pub id: ItemId,
    /// When.
    pub at: Timestamp,
    /// What.
    pub kind: EventKind,
    /// The address that the request came from, where there was one.
    pub source_ip: Option<String>,
    /// The key or other thing it concerns, by name.
    pub subject: Option<String>,
    /// The token that its mail carries, where it carries one.
    pub token: Option<ItemId>,
}

impl Event {
    /// Something that happens now.
    ///
    /// # Errors
    /// `Internal` when the system has no randomness to give.
    pub fn new(user: UserId, kind: EventKind, at: Timestamp) -> Result<Self> {
        Ok(Self { user, id: ItemId::generate()?, at, kind, source_ip: None, subject: None, token: None })
    }

    /// From this address.
    #[must_use]
    pub fn from_source(mut self, source_ip: &str) -> Self {
        self.source_ip = Some(source_ip.to_owned());
        self
    }

    /// About this thing.
    #[must_use]
    pub fn about(mut self, subject: &str) -> Self {
        self.subject = Some(subject.to_owned());
        self
    }

    /// With a mail that carries this token.
    #[must_use]
    pub const fn with_token(mut self, token: ItemId) -> Self {
        self.token = Some(token);
        self
    }

    /// Where it stands.
    #[must_use]
    pub fn key(&self) -> Key {
        layout::event(self.user, self.at, self.id)
    }

    /// Reads a stored event.
    ///
    /// # Errors
    /// `Internal` when the item is corrupt.
    pub fn from_item(item: &Item) -> Result<Self> {
        let user = item.text("PK")?.strip_prefix("USER#").and_then(UserId::parse);
        let id = |name: &str, text: &str| ItemId::parse(text).ok_or_else(|| item.corrupt(name));
        Ok(Self {
            user: user.ok_or_else(|| item.corrupt("PK"))?,
            id: id("event_id", item.text("event_id")?)?,
            at: item.instant("at")?,
            kind: EventKind::parse(item.text("kind")?).ok_or_else(|| item.corrupt("kind"))?,
            source_ip: item.text_opt("source_ip")?.map(str::to_owned),
            subject: item.text_opt("subject")?.map(str::to_owned),
            token: item.text_opt("token")?.map(|text| id("token", text)).transpose()?,
        })
    }

    /// Records it.
    ///
    /// # Errors
    /// Never in practice: the item has a key.
    pub fn insert(&self) -> Result<Write> {
        let item = Item::new(&self.key())
            .with("event_id", self.id.to_string())
            .with("at", self.at)
            .with("kind", self.kind.as_str())
            .with_some("source_ip", self.source_ip.as_deref())
            .with_some("subject", self.subject.as_deref())
            .with_some("token", self.token.map(|token| token.to_string()))
            .purged_at(self.at.plus(EVENT_SECONDS));
        Ok(Write::put(item)?.when_absent())
    }
}

/// Keeps an address that an event's mail goes to and the profile no longer holds, for a week.
///
/// # Errors
/// Never in practice: the item has a key.
pub fn keep_address(event: &Event, address: &EmailAddress) -> Result<Write> {
    let item = Item::new(&layout::address(event.user, event.id))
        .with("address", address.as_str())
        .purged_at(event.at.plus(7 * 24 * 60 * 60));
    Write::put(item)
}

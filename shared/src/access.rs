//! Who calls, and what they may do: one read for a session or a key, and refusals in the contract's order.

use crate::clock::Timestamp;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::http::call::Call;
use crate::http::credential::Credential;
use crate::scope::Scope;
use crate::secret::Digest;
use crate::store::item::Item;
use crate::store::keys::{self, ApiKey, PreviousValue};
use crate::store::sessions::{self, Session};
use crate::store::settings::MfaPolicy;
use crate::store::users::Profile;
use crate::store::{Write, layout};
use crate::token::{ApiKeyValue, OpaqueToken};

/// A person with a session.
#[derive(Clone, Debug)]
pub struct SessionCaller {
    /// The session.
    pub session: Session,
    /// The person.
    pub profile: Profile,
    /// The account enforces MFA and the person has none: only setting it up is allowed.
    pub is_restricted: bool,
}

/// A script with a key.
#[derive(Clone, Debug)]
pub struct KeyCaller {
    /// The key.
    pub key: ApiKey,
    /// Its owner.
    pub profile: Profile,
    /// Which of the key's values was presented.
    pub value: Digest,
}

impl KeyCaller {
    /// When the value that was presented was made.
    #[must_use]
    pub fn issued_at(&self) -> Timestamp {
        self.replaced().map_or_else(|| self.key.issued_at(), |previous| previous.issued_at)
    }

    /// When the value that was presented stops working: with its key, or before it where a rotation has replaced it.
    #[must_use]
    pub fn ends_at(&self) -> Timestamp {
        self.replaced().map_or(self.key.expires_at, |previous| previous.until.min(self.key.expires_at))
    }

    fn replaced(&self) -> Option<&PreviousValue> {
        self.key.previous.as_ref().filter(|previous| previous.digest == self.value)
    }
}

/// Who calls.
#[derive(Clone, Debug)]
pub enum Caller {
    /// A person.
    Session(SessionCaller),
    /// A script.
    Key(KeyCaller),
}

impl SessionCaller {
    /// Asks for a proof of all factors within the last ten minutes.
    ///
    /// # Errors
    /// `StepUpRequired`.
    pub fn require_fresh(&self, now: Timestamp) -> Result<()> {
        if now < self.session.fresh_until { Ok(()) } else { Err(Error::StepUpRequired) }
    }
}

impl Caller {
    /// The user who calls, or whose key calls.
    #[must_use]
    pub const fn profile(&self) -> &Profile {
        match self {
            Self::Session(caller) => &caller.profile,
            Self::Key(caller) => &caller.profile,
        }
    }

    /// The key that calls, if it is one.
    #[must_use]
    pub const fn key(&self) -> Option<&ApiKey> {
        match self {
            Self::Session(_) => None,
            Self::Key(caller) => Some(&caller.key),
        }
    }

    /// When the calling key's value stops working: nothing that it makes may last longer.
    #[must_use]
    pub fn key_end(&self) -> Option<Timestamp> {
        match self {
            Self::Session(_) => None,
            Self::Key(caller) => Some(caller.ends_at()),
        }
    }

    /// Whether the caller holds a value of `key` that a rotation has replaced.
    #[must_use]
    pub fn is_replaced_by(&self, key: &ApiKey) -> bool {
        match self {
            Self::Session(_) => false,
            Self::Key(caller) => caller.key.creation == key.creation && caller.value != key.digest,
        }
    }

    /// Asks a key for a scope; a person has them all.
    ///
    /// # Errors
    /// `InsufficientScope`.
    pub fn require_scope(&self, scope: Scope) -> Result<()> {
        match self {
            Self::Key(caller) if !caller.key.scopes.contains(scope) => Err(Error::InsufficientScope(scope.into())),
            _ => Ok(()),
        }
    }

    /// Asks for an administrator.
    ///
    /// # Errors
    /// `RoleRequired`.
    pub fn require_admin(&self) -> Result<()> {
        if self.profile().is_admin() { Ok(()) } else { Err(Error::RoleRequired) }
    }

    /// Asks a person for a fresh proof; freshness is not asked of a key.
    ///
    /// # Errors
    /// `StepUpRequired`.
    pub fn require_fresh(&self, now: Timestamp) -> Result<()> {
        match self {
            Self::Session(caller) => caller.require_fresh(now),
            Self::Key(_) => Ok(()),
        }
    }

    /// Asks for a person: a key can never become one.
    ///
    /// # Errors
    /// `SessionRequired`.
    pub const fn require_session(&self) -> Result<&SessionCaller> {
        match self {
            Self::Session(caller) => Ok(caller),
            Self::Key(_) => Err(Error::SessionRequired),
        }
    }
}

impl Context {
    /// Whoever calls.
    ///
    /// # Errors
    /// What is wrong with the credential; `MfaEnrolmentRequired` for a restricted session.
    pub async fn caller(&self, call: &Call) -> Result<Caller> {
        let caller = self.any_caller(call).await?;
        match caller {
            Caller::Session(SessionCaller { is_restricted: true, .. }) => Err(Error::MfaEnrolmentRequired),
            caller => Ok(caller),
        }
    }

    /// A person, or a key with `scope`.
    ///
    /// # Errors
    /// As [`Context::caller`], and `InsufficientScope`.
    pub async fn caller_with(&self, call: &Call, scope: Scope) -> Result<Caller> {
        let caller = self.caller(call).await?;
        caller.require_scope(scope)?;
        Ok(caller)
    }

    /// A person with a full session.
    ///
    /// # Errors
    /// As [`Context::caller`], and `SessionRequired` for a key.
    pub async fn session(&self, call: &Call) -> Result<SessionCaller> {
        let caller = self.enrolling_session(call).await?;
        if caller.is_restricted { Err(Error::MfaEnrolmentRequired) } else { Ok(caller) }
    }

    /// A person, also one who must set MFA up first.
    ///
    /// # Errors
    /// As [`Context::session`], but for `MfaEnrolmentRequired`.
    pub async fn enrolling_session(&self, call: &Call) -> Result<SessionCaller> {
        match self.any_caller(call).await? {
            Caller::Session(caller) => Ok(caller),
            Caller::Key(_) => Err(Error::SessionRequired),
        }
    }

    /// What a person hears whose change was refused because another was first: that one may have ended the session, or
    /// was made by it and took it along.
    pub async fn overtaken(&self, call: &Call) -> Error {
        match self.enrolling_session(call).await {
            Ok(_) => Error::unavailable("another change of this account was first"),
            Err(error) => error,
        }
    }

    async fn any_caller(&self, call: &Call) -> Result<Caller> {
        match Credential::of(call.headers())? {
            Credential::ApiKey(value) => self.key_caller(&value, call.now).await.map(Caller::Key),
            Credential::Session(token) => {
                let caller = self.session_caller(&token, call.now).await?;
                call.check_same_site()?;
                Ok(Caller::Session(caller))
            }
        }
    }

    /// The key of this value, with its owner; counts as a use of the key.
    ///
    /// # Errors
    /// `Unauthenticated` for a value that belongs to no key of an active user, `KeyExpired`.
    pub async fn key_caller(&self, value: &ApiKeyValue, now: Timestamp) -> Result<KeyCaller> {
        let mut caller = self.key_owner(value, now).await?;
        if caller.key.last_used_at.is_none_or(|at| now.seconds_since(at) >= keys::TOUCH_SECONDS) {
            self.touch(&caller.key.touch(value.digest(), now)).await;
            caller.key.last_used_at = Some(now);
        }
        Ok(caller)
    }

    /// The key of this value, with its owner, as one who does not use it may ask.
    ///
    /// # Errors
    /// As [`Context::key_caller`].
    pub async fn key_owner(&self, value: &ApiKeyValue, now: Timestamp) -> Result<KeyCaller> {
        let locator = value.locator;
        let (at_key, at_profile) = (layout::api_key(locator.user, locator.item), layout::profile(locator.user));
        let [key, profile] = self.store.get_all([&at_key, &at_profile], now).await?;
        let (Some(key), Some(profile)) = (key, profile) else { return Err(Error::Unauthenticated) };
        let (key, profile) = (ApiKey::from_item(&key)?, Profile::from_item(&profile)?);
        let digest = value.digest();
        if !key.accepts(digest, now) || !profile.is_active() {
            return Err(Error::Unauthenticated);
        }
        if key.is_expired(now) {
            return Err(Error::KeyExpired);
        }
        Ok(KeyCaller { key, profile, value: digest })
    }

    async fn session_caller(&self, token: &OpaqueToken, now: Timestamp) -> Result<SessionCaller> {
        let locator = token.locator;
        let (at_session, at_profile) = (layout::session(locator.user, locator.item), layout::profile(locator.user));
        let mut has_read = false;
        let (session, profile) = loop {
            let [session, profile] = self.store.get_all([&at_session, &at_profile], now).await?;
            let (session, profile) = open_session(session.as_ref(), profile.as_ref(), token, now)?;
            if session.epoch == profile.session_epoch {
                break (session, profile);
            }
            // A change that takes the session along is shown item by item: this may have been one half of it.
            if has_read {
                return Err(Error::SessionExpired);
            }
            has_read = true;
        };
        if now.seconds_since(session.last_seen_at) >= sessions::TOUCH_SECONDS {
            self.touch(&session.touch(now)).await;
        }
        let lacks_factor = profile.is_local() && !profile.is_mfa_enabled;
        let is_restricted = lacks_factor && self.mfa_policy(now).await? == MfaPolicy::Enforced;
        Ok(SessionCaller { session, profile, is_restricted })
    }

    /// Records a use; a failure costs no more than a moment's accuracy, and whoever is at the item has just used it too.
    async fn touch(&self, write: &Write) {
        if let Err(error) = self.store.write_or_leave(write).await {
            tracing::warn!(event = "touch_failed", error = %error.with_causes());
        }
    }
}

/// The session of this token and its active user, whose epochs are still to be compared.
fn open_session(
    session: Option<&Item>,
    profile: Option<&Item>,
    token: &OpaqueToken,
    now: Timestamp,
) -> Result<(Session, Profile)> {
    let (Some(session), Some(profile)) = (session, profile) else { return Err(Error::SessionExpired) };
    let session = Session::from_item(session)?.ok_or(Error::SessionExpired)?;
    let profile = Profile::from_item(profile)?;
    let is_open = session.digest == token.digest() && profile.is_active() && !session.is_over(now);
    if is_open { Ok((session, profile)) } else { Err(Error::SessionExpired) }
}

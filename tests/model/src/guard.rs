//! Who calls, and what they may do; refusals in the contract's order.

use serde_json::json;
use shared::clock::Timestamp;

use crate::attempts::{OF_DEVICE, Proof, Row, Subject};
use crate::entities::UserId;
use crate::exchange::{Refusal, refuse, refuse_with};
use crate::state::Model;
use crate::step::Caller;
use crate::words::{Name, Scopes};

/// Who calls.
#[derive(Clone, Debug)]
pub(crate) enum Principal {
    Session {
        name: Name,
        user: UserId,
    },
    /// The place of the key among all keys.
    Key {
        at: usize,
        user: UserId,
        /// A rotation has replaced the value that calls, which then works until this.
        replaced_until: Option<Timestamp>,
    },
}

impl Principal {
    pub(crate) const fn user(&self) -> UserId {
        match self {
            Self::Session { user, .. } | Self::Key { user, .. } => *user,
        }
    }

    pub(crate) const fn is_key(&self) -> bool {
        matches!(self, Self::Key { .. })
    }

    /// The place of the calling key among all keys.
    pub(crate) const fn key(&self) -> Option<usize> {
        match self {
            Self::Session { .. } => None,
            Self::Key { at, .. } => Some(*at),
        }
    }
}

type Admitted<T = Principal> = Result<T, Refusal>;

impl Model {
    /// Whoever calls. Being let in is a use of the session or the key.
    fn anybody(&mut self, caller: Caller) -> Admitted {
        match caller {
            Caller::Nobody => refuse("unauthenticated"),
            Caller::Browser(browser) if self.browsers[browser].cookie.is_none() => refuse("unauthenticated"),
            Caller::Browser(browser) => {
                let Some(name) = self.live_session(browser) else { return refuse("session-expired") };
                let now = self.now;
                let session = self.sessions.get_mut(&name).expect("it is alive");
                session.last_request_at = now;
                Ok(Principal::Session { user: session.user, name })
            }
            Caller::Key(place) => {
                let (at, user) = self.key_of(place)?;
                if self.keys[at].is_expired(self.now) {
                    return refuse("key-expired");
                }
                self.keys[at].last_used_at = Some(self.now);
                let key = &self.keys[at];
                let is_replaced = self.values[place].as_ref() != Some(&key.value);
                let replaced_until = key.previous.as_ref().filter(|_| is_replaced).map(|previous| previous.until);
                Ok(Principal::Key { at, user, replaced_until })
            }
        }
    }

    /// The key that accepts the value that was put here, whether or not it has expired.
    pub(crate) fn key_of(&self, place: usize) -> Admitted<(usize, UserId)> {
        let Some(value) = &self.values[place] else { return refuse("unauthenticated") };
        let accepts = |key: &crate::entities::Key| {
            let is_previous =
                |previous: &crate::entities::Previous| previous.value == *value && self.now < previous.until;
            key.value == *value || key.previous.as_ref().is_some_and(is_previous)
        };
        match self.keys.iter().position(accepts) {
            Some(at) if !self.user(self.keys[at].owner).is_disabled => Ok((at, self.keys[at].owner)),
            _ => refuse("unauthenticated"),
        }
    }

    /// When the calling key's value stops working.
    pub(crate) fn key_end(&self, principal: &Principal) -> Option<Timestamp> {
        let Principal::Key { at, replaced_until, .. } = principal else { return None };
        let end = self.keys[*at].expires_at;
        Some(replaced_until.map_or(end, |until| until.min(end)))
    }

    /// A person with a session, also one who must set up MFA first.
    pub(crate) fn enrolling(&mut self, caller: Caller) -> Admitted<(Name, UserId)> {
        match self.anybody(caller)? {
            Principal::Session { name, user } => Ok((name, user)),
            Principal::Key { .. } => refuse("session-required"),
        }
    }

    /// A person with a session.
    pub(crate) fn person(&mut self, caller: Caller) -> Admitted<(Name, UserId)> {
        let (name, user) = self.enrolling(caller)?;
        if self.is_restricted(user) { refuse("mfa-enrolment-required") } else { Ok((name, user)) }
    }

    /// A person, or any key.
    pub(crate) fn person_or_key(&mut self, caller: Caller) -> Admitted {
        let principal = self.anybody(caller)?;
        if !principal.is_key() && self.is_restricted(principal.user()) {
            return refuse("mfa-enrolment-required");
        }
        Ok(principal)
    }

    /// A person, or a key with this scope.
    pub(crate) fn with_scope(&mut self, caller: Caller, scope: Scopes) -> Admitted {
        let principal = self.person_or_key(caller)?;
        self.require_scope(&principal, scope)?;
        Ok(principal)
    }

    pub(crate) fn require_scope(&self, principal: &Principal, scope: Scopes) -> Admitted<()> {
        let lacking = principal.key().map_or(Scopes(0), |at| scope.without(self.keys[at].scopes));
        if lacking.is_empty() {
            Ok(())
        } else {
            refuse_with("insufficient-scope", json!({"required_scopes": lacking.names()}))
        }
    }

    /// An administrator, or a key with this scope whose owner is one.
    pub(crate) fn admin(&mut self, caller: Caller, scope: Scopes) -> Admitted {
        let principal = self.with_scope(caller, scope)?;
        if self.user(principal.user()).is_admin() { Ok(principal) } else { refuse("role-required") }
    }

    /// An administrator who may change something.
    pub(crate) fn fresh_admin(&mut self, caller: Caller) -> Admitted {
        let principal = self.admin(caller, Scopes::AUTHENTICATION)?;
        self.require_fresh(&principal)?;
        Ok(principal)
    }

    /// An administrator in person, who may change something.
    pub(crate) fn fresh_admin_in_person(&mut self, caller: Caller) -> Admitted<()> {
        let (name, user) = self.person(caller)?;
        if !self.user(user).is_admin() {
            return refuse("role-required");
        }
        self.require_fresh_session(&name)
    }

    /// Freshness is not asked of a key.
    pub(crate) fn require_fresh(&self, principal: &Principal) -> Admitted<()> {
        match principal {
            Principal::Session { name, .. } => self.require_fresh_session(name),
            Principal::Key { .. } => Ok(()),
        }
    }

    pub(crate) fn require_fresh_session(&self, name: &str) -> Admitted<()> {
        if self.now < self.sessions[name].fresh_until { Ok(()) } else { refuse("step-up-required") }
    }

    /// Counts an attempt to prove something for `subject` with this caller's cookies.
    pub(crate) fn attempt(&mut self, caller: Caller, subject: Subject, proof: Proof) -> Admitted<Row> {
        let device = match (&subject, caller) {
            (Subject::User(user), Caller::Browser(browser)) => self.recognised(browser, *user),
            _ => None,
        };
        let row = (subject, proof, device);
        let Some(failures) = self.attempts.count(&row, self.now) else { return refuse("too-many-attempts") };
        if let ((Subject::User(user), _, Some(device)), OF_DEVICE..) = (&row, failures) {
            self.user_mut(*user).devices.retain(|(known, _)| known != device);
        }
        Ok(row)
    }

    /// The browser, where this user is one for whom it is recognised.
    pub(crate) fn recognised(&self, browser: usize, user: UserId) -> Option<Name> {
        let (device, now): (_, Timestamp) = (self.browsers[browser].device.as_ref()?, self.now);
        self.user(user)
            .devices
            .iter()
            .find(|(known, until)| known == device && now < *until)
            .map(|(known, _)| known.clone())
    }
}

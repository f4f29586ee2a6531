//! What the service remembers, thing by thing.

use std::collections::{BTreeMap, BTreeSet};

use shared::clock::Timestamp;

use crate::words::{Address, Group, KeyName, Name, Password, Person, Place, Provider, Scopes};

pub(crate) const MINUTE: u32 = 60;
pub(crate) const HOUR: u32 = 60 * MINUTE;
pub(crate) const DAY: u32 = 24 * HOUR;
/// A session is alive for this long after its last request, at least.
pub(crate) const IDLE: u32 = HOUR;
/// And never for this long.
pub(crate) const IDLE_AT_MOST: u32 = 65 * MINUTE;

/// Tells one user from all others, those of the same name before and after among them.
pub(crate) type UserId = u32;

#[derive(Clone, Debug)]
pub(crate) struct User {
    pub(crate) person: Person,
    pub(crate) provider: Provider,
    pub(crate) full_name: Option<u8>,
    pub(crate) email: Option<Address>,
    pub(crate) is_email_verified: bool,
    pub(crate) pending_email: Option<PendingEmail>,
    pub(crate) groups: BTreeSet<Group>,
    pub(crate) is_disabled: bool,
    /// None before an invitation is accepted, and for users of a provider.
    pub(crate) password: Option<Secret>,
    pub(crate) mfa: Option<Mfa>,
    /// An authenticator that waits for its first code, and until when.
    pub(crate) enrolment: Option<(Name, Timestamp)>,
    /// Browsers that are recognised, oldest first.
    pub(crate) devices: Vec<(Name, Timestamp)>,
    pub(crate) invitation: Option<Invitation>,
    /// When a mail for a new address was asked for.
    pub(crate) email_asked_at: Vec<Timestamp>,
    /// When a link to reset the password was mailed.
    pub(crate) reset_mailed_at: Vec<Timestamp>,
    /// What was made under an `Idempotency-Key`.
    pub(crate) repeats: BTreeMap<u8, Repeat>,
}

#[derive(Clone, Debug)]
pub(crate) struct Secret {
    pub(crate) password: Password,
    pub(crate) changed_at: Timestamp,
    /// Raised by every change.
    pub(crate) version: u32,
}

#[derive(Clone, Debug)]
pub(crate) struct Mfa {
    pub(crate) authenticator: Name,
    /// The last step of time whose code was accepted.
    pub(crate) last_step: i64,
    pub(crate) codes: Name,
    pub(crate) unused: BTreeSet<usize>,
}

#[derive(Clone, Debug)]
pub(crate) struct PendingEmail {
    pub(crate) address: Address,
    pub(crate) token: Name,
    pub(crate) until: Timestamp,
}

#[derive(Clone, Debug)]
pub(crate) struct Invitation {
    pub(crate) token: Name,
    pub(crate) until: Timestamp,
    /// Whoever has it reads the address.
    pub(crate) is_mailed: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Repeat {
    pub(crate) order: String,
    pub(crate) key: Name,
    pub(crate) until: Timestamp,
}

#[derive(Clone, Debug)]
pub(crate) struct Session {
    pub(crate) user: UserId,
    /// Each step-up gives the cookie another value.
    pub(crate) generation: u32,
    /// How the browser called itself when it was made.
    pub(crate) user_agent: String,
    pub(crate) created_at: Timestamp,
    pub(crate) last_request_at: Timestamp,
    pub(crate) expires_at: Timestamp,
    pub(crate) fresh_until: Timestamp,
    pub(crate) factors: Vec<&'static str>,
}

/// What a browser holds, whatever it is still good for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Browser {
    /// A session and the generation of its cookie.
    pub(crate) cookie: Option<(Name, u32)>,
    pub(crate) device: Option<Name>,
    pub(crate) challenge: Option<Name>,
}

#[derive(Clone, Debug)]
pub(crate) struct Challenge {
    pub(crate) user: UserId,
    pub(crate) created_at: Timestamp,
    pub(crate) expires_at: Timestamp,
    pub(crate) password_version: u32,
}

#[derive(Clone, Debug)]
pub(crate) struct Reset {
    pub(crate) user: UserId,
    pub(crate) until: Timestamp,
    pub(crate) address: Address,
}

#[derive(Clone, Debug)]
pub(crate) struct Key {
    /// Tells this key from one of the same name before and after it.
    pub(crate) id: Name,
    pub(crate) owner: UserId,
    pub(crate) name: KeyName,
    pub(crate) scopes: Scopes,
    pub(crate) created_at: Timestamp,
    pub(crate) rotated_at: Option<Timestamp>,
    pub(crate) expires_at: Timestamp,
    pub(crate) last_used_at: Option<Timestamp>,
    pub(crate) value: Name,
    pub(crate) previous: Option<Previous>,
}

#[derive(Clone, Debug)]
pub(crate) struct Previous {
    pub(crate) value: Name,
    pub(crate) issued_at: Timestamp,
    pub(crate) until: Timestamp,
}

impl Key {
    pub(crate) fn is_expired(&self, now: Timestamp) -> bool {
        now >= self.expires_at
    }

    pub(crate) fn issued_at(&self) -> Timestamp {
        self.rotated_at.unwrap_or(self.created_at)
    }
}

impl User {
    pub(crate) fn new(person: Person, provider: Provider, groups: Vec<Group>, email: Option<Address>) -> Self {
        Self {
            person,
            provider,
            full_name: None,
            email,
            is_email_verified: false,
            pending_email: None,
            groups: groups.into_iter().collect(),
            is_disabled: false,
            password: None,
            mfa: None,
            enrolment: None,
            devices: Vec::new(),
            invitation: None,
            email_asked_at: Vec::new(),
            reset_mailed_at: Vec::new(),
            repeats: BTreeMap::new(),
        }
    }

    pub(crate) fn is_local(&self) -> bool {
        self.provider == Provider::Local
    }

    pub(crate) fn is_admin(&self) -> bool {
        self.person.environment() == Place::Root && self.groups.contains(&Group::Admin)
    }

    pub(crate) fn pending_at(&self, now: Timestamp) -> Option<&PendingEmail> {
        self.pending_email.as_ref().filter(|pending| now < pending.until)
    }

    /// Recognises a browser; of more than twenty, the oldest is forgotten.
    pub(crate) fn remember(&mut self, device: Name, now: Timestamp) {
        self.devices.retain(|(_, until)| now < *until);
        self.devices.push((device, now.plus(400 * DAY)));
        self.devices.drain(..self.devices.len().saturating_sub(20));
    }
}

/// How many of these instants lie within the hour before `now`.
pub(crate) fn within_hour(instants: &[Timestamp], now: Timestamp) -> usize {
    instants.iter().filter(|at| now.seconds_since(**at) < HOUR).count()
}

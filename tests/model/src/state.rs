//! The service as the contract describes it: what is remembered, and nothing of how.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use shared::clock::Timestamp;

use crate::attempts::Attempts;
use crate::entities::{Browser, Challenge, IDLE, IDLE_AT_MOST, Key, Reset, Secret, Session, User, UserId};
use crate::exchange::Exchange;
use crate::step::{BROWSERS, TOKENS, VALUES};
use crate::words::{Group, KeyName, Name, Password, Person, Place, Policy, Provider};

/// What a history is bent on: some limits are met only by whoever insists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mood {
    Even,
    /// Many ask for resets.
    Resets,
    /// Somebody asks for one new address after the other.
    Addresses,
    /// Proofs are wrong.
    WrongProofs,
    /// Keys are used for everything, whatever they are good for.
    Keys,
}

/// All of it.
#[derive(Clone)]
pub(crate) struct Model {
    pub(crate) now: Timestamp,
    pub(crate) has_mail: bool,
    /// When the clean-up last ran.
    pub(crate) cleaned_at: Timestamp,
    /// How many things were named.
    pub(crate) named: u32,
    pub(crate) steps: u32,
    /// What is tried more often than else; a choice of whoever draws the steps.
    pub(crate) mood: Mood,
    pub(crate) policy: Policy,
    pub(crate) users: BTreeMap<UserId, User>,
    pub(crate) places: BTreeSet<Place>,
    pub(crate) groups: BTreeSet<(Place, Group)>,
    pub(crate) sessions: BTreeMap<Name, Session>,
    /// Sessions whose id some list has shown.
    pub(crate) listed: BTreeSet<Name>,
    pub(crate) challenges: BTreeMap<Name, Challenge>,
    pub(crate) resets: BTreeMap<Name, Reset>,
    pub(crate) keys: Vec<Key>,
    pub(crate) attempts: Attempts,
    /// Whether a user was ever deleted, whose keys the clean-up removes when it likes.
    pub(crate) has_deleted_users: bool,
    /// When a reset was asked for, by anybody.
    pub(crate) resets_asked_at: Vec<Timestamp>,
    pub(crate) browsers: [Browser; BROWSERS],
    pub(crate) values: [Option<Name>; VALUES],
    pub(crate) tokens: [Option<Name>; TOKENS],
    /// What the last tag seen of a resource stands for.
    pub(crate) tags: BTreeMap<String, String>,
    /// What the last step sends and must get.
    pub(crate) exchanges: Vec<Exchange>,
}

/// What happens in between is told by the steps.
impl fmt::Debug for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Model {{ now: {}, has_mail: {} }}", self.now, self.has_mail)
    }
}

impl Model {
    /// The demo account, before anybody calls.
    pub(crate) fn start(now: Timestamp, has_mail: bool) -> Self {
        let demo = [
            (Person::Admin, Provider::Local, vec![Group::Admin]),
            (Person::Jane, Provider::Local, Vec::new()),
            (Person::Sam, Provider::Saml, Vec::new()),
        ];
        let users = demo.into_iter().zip(0..).map(|((person, provider, groups), id)| {
            let mut user = User::new(person, provider, groups, None);
            let secret = Secret { password: Password::First, changed_at: now, version: 1 };
            user.password = Some(secret).filter(|_| user.is_local());
            (id, user)
        });
        Self {
            now,
            has_mail,
            cleaned_at: now,
            named: 3,
            steps: 0,
            mood: Mood::Even,
            policy: Policy::Optional,
            users: users.collect(),
            places: BTreeSet::from([Place::Root]),
            groups: BTreeSet::from([(Place::Root, Group::Admin), (Place::Root, Group::Publisher)]),
            sessions: BTreeMap::new(),
            listed: BTreeSet::new(),
            challenges: BTreeMap::new(),
            resets: BTreeMap::new(),
            keys: Vec::new(),
            attempts: Attempts::default(),
            has_deleted_users: false,
            resets_asked_at: Vec::new(),
            browsers: Default::default(),
            values: Default::default(),
            tokens: Default::default(),
            tags: BTreeMap::new(),
            exchanges: Vec::new(),
        }
    }

    /// A name for something new.
    pub(crate) fn name(&mut self, kind: &str) -> Name {
        self.named += 1;
        format!("{kind} {}", self.named)
    }

    /// What a browser calls itself in this step: no two sessions look alike.
    pub(crate) fn user_agent(&self) -> String {
        format!("browser of step {}", self.steps)
    }

    pub(crate) fn id_of(&self, person: Person) -> Option<UserId> {
        self.users.iter().find(|(_, user)| user.person == person).map(|(id, _)| *id)
    }

    pub(crate) fn user(&self, id: UserId) -> &User {
        &self.users[&id]
    }

    pub(crate) fn user_mut(&mut self, id: UserId) -> &mut User {
        self.users.get_mut(&id).expect("a user who calls is there")
    }

    /// The session of a browser's cookie, if it is alive.
    pub(crate) fn live_session(&self, browser: usize) -> Option<Name> {
        let (name, generation) = self.browsers[browser].cookie.as_ref()?;
        let session = self.sessions.get(name)?;
        (session.generation == *generation && self.is_alive(session)).then(|| name.clone())
    }

    pub(crate) fn is_alive(&self, session: &Session) -> bool {
        self.now < session.expires_at && self.now.seconds_since(session.last_request_at) < IDLE_AT_MOST
    }

    /// Whether nobody but the service can tell if this session is still alive at that time.
    pub(crate) fn is_unclear_at(&self, session: &Session, at: Timestamp) -> bool {
        let idle = at.seconds_since(session.last_request_at);
        self.is_alive(session) && at < session.expires_at && (IDLE..IDLE_AT_MOST).contains(&idle)
    }

    /// Ends the sessions of a user, all but one, and the challenges with them.
    pub(crate) fn end_sessions(&mut self, user: UserId, but: Option<&str>) {
        self.sessions.retain(|name, session| session.user != user || Some(name.as_str()) == but);
        self.challenges.retain(|_, challenge| challenge.user != user);
    }

    /// Whether MFA must be set up before anything else.
    pub(crate) fn is_restricted(&self, user: UserId) -> bool {
        let user = self.user(user);
        self.policy == Policy::Enforced && user.is_local() && user.mfa.is_none()
    }

    /// How many administrators may act.
    pub(crate) fn enabled_admins(&self) -> usize {
        self.users.values().filter(|user| user.is_admin() && !user.is_disabled).count()
    }

    /// The place of a user's key under this name, expired or not.
    pub(crate) fn key_named(&self, owner: UserId, name: KeyName) -> Option<usize> {
        let folded = name.folded();
        self.keys.iter().position(|key| key.owner == owner && key.name.folded() == folded)
    }

    pub(crate) fn active_keys(&self, owner: UserId) -> usize {
        self.keys.iter().filter(|key| key.owner == owner && !key.is_expired(self.now)).count()
    }
}

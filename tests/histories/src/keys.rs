//! What the contract says of one user's API keys, as one object: each key's life, and the cap over all.

use std::collections::BTreeMap;

use crate::linearizability::Model;
use crate::time::Instants;

/// Which value a key has: the harness's own number for each value that was shown.
pub type Value = u32;

/// Active keys that a user may have.
const KEYS_MAX: usize = 50;

/// The keys of a user who has so many more that nothing changes.
#[derive(Clone, Copy, Debug)]
pub struct Keys {
    /// Keys beside those of the history.
    pub others: usize,
}

/// All keys of the history that are there, active or expired, by name.
pub type State = BTreeMap<u8, Key>;

/// One key.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    value: Value,
    /// The value before, until when it works.
    previous: Option<(Value, i64)>,
    expires: i64,
}

/// What a key looks like from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tag {
    /// Its value.
    pub value: Value,
    /// When it stops working.
    pub expires: i64,
}

/// An operation on a key, when it was, and what became of it.
#[derive(Clone, Debug)]
pub struct Operation {
    /// When the service may have begun it.
    pub now: Instants,
    /// The key's name.
    pub name: u8,
    /// What it was.
    pub act: Act,
}

/// What was asked and answered.
#[derive(Clone, Debug)]
pub enum Act {
    /// A key that ends then was to be made.
    Create(i64, Made),
    /// A value was used.
    Use(Value, Used),
    /// The key was looked at: when it ends, if it is there.
    Get(Option<i64>),
    /// All keys were listed: what ends when, by name.
    List(BTreeMap<u8, i64>),
    /// The value was to be replaced.
    Rotate(Rotation, Rotated),
    /// The key was to be deleted.
    Delete(Option<Tag>, Deleted),
}

/// How a creation ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Made {
    /// There is a key.
    Done {
        /// Of this value.
        value: Value,
        /// Since then.
        created: i64,
    },
    /// The name has an active key.
    NameTaken,
    /// There are 50.
    LimitReached,
    /// It was to end in the past.
    Past,
    /// Nobody knows; the value is one that nobody was told.
    Unknown(Value),
}

/// How a use ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Used {
    /// It worked, and the value ends then.
    Works(i64),
    /// The key has expired.
    Expired,
    /// No key has this value.
    Refused,
}

/// How a key is to be rotated.
#[derive(Clone, Copy, Debug)]
pub struct Rotation {
    /// Seconds for which the old value works on.
    pub overlap: i64,
    /// A new expiry.
    pub expires: Option<i64>,
    /// As it must be.
    pub if_match: Option<Tag>,
}

/// How a rotation ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rotated {
    /// There is a new value.
    Done {
        /// This one.
        value: Value,
        /// Since then.
        rotated: i64,
        /// Until then.
        expires: i64,
    },
    /// There is no such key.
    NotFound,
    /// It is another than it must be.
    Changed,
    /// It has expired.
    NotActive,
    /// The new expiry is past.
    Past,
    /// Nobody knows; the value is one that nobody was told.
    Unknown(Value),
}

/// How a deletion ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deleted {
    /// The key is gone.
    Done,
    /// There is no such key.
    NotFound,
    /// It is another than it must be.
    Changed,
    /// Nobody knows.
    Unknown,
}

impl Key {
    const fn tag(&self) -> Tag {
        Tag { value: self.value, expires: self.expires }
    }

    const fn is_active(&self, now: i64) -> bool {
        now < self.expires
    }

    fn accepts(&self, value: Value, now: i64) -> bool {
        self.value == value || self.previous.is_some_and(|(previous, until)| previous == value && now < until)
    }

    /// When this value, which the key accepts, stops working.
    fn end_of(&self, value: Value) -> i64 {
        self.previous.filter(|_| value != self.value).map_or(self.expires, |(_, until)| until.min(self.expires))
    }

    fn rotated(&self, rotation: Rotation, value: Value, now: i64) -> Self {
        let until = (now + rotation.overlap).min(self.expires);
        let previous = (until > now).then_some((self.value, until));
        Self { value, previous, expires: rotation.expires.unwrap_or(self.expires) }
    }
}

impl Model for Keys {
    type State = State;
    type Operation = Operation;

    fn step(&self, state: &State, operation: &Operation) -> Vec<State> {
        let Operation { now, name, act } = operation;
        let key = state.get(name);
        let unchanged = |is_so: bool| if is_so { vec![state.clone()] } else { Vec::new() };
        match act {
            Act::Create(expires, made) => self.create(state, operation, *expires, made),
            Act::Use(value, used) => unchanged(now.may(|now| *used == use_key(key, *value, now))),
            Act::Get(expires) => unchanged(key.map(|key| key.expires) == *expires),
            Act::List(listed) => unchanged(state.iter().map(|(name, key)| (*name, key.expires)).eq(listed.clone())),
            Act::Rotate(rotation, rotated) => rotate(state, operation, *rotation, rotated),
            Act::Delete(if_match, deleted) => delete(state, *name, *if_match, deleted),
        }
    }

    fn is_observation(&self, operation: &Operation) -> bool {
        match &operation.act {
            Act::Use(..) | Act::Get(_) | Act::List(_) => true,
            Act::Create(_, made) => !matches!(made, Made::Done { .. } | Made::Unknown(_)),
            Act::Rotate(_, rotated) => !matches!(rotated, Rotated::Done { .. } | Rotated::Unknown(_)),
            Act::Delete(_, deleted) => !matches!(deleted, Deleted::Done | Deleted::Unknown),
        }
    }
}

impl Keys {
    fn create(self, state: &State, operation: &Operation, expires: i64, made: &Made) -> Vec<State> {
        let Operation { now, name, .. } = operation;
        let is_taken = |now: i64| state.get(name).is_some_and(|key| key.is_active(now));
        let is_full = |now: i64| self.others + state.values().filter(|key| key.is_active(now)).count() >= KEYS_MAX;
        let is_free = |now: i64| now < expires && !is_taken(now);
        // A request goes by the time at which it began, but takes its place later: another may have expired by then, and
        // have been followed by a third.
        let has_place = |began: i64| now.may(|now| began <= now && !is_full(now));
        let with = |value| {
            let mut state = state.clone();
            state.insert(*name, Key { value, previous: None, expires });
            state
        };
        match *made {
            Made::Done { value, created } if now.hold(created) && is_free(created) && has_place(created) => {
                vec![with(value)]
            }
            Made::Done { .. } => Vec::new(),
            Made::NameTaken => Vec::from_iter(now.may(is_taken).then(|| state.clone())),
            Made::LimitReached => Vec::from_iter(now.may(|now| is_full(now) && !is_taken(now)).then(|| state.clone())),
            Made::Past => Vec::from_iter(now.may(|now| expires <= now).then(|| state.clone())),
            Made::Unknown(value) => {
                let done = now.may(|now| is_free(now) && has_place(now)).then(|| with(value));
                [state.clone()].into_iter().chain(done).collect()
            }
        }
    }
}

fn use_key(key: Option<&Key>, value: Value, now: i64) -> Used {
    match key.filter(|key| key.accepts(value, now)) {
        None => Used::Refused,
        Some(key) if key.is_active(now) => Used::Works(key.end_of(value)),
        Some(_) => Used::Expired,
    }
}

/// Whether the key is as `if_match` says it must be.
fn is_match(key: &Key, if_match: Option<Tag>) -> bool {
    if_match.is_none_or(|tag| tag == key.tag())
}

fn rotate(state: &State, operation: &Operation, rotation: Rotation, rotated: &Rotated) -> Vec<State> {
    let Operation { now, name, .. } = operation;
    let unchanged = |is_so: bool| if is_so { vec![state.clone()] } else { Vec::new() };
    let is_past = |now: i64| rotation.expires.is_some_and(|expires| expires <= now);
    // That an expiry is past may be told before the key is looked for.
    if *rotated == Rotated::Past {
        return unchanged(now.may(is_past));
    }
    let Some(key) = state.get(name) else {
        return unchanged(matches!(rotated, Rotated::NotFound | Rotated::Unknown(_)));
    };
    let is_free = |now: i64| key.is_active(now) && is_match(key, rotation.if_match) && !is_past(now);
    let with = |value, now| {
        let mut state = state.clone();
        state.insert(*name, key.rotated(rotation, value, now));
        state
    };
    match *rotated {
        Rotated::Done { value, rotated, expires } => {
            let is_so = now.hold(rotated) && is_free(rotated) && expires == rotation.expires.unwrap_or(key.expires);
            Vec::from_iter(is_so.then(|| with(value, rotated)))
        }
        Rotated::NotFound | Rotated::Past => Vec::new(),
        Rotated::Changed => unchanged(!is_match(key, rotation.if_match)),
        Rotated::NotActive => unchanged(now.may(|now| !key.is_active(now))),
        Rotated::Unknown(value) => {
            let done = now.that(is_free).map(|now| with(value, now));
            [state.clone()].into_iter().chain(done).collect()
        }
    }
}

fn delete(state: &State, name: u8, if_match: Option<Tag>, deleted: &Deleted) -> Vec<State> {
    let key = state.get(&name);
    let may = key.is_some_and(|key| is_match(key, if_match));
    let without = || {
        let mut state = state.clone();
        state.remove(&name);
        state
    };
    match deleted {
        Deleted::Done => Vec::from_iter(may.then(without)),
        Deleted::NotFound => Vec::from_iter(key.is_none().then(|| state.clone())),
        Deleted::Changed => Vec::from_iter((key.is_some() && !may).then(|| state.clone())),
        Deleted::Unknown => [state.clone()].into_iter().chain(may.then(without)).collect(),
    }
}

#[cfg(test)]
mod tests;

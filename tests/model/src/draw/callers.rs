//! Who makes a call: mostly somebody who may.

use crate::dice::Dice;
use crate::entities::{User, UserId};
use crate::state::{Model, Mood};
use crate::step::{BROWSERS, Caller, VALUES};
use crate::words::{Password, Person, Scopes};

impl Model {
    /// The browsers with a live session for whose user `applies` holds.
    pub(crate) fn browsers_of(&self, applies: impl Fn(UserId, &User) -> bool) -> Vec<usize> {
        let is_meant = |browser: &usize| {
            let session = self.live_session(*browser).map(|name| self.sessions[&name].user);
            session.is_some_and(|id| applies(id, self.user(id)))
        };
        (0..BROWSERS).filter(is_meant).collect()
    }

    /// The places of key values that are good and have a scope.
    pub(crate) fn keys_with(&self, scope: Scopes, applies: impl Fn(&User) -> bool) -> Vec<usize> {
        let is_meant = |place: &usize| {
            self.key_of(*place).is_ok_and(|(at, owner)| {
                let key = &self.keys[at];
                !key.is_expired(self.now) && scope.without(key.scopes).is_empty() && applies(self.user(owner))
            })
        };
        (0..VALUES).filter(is_meant).collect()
    }

    fn is_fresh(&self, browser: usize) -> bool {
        self.live_session(browser).is_some_and(|name| self.now < self.sessions[&name].fresh_until)
    }
}

fn anybody(dice: &mut Dice) -> Caller {
    match dice.below(12) {
        0 => Caller::Nobody,
        1..4 => Caller::Key(dice.below(VALUES)),
        _ => Caller::Browser(dice.below(BROWSERS)),
    }
}

/// Mostly a person with a session.
pub(super) fn person(model: &Model, dice: &mut Dice) -> Caller {
    if model.mood == Mood::Keys && dice.chance(35) {
        return Caller::Key(dice.below(VALUES));
    }
    let signed_in = model.browsers_of(|_, _| true);
    match dice.any(&signed_in).filter(|_| dice.chance(92)) {
        Some(browser) => Caller::Browser(browser),
        None => anybody(dice),
    }
}

/// Mostly a person whose proof is fresh, for whom `applies` holds.
pub(super) fn fresh(model: &Model, dice: &mut Dice, applies: impl Fn(UserId, &User) -> bool) -> Caller {
    let mut meant = model.browsers_of(applies);
    meant.retain(|browser| model.is_fresh(*browser));
    match dice.any(&meant).filter(|_| dice.chance(88)) {
        Some(browser) => Caller::Browser(browser),
        None => person(model, dice),
    }
}

/// A person, or a key with a scope.
pub(super) fn person_or_key(model: &Model, dice: &mut Dice, scope: Scopes) -> Caller {
    let keys = model.keys_with(scope, |_| true);
    match dice.any(&keys).filter(|_| dice.chance(40)) {
        Some(place) => Caller::Key(place),
        None => person(model, dice),
    }
}

/// An administrator, or a key of one.
pub(super) fn admin(model: &Model, dice: &mut Dice, scope: Scopes) -> Caller {
    if model.mood == Mood::Keys && dice.chance(35) {
        return Caller::Key(dice.below(VALUES));
    }
    let keys = model.keys_with(scope, User::is_admin);
    match dice.any(&keys).filter(|_| dice.chance(25)) {
        Some(place) => Caller::Key(place),
        None => fresh(model, dice, |_, user| user.is_admin()),
    }
}

/// A person, mostly one who is there.
pub(super) fn somebody(model: &Model, dice: &mut Dice) -> Person {
    let there: Vec<_> = model.users.values().map(|user| user.person).collect();
    dice.any(&there).filter(|_| dice.chance(85)).unwrap_or_else(|| dice.one(&Person::ALL))
}

/// A password, mostly the right one of this person.
pub(super) fn password_of(model: &Model, dice: &mut Dice, person: Person) -> Password {
    let secret = model.id_of(person).and_then(|id| model.user(id).password.as_ref());
    match secret.filter(|_| dice.chance(85)) {
        Some(secret) => secret.password,
        None => password(dice),
    }
}

/// A password, mostly one that may be set.
pub(super) fn password(dice: &mut Dice) -> Password {
    dice.weighted(&[
        (6, Password::First),
        (6, Password::Second),
        (6, Password::Third),
        (4, Password::Brief),
        (1, Password::TooShort),
        (1, Password::Named),
        (1, Password::Common),
    ])
}

//! What is done with API keys.

use super::callers::{admin, fresh, person_or_key};
use super::of_users::if_match;
use crate::dice::Dice;
use crate::entities::{DAY, HOUR};
use crate::state::Model;
use crate::step::{Caller, Expiry, KeyState, Step, Target, VALUES};
use crate::words::{KeyName, Scopes};

pub(super) fn keys(model: &Model, dice: &mut Dice) -> Step {
    let caller = person_or_key(model, dice, Scopes::API_KEY);
    let maker = maker(model, dice);
    let into = dice.below(VALUES);
    match dice.below(40) {
        0..5 => {
            let state = dice.one(&[KeyState::Default, KeyState::Active, KeyState::Expired, KeyState::All]);
            Step::ListApiKeys { caller, state }
        }
        5..18 => {
            let repeat = Some(u8::from(dice.chance(50))).filter(|_| dice.chance(25));
            let (name, scopes) = (name(model, dice, None), scopes(model, dice, maker));
            Step::CreateApiKey { caller: maker, name, scopes, expiry: expiry(dice), repeat, into }
        }
        18..22 => Step::GetApiKey { caller, target: target(model, dice, caller) },
        22..25 => Step::DeleteApiKey { caller, target: target(model, dice, caller), if_match: if_match(dice) },
        25..33 => {
            let overlap = dice.one(&[0, 0, 1, 60, 3_600, 86_400, 604_800, 604_801]);
            let expiry = if dice.chance(60) { Expiry::LeftOut } else { expiry(dice) };
            let (target, if_match) = (target(model, dice, maker), if_match(dice));
            Step::RotateApiKey { caller: maker, target, overlap, expiry, if_match, into }
        }
        33 => Step::ListAuthorizationScopes(caller),
        34..37 => Step::GetAuthorization(Caller::Key(into)),
        _ => Step::IntrospectToken { caller: admin(model, dice, Scopes::AUTHENTICATION), value: into },
    }
}

/// Whoever makes a key.
fn maker(model: &Model, dice: &mut Dice) -> Caller {
    let keys = model.keys_with(Scopes::API_KEY, |_| true);
    match dice.any(&keys).filter(|_| dice.chance(22)) {
        Some(place) => Caller::Key(place),
        None => fresh(model, dice, |_, _| true),
    }
}

/// A name, mostly one that the caller has where a key is looked for.
fn name(model: &Model, dice: &mut Dice, of: Option<Caller>) -> KeyName {
    let owner = of.and_then(|caller| model.owner(caller));
    let own: Vec<_> = model.keys.iter().filter(|key| Some(key.owner) == owner).map(|key| key.name).collect();
    match dice.any(&own).filter(|_| dice.chance(85)) {
        Some(name) => name,
        None if dice.chance(2) => KeyName::Bad,
        None => dice.one(&KeyName::USUAL),
    }
}

fn target(model: &Model, dice: &mut Dice, caller: Caller) -> Target {
    let is_self = dice.chance(if matches!(caller, Caller::Key(_)) { 40 } else { 4 });
    if is_self { Target::Calling } else { Target::Named(name(model, dice, Some(caller))) }
}

/// Scopes that the caller may give, mostly.
fn scopes(model: &Model, dice: &mut Dice, maker: Caller) -> Scopes {
    let own = match maker {
        Caller::Key(place) => model.key_of(place).ok().map(|(at, _)| model.keys[at].scopes),
        Caller::Nobody | Caller::Browser(_) => None,
    };
    if let Some(own) = own.filter(|_| dice.chance(70)) {
        return own;
    }
    let usual = [Scopes::ALL, Scopes::TASKS, Scopes::API_KEY, Scopes::AUTHENTICATION, Scopes::ACCOUNT, Scopes(13)];
    if dice.chance(80) { dice.one(&usual) } else { Scopes(u16::try_from(dice.below(512)).unwrap_or_default()) }
}

fn expiry(dice: &mut Dice) -> Expiry {
    match dice.below(20) {
        0..8 => Expiry::LeftOut,
        8..12 => Expiry::In(i64::from(dice.one(&[1, 60, HOUR, DAY, 7 * DAY, 60 * DAY]))),
        12 => Expiry::In(dice.one(&[0, -1, -100_000])),
        13..16 => Expiry::Day(dice.one(&[0, 1, 30, 364])),
        16 => Expiry::Day(-1),
        17 => Expiry::Year(dice.one(&[-1, 0])),
        18 => Expiry::Year(1),
        _ => Expiry::DayOfYear,
    }
}

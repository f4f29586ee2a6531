//! What administrators do.

use super::callers::{admin, somebody};
use super::of_users::{address, full_name, if_match};
use crate::dice::Dice;
use crate::state::Model;
use crate::step::{Caller, Change, Step, TOKENS};
use crate::words::{Group, Person, Place, Policy, Provider, Scopes};

pub(super) fn users(model: &Model, dice: &mut Dice) -> Step {
    let caller = admin(model, dice, Scopes::AUTHENTICATION);
    let (person, into) = (somebody(model, dice), dice.below(TOKENS));
    match dice.below(40) {
        0..3 => Step::ListUsers { caller, place: place_or_all(dice) },
        3..12 => create(model, dice, caller),
        12..15 => Step::GetUser { caller, person },
        15..28 => {
            let change = change(model, dice, person);
            Step::UpdateUser { caller, person, change, if_match: if_match(dice) }
        }
        28..30 => Step::DeleteUser { caller, person },
        30..37 => Step::InviteUser { caller, person: invited(model, dice), into },
        _ => Step::ResetUserMfa { caller, person },
    }
}

fn create(model: &Model, dice: &mut Dice, caller: Caller) -> Step {
    let missing: Vec<_> = Person::ALL.into_iter().filter(|person| model.id_of(*person).is_none()).collect();
    let person = dice.any(&missing).filter(|_| dice.chance(85)).unwrap_or_else(|| dice.one(&Person::ALL));
    let provider = dice.weighted(&[(7, Provider::Local), (1, Provider::ActiveDirectory), (1, Provider::Saml)]);
    let groups = if dice.chance(50) { Vec::new() } else { groups(model, dice, person) };
    Step::CreateUser { caller, person, provider, groups, email: address(dice), into: dice.below(TOKENS) }
}

/// Whoever has no password yet, mostly.
fn invited(model: &Model, dice: &mut Dice) -> Person {
    let waiting: Vec<_> = model.users.values().filter(|user| user.password.is_none()).map(|user| user.person).collect();
    dice.any(&waiting).filter(|_| dice.chance(60)).unwrap_or_else(|| somebody(model, dice))
}

/// Groups of the person's environment, mostly such as there are.
fn groups(model: &Model, dice: &mut Dice, person: Person) -> Vec<Group> {
    let here = |group: &Group| model.groups.contains(&(person.environment(), *group));
    let is_careless = dice.chance(10);
    let mut groups: Vec<_> = Group::ALL.into_iter().filter(|group| is_careless || here(group)).collect();
    groups.retain(|_| dice.chance(50));
    groups
}

fn change(model: &Model, dice: &mut Dice, person: Person) -> Change {
    match dice.below(10) {
        0..2 => Change::FullName(full_name(dice)),
        2..4 => Change::Email(address(dice)),
        4..7 => Change::Groups(groups(model, dice, person)),
        7 => Change::Disabled(true),
        _ => Change::Disabled(false),
    }
}

fn place_or_all(dice: &mut Dice) -> Option<Place> {
    Some(dice.one(&Place::ALL)).filter(|_| dice.chance(40))
}

pub(super) fn places(model: &Model, dice: &mut Dice) -> Step {
    let caller = admin(model, dice, Scopes::AUTHENTICATION);
    let (place, group) = (dice.one(&Place::ALL), dice.one(&Group::ALL));
    match dice.below(20) {
        0..2 => Step::ListEnvironments(caller),
        2..7 => Step::CreateEnvironment { caller, place },
        7..10 => Step::DeleteEnvironment { caller, place },
        10..12 => Step::ListGroups { caller, place: place_or_all(dice) },
        12..17 => Step::CreateGroup { caller, place, group },
        _ => {
            let (place, group) = unused_group(model, dice).unwrap_or((place, group));
            Step::DeleteGroup { caller, place, group }
        }
    }
}

/// A group that nobody is in, mostly; there are few, and fewer by chance.
fn unused_group(model: &Model, dice: &mut Dice) -> Option<(Place, Group)> {
    let is_used = |(place, group): &(Place, Group)| {
        model.users.values().any(|user| user.person.environment() == *place && user.groups.contains(group))
    };
    let unused: Vec<_> = model.groups.iter().copied().filter(|group| !is_used(group)).collect();
    dice.any(&unused).filter(|_| dice.chance(70))
}

pub(super) fn account(model: &Model, dice: &mut Dice) -> Step {
    let caller = admin(model, dice, Scopes::ACCOUNT);
    if dice.chance(45) {
        return Step::GetAccountSettings(caller);
    }
    let policy = dice.weighted(&[(5, Policy::Optional), (2, Policy::Enforced), (2, Policy::Off)]);
    Step::UpdateAccountSettings { caller, policy }
}

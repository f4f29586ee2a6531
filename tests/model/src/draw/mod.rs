//! What is tried next: mostly what gets somewhere, and often enough what must not.

mod callers;
mod of_admins;
mod of_keys;
mod of_users;
mod time;

use crate::dice::Dice;
use crate::state::Model;
use crate::step::{Caller, Step};
use crate::words::{KeyName, Password, Person};

/// What a step is about.
#[derive(Clone, Copy)]
enum About {
    Time,
    SigningIn,
    Sessions,
    Profile,
    Passwords,
    Mfa,
    Keys,
    Users,
    Places,
    Account,
}

/// The next step.
pub(crate) fn draw(model: &Model, dice: &mut Dice) -> Step {
    // Whoever begins with nobody signed in spends half of a short history on it.
    match model.steps {
        0 => return Step::SignIn { browser: 0, person: Person::Admin, password: Password::First },
        1 => return Step::SignIn { browser: 1, person: Person::Jane, password: Password::First },
        2 if dice.chance(6) => {
            let count = u8::try_from(47 + dice.below(5)).unwrap_or(50);
            return Step::CreateManyApiKeys { caller: Caller::Browser(1), count };
        }
        _ => {}
    }
    if let Some(step) = of_users::insisting(model, dice) {
        return step;
    }
    let about = dice.weighted(&[
        (15, About::Time),
        (24, About::SigningIn),
        (16, About::Sessions),
        (15, About::Profile),
        (7, About::Passwords),
        (22, About::Mfa),
        (40, About::Keys),
        (34, About::Users),
        (9, About::Places),
        (4, About::Account),
    ]);
    match about {
        About::Time => time::draw(model, dice),
        About::SigningIn => of_users::signing_in(model, dice),
        About::Sessions => of_users::sessions(model, dice),
        About::Profile => of_users::profile(model, dice),
        About::Passwords => of_users::passwords(model, dice),
        About::Mfa => of_users::mfa(model, dice),
        About::Keys => of_keys::keys(model, dice),
        About::Users => of_admins::users(model, dice),
        About::Places => of_admins::places(model, dice),
        About::Account => of_admins::account(model, dice),
    }
}

/// Whether a step leads to what the contract determines.
pub(crate) fn is_determined(model: &Model, step: &Step) -> bool {
    match step {
        Step::Advance(seconds) => time::is_clear_after(model, *seconds),
        Step::UpdateAccountSettings { .. } => time::is_clear_after(model, crate::rules::POLICY_LAG),
        Step::CreateApiKey { caller, name, .. } => has_place(model, *caller, 1, Some(*name)),
        Step::CreateManyApiKeys { caller, count } => has_place(model, *caller, usize::from(*count), None),
        _ => true,
    }
}

/// Whether no expired key is pushed out by so many new ones: which one that is, is not modelled.
fn has_place(model: &Model, caller: Caller, count: usize, name: Option<KeyName>) -> bool {
    let Some(owner) = model.owner(caller) else { return true };
    let kept = model.keys.iter().filter(|key| key.owner == owner).count();
    let is_known = name.is_some_and(|name| model.key_named(owner, name).is_some());
    let (kept, active) = (kept - usize::from(is_known), model.active_keys(owner));
    kept + count <= crate::rules::KEYS || active == kept
}

//! What users do for themselves.

use super::callers::{fresh, password, password_of, person, person_or_key, somebody};
use crate::attempts::{Proof, Subject};
use crate::dice::Dice;
use crate::entities::{User, UserId};
use crate::state::{Model, Mood};
use crate::step::{BROWSERS, Caller, Change, Factor, IfMatch, Step, TOKENS};
use crate::words::{Address, Password, Person, Scopes};

pub(super) fn signing_in(model: &Model, dice: &mut Dice) -> Step {
    if let Some(step) = fail_again(model, dice) {
        return step;
    }
    let challenged: Vec<_> = (0..BROWSERS).filter(|browser| challenged_user(model, *browser).is_some()).collect();
    if let Some(browser) = dice.any(&challenged).filter(|_| dice.chance(60)) {
        return Step::AnswerChallenge { browser, factor: factor(model, dice, challenged_user(model, browser)) };
    }
    let opens = |at: &usize| model.tokens[*at].as_ref().is_some_and(|token| model.opened_by(token).is_some());
    let tokens: Vec<_> = (0..TOKENS).filter(opens).collect();
    let browser = dice.below(BROWSERS);
    if let Some(token) = dice.any(&tokens).filter(|_| dice.chance(22)) {
        return Step::AcceptInvitation { browser, token, password: password(dice) };
    }
    match dice.below(24) {
        0 => Step::AnswerChallenge { browser, factor: factor(model, dice, None) },
        1 => Step::AcceptInvitation { browser, token: dice.below(TOKENS), password: password(dice) },
        2..4 => Step::RequestPasswordReset { person: reachable(model, dice), into: dice.below(TOKENS) },
        4..7 => {
            let sso: Vec<_> = model.users.values().filter(|user| !user.is_local()).map(|user| user.person).collect();
            let person = dice.any(&sso).filter(|_| dice.chance(85)).unwrap_or_else(|| somebody(model, dice));
            Step::SignInWithProvider { browser, person }
        }
        _ => {
            let person = wanted(model, dice);
            Step::SignIn { browser, person, password: password_of(model, dice, person) }
        }
    }
}

/// What the mood of the history asks for.
pub(super) fn insisting(model: &Model, dice: &mut Dice) -> Option<Step> {
    if !dice.chance(25) {
        return None;
    }
    let (caller, into) = (fresh(model, dice, |_, user| user.is_local()), dice.below(TOKENS));
    match model.mood {
        Mood::Even | Mood::Keys => None,
        Mood::Resets => Some(Step::RequestPasswordReset { person: somebody(model, dice), into }),
        Mood::Addresses => {
            let change = Change::Email(dice.any(&[Address::One, Address::Two, Address::Three]));
            Some(Step::UpdateProfile { caller, change, if_match: IfMatch::None, into })
        }
        Mood::WrongProofs => Some(match dice.below(5) {
            0 => Step::ChangePassword { caller, current: Password::Common, new: Password::Second },
            1..3 => step_up_wrongly(model, dice, caller),
            _ => Step::ConfirmTotp { caller, factor: Factor::WrongCode },
        }),
    }
}

fn step_up_wrongly(model: &Model, dice: &mut Dice, caller: Caller) -> Step {
    let has_mfa = model.owner(caller).is_some_and(|id| model.user(id).mfa.is_some());
    let factor = if has_mfa { Factor::WrongCode } else { Factor::None };
    let password = if has_mfa { own_password(model, dice, caller) } else { Password::Common };
    Step::StepUp { caller, password, factor }
}

/// Whose open challenge a browser has.
fn challenged_user(model: &Model, browser: usize) -> Option<UserId> {
    let challenge = model.challenges.get(model.browsers[browser].challenge.as_ref()?)?;
    model.is_open(challenge).then_some(challenge.user)
}

/// One more failure where most failed before: single ones never make anybody wait.
fn fail_again(model: &Model, dice: &mut Dice) -> Option<Step> {
    let ((subject, proof, _), failures) = model.attempts.most_failed()?;
    if !dice.chance(if failures < 3 { 12 } else { 40 }) {
        return None;
    }
    let browser = dice.below(BROWSERS);
    let user = match subject {
        Subject::User(id) => model.users.get(id).map(|user| (*id, user.person)),
        Subject::Unknown(person) => {
            return Some(Step::SignIn { browser, person: *person, password: Password::Common });
        }
    };
    let (id, person) = user?;
    let factor = match proof {
        Proof::Password => return Some(Step::SignIn { browser, person, password: Password::Common }),
        Proof::Code => Factor::WrongCode,
        Proof::RecoveryCode => Factor::WrongRecoveryCode,
    };
    let challenged = (0..BROWSERS).find(|browser| challenged_user(model, *browser) == Some(id));
    challenged.map(|browser| Step::AnswerChallenge { browser, factor })
}

/// Whoever may get mail, mostly.
fn reachable(model: &Model, dice: &mut Dice) -> Person {
    let verified: Vec<_> = model.users.values().filter(|user| user.is_email_verified).map(|user| user.person).collect();
    dice.any(&verified).filter(|_| dice.chance(80)).unwrap_or_else(|| somebody(model, dice))
}

/// Whoever is to sign in: an administrator where none is there, and mostly somebody who can.
fn wanted(model: &Model, dice: &mut Dice) -> Person {
    let is_missing = model.browsers_of(|_, user| user.is_admin()).is_empty();
    let may = |user: &&User| user.password.is_some() && !user.is_disabled;
    let able: Vec<_> = model.users.values().filter(may).collect();
    let admins: Vec<_> = able.iter().filter(|user| user.is_admin()).map(|user| user.person).collect();
    if let Some(admin) = dice.any(&admins).filter(|_| is_missing && dice.chance(60)) {
        return admin;
    }
    let able: Vec<_> = able.into_iter().map(|user| user.person).collect();
    dice.any(&able).filter(|_| dice.chance(80)).unwrap_or_else(|| somebody(model, dice))
}

/// A second factor, mostly a right one.
fn factor(model: &Model, dice: &mut Dice, user: Option<UserId>) -> Factor {
    let mfa = user.and_then(|id| model.users.get(&id)).and_then(|user| user.mfa.as_ref());
    let last = mfa.map_or(0, |mfa| mfa.last_step);
    let step = model.now.unix_seconds() / 30;
    let good: Vec<i8> = (-1..=1).filter(|ahead| step + i64::from(*ahead) > last).collect();
    match dice.below(20) {
        0 => Factor::WrongCode,
        1 => Factor::WrongRecoveryCode,
        2 => Factor::Code(dice.one(&[-2, 2, -1, 0])),
        3..6 => Factor::RecoveryCode(dice.below(10)),
        6 => Factor::None,
        _ => Factor::Code(dice.any(&good).unwrap_or(1)),
    }
}

pub(super) fn sessions(model: &Model, dice: &mut Dice) -> Step {
    let caller = person(model, dice);
    match dice.below(20) {
        0..4 => Step::GetSession(caller),
        4..10 => step_up(model, dice, caller),
        10 => Step::SignOut { browser: dice.below(BROWSERS) },
        11..14 => Step::ListSessions(caller),
        14..16 => Step::EndSession { caller, of: dice.below(BROWSERS) },
        16 => Step::EndOtherSessions(caller),
        _ => Step::GetAuthorization(person_or_key(model, dice, Scopes(0))),
    }
}

fn step_up(model: &Model, dice: &mut Dice, caller: Caller) -> Step {
    let user = model.owner(caller);
    let has_mfa = user.is_some_and(|id| model.user(id).mfa.is_some());
    let factor = if has_mfa || dice.chance(4) { factor(model, dice, user) } else { Factor::None };
    Step::StepUp { caller, password: own_password(model, dice, caller), factor }
}

/// Mostly the right password of who calls.
fn own_password(model: &Model, dice: &mut Dice, caller: Caller) -> Password {
    match model.owner(caller) {
        Some(id) => password_of(model, dice, model.user(id).person),
        None => password(dice),
    }
}

pub(super) fn if_match(dice: &mut Dice) -> IfMatch {
    dice.weighted(&[(5, IfMatch::None), (4, IfMatch::Seen), (1, IfMatch::Stale)])
}

pub(super) fn address(dice: &mut Dice) -> Option<Address> {
    let address = dice.one(&[Address::One, Address::Two, Address::Three]);
    Some(address).filter(|_| dice.chance(88))
}

pub(super) fn full_name(dice: &mut Dice) -> Option<u8> {
    dice.one(&[None, Some(1), Some(2), Some(3)])
}

pub(super) fn profile(model: &Model, dice: &mut Dice) -> Step {
    let (caller, into) = (person(model, dice), dice.below(TOKENS));
    match dice.below(20) {
        0..5 => Step::GetProfile(person_or_key(model, dice, Scopes::AUTHENTICATION)),
        5..9 => {
            let change = Change::FullName(full_name(dice));
            Step::UpdateProfile { caller, change, if_match: if_match(dice), into }
        }
        9..14 => {
            let (caller, change) = (fresh(model, dice, |_, _| true), Change::Email(address(dice)));
            Step::UpdateProfile { caller, change, if_match: if_match(dice), into }
        }
        14 => {
            let change = dice.one(&[Change::Disabled(true), Change::Groups(Vec::new())]);
            Step::UpdateProfile { caller, change, if_match: IfMatch::None, into }
        }
        15..19 => confirm_email(model, dice),
        _ => Step::CancelPendingEmail(caller),
    }
}

/// Whether this user's address waits for the token that was put here.
fn awaits(model: &Model, user: &User, at: usize) -> bool {
    let token = model.tokens[at].as_ref();
    user.pending_email.as_ref().is_some_and(|pending| Some(&pending.token) == token)
}

/// Mostly by whom the mail was for.
fn confirm_email(model: &Model, dice: &mut Dice) -> Step {
    let is_awaited = |at: &usize| model.users.values().any(|user| awaits(model, user, *at));
    let awaited: Vec<_> = (0..TOKENS).filter(is_awaited).collect();
    let token = dice.any(&awaited).unwrap_or_else(|| dice.below(TOKENS));
    let browsers = model.browsers_of(|_, user| awaits(model, user, token));
    let caller = dice.any(&browsers).filter(|_| dice.chance(85)).map(Caller::Browser);
    Step::ConfirmEmail { caller: caller.unwrap_or_else(|| person(model, dice)), token }
}

pub(super) fn passwords(model: &Model, dice: &mut Dice) -> Step {
    let caller = person(model, dice);
    if dice.chance(30) {
        return Step::GetPassword(caller);
    }
    Step::ChangePassword { caller, current: own_password(model, dice, caller), new: password(dice) }
}

pub(super) fn mfa(model: &Model, dice: &mut Dice) -> Step {
    let waiting = model.browsers_of(|_, user| user.enrolment.as_ref().is_some_and(|(_, until)| model.now < *until));
    if let Some(browser) = dice.any(&waiting).filter(|_| dice.chance(40)) {
        let code = dice.weighted(&[(7, Factor::Code(0)), (2, Factor::Code(-1)), (2, Factor::Code(1))]);
        let factor = if dice.chance(88) { code } else { dice.one(&[Factor::WrongCode, Factor::Code(2)]) };
        return Step::ConfirmTotp { caller: Caller::Browser(browser), factor };
    }
    let with = fresh(model, dice, |_, user| user.mfa.is_some());
    let without = fresh(model, dice, |_, user| user.is_local() && user.mfa.is_none());
    match dice.below(20) {
        0..3 => Step::GetMfa(person(model, dice)),
        3..11 => Step::EnrolTotp(if dice.chance(88) { without } else { with }),
        11..13 => Step::DisableTotp(if dice.chance(85) { with } else { without }),
        13..16 => Step::ResetTotp(if dice.chance(85) { with } else { without }),
        16..18 => Step::ReplaceRecoveryCodes(if dice.chance(85) { with } else { without }),
        _ => Step::ConfirmTotp { caller: person(model, dice), factor: Factor::Code(0) },
    }
}

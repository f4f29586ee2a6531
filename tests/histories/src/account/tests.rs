//! The rules of a user, one call after the other.

use super::*;

const PASSWORD: u32 = 1;
const COOKIE: u32 = 10;
const NOW: i64 = 9_000;
const STEP: i64 = NOW / STEP_SECONDS;

fn user() -> State {
    let factor = Factor { last_step: STEP - 2, codes: 5, used: 0 };
    State::new(PASSWORD, Some(factor), COOKIE, NOW + 100)
}

/// Whether these can take place one after the other, all at the same instant.
fn can(state: State, acts: &[Act]) -> bool {
    let operation =
        |act: &Act| Operation { now: Instants::between(NOW, NOW, &[]), meets_epoch: false, act: act.clone() };
    let after =
        |states: Vec<State>, act| states.iter().flat_map(|state| Account.step(state, &operation(act))).collect();
    !acts.iter().fold(vec![state], after).is_empty()
}

const fn challenge(number: u32) -> Act {
    Act::SignIn(PASSWORD, SignedIn::Challenge(number, NOW))
}

#[test]
fn a_step_is_accepted_once_and_none_before_it() {
    let answer = |number, step| Act::Answer(number, Proof::Step(step), Answered::Session(20 + number));
    let refused = |number, step| Act::Answer(number, Proof::Step(step), Answered::Refused);
    assert!(can(user(), &[challenge(1), answer(1, STEP)]));
    assert!(can(user(), &[challenge(1), challenge(2), answer(1, STEP), answer(2, STEP + 1)]));
    assert!(!can(user(), &[challenge(1), challenge(2), answer(1, STEP), answer(2, STEP)]));
    assert!(!can(user(), &[challenge(1), challenge(2), answer(1, STEP), answer(2, STEP - 1)]));
    assert!(!can(user(), &[challenge(1), answer(1, STEP - 2)]) && !can(user(), &[challenge(1), answer(1, STEP + 2)]));
    assert!(!can(user(), &[challenge(1), refused(1, STEP)]), "it was right");
}

#[test]
fn a_recovery_code_and_a_challenge_are_used_once() {
    let answer = |number, place| Act::Answer(number, Proof::RecoveryCode(5, place), Answered::Session(20 + number));
    assert!(can(user(), &[challenge(1), challenge(2), answer(1, 0), answer(2, 1)]));
    assert!(!can(user(), &[challenge(1), challenge(2), answer(1, 0), answer(2, 0)]));
    assert!(!can(user(), &[challenge(1), answer(1, 0), answer(1, 1)]));
    let replaced = [Act::Authenticate(COOKIE), Act::ReplaceCodes(COOKIE, 6)];
    assert!(!can(user(), &[&[challenge(1)][..], &replaced, &[answer(1, 0)]].concat()));
}

#[test]
fn a_new_password_ends_the_old_one_and_other_sessions_and_challenges() {
    let answered = Act::Answer(1, Proof::Step(STEP), Answered::Session(21));
    let changed = Act::ChangePassword(21, PASSWORD, 2, Changed::Done);
    let before = [challenge(1), answered, challenge(3), changed];
    let then = |act: Act| can(user(), &[before.as_slice(), &[act]].concat());
    assert!(then(Act::Use(21, Some(NOW + FRESH_SECONDS))));
    assert!(then(Act::Use(COOKIE, None)));
    assert!(!then(Act::Use(COOKIE, Some(NOW + 100))));
    assert!(then(Act::SignIn(PASSWORD, SignedIn::Refused)));
    assert!(!then(challenge(4)));
    assert!(!then(Act::Answer(3, Proof::Step(STEP + 1), Answered::Session(22))));
    assert!(then(Act::SignIn(2, SignedIn::Challenge(4, NOW))));
    assert!(!then(Act::ChangePassword(COOKIE, 2, 3, Changed::Done)), "of a session that is over");
}

#[test]
fn a_new_cookie_replaces_the_old_one() {
    let stepped_up = Act::StepUp(COOKIE, PASSWORD, Proof::Step(STEP), SteppedUp::Done(11));
    assert!(can(user(), &[stepped_up.clone(), Act::Use(11, Some(NOW + FRESH_SECONDS)), Act::Use(COOKIE, None)]));
    assert!(!can(user(), &[stepped_up.clone(), Act::Use(COOKIE, Some(NOW + 100))]));
    assert!(!can(user(), &[stepped_up.clone(), stepped_up]));
    assert!(!can(user(), &[Act::SignOut(COOKIE), Act::Use(COOKIE, Some(NOW + 100))]));
}

#[test]
fn what_nobody_was_told_of_may_have_been() {
    let perhaps = Act::ChangePassword(COOKIE, PASSWORD, 2, Changed::Unknown);
    assert!(can(user(), &[perhaps.clone(), Act::SignIn(2, SignedIn::Challenge(1, NOW))]));
    assert!(can(user(), &[perhaps.clone(), challenge(1)]));
    assert!(!can(user(), &[perhaps, challenge(1), Act::SignIn(2, SignedIn::Challenge(2, NOW))]));
}

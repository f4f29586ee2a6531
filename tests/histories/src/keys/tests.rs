//! The rules of keys, one call after the other.

use super::*;

const NOW: i64 = 1_000;
const LATER: i64 = 2_000;

fn at(now: i64, name: u8, act: Act) -> Operation {
    Operation { now: Instants::between(now, now, &[]), name, act }
}

/// Whether these can take place one after the other.
fn can(operations: &[Operation]) -> bool {
    let keys = Keys { others: KEYS_MAX - 2 };
    let after = |states: Vec<State>, operation| states.iter().flat_map(|state| keys.step(state, operation)).collect();
    !operations.iter().fold(vec![State::new()], after).is_empty()
}

fn made(now: i64, name: u8, value: Value, expires: i64) -> Operation {
    at(now, name, Act::Create(expires, Made::Done { value, created: now }))
}

fn used(now: i64, name: u8, value: Value, used: Used) -> Operation {
    at(now, name, Act::Use(value, used))
}

fn rotated(now: i64, value: Value, overlap: i64) -> Operation {
    let rotation = Rotation { overlap, expires: None, if_match: None };
    at(now, 1, Act::Rotate(rotation, Rotated::Done { value, rotated: now, expires: LATER }))
}

#[test]
fn a_key_works_until_it_expires() {
    let made = made(NOW, 1, 7, LATER);
    assert!(can(&[made.clone(), used(LATER - 1, 1, 7, Used::Works(LATER))]));
    assert!(!can(&[made.clone(), used(LATER, 1, 7, Used::Works(LATER))]));
    assert!(can(&[made.clone(), used(LATER, 1, 7, Used::Expired)]));
    assert!(!can(&[made.clone(), used(LATER - 1, 1, 7, Used::Expired)]));
    assert!(!can(&[made.clone(), used(NOW, 1, 7, Used::Refused)]));
    assert!(!can(&[made, used(NOW, 1, 8, Used::Works(LATER))]));
}

#[test]
fn an_old_value_works_for_the_overlap_and_never_past_its_own_end() {
    let made = made(NOW, 1, 7, LATER);
    let old = |now, answer| used(now, 1, 7, answer);
    assert!(can(&[made.clone(), rotated(NOW, 8, 10), old(NOW + 9, Used::Works(NOW + 10))]));
    assert!(!can(&[made.clone(), rotated(NOW, 8, 10), old(NOW + 9, Used::Works(LATER))]), "it ends before its key");
    assert!(!can(&[made.clone(), rotated(NOW, 8, 10), old(NOW + 10, Used::Works(NOW + 10))]));
    assert!(can(&[made.clone(), rotated(NOW, 8, 0), old(NOW, Used::Refused)]));
    assert!(!can(&[made.clone(), rotated(NOW, 8, 10), rotated(NOW, 9, 10), old(NOW, Used::Works(NOW + 10))]));
    assert!(!can(&[made.clone(), rotated(LATER, 8, 0)]), "an expired key is not rotated");
    let extended = Rotation { overlap: 5_000, expires: Some(LATER + 900), if_match: None };
    let extended = Act::Rotate(extended, Rotated::Done { value: 8, rotated: NOW, expires: LATER + 900 });
    let extended = at(NOW, 1, extended);
    assert!(can(&[made.clone(), extended.clone(), old(LATER, Used::Refused)]));
    assert!(can(&[made.clone(), extended.clone(), old(LATER - 1, Used::Works(LATER))]));
    assert!(!can(&[made, extended, old(LATER, Used::Works(LATER))]));
}

#[test]
fn a_name_is_free_once_its_key_has_expired_or_is_deleted() {
    let first = made(NOW, 1, 7, LATER);
    assert!(!can(&[first.clone(), made(NOW, 1, 8, LATER)]));
    assert!(can(&[first.clone(), made(LATER, 1, 8, LATER + 9), used(LATER, 1, 7, Used::Refused)]));
    let deleted = at(NOW, 1, Act::Delete(None, Deleted::Done));
    assert!(can(&[first.clone(), deleted.clone(), made(NOW, 1, 8, LATER)]));
    assert!(!can(&[first.clone(), deleted.clone(), used(NOW, 1, 7, Used::Works(LATER))]));
    assert!(!can(&[first, deleted.clone(), deleted]));
}

#[test]
fn the_cap_is_exact() {
    let two = [made(NOW, 1, 7, LATER), made(NOW, 2, 8, LATER + 9)];
    let full = |now| at(now, 3, Act::Create(LATER + 9, Made::LimitReached));
    let then = |operation| can(&[two.as_slice(), &[operation]].concat());
    assert!(then(full(NOW)) && !then(made(NOW, 3, 9, LATER + 9)));
    assert!(!then(full(LATER)) && then(made(LATER, 3, 9, LATER + 9)), "one has expired");
    assert!(!can(&[made(NOW, 1, 7, LATER), full(NOW)]), "there is a place");
}

#[test]
fn a_condition_is_on_the_key_as_it_was_known() {
    let tag = |value| Some(Tag { value, expires: LATER });
    let delete = |value, deleted| at(NOW, 1, Act::Delete(tag(value), deleted));
    let before = [made(NOW, 1, 7, LATER), rotated(NOW, 8, 0)];
    let then = |operation| can(&[before.as_slice(), &[operation]].concat());
    assert!(then(delete(8, Deleted::Done)) && then(delete(7, Deleted::Changed)));
    assert!(!then(delete(7, Deleted::Done)) && !then(delete(8, Deleted::Changed)));
    assert!(then(delete(8, Deleted::Unknown)) && then(delete(7, Deleted::Unknown)));
}

//! The search, on objects small enough to know the answer.

use super::*;

/// A register, as in most texts on the matter.
struct Register;

#[derive(Clone, Debug)]
enum Access {
    Write(u8),
    Read(u8),
    /// Nobody knows whether it was written.
    PerhapsWrite(u8),
    /// Written where this stood before.
    Swap(u8, u8),
}
use Access::{PerhapsWrite, Read, Swap, Write};

impl Model for Register {
    type State = u8;
    type Operation = Access;

    fn step(&self, state: &u8, operation: &Access) -> Vec<u8> {
        match *operation {
            Write(value) => vec![value],
            Read(value) => Vec::from_iter((*state == value).then_some(value)),
            PerhapsWrite(value) => vec![*state, value],
            Swap(from, to) => Vec::from_iter((*state == from).then_some(to)),
        }
    }

    fn is_observation(&self, operation: &Access) -> bool {
        matches!(operation, Read(_))
    }
}

fn call(invoked: u64, answered: u64, operation: Access) -> Call<Access> {
    Call { invoked, answered, phases: vec![operation] }
}

fn has_order(calls: &[Call<Access>]) -> bool {
    check(&Register, 0, calls).is_ok()
}

#[test]
fn one_after_the_other_has_an_order() {
    assert!(has_order(&[]));
    assert!(has_order(&[call(0, 1, Read(0)), call(2, 3, Write(1)), call(4, 5, Read(1))]));
}

#[test]
fn what_was_answered_is_seen_by_whoever_asks_later() {
    assert!(!has_order(&[call(0, 1, Write(1)), call(2, 3, Read(0))]));
    assert!(has_order(&[call(0, 2, Write(1)), call(1, 3, Read(0))]), "at the same time");
    assert!(has_order(&[call(0, 2, Write(1)), call(1, 3, Read(1))]), "at the same time");
}

#[test]
fn what_one_has_seen_another_does_not_miss_later() {
    let history = |second, third| [call(0, 9, Write(1)), call(1, 2, Read(second)), call(3, 4, Read(third))];
    assert!(has_order(&history(0, 0)));
    assert!(has_order(&history(0, 1)));
    assert!(has_order(&history(1, 1)));
    assert!(!has_order(&history(1, 0)));
}

#[test]
fn two_who_write_at_once_are_seen_in_one_order() {
    let history = |reads: [u8; 3]| {
        let [a, b, c] = reads;
        [call(0, 20, Write(1)), call(1, 21, Write(2)), call(2, 3, Read(a)), call(4, 5, Read(b)), call(6, 7, Read(c))]
    };
    assert!(has_order(&history([0, 1, 2])));
    assert!(has_order(&history([0, 2, 1])));
    assert!(has_order(&history([1, 1, 1])));
    assert!(!has_order(&history([1, 2, 1])));
    assert!(!has_order(&history([2, 0, 1])));
}

#[test]
fn what_may_have_happened_explains_either_answer_but_not_both_in_turn() {
    let history = |first, second| [call(0, 9, PerhapsWrite(1)), call(1, 2, Read(first)), call(3, 4, Read(second))];
    assert!(has_order(&history(0, 0)));
    assert!(has_order(&history(0, 1)));
    assert!(has_order(&history(1, 1)));
    assert!(!has_order(&history(1, 0)));
    assert!(!has_order(&[call(0, 1, PerhapsWrite(1)), call(2, 3, Read(0)), call(4, 5, Read(1))]), "it is over");
}

#[test]
fn of_many_who_swap_the_same_value_one_does() {
    let one = |n| call(n, 100 + n, Swap(0, 1));
    assert!(has_order(&[one(0)]));
    assert!(!has_order(&[one(0), one(1)]));
    assert!(has_order(&[one(0), one(1), call(2, 102, Write(0))]), "written back in between");
}

#[test]
fn phases_keep_their_order() {
    let phases = |phases| Call { invoked: 0, answered: 9, phases };
    let other = call(1, 8, Write(1));
    assert!(has_order(&[phases(vec![Read(0), Read(1)]), other.clone()]));
    assert!(!has_order(&[phases(vec![Read(1), Read(0)]), other]));
}

#[test]
fn a_long_history_of_many_at_once_is_decided() {
    let write = |round: u64, client: u64| {
        let value = u8::try_from((round * 8 + client) % 251).expect("small");
        call(round * 100 + client, round * 100 + 50 + client, Write(value))
    };
    let mut calls: Vec<_> = (0..200).flat_map(|round| (0..8).map(move |client| write(round, client))).collect();
    calls.push(call(30_000, 30_001, Read(u8::try_from((199 * 8 + 3) % 251).expect("small"))));
    assert!(has_order(&calls), "any of the last eight may be the last");
    calls.push(call(30_002, 30_003, Read(u8::try_from((198 * 8 + 3) % 251).expect("small"))));
    assert!(!has_order(&calls), "none of an earlier round");
}

#[test]
fn a_failure_shows_what_cannot_be() {
    let Err(Violation::NoOrder(text)) = check(&Register, 0, &[call(0, 1, Write(7)), call(2, 3, Read(0))]) else {
        panic!("it has no order");
    };
    assert!(text.contains("after 1 of 2") && text.contains("2..3 Read(0)"), "{text}");
}

//! Chooses what clients do: everything from the seed and from what was told before the round.

mod keys;
mod people;

use fastrand::Rng;

use crate::knowledge::Knowledge;
use crate::order::Order;

/// What a round is about. Most of its calls meet on the same few things.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Theme {
    /// Everybody gets a challenge, so that the next round can answer them.
    Challenges,
    /// One code, many challenges.
    Codes,
    /// Recovery codes, used and replaced.
    RecoveryCodes,
    /// Passwords are changed while they are used.
    Passwords,
    /// One key or two: made, used, rotated, deleted.
    Keys,
    /// All names at once: the cap.
    Cap,
}

/// Themes, as often as they come.
const THEMES: [(u32, Theme); 6] = [
    (4, Theme::Challenges),
    (1, Theme::Codes),
    (1, Theme::RecoveryCodes),
    (5, Theme::Passwords),
    (4, Theme::Keys),
    (2, Theme::Cap),
];
/// What comes after a round of challenges, so that they are answered.
const AFTER_CHALLENGES: [(u32, Theme); 2] = [(3, Theme::Codes), (2, Theme::RecoveryCodes)];

/// A round: what each client does, one call after the other.
pub(crate) type Round = Vec<Vec<Order>>;

/// Chooses one round after the other.
#[derive(Debug, Default)]
pub(crate) struct Planner {
    last: Option<Theme>,
}

impl Planner {
    /// Chooses a round for so many clients.
    pub(crate) fn round(&mut self, rng: &mut Rng, known: &Knowledge, now: i64, clients: usize) -> Round {
        let themes: &[_] = if self.last == Some(Theme::Challenges) { &AFTER_CHALLENGES } else { &THEMES };
        let theme = weighted(rng, themes).unwrap_or(Theme::Keys);
        self.last = Some(theme);
        let person = rng.usize(..known.people.len().max(1));
        let people = people::Chooser::new(rng, known, theme, person, now);
        let keys = keys::Chooser::new(rng, &known.keys, theme, now);
        let order = |rng: &mut Rng| match theme {
            Theme::Keys | Theme::Cap => keys.order(rng),
            _ => people.order(rng).unwrap_or_else(|| keys.order(rng)),
        };
        let mut part = || (0..rng.usize(1..=3)).map(|_| order(rng)).collect();
        (0..clients).map(|_| part()).collect()
    }
}

fn choose<'a, T>(rng: &mut Rng, from: &'a [T]) -> Option<&'a T> {
    from.get(rng.usize(..from.len().max(1)))
}

/// The newest, or one of those before: one in four.
fn choose_new<'a, T>(rng: &mut Rng, from: &'a [T]) -> Option<&'a T> {
    if rng.u8(..4) == 0 { choose(rng, from) } else { from.last() }
}

/// The newest, or any.
fn choose_either<'a, T>(rng: &mut Rng, from: &'a [T]) -> Option<&'a T> {
    if rng.bool() { choose(rng, from) } else { from.last() }
}

/// One of `from`, as often as its weight says.
fn weighted<T: Copy>(rng: &mut Rng, from: &[(u32, T)]) -> Option<T> {
    let mut left = rng.u32(..from.iter().map(|(weight, _)| weight).sum::<u32>().max(1));
    for (weight, what) in from {
        if left < *weight {
            return Some(*what);
        }
        left -= weight;
    }
    None
}

/// A question for everything that is remembered.
#[must_use]
pub(crate) fn look_around(known: &Knowledge) -> Vec<Order> {
    let people = known.people.iter().enumerate().flat_map(|(at, person)| people::look_around(at, person));
    people.chain(keys::look_around(&known.keys)).collect()
}

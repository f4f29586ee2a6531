//! A history that was played is fine; the same history with one lie in it is not.

use super::*;
use crate::account::{Act, Answered, Changed, Ended, FRESH_SECONDS, Proof, SignedIn};
use crate::keys::{Act as OfKey, Deleted, Made, Rotated, Used};
use crate::run::{Plan, Service, run, service};

/// Of so many lies of one kind at least one is found.
const LIES_SURELY_FOUND: usize = 10;
/// A cookie that nobody has.
const STRANGE: u32 = u32::MAX;

/// What is made of an entry, if it is one that the lie is about.
type Lie = fn(&History, &Entry) -> Option<Told>;

enum Told {
    /// It was answered so.
    Otherwise(Acts),
    /// It never was.
    Never,
    /// It was once more, later than everything.
    Again(Acts),
}
use Told::{Again, Never, Otherwise};

fn of_person(entry: &Entry, lie: impl Fn(&Act) -> Option<Act>) -> Option<Acts> {
    let Acts::Person(person, acts) = &entry.acts else { return None };
    let [act] = acts.as_slice() else { return None };
    Some(Acts::Person(*person, vec![lie(act)?]))
}

fn of_key(entry: &Entry, lie: impl Fn(&OfKey) -> Option<OfKey>) -> Option<Acts> {
    let Acts::Key(name, act) = &entry.acts else { return None };
    Some(Acts::Key(*name, lie(act)?))
}

/// How sure it is that a lie is one: of two at the same time the other could have been first, and what nobody looked at
/// later need not have been.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Found {
    Always,
    Mostly,
}
use Found::{Always, Mostly};

/// Lies by what they claim.
const LIES: [(&str, Found, Lie); 13] = [
    ("a code is accepted twice", Always, |_, entry| {
        let twice = |act: &Act| match *act {
            Act::Answer(challenge, proof @ (Proof::Step(_) | Proof::RecoveryCode(..)), Answered::Session(_)) => {
                Some(Act::Answer(challenge, proof, Answered::Session(STRANGE)))
            }
            _ => None,
        };
        of_person(entry, twice).map(Again)
    }),
    ("a refused code is accepted", Mostly, |_, entry| {
        let accepted = |act: &Act| match *act {
            Act::Answer(challenge, proof, Answered::Refused) => {
                Some(Act::Answer(challenge, proof, Answered::Session(STRANGE)))
            }
            _ => None,
        };
        of_person(entry, accepted).map(Otherwise)
    }),
    ("a challenge that is over is answered", Mostly, |_, entry| {
        let accepted = |act: &Act| match *act {
            Act::Answer(challenge, proof, Answered::Over) => {
                Some(Act::Answer(challenge, proof, Answered::Session(STRANGE)))
            }
            _ => None,
        };
        of_person(entry, accepted).map(Otherwise)
    }),
    ("a wrong password opens", Mostly, |_, entry| {
        let opens = |act: &Act| match *act {
            Act::SignIn(password, SignedIn::Refused) => {
                Some(Act::SignIn(password, SignedIn::Session(STRANGE, entry.instants.first())))
            }
            _ => None,
        };
        of_person(entry, opens).map(Otherwise)
    }),
    ("a session that is over is one", Mostly, |history, entry| {
        let is_one = |act: &Act| match *act {
            Act::Use(cookie, None) => Some(Act::Use(cookie, Some(fresh_until(history, cookie)?))),
            _ => None,
        };
        of_person(entry, is_one).map(Otherwise)
    }),
    ("a session is over too soon", Mostly, |_, entry| {
        let is_over = |act: &Act| match *act {
            Act::Use(cookie, Some(_)) => Some(Act::Use(cookie, None)),
            _ => None,
        };
        of_person(entry, is_over).map(Otherwise)
    }),
    ("what ended sessions never was", Mostly, |_, entry| {
        let is_end = |act: &Act| {
            let ends = matches!(act, Act::ChangePassword(.., Changed::Done) | Act::EndOthers(_, Ended::Done));
            ends.then(|| act.clone())
        };
        of_person(entry, is_end).map(|_| Never)
    }),
    ("a key that was made never was", Mostly, |_, entry| {
        let made = |act: &OfKey| matches!(act, OfKey::Create(_, Made::Done { .. })).then(|| act.clone());
        of_key(entry, made).map(|_| Never)
    }),
    ("a rotation never was", Mostly, |_, entry| {
        let rotated = |act: &OfKey| matches!(act, OfKey::Rotate(_, Rotated::Done { .. })).then(|| act.clone());
        of_key(entry, rotated).map(|_| Never)
    }),
    ("a deletion never was", Mostly, |_, entry| {
        let deleted = |act: &OfKey| matches!(act, OfKey::Delete(_, Deleted::Done)).then(|| act.clone());
        of_key(entry, deleted).map(|_| Never)
    }),
    ("a value works that does not", Mostly, |history, entry| {
        let works = |act: &OfKey| match *act {
            OfKey::Use(value, Used::Refused | Used::Expired) => {
                Some(OfKey::Use(value, Used::Works(expiry(history, value)?)))
            }
            _ => None,
        };
        of_key(entry, works).map(Otherwise)
    }),
    ("a value does not work that does", Mostly, |_, entry| {
        let refused = |act: &OfKey| match *act {
            OfKey::Use(value, Used::Works(_)) => Some(OfKey::Use(value, Used::Refused)),
            _ => None,
        };
        of_key(entry, refused).map(Otherwise)
    }),
    ("a name is given twice, or a place too many", Mostly, |_, entry| {
        let made = |act: &OfKey| match *act {
            OfKey::Create(expires, Made::NameTaken | Made::LimitReached) => {
                Some(OfKey::Create(expires, Made::Done { value: STRANGE, created: entry.instants.first() }))
            }
            _ => None,
        };
        of_key(entry, made).map(Otherwise)
    }),
];

/// Until when a session was fresh when it was looked at.
fn fresh_until(history: &History, cookie: u32) -> Option<i64> {
    let acts = history.entries.iter().filter_map(|(_, entry)| match &entry.acts {
        Acts::Person(_, acts) => acts.first(),
        Acts::Key(..) => None,
    });
    acts.into_iter().find_map(|act| match act {
        Act::Use(other, fresh_until) if *other == cookie => *fresh_until,
        Act::SignIn(_, SignedIn::Session(other, created)) if *other == cookie => Some(created + FRESH_SECONDS),
        _ => None,
    })
}

/// When a value was to end when it was made.
fn expiry(history: &History, value: u32) -> Option<i64> {
    history.entries.iter().find_map(|(_, entry)| match &entry.acts {
        Acts::Key(_, OfKey::Create(expires, Made::Done { value: made, .. })) if *made == value => Some(*expires),
        Acts::Key(_, OfKey::Rotate(_, Rotated::Done { value: made, expires, .. })) if *made == value => Some(*expires),
        _ => None,
    })
}

/// The history with a lie in place of the entry at `at`.
fn with(history: &History, at: usize, told: Told) -> History {
    let mut lying = history.clone();
    match told {
        Otherwise(acts) => lying.entries[at].1.acts = acts,
        Never => drop(lying.entries.remove(at)),
        Again(acts) => {
            let (round, mut entry) = lying.entries[at].clone();
            (entry.acts, entry.span.invoked, entry.span.answered) = (acts, u64::MAX - 1, u64::MAX);
            lying.entries.push((round, entry));
        }
    }
    lying
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[expect(clippy::print_stdout, reason = "figures for whoever asks with --nocapture")]
async fn a_lie_in_a_history_is_found() {
    let world = service().await;
    let plan = Plan { seed: 7, calls: 400, clients: 8, service: Service::InProcess };
    let history = run(&world, plan).await;
    history.check().unwrap_or_else(|violation| panic!("{violation}"));
    let (mut all_found, mut all_told) = (0, 0);
    for (claim, sure, lie) in LIES {
        let entries = history.entries.iter().enumerate();
        let lies = entries.filter_map(|(at, (_, entry))| Some(with(&history, at, lie(&history, entry)?)));
        let found: Vec<_> = lies.map(|lying| lying.check().is_err()).collect();
        let (count, told) = (found.iter().filter(|is_found| **is_found).count(), found.len());
        println!("{claim}: {count} of {told} found");
        assert!(sure == Mostly || count == told, "{claim}: {count} of {told} found");
        assert!(count > 0 || told < LIES_SURELY_FOUND, "{claim}: none of {told} found");
        (all_found, all_told) = (all_found + count, all_told + told);
    }
    assert!(all_told >= 100 && all_found * 100 >= all_told * 60, "{all_found} of {all_told} found");
}

//! A history that was played is fine; the same history with one lie in it is not.

use scenarios::World;

use super::*;
use crate::account::{Act, Answered, Changed, Ended, Proof, SignedIn};
use crate::keys::{Act as OfKey, Deleted, Made, Rotated, Used};
use crate::run::{Plan, Service, run};

/// A cookie that nobody has.
const STRANGE: u32 = u32::MAX;

/// What is made of an entry, if it is one that the lie is about.
type Lie = fn(&Entry) -> Option<Told>;

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

/// Lies by what they claim, and how many of a hundred must be found at least. Some are none: of two at the same time the
/// other could have been first, and what nobody looked at later need not have been.
const LIES: [(&str, u32, Lie); 13] = [
    ("a code is accepted twice", 100, |entry| {
        let twice = |act: &Act| match *act {
            Act::Answer(challenge, proof @ (Proof::Step(_) | Proof::RecoveryCode(..)), Answered::Session(_)) => {
                Some(Act::Answer(challenge, proof, Answered::Session(STRANGE)))
            }
            _ => None,
        };
        of_person(entry, twice).map(Again)
    }),
    ("a refused code is accepted", 60, |entry| {
        let accepted = |act: &Act| match *act {
            Act::Answer(challenge, proof, Answered::Refused) => {
                Some(Act::Answer(challenge, proof, Answered::Session(STRANGE)))
            }
            _ => None,
        };
        of_person(entry, accepted).map(Otherwise)
    }),
    ("a challenge that is over is answered", 60, |entry| {
        let accepted = |act: &Act| match *act {
            Act::Answer(challenge, proof, Answered::Over) => {
                Some(Act::Answer(challenge, proof, Answered::Session(STRANGE)))
            }
            _ => None,
        };
        of_person(entry, accepted).map(Otherwise)
    }),
    ("a wrong password opens", 60, |entry| {
        let opens = |act: &Act| match *act {
            Act::SignIn(password, SignedIn::Refused) => {
                Some(Act::SignIn(password, SignedIn::Session(STRANGE, entry.instants.first())))
            }
            _ => None,
        };
        of_person(entry, opens).map(Otherwise)
    }),
    ("a session that is over is one", 100, |entry| {
        let is_one = |act: &Act| match *act {
            Act::Use(cookie, None) => Some(Act::Use(cookie, Some(0))),
            _ => None,
        };
        of_person(entry, is_one).map(Otherwise)
    }),
    ("a session is over too soon", 60, |entry| {
        let is_over = |act: &Act| match *act {
            Act::Use(cookie, Some(_)) => Some(Act::Use(cookie, None)),
            _ => None,
        };
        of_person(entry, is_over).map(Otherwise)
    }),
    ("what ended sessions never was", 60, |entry| {
        let is_end = |act: &Act| {
            let ends = matches!(act, Act::ChangePassword(.., Changed::Done) | Act::EndOthers(_, Ended::Done));
            ends.then(|| act.clone())
        };
        of_person(entry, is_end).map(|_| Never)
    }),
    ("a key that was made never was", 70, |entry| {
        let made = |act: &OfKey| matches!(act, OfKey::Create(_, Made::Done { .. })).then(|| act.clone());
        of_key(entry, made).map(|_| Never)
    }),
    ("a rotation never was", 60, |entry| {
        let rotated = |act: &OfKey| matches!(act, OfKey::Rotate(_, Rotated::Done { .. })).then(|| act.clone());
        of_key(entry, rotated).map(|_| Never)
    }),
    ("a deletion never was", 60, |entry| {
        let deleted = |act: &OfKey| matches!(act, OfKey::Delete(_, Deleted::Done)).then(|| act.clone());
        of_key(entry, deleted).map(|_| Never)
    }),
    ("a value works that does not", 100, |entry| {
        let works = |act: &OfKey| match *act {
            OfKey::Use(value, Used::Refused | Used::Expired) => Some(OfKey::Use(value, Used::Works(0))),
            _ => None,
        };
        of_key(entry, works).map(Otherwise)
    }),
    ("a value does not work that does", 60, |entry| {
        let refused = |act: &OfKey| match *act {
            OfKey::Use(value, Used::Works(_)) => Some(OfKey::Use(value, Used::Refused)),
            _ => None,
        };
        of_key(entry, refused).map(Otherwise)
    }),
    ("a name is given twice, or a place too many", 60, |entry| {
        let made = |act: &OfKey| match *act {
            OfKey::Create(expires, Made::NameTaken | Made::LimitReached) => {
                Some(OfKey::Create(expires, Made::Done { value: STRANGE, created: entry.instants.first() }))
            }
            _ => None,
        };
        of_key(entry, made).map(Otherwise)
    }),
];

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
    let world = World::start().await;
    let plan = Plan { seed: 7, calls: 400, clients: 8, service: Service::InProcess };
    let history = run(&world, plan).await;
    history.check().unwrap_or_else(|violation| panic!("{violation}"));
    let mut short = Vec::new();
    for (claim, percent, lie) in LIES {
        let entries = history.entries.iter().enumerate();
        let lies = entries.filter_map(|(at, (_, entry))| Some(with(&history, at, lie(entry)?)));
        let found: Vec<_> = lies.map(|lying| lying.check().is_err()).collect();
        let count = u32::try_from(found.iter().filter(|is_found| **is_found).count()).expect("few");
        let told = u32::try_from(found.len()).expect("few");
        assert!(told > 0, "{claim}: the history has no place for it");
        println!("{claim}: {count} of {told} found");
        short.extend((count * 100 < told * percent).then_some(claim));
    }
    assert_eq!(short, [""; 0]);
}

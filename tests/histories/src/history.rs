//! What clients saw, and whether it can be.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::account::{self, Account, State};
use crate::answer::Acts;
use crate::keys::{self, Keys};
use crate::linearizability::{self, Call, Violation};
use crate::people::OTHER_KEYS;
use crate::record::Span;
use crate::time::Instants;

/// Rounds after which what nobody was told about has taken place, or never will: whatever a request sent to the table
/// is long done.
pub(crate) const ROUNDS_UNKNOWN: usize = 2;

/// One call that was answered, or not.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    /// When it was under way.
    pub(crate) span: Span,
    /// When the service may have begun it.
    pub(crate) instants: Instants,
    /// What it was.
    pub(crate) acts: Acts,
    /// Whether it is known what became of it.
    pub(crate) is_known: bool,
}

/// All calls of one run.
#[derive(Clone, Debug)]
pub struct History {
    /// Calls that were sent, those that say nothing among them.
    pub calls: usize,
    /// Those that say something, with the round of each.
    pub(crate) entries: Vec<(usize, Entry)>,
    seed: u64,
    states: Vec<State>,
    round_ends: Vec<u64>,
    counts: BTreeMap<String, usize>,
}

impl History {
    pub(crate) fn new(seed: u64, states: Vec<State>) -> Self {
        Self { calls: 0, entries: Vec::new(), seed, states, round_ends: Vec::new(), counts: BTreeMap::new() }
    }

    pub(crate) fn push(&mut self, entry: Entry) {
        self.count(&label(&entry.acts));
        self.entries.push((self.round_ends.len(), entry));
    }

    pub(crate) fn end_round(&mut self, moment: u64) {
        self.round_ends.push(moment);
    }

    pub(crate) fn count(&mut self, label: &str) {
        *self.counts.entry(label.to_owned()).or_default() += 1;
    }

    /// How often each kind of call was answered how.
    #[must_use]
    pub const fn counts(&self) -> &BTreeMap<String, usize> {
        &self.counts
    }

    /// Whether the contract explains all of it.
    ///
    /// # Errors
    /// Which object it does not explain, and from where on.
    pub fn check(&self) -> Result<(), String> {
        for (person, state) in self.states.iter().enumerate() {
            let found = linearizability::check(&Account, state.clone(), &self.of_person(person));
            self.explain(found, &format!("person {person}"))?;
        }
        let keys = Keys { others: OTHER_KEYS };
        self.explain(linearizability::check(&keys, keys::State::new(), &self.of_keys()), "keys")
    }

    fn explain(&self, found: Result<(), Violation>, object: &str) -> Result<(), String> {
        let Err(violation) = found else { return Ok(()) };
        let mut text = format!("seed {}, {object}: ", self.seed);
        let written = match violation {
            Violation::NoOrder(explained) => write!(text, "no order explains the answers, {explained}"),
            Violation::Undecided => write!(text, "more orders than can be tried"),
        };
        written.map_or(Err(object.to_owned()), |()| Err(text))
    }

    /// When an entry was over for certain.
    fn answered(&self, round: usize, entry: &Entry) -> u64 {
        if entry.is_known {
            return entry.span.answered;
        }
        self.round_ends.get(round + ROUNDS_UNKNOWN).or(self.round_ends.last()).copied().unwrap_or(u64::MAX)
    }

    fn of_person(&self, person: usize) -> Vec<Call<account::Operation>> {
        let of = |(round, entry): &(usize, Entry)| match &entry.acts {
            Acts::Person(other, acts) if *other == person => {
                Some((entry.span.invoked, self.answered(*round, entry), entry.instants.clone(), acts.clone()))
            }
            _ => None,
        };
        let calls: Vec<_> = self.entries.iter().filter_map(of).collect();
        let raises: Vec<_> = calls.iter().filter(|(.., acts)| acts.iter().any(raises_epoch)).collect();
        let call = |(invoked, answered, now, acts): &(u64, u64, Instants, Vec<account::Act>)| {
            let meets = |(from, to, ..): &&&(u64, u64, _, _)| from < answered && invoked < to && from != invoked;
            let meets_epoch = raises.iter().any(|raise| meets(&raise));
            let phases = acts.iter().map(|act| account::Operation { now: now.clone(), meets_epoch, act: act.clone() });
            Call { invoked: *invoked, answered: *answered, phases: phases.collect() }
        };
        calls.iter().map(call).collect()
    }

    fn of_keys(&self) -> Vec<Call<keys::Operation>> {
        let call = |(round, entry): &(usize, Entry)| {
            let Acts::Key(name, act) = &entry.acts else { return None };
            let operation = keys::Operation { now: entry.instants.clone(), name: *name, act: act.clone() };
            let answered = self.answered(*round, entry);
            Some(Call { invoked: entry.span.invoked, answered, phases: vec![operation] })
        };
        self.entries.iter().filter_map(call).collect()
    }
}

/// Whether `act` ends sessions, or may have.
const fn raises_epoch(act: &account::Act) -> bool {
    use account::{Act, Changed, Ended};
    matches!(
        act,
        Act::ChangePassword(.., Changed::Done | Changed::Unknown) | Act::EndOthers(_, Ended::Done | Ended::Unknown)
    )
}

/// A name for a kind of call with its answer: the words of its form that begin in capitals.
fn label(acts: &Acts) -> String {
    let text = match acts {
        Acts::Person(_, acts) => format!("{acts:?}"),
        Acts::Key(_, act) => format!("Key {act:?}"),
    };
    let words = text.split(|c: char| !c.is_alphabetic()).filter(|word| word.starts_with(char::is_uppercase));
    let words: Vec<_> = words.filter(|word| !["Rotation", "Tag"].contains(word)).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests;

//! Whether operations that ran at once could have run one after the other (Herlihy and Wing; the search is that of Wing
//! and Gong, with Lowe's memory of what was tried).
//!
//! An operation takes effect at one moment between its call and its answer. Nothing here knows what operations mean:
//! that is a [`Model`]'s. Where it is not known what became of an operation, the model answers with every state that may
//! be, the unchanged one among them.

use std::collections::HashSet;
use std::fmt::Debug;
use std::hash::Hash;

/// Configurations after which a search is given up: no answer, which counts as a failure.
const CONFIGURATIONS_MAX: usize = 4_000_000;

/// What an object does with one operation at a time.
pub trait Model {
    /// What the object remembers.
    type State: Clone + Debug + Eq + Hash;
    /// An operation with its answer.
    type Operation: Debug;

    /// Every state that the object may be in after `operation`; none where it cannot have answered so.
    fn step(&self, state: &Self::State, operation: &Self::Operation) -> Vec<Self::State>;

    /// Whether `operation` changes no state, whenever it takes place.
    fn is_observation(&self, operation: &Self::Operation) -> bool;
}

/// A call with its answer. Moments are those of one counter, and no two are the same.
#[derive(Clone, Debug)]
pub struct Call<O> {
    /// Before it was sent.
    pub invoked: u64,
    /// After it was answered, or when it was over for certain.
    pub answered: u64,
    /// What took place in between, in this order.
    pub phases: Vec<O>,
}

/// Why a history cannot have been.
#[derive(Debug)]
pub enum Violation {
    /// No order of the operations explains the answers. Says how far the search came.
    NoOrder(String),
    /// There were more orders than could be tried.
    Undecided,
}

/// Phases that follow each other, each as `(invoked, answered, operation)`.
type Lane<'a, O> = Vec<(u64, u64, &'a O)>;

/// What was tried: how far each lane has come, and the state.
type Configuration<S> = (Vec<u32>, S);

/// Looks for an order of `calls` that begins at `initial` and explains every answer.
///
/// # Errors
/// When there is none.
pub fn check<M: Model>(model: &M, initial: M::State, calls: &[Call<M::Operation>]) -> Result<(), Violation> {
    let search = Search { model, lanes: lanes(calls) };
    search.run(initial)
}

/// Puts calls that were not at the same time into one lane, so that there are as few as possible.
fn lanes<O>(calls: &[Call<O>]) -> Vec<Lane<'_, O>> {
    let mut sorted: Vec<_> = calls.iter().collect();
    sorted.sort_by_key(|call| call.invoked);
    let mut lanes: Vec<Lane<'_, O>> = Vec::new();
    for call in sorted {
        let is_free = |lane: &&mut Lane<'_, O>| lane.last().is_none_or(|(_, answered, _)| *answered < call.invoked);
        let phases = call.phases.iter().map(|phase| (call.invoked, call.answered, phase));
        match lanes.iter_mut().find(is_free) {
            Some(lane) => lane.extend(phases),
            None => lanes.push(phases.collect()),
        }
    }
    lanes
}

struct Search<'a, M: Model> {
    model: &'a M,
    lanes: Vec<Lane<'a, M::Operation>>,
}

impl<'a, M: Model> Search<'a, M> {
    fn run(&self, initial: M::State) -> Result<(), Violation> {
        let mut stack = vec![(vec![0; self.lanes.len()], initial)];
        let mut seen: HashSet<Configuration<M::State>> = HashSet::new();
        let mut deepest = stack.first().cloned();
        while let Some((counts, state)) = stack.pop() {
            if self.is_done(&counts) {
                return Ok(());
            }
            if seen.len() >= CONFIGURATIONS_MAX {
                return Err(Violation::Undecided);
            }
            if !seen.insert((counts.clone(), state.clone())) {
                continue;
            }
            let depth = |counts: &[u32]| counts.iter().sum::<u32>();
            if deepest.as_ref().is_none_or(|(best, _)| depth(best) < depth(&counts)) {
                deepest = Some((counts.clone(), state.clone()));
            }
            stack.extend(self.successors(&counts, &state));
        }
        let explained = deepest.map(|(counts, state)| self.explain(&counts, &state));
        Err(Violation::NoOrder(explained.unwrap_or_default()))
    }

    fn is_done(&self, counts: &[u32]) -> bool {
        self.lanes.iter().zip(counts).all(|(lane, count)| lane.len() <= *count as usize)
    }

    /// The phases that may be next: nothing that is still to be placed was over before they began.
    fn enabled(&self, counts: &[u32]) -> Vec<(usize, &'a M::Operation)> {
        let next = |lane: usize| Some((lane, *self.lanes.get(lane)?.get(*counts.get(lane)? as usize)?));
        let next: Vec<_> = (0..self.lanes.len()).filter_map(next).collect();
        let earliest = next.iter().map(|(_, (_, answered, _))| *answered).min().unwrap_or_default();
        let mut enabled: Vec<_> = next.into_iter().filter(|(_, (invoked, ..))| *invoked <= earliest).collect();
        enabled.sort_by_key(|(_, (_, answered, _))| *answered);
        enabled.into_iter().map(|(lane, (_, _, operation))| (lane, operation)).collect()
    }

    /// What may come next, the most likely last. An answer that changes nothing and fits is placed at once: whatever
    /// order explains the rest explains it with this one in front as well.
    fn successors(&self, counts: &[u32], state: &M::State) -> Vec<Configuration<M::State>> {
        let mut successors = Vec::new();
        for (lane, operation) in self.enabled(counts) {
            let mut further = counts.to_vec();
            if let Some(count) = further.get_mut(lane) {
                *count += 1;
            }
            let states = self.model.step(state, operation);
            if self.model.is_observation(operation) {
                if !states.is_empty() {
                    return vec![(further, state.clone())];
                }
                continue;
            }
            successors.extend(states.into_iter().map(|state| (further.clone(), state)));
        }
        successors.reverse();
        successors
    }

    /// For whoever reads the failure: the longest part that has an order, and what cannot follow it.
    fn explain(&self, counts: &[u32], state: &M::State) -> String {
        let total: usize = self.lanes.iter().map(Vec::len).sum();
        let placed: u32 = counts.iter().sum();
        let mut lines = vec![format!("after {placed} of {total} operations, in the state\n  {state:?}")];
        lines.push("came last, by lane:".to_owned());
        for (lane, count) in self.lanes.iter().zip(counts) {
            let last = (*count as usize).checked_sub(1).and_then(|last| lane.get(last));
            lines.extend(last.map(|(from, to, operation)| format!("  {from}..{to} {operation:?}")));
        }
        lines.push("and none of these can be next:".to_owned());
        for (lane, count) in self.lanes.iter().zip(counts) {
            let next = lane.get(*count as usize);
            lines.extend(next.map(|(from, to, operation)| format!("  {from}..{to} {operation:?}")));
        }
        lines.join("\n")
    }
}

#[cfg(test)]
mod tests;

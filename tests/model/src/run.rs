//! Runs many histories at once, each on a service of its own, and tells of one that fails how to make it again.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use proptest::strategy::Strategy;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest};
use serde::{Deserialize, Serialize};
use shared::clock::Timestamp;

use crate::reference::Contract;
use crate::service::Service;
use crate::state::Model;
use crate::step::Step;

/// What is to be run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    /// Histories are the same for the same seed, threads and lengths.
    pub(crate) seed: u64,
    pub(crate) threads: u64,
    /// Histories of each thread.
    pub(crate) histories: u32,
    /// Steps of each history.
    pub(crate) steps: usize,
}

/// A history, from beginning to end, as it is written down.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct History {
    /// RFC 3339.
    pub(crate) begins_at: String,
    pub(crate) has_mail: bool,
    pub(crate) steps: Vec<Step>,
}

/// A history in which the service differs from the model, as short as it could be made.
#[derive(Debug)]
pub(crate) struct Difference {
    seed: u64,
    thread: u64,
    pub(crate) reason: String,
    pub(crate) history: History,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { seed, thread, reason, history } = self;
        writeln!(f, "the service and the model differ, with seed {seed}, in thread {thread}:\n{reason}")?;
        writeln!(
            f,
            "{} steps; written to a file, they are played by `cargo run -p model -- --replay FILE`:",
            history.steps.len()
        )?;
        f.write_str(&serde_json::to_string(history).map_err(|_| fmt::Error)?)
    }
}

impl Plan {
    /// Runs all of it.
    ///
    /// # Errors
    /// The first difference, made short.
    pub(crate) fn run(self) -> Result<(), Box<Difference>> {
        let run = |thread| self.run_thread(thread);
        std::thread::scope(|scope| {
            let threads: Vec<_> = (0..self.threads).map(|thread| scope.spawn(move || run(thread))).collect();
            threads.into_iter().try_for_each(|thread| thread.join().expect("a thread tells what it found"))
        })
    }

    fn run_thread(self, thread: u64) -> Result<(), Box<Difference>> {
        self.run_histories(thread, &Contract::sequential_strategy(self.steps))
    }

    /// Runs histories that are drawn by these rules.
    ///
    /// # Errors
    /// The first difference, made short.
    pub(crate) fn run_histories(
        self,
        thread: u64,
        histories: &impl Strategy<Value = (Model, Vec<Step>, Option<Arc<AtomicUsize>>)>,
    ) -> Result<(), Box<Difference>> {
        let config = Config {
            cases: self.histories,
            failure_persistence: None,
            max_shrink_iters: 400,
            max_shrink_time: 120_000,
            ..Config::default()
        };
        let mut seed = [0; 32];
        seed[..8].copy_from_slice(&self.seed.to_le_bytes());
        seed[8..16].copy_from_slice(&thread.to_le_bytes());
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &seed);
        let mut runner = TestRunner::new_with_rng(config.clone(), rng);
        let outcome = runner.run(histories, |(model, steps, seen)| {
            Service::test_sequential(config.clone(), model, steps, seen);
            Ok::<(), TestCaseError>(())
        });
        match outcome {
            Ok(()) => Ok(()),
            Err(TestError::Abort(reason)) => Err(Box::new(self.difference(thread, reason.to_string(), None))),
            Err(TestError::Fail(reason, (model, steps, _))) => {
                Err(Box::new(self.difference(thread, reason.to_string(), Some((model, steps)))))
            }
        }
    }

    fn difference(self, thread: u64, reason: String, found: Option<(Model, Vec<Step>)>) -> Difference {
        let history =
            found.map(|(model, steps)| History { begins_at: model.now.to_string(), has_mail: model.has_mail, steps });
        let nothing = History { begins_at: String::new(), has_mail: false, steps: Vec::new() };
        Difference { seed: self.seed, thread, reason, history: history.unwrap_or(nothing) }
    }
}

impl History {
    /// Plays it, and says where service and model differ.
    ///
    /// # Errors
    /// The difference.
    pub(crate) fn replay(self) -> Result<(), String> {
        let now = Timestamp::parse_rfc3339(&self.begins_at).ok_or("it begins at no instant")?;
        let model = Model::start(now, self.has_mail);
        let played = || Service::test_sequential(Config::default(), model, self.steps, None);
        catch_unwind(AssertUnwindSafe(played)).map_err(|panic| {
            let text = panic.downcast_ref::<String>().cloned();
            text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_default()
        })
    }
}

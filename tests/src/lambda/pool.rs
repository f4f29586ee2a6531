//! All functions, each with as many environments as are needed at once.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use local::functions::{Failure, Functions, Invocation};
use serde_json::Value;

use super::environment::Environment;
use super::program::Program;

/// Runs functions as processes. They end with it.
#[derive(Debug)]
pub struct Lambda {
    programs: BTreeMap<String, Program>,
    pools: Mutex<BTreeMap<String, Pool>>,
}

/// The environments of one function.
#[derive(Debug, Default)]
struct Pool {
    all: Vec<Arc<Environment>>,
    /// Those without work; the last one used is used first.
    idle: Vec<Arc<Environment>>,
}

impl Lambda {
    /// Runs these, each under its name, as soon as they are invoked.
    #[must_use]
    pub fn new(programs: impl IntoIterator<Item = Program>) -> Self {
        let programs = programs.into_iter().map(|program| (program.name.clone(), program)).collect();
        Self { programs, pools: Mutex::default() }
    }

    /// Deploys one more, or another in place of the one of its name; environments that run stay as they are.
    pub fn deploy(&mut self, program: Program) {
        self.programs.insert(program.name.clone(), program);
    }

    /// What is deployed under this name.
    #[must_use]
    pub fn program(&self, function: &str) -> &Program {
        self.programs.get(function).unwrap_or_else(|| panic!("no function {function} is deployed"))
    }

    /// The environments of a function that are alive.
    #[must_use]
    pub fn environments(&self, function: &str) -> Vec<Arc<Environment>> {
        let pools = self.pools.lock().unwrap_or_else(PoisonError::into_inner);
        let all = pools.get(function).into_iter().flat_map(|pool| &pool.all);
        all.filter(|environment| environment.is_alive()).cloned().collect()
    }

    /// Kills all environments of a function, whatever they do; the next invocation starts a new one.
    pub async fn kill(&self, function: &str) {
        for environment in self.environments(function) {
            environment.kill().await;
        }
    }

    /// One without work, or a new one.
    fn take(&self, program: &Program) -> Arc<Environment> {
        let mut pools = self.pools.lock().unwrap_or_else(PoisonError::into_inner);
        let pool = pools.entry(program.name.clone()).or_default();
        while let Some(environment) = pool.idle.pop() {
            if environment.is_alive() {
                return environment;
            }
        }
        let environment = Arc::new(Environment::start(program));
        pool.all.retain(|environment| environment.is_alive());
        pool.all.push(Arc::clone(&environment));
        environment
    }

    fn put_back(&self, environment: Arc<Environment>) {
        let mut pools = self.pools.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(pool) = pools.get_mut(environment.name()).filter(|_| environment.is_alive()) {
            pool.idle.push(environment);
        }
    }
}

impl Functions for Lambda {
    fn has(&self, function: &str) -> bool {
        self.programs.contains_key(function)
    }

    fn invoke<'a>(&'a self, function: &'a str, event: Value) -> Invocation<'a> {
        Box::pin(async move {
            let Some(program) = self.programs.get(function) else {
                return Err(Failure::failed("ResourceNotFoundException", function));
            };
            let environment = self.take(program);
            let outcome = environment.invoke(event).await;
            self.put_back(environment);
            outcome
        })
    }
}

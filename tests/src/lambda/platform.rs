//! A stack's functions as processes, and what they reach.

use local::deployment::Deployment;
use local::functions::{Functions, Invocation};
use local::in_process::InProcess;
use serde_json::Value;

use super::pool::Lambda;
use super::program::{Program, Programs};
use super::services::Services;

/// The given binaries as processes; functions without a binary run in the stack's own.
pub struct Platform {
    lambda: Lambda,
    services: Services,
    rest: InProcess,
}

impl Platform {
    /// Deploys `programs` with the template's settings.
    #[must_use]
    pub fn new(deployment: &Deployment, programs: &Programs) -> Self {
        let services = Services::start(deployment);
        let lambda = Lambda::new(Program::deployed(programs, deployment, &services));
        Self { lambda, services, rest: InProcess::new(deployment).expect("every function is declared") }
    }

    /// With other settings of one function.
    #[must_use]
    pub fn with(mut self, program: Program) -> Self {
        self.lambda.deploy(program);
        self
    }

    /// The processes.
    #[must_use]
    pub const fn lambda(&self) -> &Lambda {
        &self.lambda
    }

    /// What they reach beside their table.
    #[must_use]
    pub const fn services(&self) -> &Services {
        &self.services
    }
}

impl Functions for Platform {
    fn has(&self, function: &str) -> bool {
        self.lambda.has(function) || self.rest.has(function)
    }

    fn invoke<'a>(&'a self, function: &'a str, event: Value) -> Invocation<'a> {
        if self.lambda.has(function) { self.lambda.invoke(function, event) } else { self.rest.invoke(function, event) }
    }
}

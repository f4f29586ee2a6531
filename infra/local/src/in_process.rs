//! The functions in this process: a task per invocation.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use notifier::Mailer;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use shared::clock::Clock;
use shared::context::Context;
use shared::runtime;

use crate::deployment::Deployment;
use crate::error::StartError;
use crate::functions::{Failure, Functions, Invocation};
use crate::roles::Roles;

/// How long a clean-up may take, as in the template.
const CLEANUP_WITHIN: Duration = Duration::from_mins(5);

/// Every function of the template.
pub struct InProcess(Arc<Inner>);

struct Inner {
    authorizer: Context,
    cleanup: Context,
    notifier: Context,
    mailer: Mailer,
    clock: Clock,
    routers: BTreeMap<&'static str, Router>,
}

impl InProcess {
    /// All of them, each with its own role.
    ///
    /// # Errors
    /// `Template` when one of them is not declared.
    pub fn new(deployment: &Deployment) -> Result<Self, StartError> {
        let roles = deployment.roles.as_ref();
        Ok(Self(Arc::new(Inner {
            authorizer: roles.context("authorizer")?,
            cleanup: roles.context("cleanup")?,
            notifier: roles.context("notifier")?,
            mailer: roles.mailer("notifier")?,
            clock: deployment.context.clock.clone(),
            routers: routers(roles)?,
        })))
    }
}

impl Functions for InProcess {
    fn has(&self, function: &str) -> bool {
        ["authorizer", "cleanup", "notifier"].contains(&function) || self.0.routers.contains_key(function)
    }

    fn invoke<'a>(&'a self, function: &'a str, event: Value) -> Invocation<'a> {
        let (inner, function) = (Arc::clone(&self.0), function.to_owned());
        Box::pin(contained(async move { inner.run(&function, event).await }))
    }
}

/// Runs in a task of its own: a panic ends this invocation alone, and what nobody waits for any more runs on.
async fn contained(run: impl Future<Output = Result<Value, Failure>> + Send + 'static) -> Result<Value, Failure> {
    tokio::spawn(run).await.unwrap_or_else(|error| Err(Failure::failed("panic", error.to_string())))
}

impl Inner {
    async fn run(&self, function: &str, event: Value) -> Result<Value, Failure> {
        match function {
            "authorizer" => {
                let verdict = authorizer::authorize(&self.authorizer, &read(event)?).await;
                answer(verdict.map_err(failed)?.answer().map_err(failed)?)
            }
            "cleanup" => answer(cleanup::run(&self.cleanup, CLEANUP_WITHIN).await.map_err(failed)?),
            "notifier" => answer(notifier::handle(&self.notifier, &self.mailer, read(event)?).await.map_err(failed)?),
            _ => match self.routers.get(function) {
                Some(router) => Ok(runtime::handle_http(router, &self.clock, read(event)?).await),
                None => Err(Failure::failed("absent", format!("no function {function}"))),
            },
        }
    }
}

/// The functions that answer HTTP.
fn routers(roles: &Roles) -> Result<BTreeMap<&'static str, Router>, StartError> {
    let of = |function| roles.context(function);
    Ok(BTreeMap::from([
        ("sign-in", sign_in::router(of("sign-in")?)),
        ("sessions", sessions::router(of("sessions")?)),
        ("profile", profile::router(of("profile")?)),
        ("password", password::router(of("password")?)),
        ("mfa", mfa::router(of("mfa")?)),
        ("api-keys", api_keys::router(of("api-keys")?)),
        ("users", users::router(of("users")?)),
        ("portal", portal::router()),
    ]))
}

fn read<T: DeserializeOwned>(event: Value) -> Result<T, Failure> {
    serde_json::from_value(event).map_err(|error| Failure::failed("event", error.to_string()))
}

fn answer(answer: impl Serialize) -> Result<Value, Failure> {
    serde_json::to_value(answer).map_err(|error| Failure::failed("answer", error.to_string()))
}

/// With its causes, which are for whoever reads the log of this stack.
fn failed(error: impl std::error::Error) -> Failure {
    let causes = std::iter::successors(error.source(), |cause| (*cause).source());
    Failure::failed("error", causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_ends_one_invocation_with_a_failure() {
        let ended = contained(async { panic!("on purpose") }).await;
        assert!(matches!(ended, Err(Failure::Failed { error_type, .. }) if error_type == "panic"));
        assert_eq!(contained(async { Ok(Value::Null) }).await, Ok(Value::Null));
    }
}

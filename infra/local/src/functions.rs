//! How the functions are invoked: events in, answers out, both as JSON, as with Lambda.

use std::future::Future;
use std::pin::Pin;

use serde_json::Value;
use shared::Error;

/// An invocation under way.
pub type Invocation<'a> = Pin<Box<dyn Future<Output = Result<Value, Failure>> + Send + 'a>>;

/// The deployed functions, each by its folder's name.
pub trait Functions: Send + Sync {
    /// Whether there is one of this name.
    fn has(&self, function: &str) -> bool;

    /// Invokes one. What one invocation does wrong ends that invocation alone.
    fn invoke<'a>(&'a self, function: &'a str, event: Value) -> Invocation<'a>;
}

/// Why an invocation has no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The function answered with an error, or came to an end.
    #[error("{error_type}: {message}")]
    Failed {
        /// Its kind, as Lambda or the function names it.
        error_type: String,
        /// What happened.
        message: String,
    },
    /// It took longer than it may.
    #[error("the function timed out")]
    TimedOut,
}

impl Failure {
    /// An error of this kind.
    pub fn failed(error_type: &str, message: impl Into<String>) -> Self {
        Self::Failed { error_type: error_type.to_owned(), message: message.into() }
    }
}

impl From<Failure> for Error {
    /// Whoever invokes a function by itself tries again.
    fn from(failure: Failure) -> Self {
        Self::unavailable(failure)
    }
}

//! Why the stack could not start.

use std::io;
use std::path::PathBuf;

/// Why the stack could not start, in words for the one who started it.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The template is not what this stack can stand in for.
    #[error("infra/template.yaml: {0}")]
    Template(String),
    /// Another stack runs on the same data.
    #[error("{} is in use by another local stack; stop it, or choose another folder with --data", .0.display())]
    DataInUse(PathBuf),
    /// A file or an address is out of reach.
    #[error("{what}: {source}")]
    Io {
        /// What was tried.
        what: String,
        /// Why it failed.
        source: io::Error,
    },
    /// The DynamoDB refused.
    #[error("DynamoDB: {0}")]
    Store(String),
    /// The service itself refused to be set up.
    #[error("setting up: {0}")]
    Service(shared::error::Error),
}

impl StartError {
    /// For `map_err` on what the system answers.
    pub(crate) fn io(what: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let what = what.into();
        move |source| Self::Io { what, source }
    }
}

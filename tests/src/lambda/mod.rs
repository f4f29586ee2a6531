//! Stands in for AWS Lambda: the real function binaries, each in environments of its own, behind the runtime API.
//!
//! A [`Platform`] is what a stack is given in place of the functions in its process ([`World::on_platform`]). Its
//! [`Lambda`] starts an [`Environment`] for each invocation that finds none free: a process of one function, which can
//! be killed at any moment, frozen, and asked for its log and its memory.
//!
//! [`World::on_platform`]: crate::World::on_platform

mod environment;
mod platform;
mod pool;
mod program;
mod runtime_api;
mod server;
mod services;

pub use environment::Environment;
pub use platform::Platform;
pub use pool::Lambda;
pub use program::{Program, Programs, build};
pub use services::Services;

//! Vocabulary and capabilities of User Settings; knows no function.
//!
//! Modules in reading order. Imports point up this list, never down, and `store` and `http` do not know each other:
//!
//! ```text
//! error clock scope secret id name                         vocabulary: no AWS, no HTTP, no I/O; only `clock` reads the time
//! token keyring challenge password totp recovery attempts  credentials: pure; randomness only in generate and hash
//! store                                                    the only DynamoDB code
//! http                                                     requests, callers, problems
//! secrets context access protection view                   what several functions do with both
//! runtime                                                  the only code that reads the environment
//! ```

pub mod error;
pub use error::{Error, Result};
pub mod clock;
pub mod id;
pub mod name;
pub mod scope;
pub mod secret;

pub mod attempts;
pub mod challenge;
pub mod keyring;
pub mod password;
pub mod recovery;
pub mod token;
pub mod totp;

pub mod store;

pub mod http;

pub mod access;
pub mod context;
pub mod protection;
pub mod secrets;
pub mod view;

pub mod runtime;

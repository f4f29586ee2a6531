//! Requests and answers: what a call carries, and how an error is sent. Knows nothing of the store.

pub mod answer;
pub mod call;
pub mod cookie;
pub mod credential;
pub mod etag;
pub mod fields;
pub mod page;
pub mod problem;
pub mod route;

/// The path under which every operation stands.
pub const BASE_PATH: &str = "/pro/user-manager/v1";

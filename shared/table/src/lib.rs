//! A DynamoDB on this machine, for the local stack and for tests: which one, how it is reached, and a table there that
//! goes with whoever uses it. Nothing here is deployed.

mod clients;
mod endpoint;
mod lease;

pub mod testing;

pub use clients::{client, connections};
pub use endpoint::Endpoint;
pub use lease::Lease;

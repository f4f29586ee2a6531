//! What the functions of a stack are deployed on.

use std::net::SocketAddr;
use std::path::PathBuf;

use shared::context::Context;
use shared::secret::Secret;

/// What functions are given: in this process the context, elsewhere the addresses behind it.
#[derive(Clone, Debug)]
pub struct Deployment {
    /// What functions in this process work with.
    pub context: Context,
    /// Where the stack listens.
    pub address: SocketAddr,
    /// Where its DynamoDB listens, `http://…`.
    pub dynamodb_url: String,
    /// What Secrets Manager would hold.
    pub secret: Secret,
    /// Where mail goes.
    pub outbox: PathBuf,
}

//! What the functions of a stack are deployed on.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use shared::context::Context;
use shared::secret::Secret;

use crate::roles::Roles;

/// What functions are given: in this process their roles, elsewhere the addresses behind it.
#[derive(Clone)]
pub struct Deployment {
    /// What the stack itself works with.
    pub context: Context,
    /// What each function in this process works with.
    pub roles: Arc<Roles>,
    /// Where the stack listens.
    pub address: SocketAddr,
    /// Where its DynamoDB listens, `http://…`.
    pub dynamodb_url: String,
    /// The table's name there.
    pub table_name: String,
    /// What Secrets Manager would hold.
    pub secret: Secret,
    /// Where mail goes.
    pub outbox: PathBuf,
}

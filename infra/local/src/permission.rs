//! What a role may do: one action on one resource.

use std::fmt;

/// One action on one resource, as a grant and as a need.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Permission {
    /// As IAM writes it: `dynamodb:GetItem`.
    pub action: String,
    /// What it is done to.
    pub resource: Resource,
}

/// What the template declares and a function reaches.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Resource {
    /// The table itself.
    Table,
    /// One of the table's indexes.
    Index(String),
    /// The generated secret.
    Secret,
    /// Mail from the deployment's one sender address.
    Sender,
    /// Anything else; no role has a permission for it.
    Other(String),
}

impl Permission {
    /// `action` on `resource`.
    #[must_use]
    pub fn new(action: impl Into<String>, resource: Resource) -> Self {
        Self { action: action.into(), resource }
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} on {}", self.action, self.resource)
    }
}

impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Table => f.write_str("the table"),
            Self::Index(name) => write!(f, "the index {name}"),
            Self::Secret => f.write_str("the secret"),
            Self::Sender => f.write_str("mail from the sender address"),
            Self::Other(what) => f.write_str(what),
        }
    }
}

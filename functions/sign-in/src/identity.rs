//! Which user a name means. A name that nobody has gets the same requests and the same work.

use shared::Result;
use shared::http::fields::{Fields, Refusal, text};
use shared::id::UserId;
use shared::name::{EnvironmentName, UserName};
use shared::secret::short_hash;
use shared::store::layout::{self, Key};
use shared::store::users::ROOT_ENVIRONMENT;

/// A name as it is looked up.
#[derive(Clone, Debug)]
pub(crate) struct Identity {
    /// The environment, folded.
    pub(crate) environment: String,
    /// The user's name, folded.
    pub(crate) user_name: String,
}

impl Identity {
    /// Reads `environment_name` and `user_name`.
    pub(crate) fn read(fields: &mut Fields) -> Option<Self> {
        let any = |name: &str| Ok::<_, Refusal>(name.to_owned());
        let environment = fields.optional("environment_name", text(any));
        let user_name = fields.required("user_name", text(any))?;
        Some(Self::of(environment.as_deref().unwrap_or(ROOT_ENVIRONMENT), &user_name))
    }

    /// What cannot be a name is looked up too, under a key that no name has.
    pub(crate) fn of(environment: &str, user_name: &str) -> Self {
        match (EnvironmentName::parse(environment), UserName::parse(user_name)) {
            (Ok(environment), Ok(user_name)) => {
                Self { environment: environment.folded(), user_name: user_name.folded() }
            }
            _ => Self { environment: "#".into(), user_name: short_hash(&[environment, user_name]) },
        }
    }

    pub(crate) fn key(&self) -> Key {
        layout::user_name(&self.environment, &self.user_name)
    }

    /// The id under which attempts are counted when nobody has the name.
    pub(crate) fn unknown_id(&self) -> UserId {
        UserId::of_unknown_name(&self.environment, &self.user_name)
    }
}

/// Reads the id out of a name's item.
pub(crate) fn user_id(item: &shared::store::item::Item) -> Result<UserId> {
    UserId::parse(item.text("user_id")?).ok_or_else(|| item.corrupt("user_id"))
}

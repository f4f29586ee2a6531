//! What every account has: the environment ROOT, and the groups that are roles.

use shared::context::Context;
use shared::error::Result;
use shared::name::{EnvironmentName, GroupName};
use shared::store::directory::{Environment, Group};
use shared::store::users::{ADMIN_GROUP, PUBLISHER_GROUP, ROOT_ENVIRONMENT};

/// Makes the environment ROOT with its groups Admin and App Publisher, where they are not there; any number of callers
/// may do so at once.
///
/// # Errors
/// `Unavailable` when the table does not answer.
pub async fn ensure_account(context: &Context) -> Result<()> {
    let root = EnvironmentName::from_stored(ROOT_ENVIRONMENT.to_owned());
    // A refusal says that it is there, which is all that is wanted.
    context.store.insert_environment(&Environment::new(root.clone(), None)).await?;
    // Administrators come last: whoever finds their group need not look for the rest.
    for name in [PUBLISHER_GROUP, ADMIN_GROUP] {
        let group = Group::new(root.clone(), GroupName::from_stored(name.to_owned()), None);
        context.store.insert_group(&group).await?;
    }
    Ok(())
}

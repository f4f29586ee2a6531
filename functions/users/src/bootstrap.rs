//! What an empty table needs before anybody can sign in.

use shared::clock::Timestamp;
use shared::context::Context;
use shared::error::{Error, Result};
use shared::name::{EnvironmentName, GroupName};
use shared::password::Password;
use shared::secret::Secret;
use shared::store::directory::{Environment, Group};
use shared::store::factors::PasswordRecord;
use shared::store::users::{ADMIN_GROUP, PUBLISHER_GROUP, Profile, ROOT_ENVIRONMENT};

pub use crate::create::NewUser;
use crate::create::insert;

/// Makes the environment ROOT with its groups Admin and App Publisher, where they are not there; any number of callers
/// may do so at once.
///
/// # Errors
/// `Unavailable` when the table does not answer.
pub async fn ensure_account(context: &Context) -> Result<()> {
    let root = EnvironmentName::from_stored(ROOT_ENVIRONMENT.to_owned());
    // A refusal says that it is there, which is all that is wanted.
    context.store.insert_environment(&Environment::new(root.clone(), None)).await?;
    for name in [ADMIN_GROUP, PUBLISHER_GROUP] {
        let group = Group::new(root.clone(), GroupName::from_stored(name.to_owned()), None);
        context.store.insert_group(&group).await?;
    }
    Ok(())
}

/// Makes a user as `POST /user` does, without an invitation.
///
/// # Errors
/// `NameTaken`; `InvalidRequest` when the environment or a group is not there; `Unavailable`.
pub async fn insert_user(context: &Context, new: NewUser, now: Timestamp) -> Result<Profile> {
    insert(context, new.into_profile()?, Vec::new(), now).await
}

/// Sets the first password of a user, unjudged.
///
/// # Errors
/// `Internal` when the user has one; `Unavailable` when table or secret do not answer.
pub async fn set_password(context: &Context, user: &Profile, password: &Secret, now: Timestamp) -> Result<()> {
    let password = Password::new(password);
    let keyring = context.keyring(now).await?;
    let stored = context.hasher.hash(&password, &keyring).await?;
    let record = PasswordRecord { stored, version: 1, is_long: password.is_long(), changed_at: now };
    let outcome = context.store.write(record.replace(user.id, 0)?).await?;
    if outcome.is_done() { Ok(()) } else { Err(Error::internal("the user has a password already")) }
}

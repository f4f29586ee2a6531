//! What an empty table needs before anybody can sign in.

use shared::clock::Timestamp;
use shared::context::Context;
use shared::error::{Error, Result};
use shared::name::UserName;
use shared::password::Password;
use shared::runtime::DirectError;
use shared::secret::Secret;
use shared::store::factors::PasswordRecord;
use shared::store::users::Profile;

pub use crate::account::ensure_account;
pub use crate::create::NewUser;
use crate::create::insert;
use crate::first_administrator::{self, NewAdministrator};

/// Makes a user as `POST /user` does, without an invitation.
///
/// # Errors
/// `NameTaken`; `InvalidRequest` when the environment or a group is not there; `Unavailable`.
pub async fn insert_user(context: &Context, new: NewUser, now: Timestamp) -> Result<Profile> {
    insert(context, new.into_profile()?, Vec::new(), now).await
}

/// Makes the first administrator as an operator does, and leaves out the invitation's token.
///
/// # Errors
/// `Internal` where an administrator can act already; `Unavailable`.
pub async fn insert_first_administrator(context: &Context, user_name: UserName, now: Timestamp) -> Result<Profile> {
    let new = NewAdministrator { user_name, full_name: None, email: None };
    match first_administrator::make(context, &new, now).await {
        Ok(made) => Ok(made.profile),
        Err(DirectError::Failed(error)) => Err(error),
        Err(DirectError::Refused(_, why)) => Err(Error::internal(why)),
    }
}

/// Sets the first password of a user, unjudged; an invitation ends with it.
///
/// # Errors
/// `Internal` when the user has one; `Unavailable` when table or secret do not answer.
pub async fn set_password(context: &Context, user: &Profile, password: &Secret, now: Timestamp) -> Result<()> {
    let password = Password::new(password);
    let keyring = context.keyring(now).await?;
    let stored = context.hasher.hash(&password, &keyring).await?;
    let record = PasswordRecord { stored, version: 1, is_long: password.is_long(), changed_at: now };
    let after = Profile { invitation: None, password_version: record.version, ..user.clone() };
    let outcome = context.store.transact(vec![record.replace(user.id, 0)?, after.update(user)?]).await?;
    if outcome.is_done() { Ok(()) } else { Err(Error::internal("the user has a password already")) }
}

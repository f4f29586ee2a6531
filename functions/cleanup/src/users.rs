//! Deleted users: what is left of their partitions.

use shared::id::UserId;
use shared::store::Outcome;
use shared::{Error, Result};

use crate::Run;

/// Removes what deleted users left behind, as far as time allows; how many are gone for good.
///
/// # Errors
/// `Unavailable` when the list of deleted users cannot be read.
pub(crate) async fn remove_deleted(run: &Run) -> Result<u64> {
    let mut removed = 0;
    for user in run.store.list_deleted_users(run.now).await? {
        match remove(run, user).await {
            Ok(true) => removed += 1,
            Ok(false) => break,
            Err(error) => {
                tracing::error!(event = "user_left", user.id = %user, error = %error.with_causes());
            }
        }
    }
    Ok(removed)
}

/// Whether the user is gone; `false` when time is up. The profile goes last: until then it refuses what would put
/// something new beside it, but for what a sign-in that was under way leaves, which opens nothing and has a time to live.
async fn remove(run: &Run, user: UserId) -> Result<bool> {
    if run.store.profile(user).await?.is_some_and(|profile| !profile.is_deleted) {
        return Err(Error::internal("the user is not marked deleted"));
    }
    loop {
        if !run.limits.may_delete() {
            return Ok(false);
        }
        let keys = run.store.keys_of_user(user).await?;
        if keys.is_empty() {
            break;
        }
        run.store.delete_all(&keys).await?;
    }
    match run.store.delete_deleted_profile(user).await? {
        Outcome::Done => Ok(true),
        Outcome::Refused(_) => Err(Error::internal("the user is no longer marked deleted")),
    }
}

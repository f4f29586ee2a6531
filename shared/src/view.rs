//! What clients see of a user, in every answer that shows one.

use serde::Serialize;

use crate::clock::Timestamp;
use crate::name::{EmailAddress, EnvironmentName, FullName, GroupName, UserName};
use crate::store::users::Profile;

/// The members of `ME/info`; an administrator's view of a user has more.
#[derive(Clone, Debug, Serialize)]
pub struct UserInfo<'a> {
    account_name: &'a str,
    environment_name: &'a EnvironmentName,
    user_name: &'a UserName,
    full_name: Option<&'a FullName>,
    email: Option<&'a EmailAddress>,
    email_verified: bool,
    pending_email: Option<&'a EmailAddress>,
    identity_provider: &'static str,
    roles: Vec<&'static str>,
    groups: &'a [GroupName],
}

impl<'a> UserInfo<'a> {
    /// The view of `profile`, a user of the account `account_name`; an address whose token has ended waits no more.
    #[must_use]
    pub fn new(profile: &'a Profile, account_name: &'a str, now: Timestamp) -> Self {
        let pending = profile.pending_email.as_ref().filter(|pending| now < pending.expires_at);
        Self {
            account_name,
            environment_name: &profile.environment,
            user_name: &profile.user_name,
            full_name: profile.full_name.as_ref(),
            email: profile.email.as_ref(),
            email_verified: profile.is_email_verified,
            pending_email: pending.map(|pending| &pending.address),
            identity_provider: profile.provider.as_str(),
            roles: profile.roles(),
            groups: &profile.groups,
        }
    }
}

/// The user of a session, in the answers that tell of it.
#[derive(Clone, Debug, Serialize)]
#[expect(clippy::struct_field_names, reason = "the names are the contract's")]
pub struct SessionUser<'a> {
    environment_name: &'a EnvironmentName,
    user_name: &'a UserName,
    full_name: Option<&'a FullName>,
}

impl<'a> SessionUser<'a> {
    /// The view of `profile`.
    #[must_use]
    pub fn new(profile: &'a Profile) -> Self {
        Self {
            environment_name: &profile.environment,
            user_name: &profile.user_name,
            full_name: profile.full_name.as_ref(),
        }
    }
}

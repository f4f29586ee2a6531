//! Changes of a user by an administrator.

use axum::extract::State;
use axum::response::Response;
use shared::clock::Timestamp;
use shared::context::Context;
use shared::error::{Error, Result};
use shared::http::call::Call;
use shared::http::fields::{Fields, flag, text};
use shared::id::UserId;
use shared::name::{EmailAddress, FullName, GroupName, fold};
use shared::store::Write;
use shared::store::events::{Event, EventKind, keep_address};
use shared::store::members::loses_admin;
use shared::store::users::{ADMIN_GROUP, Profile, ROOT_ENVIRONMENT};

use crate::administrator;
use crate::create::{found, group_names, names_admin};
use crate::target::{self};
use crate::view::User;
use shared::store::Retries;

/// What to change; what is left out stays.
#[derive(Debug)]
struct Patch {
    #[expect(clippy::option_option, reason = "left out, cleared and set are three things")]
    full_name: Option<Option<FullName>>,
    #[expect(clippy::option_option, reason = "left out, cleared and set are three things")]
    email: Option<Option<EmailAddress>>,
    groups: Option<Vec<GroupName>>,
    is_disabled: Option<bool>,
}

pub(crate) async fn update_user(State(context): State<Context>, call: Call) -> Result<Response> {
    let caller = administrator::editor(&context, &call).await?;
    let if_match = call.if_match()?;
    let patch = Patch::read(call.patch()?)?;
    let mut retries = Retries::default();
    loop {
        retries.begin().await?;
        let before = target::user(&context, &call).await?;
        if before.is_admin() || patch.makes_admin(&before) {
            caller.require_session()?;
        }
        let after = patch.applied_to(&before, &context, call.now).await?;
        if_match.check(&User::new(&before, &context, call.now).etag()?)?;
        if after == before {
            return User::new(&after, &context, call.now).answer();
        }
        check_admin_stays(&context, &before, Some(&after), &retries).await?;
        let writes = events(&before, &after, call.now)?;
        if context.store.update_user(&before, &after, writes).await?.is_done() {
            log(&before, &after, caller.profile().id, &call);
            return User::new(&after, &context, call.now).answer();
        }
    }
}

/// Tells why a change was refused that takes away an administrator who can act: the transaction holds to it, and only
/// a repeated try has to ask.
pub(crate) async fn check_admin_stays(
    context: &Context,
    before: &Profile,
    after: Option<&Profile>,
    retries: &Retries,
) -> Result<()> {
    if !retries.is_repeated() || !loses_admin(before, after) {
        return Ok(());
    }
    let group = context.store.group(&fold(ROOT_ENVIRONMENT), &fold(ADMIN_GROUP)).await?;
    if group.is_some_and(|group| group.enabled_members > 1) {
        return Ok(());
    }
    Err(Error::NotEmpty("The last administrator stays. Make another user a member of the group Admin first."))
}

impl Patch {
    fn read(mut fields: Fields) -> Result<Self> {
        let patch = Self {
            full_name: fields.clearable("full_name", text(FullName::parse)),
            email: fields.clearable("email", text(EmailAddress::parse)),
            groups: fields.optional("groups", group_names),
            is_disabled: fields.optional("disabled", flag),
        };
        fields.finish(Some(patch))
    }

    fn makes_admin(&self, before: &Profile) -> bool {
        self.groups.as_ref().is_some_and(|groups| names_admin(&before.environment, groups))
    }

    async fn applied_to(&self, before: &Profile, context: &Context, now: Timestamp) -> Result<Profile> {
        let mut after = before.clone();
        if let Some(full_name) = &self.full_name {
            after.full_name.clone_from(full_name);
        }
        if let Some(email) = &self.email {
            set_email(&mut after, email.as_ref());
        }
        if let Some(groups) = &self.groups {
            after.groups = found(context, &before.environment, groups, now).await?.1?;
        }
        if let Some(is_disabled) = self.is_disabled {
            after.session_epoch += u64::from(is_disabled && !before.is_disabled);
            after.is_disabled = is_disabled;
        }
        Ok(after)
    }
}

/// Puts an address in force, unverified, in place of one that waits; the invitation ends with the address it was made
/// under. The address that is in force already stays as verified as it is.
pub(crate) fn set_email(profile: &mut Profile, email: Option<&EmailAddress>) {
    profile.pending_email = None;
    if profile.email.as_ref() != email {
        profile.email = email.cloned();
        profile.is_email_verified = false;
        profile.invitation = None;
    }
}

/// What the user is told of; where the administrator was is not the user's to know.
fn events(before: &Profile, after: &Profile, now: Timestamp) -> Result<Vec<Write>> {
    let event = |kind| Event::new(before.id, kind, now);
    let mut writes = Vec::new();
    if before.email != after.email {
        let changed = event(EventKind::EmailChanged)?;
        writes.push(changed.insert()?);
        if let Some(old) = &before.email {
            writes.push(keep_address(&changed, old)?);
        }
    }
    if before.is_disabled != after.is_disabled {
        let kind = if after.is_disabled { EventKind::UserDisabled } else { EventKind::UserEnabled };
        writes.push(event(kind)?.insert()?);
    }
    Ok(writes)
}

fn log(before: &Profile, after: &Profile, by: UserId, call: &Call) {
    let mut changes = vec!["user_updated"];
    if before.is_disabled != after.is_disabled {
        changes.push(if after.is_disabled { "user_disabled" } else { "user_enabled" });
    }
    if before.is_admin() != after.is_admin() {
        changes.push(if after.is_admin() { "admin_added" } else { "admin_removed" });
    }
    if before.email != after.email {
        changes.push("email_changed");
    }
    for event in changes {
        tracing::info!(event, user.id = %before.id, by.id = %by, request.id = call.request_id);
    }
}

#[cfg(test)]
mod unit {
    use super::*;
    use shared::id::ItemId;
    use shared::name::{EnvironmentName, UserName};
    use shared::store::users::{Invitation, PendingEmail, Provider};

    fn invited() -> Profile {
        let address = |text| EmailAddress::parse(text).expect("an address");
        let new = crate::create::NewUser {
            environment: EnvironmentName::parse("ROOT").expect("a name"),
            user_name: UserName::parse("jane").expect("a name"),
            full_name: None,
            email: Some(address("jane@example.com")),
            provider: Provider::Local,
            groups: Vec::new(),
        };
        let (token, expires_at) = (ItemId::of_text("t"), Timestamp::from_unix_seconds(1_000));
        Profile {
            is_email_verified: true,
            invitation: Some(Invitation { token, digest: None, expires_at }),
            pending_email: Some(PendingEmail { address: address("new@example.com"), token, expires_at }),
            ..new.into_profile().expect("randomness")
        }
    }

    #[test]
    fn another_address_ends_what_was_made_under_the_old_one() {
        let mut profile = invited();
        set_email(&mut profile, None);
        assert!(!profile.is_email_verified && profile.invitation.is_none() && profile.pending_email.is_none());
    }

    #[test]
    fn the_same_address_stays_verified_and_keeps_the_invitation() {
        let (mut profile, before) = (invited(), invited());
        set_email(&mut profile, before.email.as_ref());
        assert_eq!(profile, Profile { id: profile.id, pending_email: None, ..before });
    }
}

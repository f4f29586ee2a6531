//! New users: a name that is free, in an environment and groups that are there.

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use serde_json::{Value, json};
use shared::access::Caller;
use shared::clock::Timestamp;
use shared::context::Context;
use shared::error::{Error, FieldError, Result};
use shared::http::answer;
use shared::http::call::Call;
use shared::http::fields::{Fields, Refusal, list, text};
use shared::id::UserId;
use shared::name::{EmailAddress, EnvironmentName, FullName, GroupName, UserName};
use shared::store::Write;
use shared::store::members::GROUPS_MAX;
use shared::store::users::{ADMIN_GROUP, Profile, Provider, ROOT_ENVIRONMENT};

use crate::administrator;
use crate::invitation::{self, Issued};
use crate::view::User;
use shared::store::Retries;

/// What a user is made of. Environment and groups are found in any case.
#[derive(Clone, Debug)]
pub struct NewUser {
    /// Where the name is unique.
    pub environment: EnvironmentName,
    /// The name.
    pub user_name: UserName,
    /// The full name, if any.
    pub full_name: Option<FullName>,
    /// The address, if any; in force and unverified.
    pub email: Option<EmailAddress>,
    /// Who keeps password and MFA.
    pub provider: Provider,
    /// Groups of the environment, at most 20.
    pub groups: Vec<GroupName>,
}

pub(crate) async fn create_user(State(context): State<Context>, call: Call) -> Result<Response> {
    let caller = administrator::editor(&context, &call).await?;
    let new = NewUser::read(call.json()?)?;
    if names_admin(&new.environment, &new.groups) {
        caller.require_session()?;
    }
    let mut profile = new.into_profile()?;
    let mut more = Vec::new();
    let mut issued = None;
    if profile.is_local() {
        match caller {
            Caller::Session(_) => issued = Some(invitation::issue(&context, &mut profile, call.now)?),
            Caller::Key(_) => more.extend(invitation::mail(&mut profile, call.now)?),
        }
    }
    let profile = insert(&context, profile, more, call.now).await?;
    let by = caller.profile().id;
    tracing::info!(event = "user_created", user.id = %profile.id, by.id = %by, request.id = call.request_id);
    created(&context, &profile, issued.as_ref(), call.now)
}

/// A local user's answer always has the member, `null` where the token goes by mail.
fn created(context: &Context, profile: &Profile, issued: Option<&Issued>, now: Timestamp) -> Result<Response> {
    let mut body = serde_json::to_value(User::new(profile, context, now)).map_err(Error::internal)?;
    if let (Value::Object(members), true) = (&mut body, profile.is_local()) {
        members.insert("invitation".into(), json!(issued));
    }
    answer::json(StatusCode::CREATED, &body)
}

/// Makes the user once environment, groups and name allow it; refused by whichever does not.
pub(crate) async fn insert(context: &Context, draft: Profile, more: Vec<Write>, now: Timestamp) -> Result<Profile> {
    let mut retries = Retries::default();
    loop {
        retries.begin().await?;
        let (environment, groups) = found(context, &draft.environment, &draft.groups, now).await?;
        let environment = environment.ok_or_else(|| Error::invalid("/environment_name", "is no environment"))?;
        let profile = Profile { environment, groups: groups?, ..draft.clone() };
        let (folded, name) = (profile.environment.folded(), profile.user_name.folded());
        if retries.is_repeated() && context.store.user_id_by_name(&folded, &name).await?.is_some() {
            return Err(Error::NameTaken);
        }
        if context.store.insert_user(&profile, more.clone()).await?.is_done() {
            return Ok(profile);
        }
    }
}

/// An environment and groups as they were first written, the groups each once and in order; a group that is not there
/// is told with its place.
pub(crate) async fn found(
    context: &Context,
    environment: &EnvironmentName,
    groups: &[GroupName],
    now: Timestamp,
) -> Result<(Option<EnvironmentName>, Result<Vec<GroupName>>)> {
    let (environment, found) = context.store.environment_with_groups(&environment.folded(), groups, now).await?;
    let missing: Vec<_> = found
        .iter()
        .enumerate()
        .filter(|(_, group)| group.is_none())
        .map(|(at, _)| FieldError { pointer: format!("/groups/{at}"), detail: "is no group of the environment".into() })
        .collect();
    let groups = if missing.is_empty() {
        let mut names: Vec<_> = found.into_iter().flatten().map(|group| group.name).collect();
        names.sort_by_cached_key(GroupName::folded);
        names.dedup();
        Ok(names)
    } else {
        Err(Error::InvalidRequest(missing))
    };
    Ok((environment.map(|environment| environment.name), groups))
}

/// Whether these groups make an administrator, in whatever case they are written.
pub(crate) fn names_admin(environment: &EnvironmentName, groups: &[GroupName]) -> bool {
    let is = |name: String, fixed: &str| name == shared::name::fold(fixed);
    is(environment.folded(), ROOT_ENVIRONMENT) && groups.iter().any(|group| is(group.folded(), ADMIN_GROUP))
}

/// Reads the member `groups`.
pub(crate) fn group_names(value: &Value) -> Result<Vec<GroupName>, Refusal> {
    let names = list(GroupName::parse)(value)?;
    if names.len() > GROUPS_MAX { Err(format!("must have at most {GROUPS_MAX} groups").into()) } else { Ok(names) }
}

impl NewUser {
    fn read(mut fields: Fields) -> Result<Self> {
        let environment = fields.required("environment_name", text(EnvironmentName::parse));
        let user_name = fields.required("user_name", text(UserName::parse));
        let full_name = fields.optional("full_name", text(FullName::parse));
        let email = fields.optional("email", text(EmailAddress::parse));
        let provider = fields.optional(
            "identity_provider",
            text(|name| Provider::parse(name).ok_or("must be local, active_directory or saml")),
        );
        let groups = fields.optional("groups", group_names);
        let new = environment.zip(user_name).map(|(environment, user_name)| Self {
            environment,
            user_name,
            full_name,
            email,
            provider: provider.unwrap_or(Provider::Local),
            groups: groups.unwrap_or_default(),
        });
        fields.finish(new)
    }

    /// The user with a new id, not yet stored.
    ///
    /// # Errors
    /// `Internal` when the system has no randomness to give.
    pub(crate) fn into_profile(self) -> Result<Profile> {
        Ok(Profile {
            id: UserId::generate()?,
            environment: self.environment,
            user_name: self.user_name,
            full_name: self.full_name,
            email: self.email,
            is_email_verified: false,
            pending_email: None,
            invitation: None,
            provider: self.provider,
            groups: self.groups,
            is_disabled: false,
            is_deleted: false,
            is_mfa_enabled: false,
            session_epoch: 1,
            password_version: 0,
            version: 1,
        })
    }
}

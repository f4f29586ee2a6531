//! The first administrator: made where none can act, and invited once more while the invitation is all there is.
//!
//! The token is for an operator, who holds AWS credentials already; the administrator sets the password.

use shared::clock::Timestamp;
use shared::context::Context;
use shared::error::{Error, Result};
use shared::http::fields::{Fields, text};
use shared::id::UserId;
use shared::name::{EmailAddress, EnvironmentName, FullName, GroupName, UserName, fold};
use shared::runtime::DirectError;
use shared::store::members::keep_one_admin;
use shared::store::users::{ADMIN_GROUP, Profile, Provider, ROOT_ENVIRONMENT};
use shared::store::{Retries, layout};

use crate::account::ensure_account;
use crate::create::NewUser;
use crate::invitation::{self, Issued};
use crate::update::set_email;

/// Who it shall be.
#[derive(Clone, Debug)]
pub(crate) struct NewAdministrator {
    /// The name.
    pub(crate) user_name: UserName,
    /// The full name, if any.
    pub(crate) full_name: Option<FullName>,
    /// The address, if any; in force and unverified.
    pub(crate) email: Option<EmailAddress>,
}

/// What was done.
pub(crate) struct Made {
    pub(crate) profile: Profile,
    issued: Issued,
    event: &'static str,
}

/// Answers the invitation of the first administrator.
pub(crate) async fn answer(context: &Context, order: Fields, request_id: &str) -> Result<Issued, DirectError> {
    let Made { profile, issued, event } = make(context, &NewAdministrator::read(order)?, context.clock.now()).await?;
    tracing::info!(event, user.id = %profile.id, by = "operator", request.id = request_id);
    Ok(issued)
}

/// Makes the first administrator with an invitation, or invites the same one again where the first invitation was not
/// used: whoever lost the answer repeats the call, and the earlier token is void.
///
/// # Errors
/// Refused where an administrator can act already; else why it failed.
pub(crate) async fn make(context: &Context, new: &NewAdministrator, now: Timestamp) -> Result<Made, DirectError> {
    let (environment, group) = (fold(ROOT_ENVIRONMENT), fold(ADMIN_GROUP));
    let mut retries = Retries::default();
    loop {
        retries.begin().await?;
        // The name first: one that another call makes comes with its count, so it is never seen without.
        let namesake = context.store.user_id_by_name(&environment, &new.user_name.folded()).await?;
        let admins = context.store.group(&environment, &group).await?;
        let made = match (admins.as_ref().map_or(0, |group| group.enabled_members), namesake) {
            (0, None) => {
                if admins.is_none() {
                    ensure_account(context).await?;
                }
                insert(context, new, now).await?
            }
            (0, Some(_)) => return Err(name_taken(&new.user_name)),
            (1, Some(user)) => invite_again(context, user, new, now).await?,
            _ => return Err(administrator_exists()),
        };
        if let Some(made) = made {
            return Ok(made);
        }
    }
}

/// Makes the administrator; `None` when another call was first. One condition decides: that none can act.
async fn insert(context: &Context, new: &NewAdministrator, now: Timestamp) -> Result<Option<Made>> {
    let user = NewUser {
        environment: EnvironmentName::from_stored(ROOT_ENVIRONMENT.to_owned()),
        user_name: new.user_name.clone(),
        full_name: new.full_name.clone(),
        email: new.email.clone(),
        provider: Provider::Local,
        groups: vec![GroupName::from_stored(ADMIN_GROUP.to_owned())],
    };
    let mut profile = user.into_profile()?;
    let issued = invitation::issue(context, &mut profile, now)?;
    let is_done = context.store.insert_first_admin(&profile).await?.is_done();
    Ok(is_done.then_some(Made { profile, issued, event: "user_created" }))
}

/// Invites the one administrator there is, who has no password and so cannot act yet; `None` when anything changed
/// meanwhile.
async fn invite_again(
    context: &Context,
    user: UserId,
    new: &NewAdministrator,
    now: Timestamp,
) -> Result<Option<Made>, DirectError> {
    let [profile, password] = context.store.get_all([&layout::profile(user), &layout::password(user)], now).await?;
    let Some(before) = profile.as_ref().map(Profile::from_item).transpose()? else { return Ok(None) };
    if password.is_some() || !before.is_admin() || !before.is_active() || !before.is_local() {
        return Err(administrator_exists());
    }
    let mut after = before.clone();
    if new.email.is_some() {
        set_email(&mut after, new.email.as_ref());
    }
    after.full_name = new.full_name.clone().or(after.full_name);
    let issued = invitation::issue(context, &mut after, now)?;
    // Setting a password changes the profile too, so this holds to there being none; that nobody else can act, the
    // count says.
    let is_done = context.store.update_user(&before, &after, vec![keep_one_admin()]).await?.is_done();
    Ok(is_done.then_some(Made { profile: after, issued, event: "user_invited" }))
}

fn administrator_exists() -> DirectError {
    DirectError::Refused(
        "administrator-exists",
        "There is an administrator already, and only the first one is made this way. Sign in as an administrator and \
         invite others (POST /user). If the first one lost the invitation before setting a password, ask again with \
         that user_name."
            .to_owned(),
    )
}

fn name_taken(name: &UserName) -> DirectError {
    DirectError::Refused(
        "name-taken",
        format!("The user {name} of environment ROOT is no administrator who can act. Choose another user_name."),
    )
}

impl NewAdministrator {
    fn read(mut fields: Fields) -> Result<Self, Error> {
        let user_name = fields.required("user_name", text(UserName::parse));
        let email = fields.optional("email", text(EmailAddress::parse));
        let full_name = fields.optional("full_name", text(FullName::parse));
        fields.finish(user_name.map(|user_name| Self { user_name, full_name, email }))
    }
}

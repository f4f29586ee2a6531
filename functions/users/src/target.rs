//! What a path names.

use axum::extract::State;
use axum::response::Response;
use shared::context::Context;
use shared::error::{Error, Result};
use shared::http::call::Call;
use shared::name::{EnvironmentName, UserName};
use shared::scope::Scope;
use shared::store::directory::Environment;
use shared::store::users::Profile;

use crate::administrator;
use crate::view::User;

pub(crate) async fn get_user(State(context): State<Context>, call: Call) -> Result<Response> {
    administrator::reader(&context, &call, Scope::Authentication).await?;
    call.no_body()?;
    User::new(&user(&context, &call).await?, &context, call.now).answer()
}

/// The user that the path names, in any case.
pub(crate) async fn user(context: &Context, call: &Call) -> Result<Profile> {
    let environment = environment_name(context, call)?;
    let name = UserName::parse(call.path_parameter("user")?).map_err(|_| Error::NotFound)?;
    let id = context.store.user_id_by_name(&environment.folded(), &name.folded()).await?.ok_or(Error::NotFound)?;
    let profile = context.store.profile(id).await?;
    // Between the two reads the user may have been deleted.
    profile.filter(|profile| !profile.is_deleted).ok_or(Error::NotFound)
}

/// The name of the environment in the path, of this account.
pub(crate) fn environment_name(context: &Context, call: &Call) -> Result<EnvironmentName> {
    if call.path_parameter("account")? != context.config.account_name {
        return Err(Error::NotFound);
    }
    EnvironmentName::parse(call.path_parameter("environment")?).map_err(|_| Error::NotFound)
}

/// The environment of exactly this name: what a filter in exact case finds.
pub(crate) async fn environment_named(context: &Context, name: &str) -> Result<Option<Environment>> {
    let Ok(parsed) = EnvironmentName::parse(name) else { return Ok(None) };
    let found = context.store.environment(&parsed.folded()).await?;
    Ok(found.filter(|environment| environment.name == parsed))
}

//! Who may call: refusals in the order credential, kind, scope, role, freshness.

use shared::access::Caller;
use shared::context::Context;
use shared::error::{Error, Result};
use shared::http::call::Call;
use shared::id::UserId;
use shared::scope::Scope;

/// An administrator who reads: a session, or a key with `scope`.
pub(crate) async fn reader(context: &Context, call: &Call, scope: Scope) -> Result<Caller> {
    let caller = context.caller_with(call, scope).await?;
    caller.require_admin()?;
    Ok(caller)
}

/// An administrator who changes users, environments or groups: a fresh session, or a key with `Authentication`.
pub(crate) async fn editor(context: &Context, call: &Call) -> Result<Caller> {
    let caller = reader(context, call, Scope::Authentication).await?;
    caller.require_fresh(call.now)?;
    Ok(caller)
}

/// An administrator who does what no key may: a fresh session. Answers who it is.
pub(crate) async fn person(context: &Context, call: &Call) -> Result<UserId> {
    let caller = context.session(call).await?;
    if !caller.profile.is_admin() {
        return Err(Error::RoleRequired);
    }
    caller.require_fresh(call.now)?;
    Ok(caller.profile.id)
}

//! Taking MFA off a user who lost the authenticator.

use axum::extract::State;
use axum::response::Response;
use shared::context::Context;
use shared::error::{Error, Result};
use shared::http::answer::no_content;
use shared::http::call::Call;
use shared::store::events::{Event, EventKind};
use shared::store::factors::{delete_recovery, delete_totp, void_devices};
use shared::store::users::Profile;

use crate::administrator;
use crate::target::{self};
use shared::store::Retries;

/// Also where MFA is off: a factor that waits for its first code, recognised browsers and sessions end all the same.
pub(crate) async fn reset_user_mfa(State(context): State<Context>, call: Call) -> Result<Response> {
    let by = administrator::person(&context, &call).await?;
    call.no_body()?;
    let mut retries = Retries::default();
    loop {
        retries.begin().await?;
        let before = target::user(&context, &call).await?;
        if !before.is_local() {
            return Err(Error::NotAvailableForSso);
        }
        let after = Profile { is_mfa_enabled: false, session_epoch: before.session_epoch + 1, ..before.clone() };
        let mut writes = vec![delete_totp(before.id), delete_recovery(before.id), void_devices(before.id, call.now)];
        if before.is_mfa_enabled {
            writes.push(Event::new(before.id, EventKind::MfaReset, call.now)?.insert()?);
        }
        if context.store.update_user(&before, &after, writes).await?.is_done() {
            tracing::info!(event = "mfa_reset", user.id = %before.id, by.id = %by, request.id = call.request_id);
            return Ok(no_content());
        }
    }
}

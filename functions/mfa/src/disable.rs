//! MFA off, and new recovery codes.

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use shared::Result;
use shared::context::Context;
use shared::error::{Error, PasswordReason};
use shared::http::answer::{json, no_content};
use shared::http::call::Call;
use shared::recovery;
use shared::store::events::{Event, EventKind};
use shared::store::factors::{PasswordRecord, delete_recovery, delete_totp, replace_recovery, void_devices};
use shared::store::sessions::Factor;
use shared::store::settings::MfaPolicy;
use shared::store::users::{check_mfa_enabled, set_mfa_enabled};
use shared::store::{Outcome, layout};

use crate::enrol::{RecoveryCodes, fresh_caller};

/// Refused while the account enforces MFA, and while the password is too short to stand alone.
pub(crate) async fn disable_totp(State(context): State<Context>, call: Call) -> Result<Response> {
    let caller = fresh_caller(&context, &call).await?;
    let (session, profile) = (&caller.session, &caller.profile);
    if !profile.is_mfa_enabled {
        return Err(Error::MfaNotEnabled);
    }
    if context.mfa_policy(call.now).await? == MfaPolicy::Enforced {
        return Err(Error::MfaEnforced);
    }
    let item = context.store.get(&layout::password(profile.id)).await?;
    let password = item.as_ref().map(PasswordRecord::from_item).transpose()?;
    if password.as_ref().is_some_and(|password| !profile.holds_password(password.version)) {
        return Err(Error::unavailable("the password is being changed"));
    }
    if !password.is_some_and(|password| password.is_long) {
        return Err(Error::PasswordRejected(vec![PasswordReason::TooShort]));
    }
    let factors: Vec<Factor> = session.factors.iter().copied().filter(|f| *f == Factor::Password).collect();
    let event = Event::new(profile.id, EventKind::MfaDisabled, call.now)?.from_source(&call.source_ip);
    let writes = vec![
        set_mfa_enabled(profile.id, profile.session_epoch, false),
        session.carry_over(profile.session_epoch + 1, &factors),
        delete_totp(profile.id),
        delete_recovery(profile.id),
        void_devices(profile.id, call.now),
        event.insert()?,
    ];
    match context.store.transact(writes).await? {
        Outcome::Done => {
            tracing::info!(event = "mfa_disabled", user.id = %profile.id, request.id = call.request_id);
            Ok(no_content())
        }
        Outcome::Refused(_) => Err(context.overtaken(&call).await),
    }
}

pub(crate) async fn replace_recovery_codes(State(context): State<Context>, call: Call) -> Result<Response> {
    let caller = fresh_caller(&context, &call).await?;
    let profile = &caller.profile;
    if !profile.is_mfa_enabled {
        return Err(Error::MfaNotEnabled);
    }
    let (codes, stored) = recovery::generate(&context.hasher).await?;
    let event = Event::new(profile.id, EventKind::RecoveryCodesReplaced, call.now)?.from_source(&call.source_ip);
    let writes = vec![
        check_mfa_enabled(profile.id, profile.session_epoch),
        replace_recovery(profile.id, &stored)?,
        event.insert()?,
    ];
    match context.store.transact(writes).await? {
        Outcome::Done => json(StatusCode::OK, &RecoveryCodes { recovery_codes: codes }),
        Outcome::Refused(_) => Err(context.overtaken(&call).await),
    }
}

//! A new authenticator: pending until its first code, which puts it in force.

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use qrcode::render::svg;
use qrcode::{EcLevel, QrCode};
use serde::Serialize;
use shared::Result;
use shared::access::SessionCaller;
use shared::clock::Timestamp;
use shared::context::Context;
use shared::error::Error;
use shared::http::answer::json;
use shared::http::call::Call;
use shared::http::fields::secret;
use shared::id::ItemId;
use shared::protection::{Proof, log_wrong_proof};
use shared::recovery;
use shared::secret::Secret;
use shared::store::events::{Event, EventKind};
use shared::store::factors::{self, SealedTotp, TotpRecord, replace_recovery, set_pending_totp, void_devices};
use shared::store::sessions::Factor;
use shared::store::settings::MfaPolicy;
use shared::store::users::{check_epoch, set_mfa_enabled};
use shared::store::{Outcome, layout};
use shared::totp::TotpSecret;

/// Seconds that a new authenticator waits for its first code.
const PENDING_SECONDS: u32 = 10 * 60;

#[derive(Serialize)]
struct EnrolmentView {
    secret: String,
    otpauth_uri: String,
    qr_svg: String,
    expires_at: Timestamp,
}

/// Recovery codes, in the one answer that shows them.
#[derive(Serialize)]
pub(crate) struct RecoveryCodes {
    pub(crate) recovery_codes: Vec<String>,
}

pub(crate) async fn enrol_totp(State(context): State<Context>, call: Call) -> Result<Response> {
    let caller = fresh_caller(&context, &call).await?;
    if caller.profile.is_mfa_enabled {
        return Err(Error::MfaAlreadyEnabled);
    }
    if context.mfa_policy(call.now).await? == MfaPolicy::Off {
        return Err(Error::MfaNotOffered);
    }
    start_enrolment(&context, &call, &caller).await
}

/// The factor in force holds until the new one is confirmed.
pub(crate) async fn reset_totp(State(context): State<Context>, call: Call) -> Result<Response> {
    let caller = fresh_caller(&context, &call).await?;
    if !caller.profile.is_mfa_enabled {
        return Err(Error::MfaNotEnabled);
    }
    start_enrolment(&context, &call, &caller).await
}

/// A local user with a fresh proof, and no body.
pub(crate) async fn fresh_caller(context: &Context, call: &Call) -> Result<SessionCaller> {
    let caller = context.enrolling_session(call).await?;
    caller.require_fresh(call.now)?;
    call.no_body()?;
    if caller.profile.is_local() { Ok(caller) } else { Err(Error::NotAvailableForSso) }
}

async fn start_enrolment(context: &Context, call: &Call, caller: &SessionCaller) -> Result<Response> {
    let profile = &caller.profile;
    let keyring = context.keyring(call.now).await?;
    let secret = TotpSecret::generate()?;
    let totp = SealedTotp::seal(&secret, &keyring, profile.id, ItemId::generate()?)?;
    let expires_at = call.now.plus(PENDING_SECONDS);
    let writes = vec![set_pending_totp(profile.id, &totp, expires_at), check_epoch(profile.id, profile.session_epoch)];
    if !context.store.transact(writes).await?.is_done() {
        return Err(context.overtaken(call).await);
    }
    let otpauth_uri = secret.to_uri(&context.config.account_name, profile.user_name.as_str())?;
    let qr_svg = qr_svg(&otpauth_uri)?;
    json(StatusCode::CREATED, &EnrolmentView { secret: secret.to_base32(), otpauth_uri, qr_svg, expires_at })
}

fn qr_svg(text: &str) -> Result<String> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M).map_err(Error::internal)?;
    Ok(code.render::<svg::Color>().min_dimensions(200, 200).quiet_zone(true).build())
}

pub(crate) async fn confirm_totp(State(context): State<Context>, call: Call) -> Result<Response> {
    let caller = context.enrolling_session(&call).await?;
    let mut fields = call.json()?;
    let code = fields.required("code", secret);
    let code = fields.finish(code)?;
    if !caller.profile.is_local() {
        return Err(Error::NotAvailableForSso);
    }
    let user = caller.profile.id;
    let item = context.store.get(&layout::totp(user)).await?;
    let record = item.as_ref().map(TotpRecord::from_item).transpose()?.unwrap_or_default();
    let pending = record.pending_at(call.now).ok_or(Error::TokenExpired)?;
    if !caller.profile.is_mfa_enabled && context.mfa_policy(call.now).await? == MfaPolicy::Off {
        return Err(Error::MfaNotOffered);
    }
    let reading = context.read_protection(&call, user, Proof::Totp).await?;
    let attempt = context.count_attempt(&call, user, Proof::Totp, reading).await?;
    let (totp, step) = accepted(&context, &call, &caller, pending, &code).await?;
    let codes = put_in_force(&context, &call, &caller, &totp, step).await?;
    context.succeed_attempt(&call, attempt).await;
    json(StatusCode::OK, &RecoveryCodes { recovery_codes: codes })
}

/// The pending factor as it is to be in force, under keys that are not retired, and the step of its first code.
async fn accepted(
    context: &Context,
    call: &Call,
    caller: &SessionCaller,
    pending: &SealedTotp,
    code: &Secret,
) -> Result<(SealedTotp, u64)> {
    let user = caller.profile.id;
    let keyring = context.keyring_with(pending.secret_version, user, call.now).await?;
    let secret = pending.open(&keyring, user)?;
    let Some(step) = secret.accepted_step(code.expose(), call.now, 0)? else {
        log_wrong_proof(call, user, Proof::Totp);
        return Err(Error::CodeRejected);
    };
    let renewed = pending.renewed(&secret, &keyring, user)?;
    Ok((renewed.unwrap_or_else(|| pending.clone()), step))
}

/// Puts the pending factor in force with new recovery codes, and ends every other session: all or nothing.
async fn put_in_force(
    context: &Context,
    call: &Call,
    caller: &SessionCaller,
    totp: &SealedTotp,
    step: u64,
) -> Result<Vec<String>> {
    let SessionCaller { session, profile, .. } = caller;
    let (codes, stored) = recovery::generate(&context.hasher).await?;
    let epoch = profile.session_epoch;
    let mut factors: Vec<Factor> = session.factors.iter().copied().filter(|f| *f == Factor::Password).collect();
    factors.push(Factor::Totp);
    let kind = if profile.is_mfa_enabled { EventKind::MfaReplaced } else { EventKind::MfaEnabled };
    let event = Event::new(profile.id, kind, call.now)?.from_source(&call.source_ip);
    let mut writes = vec![
        factors::confirm_totp(profile.id, totp, step),
        set_mfa_enabled(profile.id, epoch, true),
        session.carry_over(epoch + 1, &factors),
        replace_recovery(profile.id, &stored)?,
        event.insert()?,
    ];
    if profile.is_mfa_enabled {
        writes.push(void_devices(profile.id, call.now));
    }
    match context.store.transact(writes).await? {
        Outcome::Done => {
            tracing::info!(event = kind.as_str(), user.id = %profile.id, request.id = call.request_id);
            Ok(codes)
        }
        // Another confirmation was first, or a newer enrolment replaced this one.
        Outcome::Refused(refused) if refused.iter().any(|(at, _)| *at == 0) => Err(Error::TokenExpired),
        Outcome::Refused(_) => Err(context.overtaken(call).await),
    }
}

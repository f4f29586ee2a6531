//! Starting a session, in one transaction with everything that was proved for it.

use axum::response::Response;
use http::StatusCode;
use serde::Serialize;
use shared::Result;
use shared::clock::Timestamp;
use shared::context::Context;
use shared::error::Error;
use shared::http::answer::{json, with_cookie};
use shared::http::call::Call;
use shared::http::cookie;
use shared::id::{ItemId, UserId};
use shared::protection::{Proof, device_hash};
use shared::secret::random_bytes;
use shared::store::factors::{DEVICE_SECONDS, Devices};
use shared::store::sessions::{FRESH_SECONDS, Factor, LIFETIME_SECONDS, Session};
use shared::store::settings::MfaPolicy;
use shared::store::users::{Profile, check_epoch};
use shared::store::{Outcome, Write};
use shared::token::{Locator, OpaqueToken, TokenKind};
use shared::view::SessionUser;

/// What was proved.
pub(crate) struct Proven {
    pub(crate) factors: Vec<Factor>,
    /// When the first of them was.
    pub(crate) first_proof_at: Timestamp,
    /// The session that a challenge has named.
    pub(crate) session: Option<ItemId>,
    /// The browsers that were recognised before anything was proved, where this one is to be from now on.
    pub(crate) strange_to: Option<Devices>,
    /// What is used up for the session, and only for one that holds.
    pub(crate) also: Vec<Write>,
}

#[derive(Serialize)]
struct SignedIn<'a> {
    status: &'static str,
    expires_at: Timestamp,
    user: SessionUser<'a>,
}

/// Starts the session, of the profile's epoch: where that was raised since the profile was read, by a new password say,
/// the session opens nothing, as if it had been ended a moment later.
///
/// # Errors
/// `TokenExpired` where the challenge was answered or ended meanwhile, `SignInFailed` where something was used up.
pub(crate) async fn start_session(
    context: &Context,
    call: &Call,
    profile: &Profile,
    proven: Proven,
) -> Result<Response> {
    let lacks_factor = profile.is_local() && !profile.is_mfa_enabled;
    let is_restricted = lacks_factor && context.mfa_policy(call.now).await? == MfaPolicy::Enforced;
    let is_named = proven.session.is_some();
    let id = proven.session.map_or_else(ItemId::generate, Ok)?;
    let token = OpaqueToken::generate(TokenKind::Session, Locator { user: profile.id, item: id })?;
    let session = Session {
        user: profile.id,
        id,
        digest: token.digest(),
        epoch: profile.session_epoch,
        factors: proven.factors,
        fresh_until: proven.first_proof_at.plus(FRESH_SECONDS),
        created_at: call.now,
        last_seen_at: call.now,
        expires_at: call.now.plus(LIFETIME_SECONDS),
        user_agent: call.user_agent(),
        source_ip: call.source_ip.clone(),
    };
    let mut writes = vec![session.insert()?];
    if !proven.also.is_empty() {
        writes.push(check_epoch(profile.id, profile.session_epoch));
        writes.extend(proven.also);
    }
    let outcome = commit(context, writes).await?;
    match outcome {
        Outcome::Done => {}
        _ if !is_named => return Err(Error::internal("a new session has the id of another")),
        // The session began with another answer, or the epoch is another one.
        refused if refused.is_refused_at(0) || refused.is_refused_at(1) => return Err(Error::TokenExpired),
        Outcome::Refused(_) => return Err(Error::SignInFailed),
    }
    let factors: Vec<_> = session.factors.iter().map(|factor| factor.as_str()).collect();
    let factors = factors.join(" ");
    tracing::info!(event = "signed_in", factors, user.id = %profile.id, request.id = call.request_id);
    let response = answer(profile, &session, is_restricted)?;
    let response = with_cookie(response, cookie::set(cookie::SESSION, token.expose(), Some(LIFETIME_SECONDS)));
    match proven.strange_to.filter(|_| !is_restricted) {
        Some(devices) => remember_browser(context, call, profile, devices, response).await,
        None => Ok(response),
    }
}

/// All or nothing. One write alone is no transaction, which would cost twice as much.
pub(crate) async fn commit(context: &Context, writes: Vec<Write>) -> Result<Outcome> {
    match writes.as_slice() {
        [write] => context.store.write(write.clone()).await,
        _ => context.store.transact(writes).await,
    }
}

fn answer(profile: &Profile, session: &Session, is_restricted: bool) -> Result<Response> {
    let status = if is_restricted { "mfa_enrolment_required" } else { "signed_in" };
    let user = SessionUser::new(profile);
    json(StatusCode::CREATED, &SignedIn { status, expires_at: session.expires_at, user })
}

/// Recognises the browser from now on. The session stands already, so a failure only leaves it a stranger.
async fn remember_browser(
    context: &Context,
    call: &Call,
    profile: &Profile,
    devices: Devices,
    response: Response,
) -> Result<Response> {
    let value = data_encoding::BASE64URL_NOPAD.encode(&random_bytes::<32>()?);
    let hash = device_hash(&value);
    let insert = |devices: &Devices| devices.with(&hash, call.now);
    match context.store.change_devices(profile.id, devices, call.now, insert).await {
        Ok(Some(_)) => Ok(with_cookie(response, cookie::set(cookie::DEVICE, &value, Some(DEVICE_SECONDS)))),
        Ok(None) => Ok(response),
        Err(error) => {
            tracing::warn!(event = "browser_not_remembered", error = %error.with_causes());
            Ok(response)
        }
    }
}

/// What a wrong password or code is answered with; an alarm counts the lines.
pub(crate) fn failed(call: &Call, user: UserId, proof: Proof) -> Error {
    let factor = proof.factor();
    tracing::info!(event = "sign_in_failed", factor, user.id = %user, request.id = call.request_id);
    Error::SignInFailed
}

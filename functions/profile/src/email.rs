//! The address that waits: confirmed with its token, or given up.

use axum::extract::State;
use axum::response::Response;
use shared::Result;
use shared::clock::Timestamp;
use shared::context::Context;
use shared::error::Error;
use shared::http::answer::no_content;
use shared::http::call::Call;
use shared::http::fields::secret;
use shared::store::events::{Event, EventKind, keep_address};
use shared::store::users::Profile;
use shared::store::{Outcome, Retries};
use shared::token::{OpaqueToken, TokenKind};

use crate::info::answer;

pub(crate) async fn confirm_email(State(context): State<Context>, call: Call) -> Result<Response> {
    let mut profile = context.session(&call).await?.profile;
    let mut fields = call.json()?;
    let token = fields.required("token", secret);
    let token = fields.finish(token)?;
    let token = OpaqueToken::parse_kind(TokenKind::MailedAddress, token.expose()).ok_or(Error::TokenExpired)?;
    let mut retries = Retries::default();
    loop {
        retries.begin().await?;
        if retries.is_repeated() {
            profile = context.session(&call).await?.profile;
        }
        let after = confirmed(&context, &profile, &token, call.now).await?;
        let event = Event::new(profile.id, EventKind::EmailChanged, call.now)?.from_source(&call.source_ip);
        let mut writes = vec![after.update(&profile)?, event.insert()?];
        if let Some(former) = profile.email.as_ref().filter(|former| after.email.as_ref() != Some(former)) {
            writes.push(keep_address(&event, former)?);
        }
        if let Outcome::Done = context.store.transact(writes).await? {
            tracing::info!(event = "email_confirmed", user.id = %profile.id, request.id = call.request_id);
            return answer(&context, &after, call.now);
        }
    }
}

/// The profile with the address that waited in force, where the token is its own and in time.
async fn confirmed(context: &Context, before: &Profile, token: &OpaqueToken, now: Timestamp) -> Result<Profile> {
    let pending = before.pending_email.as_ref().ok_or(Error::TokenExpired)?;
    let names_it = token.locator.user == before.id && token.locator.item == pending.token && now < pending.expires_at;
    if !names_it || !context.is_mailed(token, now).await? {
        return Err(Error::TokenExpired);
    }
    let is_new = before.email.as_ref() != Some(&pending.address);
    Ok(Profile {
        email: Some(pending.address.clone()),
        is_email_verified: true,
        pending_email: None,
        // An invitation ends with any change of the address it was made for.
        invitation: before.invitation.clone().filter(|_| !is_new),
        ..before.clone()
    })
}

pub(crate) async fn cancel_pending_email(State(context): State<Context>, call: Call) -> Result<Response> {
    let mut profile = context.session(&call).await?.profile;
    call.no_body()?;
    let mut retries = Retries::default();
    loop {
        retries.begin().await?;
        if retries.is_repeated() {
            profile = context.session(&call).await?.profile;
        }
        if profile.pending_email.is_none() {
            return Ok(no_content());
        }
        let after = Profile { pending_email: None, ..profile.clone() };
        if context.store.write(after.update(&profile)?).await?.is_done() {
            return Ok(no_content());
        }
    }
}

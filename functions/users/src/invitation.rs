//! Invitations: the user sets the password, not the administrator. A token is shown once to a person, and goes by mail
//! where a key asks, so that no key becomes a person.

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use serde::Serialize;
use shared::clock::Timestamp;
use shared::context::Context;
use shared::error::{Error, Result};
use shared::http::answer::json;
use shared::http::call::Call;
use shared::id::ItemId;
use shared::store::Write;
use shared::store::events::{Event, EventKind};
use shared::store::tokens::INVITATION_SECONDS;
use shared::store::users::{Invitation, Profile};
use shared::token::{Locator, OpaqueToken, TokenKind};

use crate::administrator;
use crate::target::{self};
use shared::store::Retries;

/// A token as it is shown once.
#[derive(Serialize)]
pub(crate) struct Issued {
    token: String,
    url: String,
    expires_at: Timestamp,
}

pub(crate) async fn invite_user(State(context): State<Context>, call: Call) -> Result<Response> {
    let by = administrator::person(&context, &call).await?;
    call.no_body()?;
    let mut retries = Retries::default();
    loop {
        retries.begin().await?;
        let before = target::user(&context, &call).await?;
        if !before.is_local() {
            return Err(Error::NotAvailableForSso);
        }
        let mut after = before.clone();
        let issued = issue(&context, &mut after, call.now)?;
        if context.store.update_user(&before, &after, Vec::new()).await?.is_done() {
            tracing::info!(event = "user_invited", user.id = %after.id, by.id = %by, request.id = call.request_id);
            return json(StatusCode::CREATED, &issued);
        }
    }
}

/// Puts a new invitation in place of an earlier one, with a token to show.
pub(crate) fn issue(context: &Context, profile: &mut Profile, now: Timestamp) -> Result<Issued> {
    let item = ItemId::generate()?;
    let token = OpaqueToken::generate(TokenKind::Invitation, Locator { user: profile.id, item })?;
    let expires_at = now.plus(INVITATION_SECONDS);
    profile.invitation = Some(Invitation { token: item, digest: Some(token.digest()), expires_at });
    let url = format!("{}/settings#invitation={}", context.config.portal_origin, token.expose());
    Ok(Issued { token: token.expose().to_owned(), url, expires_at })
}

/// Gives a user with an address an invitation whose token nobody here sees: the event makes the notifier mail it.
pub(crate) fn mail(profile: &mut Profile, now: Timestamp) -> Result<Option<Write>> {
    if profile.email.is_none() {
        return Ok(None);
    }
    let item = ItemId::generate()?;
    let expires_at = now.plus(INVITATION_SECONDS);
    profile.invitation = Some(Invitation { token: item, digest: None, expires_at });
    Event::new(profile.id, EventKind::Invited, now)?.with_token(item).insert().map(Some)
}

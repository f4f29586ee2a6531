//! A user's keys, and the scopes that there are.

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use serde::Serialize;
use shared::Result;
use shared::access::Caller;
use shared::context::Context;
use shared::error::Error;
use shared::http::answer::json;
use shared::http::call::Call;
use shared::http::credential::Credential;
use shared::scope::Scope;
use shared::store::keys::{ApiKey, KEYS_MAX};

use crate::view::KeyView;

/// The caller, and the keys of the user whom the credential names. Both are asked for at once, which saves a round trip;
/// whoever is refused never gets to see the keys.
pub(crate) async fn caller_and_keys(context: &Context, call: &Call) -> Result<(Caller, Result<Vec<ApiKey>>)> {
    let user = Credential::of(call.headers())?.user();
    let (caller, keys) =
        tokio::join!(context.caller_with(call, Scope::ApiKey), context.store.list_api_keys(user, call.now));
    let caller = caller?;
    let keys = keys.map(|keys| keys.into_iter().map(|key| used_by(&caller, key)).collect());
    Ok((caller, keys))
}

/// The key with the use that the call itself is, which what was read at the same time may lack.
pub(crate) fn used_by(caller: &Caller, key: ApiKey) -> ApiKey {
    let calling = caller.key().filter(|calling| calling.creation == key.creation);
    let last_used_at = calling.map_or(key.last_used_at, |calling| calling.last_used_at);
    ApiKey { last_used_at, ..key }
}

pub(crate) async fn list_api_keys(State(context): State<Context>, call: Call) -> Result<Response> {
    let (_, keys) = caller_and_keys(&context, &call).await?;
    call.no_body()?;
    let page = call.page()?;
    let (has_active, has_expired) = match call.query("state")?.as_deref() {
        None | Some("active") => (true, false),
        Some("expired") => (false, true),
        Some("all") => (true, true),
        Some(_) => return Err(Error::invalid("?state", "must be active, expired or all")),
    };
    let (expired, active): (Vec<_>, Vec<_>) = keys?.into_iter().partition(|key| key.is_expired(call.now));
    let mut keys = if has_active { active } else { Vec::new() };
    keys.extend(kept(expired).into_iter().filter(|_| has_expired));
    keys.sort_by_cached_key(|key| key.name.folded());
    let views = keys.iter().map(|key| KeyView::new(key, call.now)).collect();
    json(StatusCode::OK, &page.cut(views, |view: &KeyView| view.name.folded()))
}

/// The 50 that expired last; the next creation removes the others.
fn kept(mut expired: Vec<ApiKey>) -> Vec<ApiKey> {
    expired.sort_by_key(|key| key.expires_at);
    expired.split_off(expired.len().saturating_sub(usize::from(KEYS_MAX)))
}

#[derive(Serialize)]
struct ScopeView {
    name: Scope,
    description: &'static str,
}

#[derive(Serialize)]
struct Scopes {
    items: Vec<ScopeView>,
}

pub(crate) async fn list_authorization_scopes(State(context): State<Context>, call: Call) -> Result<Response> {
    context.caller_with(&call, Scope::ApiKey).await?;
    call.no_body()?;
    let items = Scope::ALL.into_iter().map(|name| ScopeView { name, description: name.description() }).collect();
    json(StatusCode::OK, &Scopes { items })
}

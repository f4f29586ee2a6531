//! A user's keys, and the scopes that there are.

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use serde::Serialize;
use shared::Result;
use shared::context::Context;
use shared::error::Error;
use shared::http::answer::json;
use shared::http::call::Call;
use shared::scope::Scope;

use crate::view::KeyView;

pub(crate) async fn list_api_keys(State(context): State<Context>, call: Call) -> Result<Response> {
    let caller = context.caller_with(&call, Scope::ApiKey).await?;
    call.no_body()?;
    let page = call.page()?;
    let (has_active, has_expired) = match call.query("state")?.as_deref() {
        None | Some("active") => (true, false),
        Some("expired") => (false, true),
        Some("all") => (true, true),
        Some(_) => return Err(Error::invalid("?state", "must be active, expired or all")),
    };
    let mut keys = context.store.list_api_keys(caller.profile().id, call.now).await?;
    keys.retain(|key| if key.is_expired(call.now) { has_expired } else { has_active });
    keys.sort_by_cached_key(|key| key.name.folded());
    let views = keys.iter().map(|key| KeyView::new(key, call.now)).collect();
    json(StatusCode::OK, &page.cut(views, |view: &KeyView| view.name.folded()))
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

//! The caller's own session or key.

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use serde::Serialize;
use shared::Result;
use shared::access::Caller;
use shared::clock::Timestamp;
use shared::context::Context;
use shared::http::answer::{json, no_content, with_cookie};
use shared::http::call::Call;
use shared::http::cookie;
use shared::http::credential::session_cookie;
use shared::name::KeyName;
use shared::scope::ScopeSet;
use shared::store::sessions::Session;

use crate::view::CurrentView;

pub(crate) async fn get_session(State(context): State<Context>, call: Call) -> Result<Response> {
    let caller = context.enrolling_session(&call).await?;
    call.no_body()?;
    json(StatusCode::OK, &CurrentView::new(&caller))
}

/// Ends the session of the cookie, if it is one; the cookie goes in any case.
pub(crate) async fn sign_out(State(context): State<Context>, call: Call) -> Result<Response> {
    call.check_same_site()?;
    call.no_body()?;
    if let Some(token) = session_cookie(call.headers()) {
        let write = Session::end(token.locator.user, token.locator.item, call.now)?
            .when("#digest = :digest")
            .value(":digest", token.digest());
        if context.store.write(write).await?.is_done() {
            tracing::info!(event = "signed_out", user.id = %token.locator.user, request.id = call.request_id);
        }
    }
    Ok(with_cookie(no_content(), cookie::clear(cookie::SESSION)))
}

#[derive(Serialize)]
struct Authorization<'a> {
    kind: &'static str,
    name: Option<&'a KeyName>,
    scopes: Option<ScopeSet>,
    expires_at: Timestamp,
}

pub(crate) async fn get_authorization(State(context): State<Context>, call: Call) -> Result<Response> {
    let caller = context.caller(&call).await?;
    call.no_body()?;
    let authorization = match &caller {
        Caller::Session(caller) => {
            Authorization { kind: "session", name: None, scopes: None, expires_at: caller.session.expires_at }
        }
        Caller::Key(caller) => Authorization {
            kind: "api_key",
            name: Some(&caller.key.name),
            scopes: Some(caller.key.scopes),
            expires_at: caller.ends_at(),
        },
    };
    json(StatusCode::OK, &authorization)
}

//! The caller's sessions, one by one.

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use shared::Result;
use shared::access::SessionCaller;
use shared::context::Context;
use shared::error::Error;
use shared::http::answer::{json, no_content, with_cookie};
use shared::http::call::Call;
use shared::http::cookie;
use shared::id::ItemId;
use shared::store::sessions::Session;
use shared::store::users::raise_epoch;
use shared::store::{Retries, layout};

use crate::view::SessionView;

pub(crate) async fn list_sessions(State(context): State<Context>, call: Call) -> Result<Response> {
    let mut retries = Retries::default();
    let (caller, page, sessions) = loop {
        retries.begin().await?;
        let caller = context.session(&call).await?;
        call.no_body()?;
        let page = call.page()?;
        let sessions = context.store.list_sessions(caller.profile.id, caller.profile.session_epoch, call.now).await?;
        // Where this one is not among them, it has ended since, or it was taken along while others were ended.
        if sessions.iter().any(|session| session.id == caller.session.id) {
            break (caller, page, sessions);
        }
    };
    let mut views: Vec<_> = sessions.into_iter().map(|s| SessionView::new(s, caller.session.id)).collect();
    views.sort_by_cached_key(SessionView::sort_key);
    json(StatusCode::OK, &page.cut(views, SessionView::sort_key))
}

pub(crate) async fn end_session(State(context): State<Context>, call: Call) -> Result<Response> {
    let caller = context.session(&call).await?;
    call.no_body()?;
    let id = ItemId::parse(call.path_parameter("id")?).ok_or(Error::NotFound)?;
    let item = context.store.get_live(&layout::session(caller.profile.id, id), call.now).await?;
    let session = item.as_ref().map(Session::from_item).transpose()?.flatten();
    // This one was let in; its epoch may have been raised since.
    let is_of_user = |session: &Session| id == caller.session.id || session.epoch == caller.profile.session_epoch;
    let is_live = |session: &Session| is_of_user(session) && !session.is_over(call.now);
    session.filter(is_live).ok_or(Error::NotFound)?;
    context.store.write(Session::end(caller.profile.id, id, call.now)?).await?;
    let response = no_content();
    Ok(if id == caller.session.id { with_cookie(response, cookie::clear(cookie::SESSION)) } else { response })
}

/// Ends all sessions but this one by raising the user's epoch and taking this one along.
pub(crate) async fn end_other_sessions(State(context): State<Context>, call: Call) -> Result<Response> {
    let mut retries = Retries::default();
    loop {
        retries.begin().await?;
        // Whatever was first may have ended this session with the others, or have taken it along.
        let SessionCaller { session, profile, .. } = context.session(&call).await?;
        call.no_body()?;
        let writes = vec![
            raise_epoch(profile.id, profile.session_epoch),
            session.carry_over(profile.session_epoch + 1, &session.factors),
        ];
        if context.store.transact(writes).await?.is_done() {
            return Ok(no_content());
        }
    }
}

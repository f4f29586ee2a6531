//! Deleting a user, with keys and sessions.

use axum::extract::State;
use axum::response::Response;
use shared::Result;
use shared::context::Context;
use shared::http::answer::no_content;
use shared::http::call::Call;
use shared::store::Retries;

use crate::administrator;
use crate::target;
use crate::update::check_admin_stays;
use crate::view::User;

pub(crate) async fn delete_user(State(context): State<Context>, call: Call) -> Result<Response> {
    let caller = administrator::editor(&context, &call).await?;
    call.no_body()?;
    let if_match = call.if_match()?;
    let mut retries = Retries::default();
    loop {
        retries.begin().await?;
        let user = target::user(&context, &call).await?;
        if user.is_admin() {
            caller.require_session()?;
        }
        if_match.check(&User::new(&user, &context, call.now).etag()?)?;
        check_admin_stays(&context, &user, None, &retries).await?;
        if context.store.delete_user(&user, call.now).await?.is_done() {
            let by = caller.profile().id;
            tracing::info!(event = "user_deleted", user.id = %user.id, by.id = %by, request.id = call.request_id);
            return Ok(no_content());
        }
    }
}

//! Asking for a password reset: the same answer and the same work for every name.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use shared::Result;
use shared::context::Context;
use shared::error::Error;
use shared::http::call::Call;
use shared::id::ItemId;
use shared::store::layout;
use shared::store::requests::ResetRequest;

use crate::identity::Identity;

/// Requests of one source within an hour.
const REQUESTS_MAX: usize = 20;

pub(crate) async fn request_password_reset(State(context): State<Context>, call: Call) -> Result<Response> {
    call.check_same_site()?;
    let mut fields = call.json()?;
    let identity = Identity::read(&mut fields);
    let identity = fields.finish(identity)?;
    count_request(&context, &call).await?;
    let request = ResetRequest {
        id: ItemId::generate()?,
        environment: identity.environment,
        user_name: identity.user_name,
        at: call.now,
        source_ip: call.source_ip.clone(),
    };
    if !context.store.write(request.insert()?).await?.is_done() {
        return Err(Error::internal("a new request has the id of another"));
    }
    Ok(StatusCode::ACCEPTED.into_response())
}

async fn count_request(context: &Context, call: &Call) -> Result<()> {
    let key = layout::attempts(&format!("RESET#{}", call.source_hash()));
    context.store.count_in_hour(&key, REQUESTS_MAX, call.now).await?.map_err(Error::TooManyAttempts)
}

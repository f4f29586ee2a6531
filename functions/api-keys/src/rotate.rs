//! A new value for a key that is still active; the old one may work on for a while, never past its own expiry.

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use shared::Result;
use shared::access::Caller;
use shared::context::Context;
use shared::error::Error;
use shared::http::call::Call;
use shared::http::fields::number_up_to;
use shared::store::events::{Event, EventKind};
use shared::store::keys::{ApiKey, PreviousValue, key_id};
use shared::store::{Outcome, Retries};
use shared::token::{ApiKeyValue, Locator};

use crate::create::{answer, check_scopes};
use crate::expiry::{self, Expiry};
use crate::one::Target;
use crate::view::etag;

/// Longest overlap: a week.
const OVERLAP_SECONDS_MAX: u32 = 7 * 24 * 60 * 60;

struct Order {
    overlap_seconds: u32,
    expiry: Option<Expiry>,
}

pub(crate) async fn rotate_api_key(State(context): State<Context>, call: Call) -> Result<Response> {
    let (caller, mut target) = Target::of(&context, &call).await?;
    caller.require_fresh(call.now)?;
    let order = read(&call)?;
    if let Some(asked) = order.expiry {
        expiry::chosen(asked, caller.key_end(), call.now)?;
    }
    let if_match = call.if_match()?;
    let mut retries = Retries::default();
    loop {
        retries.begin().await?;
        let key = target.find(&context, &caller).await?;
        check_scopes(&caller, key.scopes)?;
        if_match.check(&etag(&key))?;
        if key.is_expired(call.now) {
            return Err(Error::KeyNotActive("An expired key cannot be rotated. Create a new one."));
        }
        // The holder of a replaced value, whom the rotation was to shut out, would take the key from its owner for good.
        if caller.is_replaced_by(&key) {
            return Err(Error::KeyNotActive("This value was replaced. Rotate with the new one, or signed in."));
        }
        if let Some((key, value)) = try_rotate(&context, &call, &caller, &order, key).await? {
            tracing::info!(event = "api_key_rotated", user.id = %key.user, request.id = call.request_id);
            return answer(StatusCode::OK, &key, Some(&value), call.now);
        }
    }
}

fn read(call: &Call) -> Result<Order> {
    let mut fields = call.optional_json()?;
    let overlap_seconds = fields.optional("overlap_seconds", number_up_to(OVERLAP_SECONDS_MAX)).unwrap_or_default();
    let expiry = fields.optional("expiration_date", Expiry::read);
    fields.finish(Some(Order { overlap_seconds, expiry }))
}

/// Rotates the key as it was read; `None` when it was changed meanwhile.
async fn try_rotate(
    context: &Context,
    call: &Call,
    caller: &Caller,
    order: &Order,
    key: ApiKey,
) -> Result<Option<(ApiKey, ApiKeyValue)>> {
    let expires_at = expiry::at_rotation(order.expiry, key.expires_at, caller.key_end(), call.now)?;
    let value = ApiKeyValue::generate(Locator { user: key.user, item: key_id(&key.name) })?;
    let hint = value.hint();
    let rotation = key.rotate(value.digest(), &hint, order.overlap_seconds, expires_at, call.now);
    let event =
        Event::new(key.user, EventKind::ApiKeyRotated, call.now)?.from_source(&call.source_ip).about(key.name.as_str());
    let mut writes = vec![rotation, event.insert()?];
    if expires_at != key.expires_at {
        writes.push(key.keep_place(expires_at));
    }
    if let Outcome::Refused(_) = context.store.transact(writes).await? {
        return Ok(None);
    }
    let until = call.now.plus(order.overlap_seconds).min(key.expires_at);
    let issued_at = key.issued_at();
    let previous = (until > call.now).then_some(PreviousValue { digest: key.digest, issued_at, until });
    let rotated = ApiKey { digest: value.digest(), previous, expires_at, rotated_at: Some(call.now), hint, ..key };
    Ok(Some((rotated, value)))
}

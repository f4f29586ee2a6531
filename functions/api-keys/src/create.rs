//! Making a key: at most 50 active ones per user, exactly, and once per `Idempotency-Key`.

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use shared::Result;
use shared::access::Caller;
use shared::clock::Timestamp;
use shared::context::Context;
use shared::error::Error;
use shared::http::answer::{json, with_etag};
use shared::http::call::Call;
use shared::http::fields::{list, text};
use shared::id::{ItemId, UserId};
use shared::name::KeyName;
use shared::scope::{Scope, ScopeSet};
use shared::secret::{Digest, random_bytes, short_hash};
use shared::store::events::{Event, EventKind};
use shared::store::idempotency::Remembered;
use shared::store::keys::{ApiKey, KEYS_MAX, key_id};
use shared::store::{Outcome, Retries, Write};
use shared::token::{ApiKeyValue, Locator};

use crate::expiry::{self, Expiry};
use crate::list::caller_and_keys;
use crate::view::{KeyView, etag};

/// Expired keys that one creation removes at most; a transaction has 100 actions.
const SURPLUS_MAX: usize = 40;

struct Order {
    name: KeyName,
    scopes: ScopeSet,
    expiry: Option<Expiry>,
    idempotency_key: Option<String>,
}

pub(crate) async fn create_api_key(State(context): State<Context>, call: Call) -> Result<Response> {
    let (caller, keys) = caller_and_keys(&context, &call).await?;
    caller.require_fresh(call.now)?;
    let order = read(&call)?;
    check_scopes(&caller, order.scopes)?;
    let expires_at = match expiry::at_creation(order.expiry, caller.key_end(), call.now) {
        Ok(expires_at) => expires_at,
        // What lay in the future when the same request came first may be over now.
        Err(refusal) => {
            let made_before = match replay(&context, &caller, &order, call.now).await {
                Ok(made_before) => made_before.ok_or(refusal),
                Err(Error::IdempotencyKeyReused) => Err(refusal),
                Err(error) => Err(error),
            };
            return answer(StatusCode::OK, &made_before?, None, call.now);
        }
    };
    let (mut first_read, mut retries) = (Some(keys), Retries::default());
    loop {
        retries.begin().await?;
        if let Some(made_before) = replay(&context, &caller, &order, call.now).await? {
            return answer(StatusCode::OK, &made_before, None, call.now);
        }
        let keys = match first_read.take() {
            Some(keys) => keys?,
            None => context.store.list_api_keys(caller.profile().id, call.now).await?,
        };
        let made = match try_create(&context, &call, caller.profile().id, keys, &order, expires_at).await {
            // The same request may have made it since it was looked for.
            Err(refusal @ (Error::NameTaken | Error::LimitReached(_))) => {
                let made_before = replay(&context, &caller, &order, call.now).await?.ok_or(refusal)?;
                return answer(StatusCode::OK, &made_before, None, call.now);
            }
            made => made?,
        };
        if let Some((key, value)) = made {
            tracing::info!(event = "api_key_created", user.id = %key.user, request.id = call.request_id);
            return answer(StatusCode::CREATED, &key, Some(&value), call.now);
        }
    }
}

fn read(call: &Call) -> Result<Order> {
    let idempotency_key = call.idempotency_key()?;
    let mut fields = call.json()?;
    let name = fields.required("name", text(KeyName::parse));
    let scopes = fields.required("scopes", |value| {
        let scopes = list(|name| Scope::parse(name).ok_or("is no scope; see authorization-scopes"))(value)?;
        if scopes.is_empty() { Err("must name at least one scope".into()) } else { Ok(ScopeSet::from_iter(scopes)) }
    });
    let expiry = fields.optional("expiration_date", Expiry::read);
    let (name, scopes) = fields.finish(name.zip(scopes))?;
    Ok(Order { name, scopes, expiry, idempotency_key })
}

/// A key gives no more than it has.
pub(crate) fn check_scopes(caller: &Caller, scopes: ScopeSet) -> Result<()> {
    let lacking = caller.key().map_or_else(ScopeSet::default, |key| scopes.without(key.scopes));
    if lacking.is_empty() { Ok(()) } else { Err(Error::InsufficientScope(lacking)) }
}

impl Order {
    fn digest(&self) -> Digest {
        let expiry = self.expiry.map(Expiry::normalized).unwrap_or_default();
        Digest::of(short_hash(&[self.name.as_str(), &self.scopes.to_scope_string(), &expiry]).as_bytes())
    }
}

/// The key that the same request made before.
async fn replay(context: &Context, caller: &Caller, order: &Order, now: Timestamp) -> Result<Option<ApiKey>> {
    let Some(idempotency_key) = &order.idempotency_key else { return Ok(None) };
    let user = caller.profile().id;
    let Some(remembered) = context.store.remembered(user, idempotency_key, now).await? else { return Ok(None) };
    if remembered.request != order.digest() {
        return Err(Error::IdempotencyKeyReused);
    }
    let key = context.store.api_key_by_name(user, &order.name).await?;
    key.filter(|key| key.creation == remembered.creation).map(Some).ok_or(Error::IdempotencyKeyReused)
}

/// Makes the key in a place that was free among `keys`; `None` when another request was first at the place, the name or
/// the same creation.
///
/// Its owner is not asked for again: a key of a user who was disabled meanwhile opens nothing, as one made before.
async fn try_create(
    context: &Context,
    call: &Call,
    user: UserId,
    keys: Vec<ApiKey>,
    order: &Order,
    expires_at: Timestamp,
) -> Result<Option<(ApiKey, ApiKeyValue)>> {
    let (expired, active): (Vec<_>, Vec<_>) = keys.into_iter().partition(|key| key.is_expired(call.now));
    let folded = order.name.folded();
    if active.iter().any(|key| key.name.folded() == folded) {
        return Err(Error::NameTaken);
    }
    let place = free_place(&active)?.ok_or(Error::LimitReached(u32::from(KEYS_MAX)))?;
    let locator = Locator { user, item: key_id(&order.name) };
    let value = ApiKeyValue::generate(locator)?;
    let key = ApiKey {
        user,
        name: order.name.clone(),
        creation: ItemId::generate()?,
        place,
        digest: value.digest(),
        previous: None,
        scopes: order.scopes,
        expires_at,
        created_at: call.now,
        rotated_at: None,
        last_used_at: None,
        hint: value.hint(),
    };
    let event =
        Event::new(user, EventKind::ApiKeyCreated, call.now)?.from_source(&call.source_ip).about(key.name.as_str());
    let mut writes = vec![key.take_place(call.now)?, key.insert(call.now)?, event.insert()?];
    if let Some(idempotency_key) = &order.idempotency_key {
        let remembered = Remembered { request: order.digest(), key: locator.item, creation: key.creation };
        writes.push(remembered.insert(user, idempotency_key, call.now)?);
    }
    writes.extend(remove_surplus(expired, &folded, call.now)?);
    match context.store.transact(writes).await? {
        Outcome::Done => Ok(Some((key, value))),
        Outcome::Refused(_) => Ok(None),
    }
}

/// A place that no active key holds, at random, so that many who make keys at once seldom meet; `None` when all 50 are
/// held.
fn free_place(active: &[ApiKey]) -> Result<Option<u8>> {
    let free: Vec<u8> = (0..KEYS_MAX).filter(|place| active.iter().all(|key| key.place != *place)).collect();
    if free.is_empty() {
        return Ok(None);
    }
    let random = usize::from(u16::from_be_bytes(random_bytes()?));
    Ok(free.get(random % free.len()).copied())
}

/// Removes the oldest expired keys where more than 50 would be kept.
fn remove_surplus(mut expired: Vec<ApiKey>, replaced: &str, now: Timestamp) -> Result<Vec<Write>> {
    expired.retain(|key| key.name.folded() != replaced);
    expired.sort_by_key(|key| key.expires_at);
    let surplus = expired.len().saturating_sub(usize::from(KEYS_MAX)).min(SURPLUS_MAX);
    let mut writes = Vec::with_capacity(2 * surplus);
    for key in expired.iter().take(surplus) {
        writes.push(key.delete_expired(now));
        writes.push(Event::new(key.user, EventKind::ApiKeyExpired, now)?.about(key.name.as_str()).insert()?);
    }
    Ok(writes)
}

pub(crate) fn answer(
    status: StatusCode,
    key: &ApiKey,
    value: Option<&ApiKeyValue>,
    now: Timestamp,
) -> Result<Response> {
    let view = KeyView::new(key, now);
    let view = match value {
        Some(value) => view.with_value(value.expose()),
        None => view,
    };
    Ok(with_etag(json(status, &view)?, &etag(key)))
}

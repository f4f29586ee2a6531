//! One key by name, or the calling key as `@self`.

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use shared::Result;
use shared::access::Caller;
use shared::context::Context;
use shared::error::Error;
use shared::http::answer::no_content;
use shared::http::call::Call;
use shared::http::credential::Credential;
use shared::name::KeyName;
use shared::scope::Scope;
use shared::store::events::{Event, EventKind};
use shared::store::keys::ApiKey;
use shared::store::{Outcome, Retries};

use crate::create::answer;
use crate::list::used_by;
use crate::view::etag;

/// The key that a path names.
pub(crate) struct Target {
    named: Named,
    /// As it stood when the caller was looked up.
    first_read: Option<Result<Option<ApiKey>>>,
}

enum Named {
    /// The calling key.
    Calling(KeyName),
    /// One of the user's.
    ByName(KeyName),
    /// None: a person who names the calling key, or what is no key's name.
    Nothing,
}

impl Target {
    /// The caller, and the key that the path names, whose scope is asked for unless it is the calling one. Both are
    /// looked up at once, which saves a round trip; that there is no such key is told when it is asked for.
    pub(crate) async fn of(context: &Context, call: &Call) -> Result<(Caller, Self)> {
        let user = Credential::of(call.headers())?.user();
        let name = call.path_parameter("name")?;
        if name == "@self" {
            let caller = context.caller(call).await?;
            let calling = caller.key().cloned();
            let named = calling.as_ref().map_or(Named::Nothing, |key| Named::Calling(key.name.clone()));
            return Ok((caller, Self { named, first_read: Some(Ok(calling)) }));
        }
        let named = KeyName::parse(name).map_or(Named::Nothing, Named::ByName);
        let read = async {
            match &named {
                Named::ByName(name) => context.store.api_key_by_name(user, name).await,
                Named::Calling(_) | Named::Nothing => Ok(None),
            }
        };
        let (caller, key) = tokio::join!(context.caller(call), read);
        let caller = caller?;
        caller.require_scope(Scope::ApiKey)?;
        let key = key.map(|key| key.map(|key| used_by(&caller, key)));
        Ok((caller, Self { named, first_read: Some(key) }))
    }

    /// The key, the first time as it was read with the caller.
    pub(crate) async fn find(&mut self, context: &Context, caller: &Caller) -> Result<ApiKey> {
        if let Some(read) = self.first_read.take() {
            return read?.ok_or(Error::NotFound);
        }
        let (Named::Calling(name) | Named::ByName(name)) = &self.named else { return Err(Error::NotFound) };
        let found = context.store.api_key_by_name(caller.profile().id, name).await?;
        let calling = caller.key().filter(|_| matches!(self.named, Named::Calling(_)));
        found.filter(|key| calling.is_none_or(|calling| calling.creation == key.creation)).ok_or(Error::NotFound)
    }
}

pub(crate) async fn get_api_key(State(context): State<Context>, call: Call) -> Result<Response> {
    let (caller, mut target) = Target::of(&context, &call).await?;
    call.no_body()?;
    let key = target.find(&context, &caller).await?;
    answer(StatusCode::OK, &key, None, call.now)
}

pub(crate) async fn delete_api_key(State(context): State<Context>, call: Call) -> Result<Response> {
    let (caller, mut target) = Target::of(&context, &call).await?;
    call.no_body()?;
    let if_match = call.if_match()?;
    let mut retries = Retries::default();
    loop {
        retries.begin().await?;
        let key = target.find(&context, &caller).await?;
        if_match.check(&etag(&key))?;
        let event = Event::new(key.user, EventKind::ApiKeyDeleted, call.now)?
            .from_source(&call.source_ip)
            .about(key.name.as_str());
        let mut writes = vec![key.delete(), event.insert()?];
        if !key.is_expired(call.now) {
            writes.push(key.free_place());
        }
        if let Outcome::Done = context.store.transact(writes).await? {
            tracing::info!(event = "api_key_deleted", user.id = %key.user, request.id = call.request_id);
            return Ok(no_content());
        }
    }
}

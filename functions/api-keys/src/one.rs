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
use shared::name::KeyName;
use shared::scope::Scope;
use shared::store::events::{Event, EventKind};
use shared::store::keys::ApiKey;
use shared::store::{Outcome, Retries};

use crate::create::answer;
use crate::view::etag;

/// Which key a path names.
pub(crate) enum Target {
    /// The calling one.
    Calling(KeyName),
    /// One of the user's.
    Named(KeyName),
    /// None: a person who names the calling key, or what is no key's name.
    Nothing,
}

impl Target {
    /// Reads the path; the calling key needs no scope. That there is none is told when it is looked for.
    pub(crate) fn of(call: &Call, caller: &Caller) -> Result<Self> {
        let name = call.path_parameter("name")?;
        if name == "@self" {
            return Ok(caller.key().map_or(Self::Nothing, |key| Self::Calling(key.name.clone())));
        }
        caller.require_scope(Scope::ApiKey)?;
        Ok(KeyName::parse(name).map_or(Self::Nothing, Self::Named))
    }

    pub(crate) async fn find(&self, context: &Context, caller: &Caller) -> Result<ApiKey> {
        let key = match (self, caller.key()) {
            (Self::Calling(name), Some(calling)) => {
                let found = context.store.api_key_by_name(calling.user, name).await?;
                found.filter(|key| key.creation == calling.creation)
            }
            (Self::Calling(name) | Self::Named(name), _) => {
                context.store.api_key_by_name(caller.profile().id, name).await?
            }
            (Self::Nothing, _) => None,
        };
        key.ok_or(Error::NotFound)
    }
}

pub(crate) async fn get_api_key(State(context): State<Context>, call: Call) -> Result<Response> {
    let caller = context.caller(&call).await?;
    let target = Target::of(&call, &caller)?;
    call.no_body()?;
    let key = target.find(&context, &caller).await?;
    answer(StatusCode::OK, &key, None, call.now)
}

pub(crate) async fn delete_api_key(State(context): State<Context>, call: Call) -> Result<Response> {
    let caller = context.caller(&call).await?;
    let target = Target::of(&call, &caller)?;
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

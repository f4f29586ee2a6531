//! Direct calls: what only the holder of AWS credentials asks of an HTTP function, past the gateway.

use std::future::Future;
use std::time::Duration;

use axum::Router;
use lambda_runtime::{Diagnostic, LambdaEvent, service_fn};
use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

use super::{context_from_environment, handle_http, start_logging, time_left};
use crate::clock::Clock;
use crate::context::Context;
use crate::error::Error;
use crate::http::problem;

/// One invocation of a function.
#[derive(Clone, Debug)]
pub struct Invocation {
    /// Names it in the log.
    pub request_id: String,
    /// How long it may take.
    pub time_left: Duration,
}

/// Why a direct call did nothing.
#[derive(Debug)]
pub enum DirectError {
    /// A rule of that call: its name, and what to do instead.
    Refused(&'static str, String),
    /// What may go wrong with any call.
    Failed(Error),
}

impl From<Error> for DirectError {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// How a function's error reaches the one who invoked it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Failure {
    /// What kind of refusal or fault.
    pub error_type: String,
    /// What happened and what to do, in words.
    pub error_message: String,
}

impl From<Failure> for Diagnostic {
    fn from(failure: Failure) -> Self {
        Self { error_type: failure.error_type, error_message: failure.error_message }
    }
}

impl From<DirectError> for Failure {
    fn from(error: DirectError) -> Self {
        match error {
            DirectError::Refused(error_type, error_message) => {
                Self { error_type: error_type.to_owned(), error_message }
            }
            DirectError::Failed(error) => {
                let error_message = match &error {
                    Error::InvalidRequest(errors) => {
                        let told: Vec<_> =
                            errors.iter().map(|error| format!("{} {}", error.pointer, error.detail)).collect();
                        told.join("; ").trim_start().to_owned()
                    }
                    Error::Unavailable(_) => "The table did not answer. Ask again.".to_owned(),
                    _ => "A fault that is not the call's. The function's log says more.".to_owned(),
                };
                Self { error_type: problem::slug(&error).to_owned(), error_message }
            }
        }
    }
}

/// Of the two kinds of event only the gateway's has this member, always: what a client sends is never a member of the
/// event itself.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Origin {
    request_context: Option<IgnoredAny>,
}

/// Answers the gateway's event as [`handle_http`] does, and any other as a direct call.
///
/// # Errors
/// What a direct call hears that is none, or is refused, or fails.
pub async fn handle_event<C, A, F>(
    router: &Router,
    clock: &Clock,
    event: &RawValue,
    invocation: Invocation,
    direct: impl FnOnce(C, Invocation) -> F,
) -> Result<Value, Failure>
where
    C: DeserializeOwned,
    A: Serialize,
    F: Future<Output = Result<A, DirectError>>,
{
    let is_of_gateway = serde_json::from_str(event.get()).is_ok_and(|origin: Origin| origin.request_context.is_some());
    if is_of_gateway {
        let event = serde_json::from_str(event.get()).map_err(|error| Failure::from(unread(&error)))?;
        return Ok(handle_http(router, clock, event).await);
    }
    let request_id = invocation.request_id.clone();
    let answer = match serde_json::from_str(event.get()) {
        Ok(call) => direct(call, invocation).await,
        // The name of a member may be told, the value of a text may not: it could be a secret in the wrong place.
        Err(error) if event.get().starts_with('{') => Err(Error::invalid("", error.to_string()).into()),
        Err(error) => Err(unread(&error)),
    };
    let answer = answer.and_then(|answer| serde_json::to_value(answer).map_err(Error::internal).map_err(Into::into));
    answer.map_err(|error| {
        log(&error, &request_id);
        error.into()
    })
}

/// Where it is wrong, without what stands there.
fn unread(error: &serde_json::Error) -> DirectError {
    let (line, column) = (error.line(), error.column());
    Error::invalid("", format!("the event is not one that this function takes: line {line}, column {column}")).into()
}

fn log(error: &DirectError, request_id: &str) {
    match error {
        DirectError::Failed(error @ Error::Internal(_)) => {
            tracing::error!(request.id = request_id, error = %error.with_causes());
        }
        DirectError::Failed(error @ Error::Unavailable(_)) => {
            tracing::warn!(request.id = request_id, error = %error.with_causes());
        }
        DirectError::Failed(error) => tracing::info!(request.id = request_id, refusal = problem::slug(error)),
        DirectError::Refused(refusal, _) => tracing::info!(request.id = request_id, refusal),
    }
}

/// Runs an HTTP function on Lambda that takes direct calls too.
///
/// # Errors
/// When the environment lacks what the function needs, or the runtime ends.
pub async fn serve_http_and_direct<C, A, F>(
    router: impl FnOnce(Context) -> Router,
    direct: impl Fn(Context, C, Invocation) -> F,
) -> Result<(), lambda_runtime::Error>
where
    C: DeserializeOwned,
    A: Serialize,
    F: Future<Output = Result<A, DirectError>>,
{
    start_logging();
    let context = context_from_environment().await?;
    let router = router(context.clone());
    lambda_runtime::run(service_fn(|event: LambdaEvent<Box<RawValue>>| {
        let (router, context, direct) = (&router, &context, &direct);
        let invocation =
            Invocation { request_id: event.context.request_id.clone(), time_left: time_left(&event.context) };
        async move {
            let answer = |call, invocation| direct(context.clone(), call, invocation);
            handle_event(router, &context.clock, &event.payload, invocation, answer).await
        }
    }))
    .await
}

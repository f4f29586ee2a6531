//! How a function meets its host: events in, answers out, one log line each; the only code that reads the environment.

use std::convert::Infallible;
use std::future::Future;
use std::time::Duration;

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use axum::Router;
use axum::response::IntoResponse;
use http::header::{CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, HOST};
use http::{HeaderMap, HeaderName, HeaderValue, Response, Uri};
use http_body_util::BodyExt;
use lambda_http::request::LambdaRequest;
use lambda_http::{Adapter, Body, LambdaEvent};
use lambda_runtime::{Service, service_fn};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::clock::{Clock, Timestamp};
use crate::context::{Config, Context};
use crate::error::{Error, Result};
use crate::http::call::Facts;
use crate::http::problem;
use crate::http::route::{has_empty_segment, path_of_event};
use crate::password::Hasher;
use crate::protection::REFUSAL_TIME_MIN;
use crate::secrets::{SecretSource, Secrets};
use crate::store::Store;
use crate::store::settings::MfaPolicy;

mod direct;
mod sdk;

pub use direct::{DirectError, Failure, Invocation, handle_event, serve_http_and_direct};
pub use sdk::{sdk_config, timeouts};

/// The answer in the gateway's form; serialise it as it is.
pub type GatewayResponse = serde_json::Value;

/// Answers one HTTP API event (payload 2.0). Never fails: every fault is a problem document.
pub async fn handle_http(router: &Router, clock: &Clock, mut event: ApiGatewayV2httpRequest) -> GatewayResponse {
    let facts = take_facts(&mut event, clock.now());
    let route_key = event.route_key.clone().unwrap_or_default();
    let mut target = Some(take_target(&mut event, &facts, &route_key));
    let service = service_fn(|mut request: lambda_http::Request| {
        let (facts, route_key, target) = (facts.clone(), route_key.clone(), target.take());
        async move {
            request.extensions_mut().insert(facts.clone());
            let response = match target.unwrap_or(Err(Error::NotFound)) {
                Err(refused) => refused.into_response(),
                Ok(target) => {
                    target.put_into(&mut request);
                    router.clone().call(request).await.unwrap_or_else(|never: Infallible| match never {})
                }
            };
            Ok::<_, Infallible>(finish(response, &facts, &route_key).await)
        }
    });
    let event = LambdaEvent::new(LambdaRequest::ApiGatewayV2(event), lambda_runtime::Context::default());
    let response = Adapter::from(service).call(event).await.unwrap_or_else(|never: Infallible| match never {});
    serde_json::to_value(response).unwrap_or_default()
}

/// What the adapter would read from an event by itself, and end the process over where it cannot.
struct Target {
    uri: Uri,
    /// Headers of which the adapter would make the URI's authority and scheme.
    headers: HeaderMap,
    /// A body that came in base64.
    binary: Option<Vec<u8>>,
}

impl Target {
    fn put_into(self, request: &mut lambda_http::Request) {
        *request.uri_mut() = self.uri;
        request.headers_mut().extend(self.headers);
        if let Some(bytes) = self.binary {
            *request.body_mut() = Body::Binary(bytes);
        }
    }
}

/// Leaves to the adapter only what it takes in any form.
fn take_target(event: &mut ApiGatewayV2httpRequest, facts: &Facts, route_key: &str) -> Result<Target> {
    let context = &mut event.request_context;
    (context.domain_name, context.stage) = (Some("localhost".into()), Some("$default".into()));
    let mut headers = HeaderMap::new();
    for name in [HOST, HeaderName::from_static("x-forwarded-proto")] {
        headers.extend(event.headers.remove(&name).map(|value| (name, value)));
    }
    let encoded = if std::mem::take(&mut event.is_base64_encoded) { event.body.take() } else { None };
    let path = path_of_event(route_key, |name| facts.path_parameters.get(name).map(String::as_str));
    let path = path.filter(|path| path == "/" || !has_empty_segment(&facts.raw_path));
    let uri = path.and_then(|path| Uri::try_from(path).ok()).ok_or(Error::NotFound)?;
    let decode = |text: String| data_encoding::BASE64.decode(text.as_bytes());
    let binary = encoded.map(decode).transpose().map_err(|_| Error::invalid("", "the body must be base64"))?;
    Ok(Target { uri, headers, binary })
}

/// Takes from the event what handlers read, so that nothing of it is parsed twice.
fn take_facts(event: &mut ApiGatewayV2httpRequest, now: Timestamp) -> Facts {
    event.query_string_parameters = lambda_http::aws_lambda_events::query_map::QueryMap::default();
    Facts {
        now,
        request_id: event.request_context.request_id.clone().unwrap_or_default(),
        source_ip: event.request_context.http.source_ip.clone().unwrap_or_default(),
        path_parameters: event.path_parameters.clone(),
        raw_path: event.raw_path.take().unwrap_or_default(),
        query: event.raw_query_string.take().unwrap_or_default(),
    }
}

/// Adds what every answer has, and logs it.
async fn finish(response: axum::response::Response, facts: &Facts, route_key: &str) -> Response<Body> {
    let (mut parts, body) = response.into_parts();
    let body = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    log(&parts, facts, route_key);
    add_headers(&mut parts.headers, &facts.request_id);
    // The router's count: without `instance`, and of a body that it left out for a HEAD. The gateway counts by itself.
    parts.headers.remove(CONTENT_LENGTH);
    let is_problem = parts.headers.get(CONTENT_TYPE).is_some_and(|value| value == problem::MEDIA_TYPE);
    let body = if is_problem && !body.is_empty() { problem::finish(&body, &facts.request_id) } else { body.to_vec() };
    let body = match String::from_utf8(body) {
        Ok(text) if text.is_empty() => Body::Empty,
        Ok(text) => Body::Text(text),
        Err(bytes) => Body::Binary(bytes.into_bytes()),
    };
    Response::from_parts(parts, body)
}

/// The headers that every answer has.
pub fn add_headers(headers: &mut HeaderMap, request_id: &str) {
    let fixed = [
        (CACHE_CONTROL, "no-store"),
        (HeaderName::from_static("x-content-type-options"), "nosniff"),
        (HeaderName::from_static("strict-transport-security"), "max-age=63072000; includeSubDomains"),
    ];
    for (name, value) in fixed {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    if let Ok(id) = HeaderValue::from_str(request_id) {
        headers.insert("x-request-id", id);
    }
}

fn log(parts: &http::response::Parts, facts: &Facts, route: &str) {
    let (id, status) = (facts.request_id.as_str(), parts.status.as_u16());
    let cause = parts.extensions.get::<problem::Cause>().map(|cause| cause.0.as_ref());
    match cause {
        Some(error @ Error::Internal(_)) => {
            tracing::error!(request.id = id, route, status, error = %error.with_causes());
        }
        Some(error @ Error::Unavailable(_)) => {
            tracing::warn!(request.id = id, route, status, error = %error.with_causes());
        }
        Some(error) => tracing::info!(request.id = id, route, status, refusal = problem::slug(error)),
        // The gateway's own log has a line for it.
        None => tracing::debug!(request.id = id, route, status),
    }
}

/// Runs an HTTP function on Lambda.
///
/// # Errors
/// When the environment lacks what the function needs, or the runtime ends.
pub async fn serve_http(router: impl FnOnce(Context) -> Router) -> Result<(), lambda_runtime::Error> {
    start_logging();
    let context = context_from_environment().await?;
    let clock = context.clock.clone();
    run_http(router(context), clock).await
}

/// Runs an HTTP function that needs neither table nor secret: its start waits for nothing.
///
/// # Errors
/// When the runtime ends.
pub async fn serve_http_alone(router: Router) -> Result<(), lambda_runtime::Error> {
    start_logging();
    run_http(router, Clock::system()).await
}

async fn run_http(router: Router, clock: Clock) -> Result<(), lambda_runtime::Error> {
    lambda_runtime::run(service_fn(|event: LambdaEvent<ApiGatewayV2httpRequest>| {
        let (router, clock) = (&router, &clock);
        async move { Ok::<_, Infallible>(handle_http(router, clock, event.payload).await) }
    }))
    .await
}

/// Runs a function for other events on Lambda. `handle` is given the context, the event, and how long it may take.
///
/// # Errors
/// When the environment lacks what the function needs, or the runtime ends.
pub async fn serve_event<E, A, X, F>(handle: impl Fn(Context, E, Duration) -> F) -> Result<(), lambda_runtime::Error>
where
    E: DeserializeOwned,
    A: Serialize,
    X: Into<lambda_runtime::Error>,
    F: Future<Output = Result<A, X>>,
{
    start_logging();
    let context = context_from_environment().await?;
    lambda_runtime::run(service_fn(|event: LambdaEvent<E>| {
        let LambdaEvent { payload, context: invocation } = event;
        let answer = handle(context.clone(), payload, time_left(&invocation));
        async move { answer.await.map_err(Into::into) }
    }))
    .await
}

fn time_left(invocation: &lambda_runtime::Context) -> Duration {
    // How long ago a later instant was fails, and the failure says how long it is until then.
    invocation.deadline().elapsed().err().map(|until| until.duration()).unwrap_or_default()
}

fn start_logging() {
    let levels = variable("RUST_LOG").unwrap_or_else(|_| "info".into());
    log_lines(&levels, std::io::stdout).init();
}

/// One JSON object a line. Lambda takes a line without `timestamp` and `level` for one of level `INFO` and adds both.
fn log_lines<W>(levels: &str, writer: W) -> impl tracing::Subscriber + Send + Sync
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(false)
        .with_target(false)
        .with_max_level(LevelFilter::TRACE)
        .with_writer(writer)
        .finish()
        .with(read_levels(levels))
}

/// Reads `info,lambda_runtime=warn`. What says nothing, or nothing that can be read, is `info`; an empty word would be
/// every line of every crate.
fn read_levels(text: &str) -> Targets {
    let words: Vec<_> = text.split(',').map(str::trim).filter(|word| !word.is_empty()).collect();
    let levels = if words.is_empty() { None } else { words.join(",").parse().ok() };
    levels.unwrap_or_else(|| Targets::new().with_default(LevelFilter::INFO))
}

async fn context_from_environment() -> Result<Context> {
    let config = sdk_config()?;
    let store = Store::new(aws_sdk_dynamodb::Client::new(&config), variable("TABLE_NAME")?);
    let source = match variable("SECRET_ARN") {
        Err(_) => SecretSource::Absent,
        Ok(secret_id) => {
            SecretSource::SecretsManager { client: aws_sdk_secretsmanager::Client::new(&config), secret_id }
        }
    };
    let policy = variable("MFA_POLICY").unwrap_or_else(|_| MfaPolicy::Optional.as_str().into());
    let retention = variable("EXPIRED_KEY_RETENTION_SECONDS").ok().and_then(|text| text.parse().ok());
    let config = Config {
        account_name: variable("ACCOUNT_NAME")?,
        mfa_policy_default: MfaPolicy::parse(&policy).ok_or_else(|| Error::internal("MFA_POLICY is not a policy"))?,
        expired_key_retention_seconds: retention.unwrap_or(7 * 24 * 60 * 60),
        mail_from: variable("MAIL_FROM").unwrap_or_default(),
        refusal_time_min: REFUSAL_TIME_MIN,
        portal_origin: variable("PORTAL_ORIGIN").unwrap_or_default(),
    };
    let context = Context::new(store, Clock::system(), Secrets::new(source), Hasher::new()?, config);
    if let Err(error) = warm_up(&context).await {
        tracing::warn!(event = "warm_up_failed", error = %error.with_causes());
    }
    Ok(context)
}

/// Pays for TLS before the first request.
///
/// # Errors
/// Those of the table and of the secret. They are met again, and answered, by that request.
pub async fn warm_up(context: &Context) -> Result<()> {
    let secret = async {
        if context.secrets.is_given() {
            context.keyring(context.clock.now()).await?;
        }
        Ok(())
    };
    let (table, secret) = tokio::join!(context.store.warm_up(), secret);
    table.and(secret)
}

#[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
fn variable(name: &str) -> Result<String> {
    std::env::var(name).map_err(|_| Error::internal(format!("the environment lacks {name}")))
}

#[cfg(test)]
mod tests;

//! The Lambda runtime API (2018-06-01) of one environment.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use data_encoding::HEXLOWER;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::Full;
use local::functions::Failure;
use serde_json::{Value, json};
use shared::secret::random_bytes;
use tokio::sync::{mpsc, oneshot, watch};

use super::server::{self, Server};

/// An answer, in bytes (Lambda quotas, invocation payload).
const ANSWER_BYTES_MAX: usize = 6 * 1_024 * 1_024;

type Outcome = Result<Value, Failure>;

/// An event on its way to the function.
#[derive(Debug)]
pub(super) struct Invocation {
    event: Value,
    within: Duration,
    answer: oneshot::Sender<Outcome>,
}

impl Invocation {
    /// An event that is to be answered `within` some time, and where the answer comes.
    pub(super) fn new(event: Value, within: Duration) -> (Self, oneshot::Receiver<Outcome>) {
        let (answer, answered) = oneshot::channel();
        (Self { event, within, answer }, answered)
    }
}

/// The API, on a port of its own, until it is dropped.
#[derive(Debug)]
pub(super) struct RuntimeApi {
    server: Server,
    state: Arc<State>,
}

#[derive(Debug)]
struct State {
    function_arn: String,
    queue: tokio::sync::Mutex<mpsc::Receiver<Invocation>>,
    /// What the function works on: its request id, and where the answer goes.
    current: Mutex<Option<(String, oneshot::Sender<Outcome>)>>,
    /// When the function first asked for an event.
    ready: watch::Sender<Option<Instant>>,
    init_error: Mutex<Option<Failure>>,
}

impl RuntimeApi {
    /// Serves the function of this ARN what comes through `queue`.
    pub(super) fn start(function_arn: String, queue: mpsc::Receiver<Invocation>) -> Self {
        let state = Arc::new(State {
            function_arn,
            queue: queue.into(),
            current: Mutex::default(),
            ready: watch::Sender::new(None),
            init_error: Mutex::default(),
        });
        let answering = Arc::clone(&state);
        let server = Server::start(move |request| {
            let state = Arc::clone(&answering);
            async move { state.answer(request).await }
        });
        Self { server, state }
    }

    /// What `AWS_LAMBDA_RUNTIME_API` says.
    pub(super) fn authority(&self) -> String {
        self.server.address.to_string()
    }

    /// When the function first asked for an event; waits for it.
    pub(super) async fn ready(&self) -> Instant {
        let mut ready = self.state.ready.subscribe();
        let at = ready.wait_for(Option::is_some).await.expect("the sender is held here");
        at.expect("waited for")
    }

    /// What the function said when it could not start.
    pub(super) fn init_error(&self) -> Option<Failure> {
        self.state.init_error.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl State {
    async fn answer(&self, request: Request<Bytes>) -> Response<Full<Bytes>> {
        let path = request.uri().path().strip_prefix("/2018-06-01/runtime/").unwrap_or_default();
        let steps: Vec<_> = path.split('/').collect();
        match (request.method(), steps.as_slice()) {
            (&Method::GET, ["invocation", "next"]) => self.next().await,
            (&Method::POST, ["invocation", id, "response"]) => self.finish(id, outcome(request.body())),
            (&Method::POST, ["invocation", id, "error"]) => self.finish(id, Err(failure(&request))),
            (&Method::POST, ["init", "error"]) => {
                *self.init_error.lock().unwrap_or_else(PoisonError::into_inner) = Some(failure(&request));
                accepted()
            }
            _ => refused(StatusCode::NOT_FOUND, "InvalidRequest", "no such call"),
        }
    }

    /// Waits for an event; the function may be killed meanwhile.
    async fn next(&self) -> Response<Full<Bytes>> {
        self.ready.send_if_modified(|at| at.is_none().then(|| *at = Some(Instant::now())).is_some());
        let Some(Invocation { event, within, answer }) = self.queue.lock().await.recv().await else {
            return refused(StatusCode::GONE, "Runtime.Ended", "this environment ends");
        };
        let id = request_id();
        let mut response = server::json(StatusCode::OK, &event);
        add_headers(response.headers_mut(), &id, &self.function_arn, within);
        *self.current.lock().unwrap_or_else(PoisonError::into_inner) = Some((id, answer));
        response
    }

    fn finish(&self, id: &str, outcome: Outcome) -> Response<Full<Bytes>> {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        let Some((_, answer)) = current.take_if(|(running, _)| running == id) else {
            return refused(StatusCode::BAD_REQUEST, "InvalidRequestID", "no such request runs here");
        };
        let is_too_large = matches!(&outcome, Err(Failure::Failed { error_type, .. }) if error_type == TOO_LARGE);
        // Nobody waits any more when the function answers too late.
        let _ = answer.send(outcome);
        if is_too_large { refused(StatusCode::PAYLOAD_TOO_LARGE, TOO_LARGE, "over 6 MB") } else { accepted() }
    }
}

const TOO_LARGE: &str = "Function.ResponseSizeTooLarge";

fn outcome(body: &[u8]) -> Outcome {
    if body.len() > ANSWER_BYTES_MAX {
        return Err(Failure::failed(TOO_LARGE, format!("an answer of {} bytes", body.len())));
    }
    serde_json::from_slice(body).map_err(|error| Failure::failed("Runtime.MarshalError", error.to_string()))
}

/// What the function says of its error: in the body, or its kind in a header.
fn failure(request: &Request<Bytes>) -> Failure {
    let body: Value = serde_json::from_slice(request.body()).unwrap_or_default();
    let header = request.headers().get("lambda-runtime-function-error-type").and_then(|value| value.to_str().ok());
    let error_type = body["errorType"].as_str().or(header).unwrap_or("Runtime.Unknown");
    Failure::failed(error_type, body["errorMessage"].as_str().unwrap_or_default())
}

fn add_headers(headers: &mut HeaderMap, id: &str, function_arn: &str, within: Duration) {
    let deadline = since_epoch() + within;
    let random = random_bytes::<12>().expect("the system has randomness");
    let trace = format!("Root=1-{:08x}-{};Sampled=0", since_epoch().as_secs(), HEXLOWER.encode(&random));
    for (name, value) in [
        ("lambda-runtime-aws-request-id", id),
        ("lambda-runtime-deadline-ms", &deadline.as_millis().to_string()),
        ("lambda-runtime-invoked-function-arn", function_arn),
        ("lambda-runtime-trace-id", &trace),
    ] {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_str(value).expect("ASCII"));
    }
}

#[expect(clippy::disallowed_methods, reason = "a deadline is an instant of the system's clock")]
fn since_epoch() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// A UUID, as Lambda's are.
fn request_id() -> String {
    let hex = HEXLOWER.encode(&random_bytes::<16>().expect("the system has randomness"));
    format!("{}-{}-4{}-a{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..])
}

fn accepted() -> Response<Full<Bytes>> {
    server::json(StatusCode::ACCEPTED, &json!({"status": "OK"}))
}

fn refused(status: StatusCode, error_type: &str, message: &str) -> Response<Full<Bytes>> {
    server::json(status, &json!({"errorType": error_type, "errorMessage": message}))
}

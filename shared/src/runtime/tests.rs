//! Events in, answers out.

use std::io;
use std::sync::{Arc, Mutex};

use axum::extract::Request;
use axum::routing::any;
use serde_json::value::to_raw_value;
use serde_json::{Value, json};

use super::*;

/// What was logged, in place of standard output.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("a log").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Log {
    /// From here on, until the guard is dropped, as a function logs.
    fn start() -> (Self, tracing::subscriber::DefaultGuard) {
        let log = Self::default();
        let writer = log.clone();
        let guard = tracing::subscriber::set_default(log_lines("info", move || writer.clone()));
        (log, guard)
    }

    fn text(&self) -> String {
        String::from_utf8(self.0.lock().expect("a log").clone()).expect("text")
    }
}

#[test]
fn levels_are_read_and_what_says_nothing_is_info() {
    use tracing::Level;
    for text in ["info", "", " ", ",", "info,", ",info", "info=loud", "info,lambda_runtime::layers::panic=off"] {
        let levels = read_levels(text);
        assert!(levels.would_enable("shared", &Level::INFO), "{text:?}");
        assert!(!levels.would_enable("aws_smithy_runtime", &Level::DEBUG), "{text:?}");
    }
    let levels = read_levels("warn,shared=trace,lambda_runtime::layers::panic=off");
    assert!(levels.would_enable("shared::store", &Level::TRACE));
    assert!(!levels.would_enable("api_keys", &Level::INFO) && levels.would_enable("api_keys", &Level::WARN));
    assert!(!levels.would_enable("lambda_runtime::layers::panic", &Level::ERROR));
}

async fn answer(router: Router, method: &str, route_key: &str, raw_path: &str) -> Value {
    let event = json!({
        "version": "2.0",
        "routeKey": route_key,
        "rawPath": raw_path,
        "headers": {"host": "portal.example.com"},
        "requestContext": {"requestId": "r", "http": {"method": method, "path": raw_path}},
        "isBase64Encoded": false,
    });
    let event = serde_json::from_value(event).expect("an event");
    handle_http(&router, &Clock::system(), event).await
}

#[tokio::test]
async fn outside_the_base_path_a_router_is_told_the_path_as_the_gateway_decoded_it() {
    let told = |request: Request| async move {
        let facts = request.extensions().get::<Facts>().cloned().expect("facts");
        format!("{} {}", request.uri().path(), facts.raw_path)
    };
    let router = Router::new().route("/", any(told));
    for path in ["/a/../b", "//evil.example/%41", "/a?b#c", "/./", "/\u{e9} \\"] {
        let answer = answer(router.clone(), "GET", "$default", path).await;
        assert_eq!(answer["body"], format!("/ {path}"));
    }
}

/// The route of `/a/` may be that of `/a` to the gateway.
#[tokio::test]
async fn a_path_with_a_slash_too_many_is_no_operations() {
    let path = format!("{}/session", crate::http::BASE_PATH);
    let router = Router::new().route(&path, any(|| async {}));
    let key = format!("GET {path}");
    let status = async |raw_path: &str| answer(router.clone(), "GET", &key, raw_path).await["statusCode"].clone();
    assert_eq!(status(&path).await, 200);
    for odd in [format!("{path}/"), format!("/{path}"), path.replace("/v1", "//v1")] {
        assert_eq!(status(&odd).await, 404, "{odd}");
    }
}

/// The gateway sends no such event; whoever may invoke the function can.
#[tokio::test]
async fn an_event_that_is_at_odds_with_itself_is_answered() {
    let path = format!("{}/session", crate::http::BASE_PATH);
    let told =
        |headers: HeaderMap| async move { format!("{:?} {:?}", headers.get("x-forwarded-proto"), headers[HOST]) };
    let router = Router::new().route(&path, any(told));
    let answer = async |member: &str, value: Value| {
        let mut event = json!({
            "version": "2.0",
            "routeKey": format!("GET {path}"),
            "rawPath": path,
            "headers": {"host": "portal.example.com"},
            "requestContext": {"requestId": "r", "http": {"method": "GET", "path": path}},
            "body": "AP8=",
            "isBase64Encoded": true,
        });
        event[member] = value;
        handle_http(&router, &Clock::system(), serde_json::from_value(event).expect("an event")).await
    };
    for body in ["%", "AP8", "AP9=", "A P8="] {
        assert_eq!(answer("body", json!(body)).await["statusCode"], 400, "{body}");
    }
    for proto in ["a b", "file", "", "://"] {
        let answer = answer("headers", json!({"host": "a b", "x-forwarded-proto": proto})).await;
        assert_eq!(answer["body"], format!("Some({proto:?}) \"a b\""));
    }
    for key in [format!("GET {path}/a b"), format!("GET {path}/{}", "a".repeat(70_000))] {
        assert_eq!(answer("routeKey", json!(key)).await["statusCode"], 404);
    }
}

#[tokio::test]
async fn a_body_that_is_no_text_is_sent_in_base64() {
    let router = Router::new().route("/", any(|| async { [0_u8, 255] }));
    let answer = answer(router, "GET", "$default", "/").await;
    assert_eq!((&answer["body"], &answer["isBase64Encoded"]), (&json!("AP8="), &json!(true)));
}

#[tokio::test]
async fn no_answer_counts_its_own_bytes() {
    let router = Router::new().route("/", any(|| async { Error::NotFound }));
    for method in ["GET", "HEAD"] {
        let answer = answer(router.clone(), method, "$default", "/").await;
        assert_eq!(answer["statusCode"], 404);
        assert_eq!(answer["headers"]["content-length"], Value::Null, "{answer}");
        let body = answer["body"].as_str().unwrap_or_default();
        assert_eq!(body.contains("urn:request:r"), method == "GET", "{answer}");
    }
}

#[tokio::test]
async fn a_line_names_request_route_and_refusal_in_the_form_that_lambda_filters() {
    let (log, _guard) = Log::start();
    answer(Router::new().route("/", any(|| async { Error::NotFound })), "GET", "$default", "/").await;
    let line: Value = serde_json::from_str(&log.text()).expect("one line");
    let said = ["level", "request.id", "route", "refusal"].map(|name| line[name].clone());
    assert_eq!(said, ["INFO", "r", "$default", "not-found"]);
    let timestamp = line["timestamp"].as_str().expect("a timestamp");
    let is_timestamp = time::OffsetDateTime::parse(timestamp, &time::format_description::well_known::Rfc3339).is_ok();
    assert!(is_timestamp, "{timestamp} is not of RFC 3339");
}

#[tokio::test]
async fn a_fault_is_logged_with_all_that_caused_it_and_told_without() {
    let (log, _guard) = Log::start();
    let fails = || async { Err::<(), _>(Error::unavailable(Error::internal("the table's own words"))) };
    let answer = answer(Router::new().route("/", any(fails)), "GET", "$default", "/").await;
    let line: Value = serde_json::from_str(&log.text()).expect("one line");
    assert_eq!(line["level"], "WARN");
    assert_eq!(line["error"], "a dependency is unavailable: internal fault: the table's own words");
    assert!(!answer.to_string().contains("own words"), "{answer}");
}

#[tokio::test]
async fn a_request_that_succeeds_logs_its_event_alone_in_200_bytes() {
    let (log, _guard) = Log::start();
    // The longest there is.
    let happen = || async {
        let id = crate::id::UserId::generate().expect("an id");
        tracing::info!(event = "user_invited", user.id = %id, by.id = %id, request.id = "JKJaXmPLvHcESHA=");
    };
    answer(Router::new().route("/", any(happen)), "GET", "$default", "/").await;
    let text = log.text();
    assert!(text.lines().count() == 1 && text.len() <= 200, "{} bytes: {text}", text.len());
}

/// A direct call of these tests.
#[derive(Debug, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
enum Direct {
    Call(Value),
}

/// What a function answers to any event: `direct` with what it was asked, or as the gateway is answered.
async fn answer_event(event: &Value) -> Result<Value, Value> {
    let router = Router::new().route("/", any(|| async { "http" }));
    let invocation = Invocation { request_id: "r".into(), time_left: Duration::from_secs(1) };
    let event = to_raw_value(event).expect("JSON");
    let direct = |Direct::Call(asked), _| async move {
        match asked.as_str() {
            Some("rule") => Err(DirectError::Refused("a-rule", "Do this instead.".into())),
            Some("outage") => Err(Error::unavailable("the table's own words").into()),
            Some("fault") => Err(Error::internal("hunter2").into()),
            _ => Ok(json!({"direct": asked})),
        }
    };
    let answer = handle_event(&router, &Clock::system(), &event, invocation, direct).await;
    answer.map_err(|failure| serde_json::to_value(failure).expect("JSON"))
}

#[tokio::test]
async fn what_a_client_sends_is_never_a_direct_call() {
    let call = json!({"call": {}}).to_string();
    let event = json!({
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": format!("/{call}"),
        "rawQueryString": "call={}",
        "queryStringParameters": {"call": "{}"},
        "pathParameters": {"call": "{}"},
        "stageVariables": {"call": "{}"},
        "cookies": [call],
        "headers": {"host": "portal.example.com", "call": "{}"},
        "requestContext": {"requestId": "r", "http": {"method": "POST", "path": "/"}, "call": "{}"},
        "body": call,
        "isBase64Encoded": false,
    });
    assert_eq!(answer_event(&event).await.expect("an answer")["body"], "http");
    // Not even where the gateway's event had such a member, which it has not.
    let mut event = event;
    event["call"] = json!({});
    assert_eq!(answer_event(&event).await.expect("an answer")["body"], "http");
}

#[tokio::test]
async fn a_direct_call_is_the_only_member_of_its_event() {
    assert_eq!(answer_event(&json!({"call": {"a": 1}})).await, Ok(json!({"direct": {"a": 1}})));
    for event in [
        json!({"call": {}, "more": {}}),
        json!({"other": {}}),
        json!({}),
        json!(null),
        json!([{"call": {}}]),
        json!("call"),
        json!({"requestContext": null, "call": {}}),
        json!({"version": "2.0", "routeKey": "$default", "body": "{\"call\":{}}"}),
    ] {
        let refused = answer_event(&event).await.expect_err("refused");
        assert_eq!(refused["errorType"], "invalid-request", "{event}");
    }
}

#[tokio::test]
async fn who_calls_directly_is_told_what_to_do_and_no_cause() {
    let told = async |asked: &str| answer_event(&json!({"call": asked})).await.expect_err("refused");
    let rule = json!({"errorType": "a-rule", "errorMessage": "Do this instead."});
    assert_eq!(told("rule").await, rule);
    let outage = told("outage").await;
    assert_eq!(outage["errorType"], "unavailable");
    assert!(outage["errorMessage"].as_str().is_some_and(|words| words.contains("Ask again")), "{outage}");
    let fault = told("fault").await;
    assert!(fault["errorType"] == "internal" && !fault.to_string().contains("hunter2"), "{fault}");
}

//! Events in, answers out.

use std::io;
use std::sync::{Arc, Mutex};

use axum::extract::Request;
use axum::routing::any;
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

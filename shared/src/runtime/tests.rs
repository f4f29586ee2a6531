//! Events in, answers out.

use axum::extract::Request;
use axum::routing::any;
use serde_json::{Value, json};

use super::*;

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

//! Turns what a function answers into HTTP, and holds the answers that the gateway gives by itself.

use std::collections::BTreeMap;

use axum::response::IntoResponse;
use data_encoding::BASE64;
use http::header::{CONTENT_TYPE, SET_COOKIE};
use http::{HeaderName, HeaderValue, StatusCode};
use http_body_util::BodyExt;
use serde::Deserialize;
use serde_json::Value;
use shared::Error;
use shared::http::problem;
use shared::runtime::{GatewayResponse, add_headers};

use crate::functions::Failure;

/// What goes over the wire.
pub type Reply = axum::response::Response;

/// An answer of the gateway itself, in its form; no problem+json, as with Amazon's.
#[must_use]
pub fn of_gateway(status: StatusCode) -> Reply {
    let message = status.canonical_reason().unwrap_or_default();
    let mut reply = Reply::new(format!(r#"{{"message":"{message}"}}"#).into());
    *reply.status_mut() = status;
    reply.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    reply
}

/// What became of an invocation as the gateway passes it on; what is no answer is the gateway's 500.
#[must_use]
pub fn of_function(answer: Result<GatewayResponse, Failure>) -> Reply {
    let answer = answer.ok().and_then(|answer| serde_json::from_value::<Answer>(answer).ok());
    answer.and_then(Answer::reply).unwrap_or_else(|| of_gateway(StatusCode::INTERNAL_SERVER_ERROR))
}

/// A refusal in the service's own form.
pub async fn of_error(error: Error, request_id: &str) -> Reply {
    let (mut parts, body) = error.into_response().into_parts();
    let body = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    add_headers(&mut parts.headers, request_id);
    Reply::from_parts(parts, problem::finish(&body, request_id).into())
}

/// A door's answer.
#[must_use]
pub fn of_door(answer: &Value, request_id: &str) -> Reply {
    let mut reply = Reply::new(answer.to_string().into());
    reply.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    add_headers(reply.headers_mut(), request_id);
    reply
}

/// The response as JSON, as the gateway reads it: one value per header.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    status_code: u16,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    cookies: Vec<String>,
    #[serde(default)]
    body: Option<String>,
    #[serde(default)]
    is_base64_encoded: bool,
}

impl Answer {
    fn reply(self) -> Option<Reply> {
        let text = self.body.unwrap_or_default();
        let body = if self.is_base64_encoded { BASE64.decode(text.as_bytes()).ok()? } else { text.into_bytes() };
        let mut reply = Reply::new(body.into());
        *reply.status_mut() = StatusCode::from_u16(self.status_code).ok()?;
        for (name, value) in self.headers {
            let name: HeaderName = name.parse().ok()?;
            reply.headers_mut().insert(name, value.parse().ok()?);
        }
        for cookie in self.cookies {
            reply.headers_mut().append(SET_COOKIE, cookie.parse().ok()?);
        }
        Some(reply)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    async fn body(reply: Reply) -> Vec<u8> {
        reply.into_body().collect().await.expect("never fails").to_bytes().to_vec()
    }

    #[tokio::test]
    async fn each_cookie_has_its_own_line() {
        let reply = of_function(Ok(json!({"statusCode": 201, "cookies": ["a=1", "b=2"], "body": "text"})));
        assert_eq!(reply.status(), StatusCode::CREATED);
        assert_eq!(reply.headers().get_all(SET_COOKIE).iter().collect::<Vec<_>>(), ["a=1", "b=2"]);
        assert_eq!(body(reply).await, b"text");
    }

    #[tokio::test]
    async fn binary_bodies_are_decoded() {
        let reply = of_function(Ok(json!({"statusCode": 200, "body": "AP8=", "isBase64Encoded": true})));
        assert_eq!(body(reply).await, [0, 255]);
    }

    #[tokio::test]
    async fn what_is_no_answer_is_the_gateways_500() {
        let wrong =
            [json!({}), json!({"statusCode": 7}), json!({"statusCode": 200, "headers": {"a": "\n"}}), json!(null)];
        let failures = [Failure::failed("panic", "on purpose"), Failure::TimedOut];
        for bad in wrong.map(Ok).into_iter().chain(failures.map(Err)) {
            let reply = of_function(bad);
            assert_eq!(reply.status(), StatusCode::INTERNAL_SERVER_ERROR);
            assert_eq!(body(reply).await, br#"{"message":"Internal Server Error"}"#);
        }
    }
}

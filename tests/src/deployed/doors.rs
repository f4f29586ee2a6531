//! What stands behind the doors under `/_local/` where the service is deployed. A door that is not there ends the
//! scenario that knocks.

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Request, Response};
use serde_json::{Value, json};
use shared::clock::Clock;

use super::fence;
use super::guarded;
use super::inbox;
use super::invocations;
use super::provider;
use crate::site::{Site, missing_door};
use crate::wire::Wire;

/// Does what the local stack does behind `/_local/{door}`, by the means of the deployment.
pub(crate) async fn open_door(site: &Site, wire: &Wire, door: &str, request: Request<Bytes>) -> Response<Bytes> {
    let body: Value = serde_json::from_slice(request.body()).unwrap_or_default();
    let answer = match door {
        "clock" if body["advance_seconds"] == 0 => json!({"now": Clock::system().now()}),
        "run/cleanup" => {
            let report = invocations::invoke(site, wire, "cleanup", &json!({})).await;
            report.unwrap_or_else(|error| panic!("the clean-up failed: {error}"))
        }
        "invoke/users" => {
            let answer = invocations::invoke(site, wire, "users", &body).await;
            answer
                .unwrap_or_else(|error| json!({"errorType": error["errorType"], "errorMessage": error["errorMessage"]}))
        }
        "run/notifier" => {
            fence::pass(site).await;
            json!({})
        }
        "mail" => json!({"items": inbox::read(site, wire).await}),
        "authorize" => guarded::ask(site, wire, &body).await,
        "sso" => return provider::sign_in(site, request).await,
        "clock" => missing_door("the clock"),
        other => missing_door(other),
    };
    let mut response = Response::new(Bytes::from(answer.to_string()));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    shared::runtime::add_headers(response.headers_mut(), "door");
    response
}

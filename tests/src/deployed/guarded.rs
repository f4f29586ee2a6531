//! Asks the gateway of another service, which the authorizer guards and whose function shows what it is told.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Request};
use serde_json::{Map, Value, json};
use shared::http::route::RequestPath;

use super::invocations;
use crate::site::{Site, missing_door};
use crate::wire::Wire;

/// The answer in the form of the local stack's door: the status with which the gateway lets the request pass or
/// refuses it, and what it then tells the service behind.
pub(crate) async fn ask(site: &Site, wire: &Wire, question: &Value) -> Value {
    let (Some(method), Some(path), 2 | 3) =
        (question["method"].as_str(), question["path"].as_str(), question.as_object().map_or(0, Map::len))
    else {
        missing_door("questions that are none")
    };
    let headers = headers(question);
    let mut request = Request::new(Bytes::new());
    *request.method_mut() = method.parse().expect("a method");
    *request.headers_mut() = headers.clone();
    let answer = wire.send_to(&site.guarded_host, request, path).await;
    let told: Value = serde_json::from_slice(answer.body()).unwrap_or_default();
    match answer.status().as_u16() {
        200 => json!({"status": 200, "isAuthorized": true, "context": told}),
        403 => json!({"status": 403, "isAuthorized": false}),
        // Amazon's gateway makes a 401 of that one failure, the emulator's a 500 of each.
        500 if is_unauthorized(site, wire, method, path, &headers).await => {
            json!({"status": 401, "isAuthorized": false, "errorMessage": "Unauthorized"})
        }
        _ => panic!("no answer of a gateway with an authorizer: {answer:?}"),
    }
}

/// Whether the authorizer, asked once more without the gateway, fails with the word for a 401.
async fn is_unauthorized(site: &Site, wire: &Wire, method: &str, path: &str, headers: &HeaderMap) -> bool {
    let joined = headers.keys().map(|name| {
        let values: Vec<_> = headers.get_all(name).iter().map(|value| value.to_str().expect("ASCII")).collect();
        (name.to_string(), Value::from(values.join(",")))
    });
    let event = json!({
        "version": "2.0",
        "type": "REQUEST",
        "rawPath": RequestPath::parse(path.split('?').next().unwrap_or_default()).raw(),
        "headers": joined.collect::<Map<_, _>>(),
        "requestContext": {"stage": "$default", "requestId": "again", "http": {"method": method}},
    });
    let error = invocations::invoke(site, wire, "authorizer", &event).await.err();
    error.is_some_and(|error| error["errorMessage"] == "Unauthorized")
}

fn headers(question: &Value) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, values) in question["headers"].as_object().into_iter().flatten() {
        let name: HeaderName = name.parse().expect("a header's name");
        let values = values.as_array().cloned().unwrap_or_else(|| vec![values.clone()]);
        for value in values {
            let value = value.as_str().expect("a text");
            headers.append(name.clone(), HeaderValue::from_str(value).expect("a header's value"));
        }
    }
    headers
}

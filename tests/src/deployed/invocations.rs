//! Lambda's own API, as the schedule and a deployment use it.

use std::time::{Duration, SystemTime};

use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4::SigningParams;
use bytes::Bytes;
use http::{Method, Request};
use serde_json::{Value, json};
use shared::clock::Clock;

use crate::site::Site;
use crate::wire::Wire;

/// Invokes the function of that folder; what it answers, or the error that it ends with.
pub(crate) async fn invoke(site: &Site, wire: &Wire, folder: &str, event: &Value) -> std::result::Result<Value, Value> {
    let path = format!("/2015-03-31/functions/{}/invocations", site.functions[folder]);
    let answer = ask(site, wire, Method::POST, &path, event).await;
    let told = serde_json::from_slice(answer.body()).unwrap_or_else(|error| panic!("{folder}: {error}: {answer:?}"));
    if answer.headers().contains_key("x-amz-function-error") { Err(told) } else { Ok(told) }
}

/// Ends every environment of the functions, and with it all that they remember: a new configuration does so.
pub(crate) async fn renew_functions(site: &Site, wire: &Wire) {
    for name in site.functions.values() {
        let path = format!("/2015-03-31/functions/{name}/configuration");
        let current = ask(site, wire, Method::GET, &path, &Value::Null).await;
        let current: Value = serde_json::from_slice(current.body()).expect("a configuration");
        let memory = current["MemorySize"].as_u64().expect("megabytes");
        let other = if memory.is_multiple_of(2) { memory + 1 } else { memory - 1 };
        ask(site, wire, Method::PUT, &path, &json!({"MemorySize": other})).await;
    }
}

/// Calls Lambda's own API.
async fn ask(site: &Site, wire: &Wire, method: Method, path: &str, body: &Value) -> http::Response<Bytes> {
    let body = if body.is_null() { Bytes::new() } else { Bytes::from(body.to_string()) };
    let request = Request::builder().method(method.clone()).uri(format!("{}{path}", site.endpoint()));
    let mut request = request.header("content-type", "application/json").body(body).expect("a request");
    sign_request(site, &mut request);
    let answer = wire.send_elsewhere(request, path).await;
    assert!(answer.status().is_success(), "{method} {path}: {answer:?}");
    answer
}

fn sign_request(site: &Site, request: &mut Request<Bytes>) {
    let identity = site.credentials().into();
    let now = Clock::system().now().unix_seconds().try_into().expect("after 1970");
    let parameters = SigningParams::builder().identity(&identity).region(&site.region).name("lambda");
    let parameters = parameters.time(SystemTime::UNIX_EPOCH + Duration::from_secs(now));
    let parameters = parameters.settings(SigningSettings::default()).build().expect("all parameters").into();
    let headers = request.headers().iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap_or("")));
    let body = SignableBody::Bytes(request.body());
    let signable = SignableRequest::new(request.method().as_str(), request.uri().to_string(), headers, body);
    let signed = sign(signable.expect("a request that can be signed"), &parameters).expect("a signature");
    signed.into_parts().0.apply_to_request_http1x(request);
}

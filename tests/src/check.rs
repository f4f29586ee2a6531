//! What the contract says of every answer. A failure shows the request and the whole answer.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use serde_json::Value;
use shared::clock::Timestamp;
use shared::http::BASE_PATH;

use crate::page;
use crate::problems::{self, Problem};
use crate::response::Response;

/// Seconds that a recognised browser stays so: 400 days.
const DEVICE_AGE: &str = "Max-Age=34560000";
/// The members of every problem.
const PROBLEM_MEMBERS: [&str; 5] = ["type", "title", "status", "detail", "instance"];
/// The first title that each problem was seen with: it never has another.
static TITLES: Mutex<BTreeMap<String, String>> = Mutex::new(BTreeMap::new());

/// Fails where `response` to `method target` is not as the contract says of all.
pub(crate) fn check(response: &Response, method: &str, target: &str) {
    check_headers(response, target);
    check_cookies(response);
    let is_of_the_page = page::serves(target);
    if is_of_the_page {
        page::check(response);
    }
    if method == "HEAD" {
        return assert!(response.body.is_empty(), "a body after HEAD: {response:?}");
    }
    if is_of_the_page && !page::is_problem_document(response) {
        return;
    }
    if response.status.is_client_error() || response.status.is_server_error() {
        check_problem(response, method);
    } else {
        check_success(response);
    }
}

fn check_headers(response: &Response, target: &str) {
    let header = |name| response.header(name).unwrap_or_else(|| panic!("no {name}: {response:?}"));
    assert!(!header("x-request-id").is_empty(), "{response:?}");
    assert_eq!(header("x-content-type-options"), "nosniff", "{response:?}");
    assert!(header("strict-transport-security").starts_with("max-age="), "{response:?}");
    if target.starts_with(BASE_PATH) {
        assert_eq!(header("cache-control"), "no-store", "{response:?}");
    }
    if let Some(tag) = response.header("etag") {
        assert!(tag.len() > 2 && tag.starts_with('"') && tag.ends_with('"'), "a weak or bare ETag: {response:?}");
    }
    for (name, count) in [("x-request-id", 1), ("content-type", 1), ("etag", 1), ("cache-control", 1)] {
        assert!(response.headers.get_all(name).iter().count() <= count, "{name} more than once: {response:?}");
    }
}

fn check_cookies(response: &Response) {
    for (name, value, attributes) in response.cookies() {
        let attributes: Vec<_> = attributes.split(';').map(str::trim).collect();
        for wanted in ["Secure", "HttpOnly", "SameSite=Strict", "Path=/"] {
            assert!(attributes.contains(&wanted), "{name} without {wanted}: {response:?}");
        }
        assert!(!attributes.iter().any(|attribute| attribute.starts_with("Domain")), "{response:?}");
        match name {
            "__Host-session" => {}
            "__Host-device" if value.is_empty() => {}
            "__Host-device" => assert!(attributes.contains(&DEVICE_AGE), "not 400 days: {response:?}"),
            _ => panic!("a cookie that the contract does not know: {response:?}"),
        }
    }
}

fn check_success(response: &Response) {
    for name in ["www-authenticate", "retry-after", "allow"] {
        assert_eq!(response.header(name), None, "{response:?}");
    }
    if response.body.is_empty() {
        assert_eq!(response.header("content-type"), None, "a type without a body: {response:?}");
        return assert!(matches!(response.status(), 202 | 204), "no body: {response:?}");
    }
    assert_ne!(response.status(), 204, "a body where there is none: {response:?}");
    assert_eq!(response.header("content-type"), Some("application/json"), "{response:?}");
    assert!(response.json().is_object(), "not an object: {response:?}");
    check_members(response, response.json());
}

fn check_problem(response: &Response, method: &str) {
    assert_eq!(response.header("content-type"), Some("application/problem+json"), "{response:?}");
    let slug = response.slug().unwrap_or_else(|| panic!("no type: {response:?}"));
    let Some(known) = problems::by_slug(slug) else { panic!("not in the contract: {response:?}") };
    assert_eq!(known.status, response.status(), "another status than the contract's: {response:?}");
    check_problem_body(response, known);
    assert_eq!(response.header("www-authenticate"), known.challenge, "{response:?}");
    let must_wait = matches!(known.status, 429 | 503);
    let seconds = response.header("retry-after").map(str::parse::<u32>);
    assert_eq!(matches!(seconds, Some(Ok(1..))), must_wait, "Retry-After: {response:?}");
    assert_eq!(seconds.is_some(), must_wait, "Retry-After: {response:?}");
    assert_eq!(response.header("allow").is_some(), known.status == 405, "Allow: {response:?}");
    if let Some(allow) = response.header("allow") {
        let methods: Vec<_> = allow.split(',').map(str::trim).collect();
        assert!(!methods.contains(&"") && !methods.contains(&method), "Allow: {response:?}");
    }
}

fn check_problem_body(response: &Response, known: Problem) {
    let members = response.json().as_object().unwrap_or_else(|| panic!("not an object: {response:?}"));
    let mut wanted: Vec<_> = PROBLEM_MEMBERS.into_iter().chain(known.extra).collect();
    wanted.sort_unstable();
    let mut found: Vec<_> = members.keys().map(String::as_str).collect();
    found.sort_unstable();
    assert_eq!(found, wanted, "members: {response:?}");
    assert_eq!(response["status"], known.status, "{response:?}");
    let id = response.header("x-request-id").unwrap_or_default();
    assert_eq!(response["instance"], format!("urn:request:{id}"), "{response:?}");
    let is_text = |member: &str| response[member].as_str().is_some_and(|text| !text.is_empty());
    assert!(is_text("title") && is_text("detail"), "{response:?}");
    let mut titles = TITLES.lock().unwrap_or_else(PoisonError::into_inner);
    let title = response.text("title");
    let first = titles.entry(known.slug.to_owned()).or_insert_with(|| title.clone());
    assert_eq!(*first, title, "a title is fixed per type: {response:?}");
    match known.extra {
        Some("errors") => check_errors(response),
        Some("limit") => assert!(response["limit"].is_u64(), "{response:?}"),
        Some(list) => assert!(response[list].as_array().is_some_and(|list| !list.is_empty()), "{response:?}"),
        None => {}
    }
}

/// Each fault has a place: a pointer (RFC 6901), empty for the request as a whole, or `?name`.
fn check_errors(response: &Response) {
    let errors = response["errors"].as_array().unwrap_or_else(|| panic!("no list: {response:?}"));
    assert!(!errors.is_empty(), "{response:?}");
    for error in errors {
        let pointer = error["pointer"].as_str().unwrap_or_else(|| panic!("no pointer: {response:?}"));
        assert!(pointer.is_empty() || pointer.starts_with(['/', '?']), "pointer {pointer}: {response:?}");
        assert!(error["detail"].as_str().is_some_and(|detail| !detail.is_empty()), "{response:?}");
    }
}

/// Every instant is RFC 3339 in UTC, to the second.
fn check_members(response: &Response, value: &Value) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                if let Some(text) = value.as_str().filter(|_| is_instant(name)) {
                    let parsed = Timestamp::parse_rfc3339(text).map(|at| at.to_string());
                    assert_eq!(parsed.as_deref(), Some(text), "{name}: {response:?}");
                }
                check_members(response, value);
            }
        }
        Value::Array(values) => values.iter().for_each(|value| check_members(response, value)),
        _ => {}
    }
}

/// Whether a member of this name is an instant wherever it stands.
pub(crate) fn is_instant(name: &str) -> bool {
    name.ends_with("_at") || name.ends_with("_until") || name == "expiration_date"
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use serde_json::json;

    use super::*;

    fn passes(status: u16, headers: &[(&str, &str)], body: &Value) -> bool {
        let always = [
            ("x-request-id", "1"),
            ("x-content-type-options", "nosniff"),
            ("strict-transport-security", "max-age=1"),
            ("cache-control", "no-store"),
        ];
        let mut answer = http::Response::builder().status(status);
        for (name, value) in always.iter().filter(|(name, _)| headers.iter().all(|(other, _)| other != name)) {
            answer = answer.header(*name, *value);
        }
        for (name, value) in headers.iter().filter(|(_, value)| !value.is_empty()) {
            answer = answer.header(*name, *value);
        }
        let bytes = if body.is_null() { Bytes::new() } else { body.to_string().into() };
        let response = Response::new("GET /".to_owned(), answer.body(bytes).expect("an answer"));
        let checked = || check(&response, "GET", &format!("{BASE_PATH}/session"));
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(checked)).is_ok()
    }

    #[test]
    fn a_success_is_json_or_nothing() {
        let (json, at) = (("content-type", "application/json"), json!({"created_at": "2027-01-01T00:00:00Z"}));
        assert!(passes(200, &[json], &at));
        assert!(passes(204, &[], &Value::Null));
        assert!(!passes(200, &[], &at), "no type");
        assert!(!passes(204, &[json], &at), "a body with 204");
        assert!(!passes(200, &[], &Value::Null), "no body");
        assert!(!passes(200, &[json], &json!([])), "no object");
        assert!(!passes(200, &[json], &json!({"created_at": "2027-01-01T00:00:00.5Z"})), "a fraction");
        assert!(!passes(200, &[json], &json!({"items": [{"expiration_date": "2027-01-01"}]})), "no instant");
        for missing in ["x-request-id", "x-content-type-options", "strict-transport-security", "cache-control"] {
            assert!(!passes(200, &[json, (missing, "")], &at), "{missing}");
        }
    }

    #[test]
    fn a_cookie_is_locked_to_the_host_and_hidden_from_scripts() {
        let set = |cookie| passes(204, &[("set-cookie", cookie)], &Value::Null);
        assert!(set("__Host-session=a; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=1"));
        assert!(set("__Host-device=a; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=34560000"));
        assert!(!set("__Host-device=a; Path=/; Secure; HttpOnly; SameSite=Strict"));
        assert!(!set("__Host-session=a; Path=/; Secure; SameSite=Strict"));
        assert!(!set("__Host-session=a; Path=/; Secure; HttpOnly; SameSite=Lax"));
        assert!(!set("other=a; Path=/; Secure; HttpOnly; SameSite=Strict"));
    }

    #[test]
    fn a_problem_is_as_the_table_says() {
        let kind = ("content-type", "application/problem+json");
        let challenge = ("www-authenticate", r#"Bearer realm="user-manager""#);
        let problem = |slug: &str, status: u16| {
            let kind = format!("/problems/{slug}");
            json!({"type": kind, "title": "a", "status": status, "detail": "b", "instance": "urn:request:1"})
        };
        let unauthenticated = problem("unauthenticated", 401);
        assert!(passes(401, &[kind, challenge], &unauthenticated));
        assert!(!passes(401, &[kind], &unauthenticated), "no challenge");
        assert!(!passes(401, &[kind, ("www-authenticate", "Basic")], &unauthenticated));
        assert!(!passes(401, &[("content-type", "application/json"), challenge], &unauthenticated));
        assert!(!passes(403, &[kind, challenge], &problem("unauthenticated", 403)), "another status");
        assert!(!passes(401, &[kind, challenge], &problem("unheard-of", 401)));
        assert!(!passes(409, &[kind], &problem("limit-reached", 409)), "no limit");
        for change in
            [("status", json!(400)), ("instance", json!("urn:request:2")), ("more", json!(1)), ("title", json!("c"))]
        {
            let mut body = unauthenticated.clone();
            body[change.0] = change.1;
            assert!(!passes(401, &[kind, challenge], &body), "{}", change.0);
        }
        assert!(passes(429, &[kind, ("retry-after", "1")], &problem("too-many-attempts", 429)));
        assert!(!passes(429, &[kind], &problem("too-many-attempts", 429)), "no Retry-After");
        assert!(!passes(405, &[kind], &problem("method-not-allowed", 405)), "no Allow");
        assert!(!passes(405, &[kind, ("allow", "GET")], &problem("method-not-allowed", 405)), "the method is allowed");
    }

    #[test]
    fn every_fault_has_a_place() {
        let kind = ("content-type", "application/problem+json");
        let refused = |errors: Value| {
            let mut body = json!({"type": "/problems/invalid-request", "title": "a", "status": 400, "detail": "b"});
            body["instance"] = "urn:request:1".into();
            body["errors"] = errors;
            passes(400, &[kind], &body)
        };
        assert!(refused(json!([{"pointer": "/name", "detail": "a"}, {"pointer": "?limit", "detail": "a"}])));
        assert!(!refused(json!([])));
        assert!(!refused(json!([{"pointer": "name", "detail": "a"}])));
        assert!(!refused(json!([{"pointer": "/name", "detail": ""}])));
    }
}

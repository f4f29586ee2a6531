//! Holds a request and its answer to `infra/openapi.yaml`: whoever reads that document is told the truth.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::{HeaderMap, Method};
use serde_json::Value;
use shared::http::BASE_PATH;

use crate::document::{self, Node, Operation, Place};
use crate::response::Response;

/// Headers that no answer has unless the document says so.
const DOCUMENTED_HEADERS: [&str; 5] = ["allow", "etag", "retry-after", "set-cookie", "www-authenticate"];

/// What was sent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sent<'a> {
    pub(crate) method: &'a Method,
    pub(crate) target: &'a str,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) body: &'a Bytes,
}

/// Fails where the answer is not one that the document promises, or where the service took what the document refuses.
pub(crate) fn check(sent: Sent<'_>, response: &Response) {
    let path = sent.target.split('?').next().unwrap_or_default();
    if !path.starts_with(BASE_PATH) || sent.method == Method::HEAD {
        return;
    }
    match document::find(sent.method.as_str(), path) {
        Place::Operation(operation, values) => {
            let answer = operation.answer(response.status());
            let answer = answer.unwrap_or_else(|| panic!("{}: no such status: {response:?}", operation.id));
            check_answer(&answer, response);
            if response.status.is_success() {
                check_parameters(operation, &values, sent, response);
                check_body(operation, sent, response);
            }
        }
        Place::OtherMethods => check_answer(&component("MethodNotAllowed", response, 405), response),
        Place::Nowhere => check_answer(&component("NotFound", response, 404), response),
    }
}

/// What a path answers that is no operation.
fn component(name: &str, response: &Response, status: u16) -> Node {
    assert_eq!(response.status(), status, "no operation of infra/openapi.yaml: {response:?}");
    Node::at(&format!("/components/responses/{name}")).unwrap_or_else(|| panic!("no response {name}"))
}

fn check_answer(answer: &Node, response: &Response) {
    let content = answer.get("content");
    match response.header("content-type") {
        None => assert!(content.is_none(), "no body, but one is documented: {response:?}"),
        Some(media_type) => {
            let schema = content.and_then(|content| content.get(media_type)?.get("schema"));
            let schema = schema.unwrap_or_else(|| panic!("{media_type} is not documented: {response:?}"));
            no_faults(&schema.faults(response.json()), "the answer's body", response);
        }
    }
    let headers = answer.get("headers").map(|headers| headers.members()).unwrap_or_default();
    for (name, header) in &headers {
        let values: Vec<_> = response.headers.get_all(name).iter().map(|value| value.to_str().unwrap_or("")).collect();
        let is_missing = values.is_empty() && header.value()["required"] == true;
        assert!(!is_missing, "no {name}: {response:?}");
        let schema = header.get("schema").expect("a schema");
        for value in values {
            no_faults(&schema.faults_of_text(value), name, response);
        }
    }
    for name in DOCUMENTED_HEADERS.into_iter().filter(|name| response.headers.contains_key(*name)) {
        let is_documented = headers.keys().any(|known| known.eq_ignore_ascii_case(name));
        assert!(is_documented, "{name} is not documented: {response:?}");
    }
}

/// A parameter or header of another name is not looked at by the service, and not here.
fn check_parameters(operation: &Operation, values: &BTreeMap<String, String>, sent: Sent<'_>, response: &Response) {
    let query = sent.target.split_once('?').map_or("", |(_, query)| query);
    let query: Vec<(String, String)> = serde_urlencoded::from_str(query).expect("a query that was accepted");
    for (name, schema) in operation.parameters("path") {
        no_faults(&schema.faults_of_text(&values[&name]), &name, response);
    }
    for (name, schema) in operation.parameters("query") {
        for (_, value) in query.iter().filter(|(known, _)| *known == name) {
            no_faults(&schema.faults_of_text(value), &name, response);
        }
    }
    for (name, schema) in operation.parameters("header") {
        for value in sent.headers.get_all(&name) {
            let value = value.to_str().expect("a text that was accepted");
            no_faults(&schema.faults_of_text(value), &name, response);
        }
    }
}

fn check_body(operation: &Operation, sent: Sent<'_>, response: &Response) {
    let listed = operation.node.get("requestBody");
    if sent.body.is_empty() {
        let is_required = listed.is_some_and(|listed| listed.value()["required"] == true);
        return assert!(!is_required, "it was accepted without the body that it needs: {response:?}");
    }
    let media_type = sent.headers.get("content-type").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media_type = media_type.split(';').next().unwrap_or_default().trim().to_lowercase();
    let schema = listed.and_then(|listed| listed.get("content")?.get(&media_type)?.get("schema"));
    let schema = schema.unwrap_or_else(|| panic!("a body of {media_type:?} was accepted: {response:?}"));
    no_faults(&schema.faults(&read(&media_type, sent.body)), "the accepted body", response);
}

fn read(media_type: &str, body: &[u8]) -> Value {
    if media_type == "application/x-www-form-urlencoded" {
        let pairs: BTreeMap<String, String> = serde_urlencoded::from_bytes(body).expect("a form that was accepted");
        return pairs.into_iter().map(|(name, value)| (name, Value::from(value))).collect();
    }
    serde_json::from_slice(body).expect("JSON that was accepted")
}

fn no_faults(faults: &[String], of: &str, response: &Response) {
    assert!(faults.is_empty(), "{of} is not as infra/openapi.yaml says: {faults:#?}\n{response:?}");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether this exchange agrees with the document.
    fn agrees(request: (&str, &str, &str), status: u16, headers: &[(&'static str, &str)], body: &str) -> bool {
        let (method, target, sent) = request;
        let mut sent_headers = HeaderMap::new();
        sent_headers.insert("content-type", "application/json".parse().expect("a value"));
        let mut answer = http::Response::builder().status(status);
        for (name, value) in headers {
            answer = answer.header(*name, *value);
        }
        let answer = answer.body(Bytes::copy_from_slice(body.as_bytes())).expect("an answer");
        let response = Response::new(format!("{method} {target}"), answer);
        let (method, target) = (method.parse().expect("a method"), format!("{BASE_PATH}{target}"));
        let sent_body = Bytes::copy_from_slice(sent.as_bytes());
        let sent = Sent { method: &method, target: &target, headers: &sent_headers, body: &sent_body };
        let checked = || check(sent, &response);
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(checked)).is_ok()
    }

    const JSON: (&str, &str) = ("content-type", "application/json");
    const PROBLEM: (&str, &str) = ("content-type", "application/problem+json");

    fn problem(slug: &str, title: &str, status: u16) -> String {
        let kind = format!("/problems/{slug}");
        serde_json::json!({"type": kind, "title": title, "status": status, "detail": "a", "instance": "urn:request:1"})
            .to_string()
    }

    #[test]
    fn an_answer_is_one_of_those_promised() {
        let settings = ("GET", "/account/settings", "");
        let body = r#"{"account_name":"demo","mfa_policy":"off"}"#;
        assert!(agrees(settings, 200, &[JSON], body));
        assert!(!agrees(settings, 201, &[JSON], body), "another status");
        assert!(!agrees(settings, 200, &[PROBLEM], body), "another type");
        assert!(!agrees(settings, 200, &[], ""), "no body");
        assert!(!agrees(settings, 200, &[JSON, ("etag", r#""1""#)], body), "a header that is not documented");
        assert!(!agrees(settings, 200, &[JSON], r#"{"account_name":"demo","mfa_policy":"on"}"#), "another policy");
        assert!(!agrees(settings, 200, &[JSON], r#"{"account_name":"demo"}"#), "a member is missing");
        assert!(!agrees(settings, 200, &[JSON], r#"{"account_name":"demo","mfa_policy":"off","more":1}"#));
    }

    #[test]
    fn a_problem_is_one_that_the_operation_may_meet() {
        let settings = ("GET", "/account/settings", "");
        assert!(agrees(settings, 403, &[PROBLEM], &problem("role-required", "An administrator is needed", 403)));
        assert!(!agrees(settings, 403, &[PROBLEM], &problem("role-required", "Another title", 403)));
        assert!(!agrees(settings, 403, &[PROBLEM], &problem("step-up-required", "Confirm that it is you", 403)));
        let unavailable = problem("unavailable", "The service is not available just now", 503);
        assert!(agrees(settings, 503, &[PROBLEM, ("retry-after", "2")], &unavailable));
        assert!(!agrees(settings, 503, &[PROBLEM], &unavailable), "no Retry-After");
        assert!(!agrees(settings, 503, &[PROBLEM, ("retry-after", "soon")], &unavailable));
    }

    #[test]
    fn what_is_no_operation_is_not_found_or_has_other_methods() {
        let other = problem("method-not-allowed", "The method is not allowed here", 405);
        assert!(agrees(("POST", "/account/settings", ""), 405, &[PROBLEM, ("allow", "GET, PATCH")], &other));
        assert!(!agrees(("POST", "/account/settings", ""), 405, &[PROBLEM], &other), "no Allow");
        let nothing = problem("not-found", "Not found", 404);
        assert!(agrees(("GET", "/user/jane/info", ""), 404, &[PROBLEM], &nothing));
        assert!(!agrees(("GET", "/nothing", ""), 204, &[], ""));
    }

    #[test]
    fn what_the_document_refuses_is_not_accepted() {
        let accepted = |request| agrees(request, 204, &[], "");
        let change = |body| accepted(("PUT", "/user/@current/password", body));
        assert!(change(r#"{"current_password":"a","new_password":"amber-Turnstile-31-osprey"}"#));
        assert!(!change(r#"{"current_password":"a","new_password":"short"}"#), "too short");
        assert!(!change(r#"{"current_password":"a","new_password":"amber-Turnstile-31-osprey","more":1}"#));
        assert!(!change(""), "no body");
        assert!(accepted(("DELETE", "/user/@current/api-key/a%20b", "")));
        assert!(!accepted(("DELETE", "/user/@current/api-key/@other", "")), "no name of a key");
        assert!(!accepted(("DELETE", "/user/@current/api-key/a", "{}")), "a body where there is none");
    }

    #[test]
    fn a_parameter_is_within_its_limits() {
        let page = |query: &str| {
            let target = format!("/environment{query}");
            agrees(("GET", &target, ""), 200, &[JSON], r#"{"items":[],"next":null}"#)
        };
        assert!(page("") && page("?limit=100") && page("?cursor=abc&unknown=1"));
        assert!(!page("?limit=101") && !page("?limit=many") && !page("?cursor=a/b"));
    }
}

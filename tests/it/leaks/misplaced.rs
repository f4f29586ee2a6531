//! Secrets in the wrong place of a request.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use scenarios::{Body, Call, Caller};
use serde_json::{Value, json};

use crate::operations::{Operation, Takes};

/// All calls of `operation` by `caller` with `secret` where it does not belong.
pub(super) fn calls(operation: &Operation, caller: &Caller, secret: &str) -> Vec<(&'static str, Call)> {
    let call = || operation.call(caller);
    let mut calls = vec![
        ("query", with_target(operation, caller, |path| format!("{path}?token={}", encoded(secret)))),
        ("cut-off query", with_target(operation, caller, |path| format!("{path}?limit={}", encoded(secret)))),
        ("path", with_target(operation, caller, |path| format!("{path}/{}", encoded(secret)))),
        ("name in the path", named(operation, caller, secret)),
        ("header", call().header("x-password", secret)),
        ("condition", call().header("if-match", format!("\"{secret}\"")).header("idempotency-key", secret)),
        ("credential", call().header("authorization", format!("Basic {secret}"))),
        ("bearer", call().header("authorization", format!("Bearer {secret}"))),
        ("key", call().header("apikey", secret)),
        ("origin", call().header("origin", format!("https://{}.example", encoded(secret).replace('%', "")))),
    ];
    calls.extend(bodies(operation, secret).into_iter().map(|(place, body)| (place, call().body(body))));
    calls
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

fn with_target(operation: &Operation, caller: &Caller, target: impl Fn(&str) -> String) -> Call {
    let path = crate::operations::filled(operation.route().path);
    caller.raw(operation.method(), &target(&path))
}

/// In place of the last name of the path, or below it where it has none.
fn named(operation: &Operation, caller: &Caller, secret: &str) -> Call {
    let path = operation.route().path;
    let path = match path.rsplit_once('{') {
        Some((before, after)) => format!("{before}{}{}", encoded(secret), after.split_once('}').expect("a name").1),
        None => format!("{path}/{}", encoded(secret)),
    };
    caller.raw(operation.method(), &crate::operations::filled(&path))
}

/// What no operation takes.
fn bodies(operation: &Operation, secret: &str) -> Vec<(&'static str, Body)> {
    let json = |value: Value| Body::from(value);
    let member = match operation.takes {
        Takes::Json(member) | Takes::Patch(member) => member,
        Takes::Form => "token",
        Takes::Nothing => "password",
    };
    let names = ["pasword", "passwd", "code ", "Token", "secret"];
    let wrong: serde_json::Map<_, _> = names.into_iter().map(|name| (name.to_owned(), secret.into())).collect();
    let form = format!("pasword={0}&token={0}&token={0}", encoded(secret));
    vec![
        ("cut-off JSON", Body::json_text(&format!("{{\"{member}\":\"{secret}"))),
        ("JSON with more behind it", Body::json_text(&format!("{{\"{member}\":\"{secret}\"}} {secret}"))),
        ("no JSON", Body::json_text(secret)),
        ("wrong members", json(wrong.into())),
        ("a list", json(json!({member: [secret]}))),
        ("an object", json(json!({member: {"value": secret}}))),
        ("a text", json(json!(secret))),
        ("twice", Body::json_text(&format!("{{\"{member}\":\"{secret}\",\"{member}\":\"{secret}\"}}"))),
        ("another type", Body::of(Some("text/plain"), secret.to_owned())),
        ("a form", Body::of(Some("application/x-www-form-urlencoded"), form)),
        ("type", Body::of(Some(&format!("application/json; charset=\"{secret}\"")), "{}")),
    ]
}

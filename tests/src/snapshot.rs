//! An answer as a snapshot: what differs from run to run is checked for its form and then masked.

use std::collections::BTreeSet;

use data_encoding::BASE32_NOPAD;
use serde_json::{Value, json};

use crate::check::is_instant;
use crate::response::Response;

/// Status and body of an answer, with instants, ids and secrets masked. Anything of the wrong form fails here.
#[must_use]
#[track_caller]
pub fn snapshot(response: &Response) -> Value {
    let mut body = response.json().clone();
    mask(&mut body);
    json!({"status": response.status(), "body": body})
}

fn mask(value: &mut Value) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                match masked(name, value) {
                    Some(mask) => *value = mask.into(),
                    None => mask_below(value),
                }
            }
        }
        other => mask_below(other),
    }
}

fn mask_below(value: &mut Value) {
    match value {
        Value::Object(_) => mask(value),
        Value::Array(values) => values.iter_mut().for_each(mask),
        _ => {}
    }
}

/// The mask of a member that is known to differ, once its form was checked.
fn masked(name: &str, value: &Value) -> Option<&'static str> {
    let text = value.as_str();
    let has = |is: fn(&str) -> bool| assert!(text.is_some_and(is), "{name}: {value}");
    let mask = match (name, text) {
        // An instant's form is checked on every answer.
        (name, Some(_)) if is_instant(name) => "[instant]",
        ("value", Some(_)) => {
            has(|text| text.starts_with("upk_") && text.len() > 60 && is_word(text));
            "[key value]"
        }
        ("hint", Some(_)) => {
            has(|text| text.starts_with("upk_") && text.len() < 16);
            "[hint]"
        }
        ("challenge" | "token", Some(_)) => {
            has(|text| text.len() > 40 && is_word(text));
            "[token]"
        }
        ("id", Some(_)) => {
            has(|text| text.len() >= 10 && is_word(text));
            "[id]"
        }
        ("secret", Some(_)) => {
            has(|text| BASE32_NOPAD.decode(text.as_bytes()).is_ok_and(|secret| secret.len() == 20));
            "[secret]"
        }
        ("otpauth_uri", Some(_)) => {
            has(|text| text.starts_with("otpauth://totp/"));
            "[otpauth]"
        }
        ("qr_svg", Some(_)) => {
            has(|text| text.contains("<svg") && text.ends_with("</svg>"));
            "[svg]"
        }
        ("url", Some(_)) => {
            has(|text| text.starts_with("http") && text.contains('#') && !text.contains('?'));
            "[url]"
        }
        ("instance", Some(_)) => {
            has(|text| text.starts_with("urn:request:"));
            "[request]"
        }
        ("recovery_codes", None) => {
            let codes: Vec<_> = value.as_array().expect("a list").iter().filter_map(Value::as_str).collect();
            let different: BTreeSet<_> = codes.iter().collect();
            assert_eq!((codes.len(), different.len()), (10, 10), "{name}: {value}");
            "[ten codes]"
        }
        _ => return None,
    };
    Some(mask)
}

fn is_word(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'))
}

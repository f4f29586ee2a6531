//! A list of scopes in a body: any case and both aliases are read, and output has one form, in one order, each once.

use serde::Serialize;
use serde_json::json;
use shared::http::fields::{Fields, list};
use shared::scope::{Scope, ScopeSet};

use crate::text;

/// The contract's names, in its order, and what else is taken for one.
const NAMES: [(&str, Scope); 11] = [
    ("Authentication", Scope::Authentication),
    ("PublishApp", Scope::PublishApp),
    ("Tasks", Scope::Tasks),
    ("APIKey", Scope::ApiKey),
    ("Session", Scope::Session),
    ("PublishAimms", Scope::PublishAimms),
    ("Secret", Scope::Secret),
    ("User", Scope::User),
    ("Account", Scope::Account),
    ("API Key", Scope::ApiKey),
    ("Task", Scope::Tasks),
];

pub(crate) fn check(input: &[u8]) {
    if let Some(text) = text(input) {
        assert_list(&text.split(',').collect::<Vec<_>>());
        // Whatever stands there, a list of scopes or not.
        let _ = read(&format!(r#"{{"scopes":{text}}}"#));
    }
    let chosen: Vec<String> = input.iter().map(|byte| written(*byte)).collect();
    let set = assert_list(&chosen).expect("names alone");
    let other: ScopeSet = set.iter().skip(input.len() % 2).step_by(2).collect();
    let less = set.without(other);
    assert!(less.iter().all(|scope| set.contains(scope) && !other.contains(scope)));
    assert!(less.without(set).is_empty());
}

/// One of the names, in one of many cases.
fn written(byte: u8) -> String {
    let name = NAMES[usize::from(byte) % NAMES.len()].0;
    let case = |(at, c): (usize, char)| if byte >> (at % 8) & 1 == 1 { c.to_ascii_uppercase() } else { c };
    name.to_lowercase().chars().enumerate().map(case).collect()
}

/// A list whose every entry is one of the names is read as those, and any other list is refused.
fn assert_list<T: AsRef<str> + Serialize>(entries: &[T]) -> Option<ScopeSet> {
    let body = json!({ "scopes": entries }).to_string();
    let set = read(&body);
    assert_eq!(set, entries.iter().map(|entry| meant(entry.as_ref())).collect(), "{body}");
    set
}

/// The set in a body, which has one form.
fn read(body: &str) -> Option<ScopeSet> {
    let mut fields = Fields::parse(body.as_bytes()).ok()?;
    let read = fields.required("scopes", list(|name| Scope::parse(name).ok_or("is no scope")));
    let set = ScopeSet::from_iter(fields.finish(read).ok()?);
    let names: Vec<&str> = set.iter().map(Scope::as_str).collect();
    let in_order: Vec<&str> = NAMES[..9].iter().map(|(name, _)| *name).filter(|name| names.contains(name)).collect();
    assert_eq!(names, in_order);
    assert_eq!(serde_json::to_value(set).expect("JSON"), json!(names));
    assert_eq!(set.to_scope_string().split(' ').filter_map(Scope::parse).collect::<ScopeSet>(), set);
    Some(set)
}

fn meant(text: &str) -> Option<Scope> {
    NAMES.iter().find(|(name, _)| name.to_lowercase() == text.to_ascii_lowercase()).map(|(_, scope)| *scope)
}

//! What is sent or told in confidence, and where it must not turn up: in the log, and in what a fault is answered with.

use std::collections::BTreeSet;

use scenarios::{Call, Response};
use serde_json::Value;

use super::play::refusal_of_function;
use crate::leaks::canary::{Canary, Shown};
use crate::leaks::witness::{text_of, text_of_line};
use crate::logs::Log;

/// Members of headers, requests and answers that hold a secret.
const MEMBERS: [&str; 12] = [
    "apikey",
    "authorization",
    "challenge",
    "code",
    "cookie",
    "current_password",
    "new_password",
    "password",
    "recovery_code",
    "recovery_codes",
    "secret",
    "token",
];
/// The same, where the answer is that of a key.
const KEY_VALUE: &str = "value";

/// Everything that was sent and answered while faults were about.
#[derive(Debug, Default)]
pub(super) struct Confidence {
    secrets: BTreeSet<String>,
    refusals: BTreeSet<String>,
}

impl Confidence {
    pub(super) fn hear(&mut self, call: &Call) {
        collect(&call.content(), &mut self.secrets);
    }

    /// What an answer shows that was carried out is meant to be shown; no refusal shows anything.
    pub(super) fn see(&mut self, answer: &Response) {
        if answer.status() >= 300 || refusal_of_function(answer).is_some() {
            self.refusals.insert(text_of(answer));
            return;
        }
        collect(answer.json(), &mut self.secrets);
        for line in answer.headers().get_all("set-cookie") {
            add(line.to_str().expect("ASCII").split(';').next().unwrap_or_default(), &mut self.secrets);
        }
    }

    pub(super) fn with(mut self, other: Self) -> Self {
        self.secrets.extend(other.secrets);
        self.refusals.extend(other.refusals);
        self
    }

    /// Secrets that turned up; how many were looked for in how many refusals and lines.
    pub(super) fn findings(&self, log: &Log) -> (BTreeSet<String>, [usize; 3]) {
        let lines: BTreeSet<_> = log.lines().into_iter().map(text_of_line).collect();
        let mut found = BTreeSet::new();
        for secret in &self.secrets {
            let canary = Canary::new("secret", secret, Shown::Nowhere);
            let held = self.refusals.iter().chain(&lines).filter(|text| canary.is_in(text));
            found.extend(held.map(|text| format!("{secret:?} in {text}")));
        }
        (found, [self.secrets.len(), self.refusals.len(), lines.len()])
    }
}

fn collect(value: &Value, secrets: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                match value {
                    Value::String(text) if MEMBERS.contains(&name.as_str()) => add(text, secrets),
                    Value::String(text) if name == KEY_VALUE && text.starts_with("upk_") => add(text, secrets),
                    Value::Array(texts) if MEMBERS.contains(&name.as_str()) => {
                        texts.iter().filter_map(Value::as_str).for_each(|text| add(text, secrets));
                    }
                    value => collect(value, secrets),
                }
            }
        }
        Value::Array(values) => values.iter().for_each(|value| collect(value, secrets)),
        _ => {}
    }
}

/// Of cookies their values, and of a scheme with a credential that.
fn add(text: &str, secrets: &mut BTreeSet<String>) {
    for part in text.split("; ") {
        let value = part.strip_prefix("__Host-").and_then(|pair| pair.split_once('=')).map_or(part, |(_, value)| value);
        let value = value.strip_prefix("Bearer ").unwrap_or(value);
        if !value.is_empty() {
            secrets.insert(value.to_owned());
        }
    }
}

#[test]
fn what_turns_up_is_found() {
    let mut told = Confidence::default();
    collect(&serde_json::json!({"password": "the-Secret-of-mine", "user_name": "jane"}), &mut told.secrets);
    told.refusals.insert("jane is told nothing".to_owned());
    assert_eq!(told.findings(&Log::start()).0.len(), 0);
    told.refusals.insert("jane typed the-Secret-of-mine".to_owned());
    assert_eq!(told.findings(&Log::start()).0.len(), 1);
}

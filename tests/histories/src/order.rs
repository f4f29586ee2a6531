//! One call of one client: how it is sent, and what it means.

use http::Method;
use scenarios::{Call, Caller};
use serde_json::Value;

use crate::account::Proof;
use crate::keys::{Rotation, Tag};
use crate::knowledge::Told;

/// A call that is to be made.
#[derive(Clone, Debug)]
pub(crate) struct Order {
    /// What it means.
    pub(crate) asked: Asked,
    method: Method,
    path: String,
    body: Option<Value>,
    headers: Vec<(&'static str, String)>,
}

/// What is asked, in the harness's numbers.
#[derive(Clone, Debug)]
pub(crate) enum Asked {
    /// Of a person.
    Person(usize, OfPerson),
    /// Of the key of a name.
    Key(u8, OfKey),
}

/// What is asked of a person.
#[derive(Clone, Debug)]
pub(crate) enum OfPerson {
    /// Sign in with a password.
    SignIn(u32),
    /// Answer a challenge.
    Answer(u32, Proof),
    /// Renew the proof of a session.
    StepUp(u32, u32, Proof),
    /// Change the password.
    ChangePassword(u32, u32, Told),
    /// End other sessions.
    EndOthers(u32),
    /// Sign out.
    SignOut(u32),
    /// Look at a session.
    Use(u32),
    /// New recovery codes.
    ReplaceCodes(u32),
}

/// What is asked of a key.
#[derive(Clone, Debug)]
pub(crate) enum OfKey {
    /// Make it, to end then.
    Create(i64),
    /// Use a value.
    Use(u32),
    /// Look at it.
    Get,
    /// List all.
    List,
    /// Replace its value.
    Rotate(Rotation),
    /// Delete it.
    Delete(Option<Tag>),
}

impl Order {
    /// A call without body and credential.
    #[must_use]
    pub(crate) fn new(asked: Asked, method: Method, path: impl Into<String>) -> Self {
        Self { asked, method, path: path.into(), body: None, headers: Vec::new() }
    }

    /// With a body.
    #[must_use]
    pub(crate) fn body(self, body: Value) -> Self {
        Self { body: Some(body), ..self }
    }

    /// With the cookie of a session.
    #[must_use]
    pub(crate) fn cookie(self, value: &str) -> Self {
        self.header("cookie", format!("__Host-session={value}"))
    }

    /// With a header.
    #[must_use]
    pub(crate) fn header(mut self, name: &'static str, value: String) -> Self {
        self.headers.push((name, value));
        self
    }

    /// As a call of `caller`.
    #[must_use]
    pub(crate) fn call(&self, caller: &Caller) -> Call {
        let call = caller.call(self.method.clone(), &self.path);
        let call = match &self.body {
            Some(body) => call.body(body.clone()),
            None => call,
        };
        self.headers.iter().fold(call, |call, (name, value)| call.header(name, value))
    }
}

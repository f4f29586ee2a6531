//! One operation as it is driven: a request that succeeds, and what the same request is answered once it was carried
//! out.

use scenarios::{Body, Call, Caller, Person, Response, World};
use serde_json::{Value, json};

use super::script::Site;

/// What a request is answered that is sent once more after it was carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Again {
    /// The same, and nothing more is done.
    Same,
    /// This other success, and nothing more is done.
    Told(u16),
    /// This problem, and nothing more is done.
    Refused(&'static str),
    /// It is done once more; why that is meant.
    OnceMore(&'static str),
}

/// Where a request may stop halfway: what of it is done then, and what the same request is answered.
#[derive(Clone, Copy, Debug)]
pub(super) struct Halfway {
    /// The kind of an item that was changed by then.
    pub(super) done: &'static str,
    pub(super) answer: &'static str,
    /// Why that is meant.
    pub(super) _why: &'static str,
}

/// Which requests are to be driven.
type Only = Box<dyn Fn(&Site) -> bool + Send + Sync>;

/// An operation, or one case of it.
pub(super) struct Play {
    pub(super) operation: &'static str,
    pub(super) case: &'static str,
    pub(super) again: Again,
    pub(super) halfway: Option<Halfway>,
    /// The problem that it is answered, where it is one to refuse: no fault opens the door.
    pub(super) refusal: Option<&'static str>,
    /// Whether what one run does not get done is for the next one, and no failure.
    pub(super) leaves_the_rest: bool,
    /// The requests to drive, where a part of them stands for all.
    only: Option<Only>,
    ask: Box<dyn Fn() -> Call + Send + Sync>,
}

impl Play {
    /// Sends `call`, which can be sent again.
    pub(super) fn new(operation: &'static str, call: Call) -> Self {
        Self::with(operation, move || call.clone())
    }

    /// Sends what `ask` makes of the time.
    pub(super) fn with(operation: &'static str, ask: impl Fn() -> Call + Send + Sync + 'static) -> Self {
        let ask = Box::new(ask);
        let (again, halfway, only) = (Again::Same, None, None);
        Self { operation, case: "", again, halfway, refusal: None, leaves_the_rest: false, only, ask }
    }

    pub(super) fn case(self, case: &'static str) -> Self {
        Self { case, ..self }
    }

    pub(super) fn refused(self, slug: &'static str) -> Self {
        Self { refusal: Some(slug), ..self }
    }

    pub(super) fn then_told(self, status: u16) -> Self {
        Self { again: Again::Told(status), ..self }
    }

    pub(super) fn then_refused(self, slug: &'static str) -> Self {
        Self { again: Again::Refused(slug), ..self }
    }

    pub(super) fn then_once_more(self, why: &'static str) -> Self {
        Self { again: Again::OnceMore(why), ..self }
    }

    pub(super) fn halfway(self, done: &'static str, answer: &'static str, why: &'static str) -> Self {
        Self { halfway: Some(Halfway { done, answer, _why: why }), ..self }
    }

    pub(super) fn leaving_the_rest(self) -> Self {
        Self { leaves_the_rest: true, ..self }
    }

    pub(super) fn only(self, only: impl Fn(&Site) -> bool + Send + Sync + 'static) -> Self {
        Self { only: Some(Box::new(only)), ..self }
    }

    pub(super) fn drives(&self, site: &Site) -> bool {
        self.only.as_ref().is_none_or(|only| only(site))
    }

    /// The request; sent again, it is the same to the byte.
    pub(super) fn ask(&self) -> Call {
        (self.ask)()
    }

    pub(super) fn name(&self) -> String {
        if self.case.is_empty() { self.operation.to_owned() } else { format!("{} ({})", self.operation, self.case) }
    }
}

/// Members that a failed touch leaves as they were: when something was last used, to minutes.
const TOUCHED: [&str; 2] = ["last_seen_at", "last_used_at"];

/// What was answered, with every text left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) slug: Option<String>,
    body: Value,
    /// Whether it set a session's cookie, or cleared it.
    session: Option<bool>,
}

impl Answer {
    pub(super) fn of(response: &Response) -> Self {
        let session = response.set_cookie("__Host-session").map(|value| !value.is_empty());
        let slug = response.slug().or_else(|| refusal_of_function(response)).map(str::to_owned);
        let body = if slug.is_some() { Value::Null } else { without_texts(response.json()) };
        Self { status: response.status(), slug, body, session }
    }

    pub(super) const fn is_success(&self) -> bool {
        self.status < 300
    }

    /// Whether it lets somebody in: a session's cookie.
    pub(super) fn opens(&self) -> bool {
        self.session == Some(true)
    }
}

/// The error of a function that was invoked past the gateway.
pub(super) fn refusal_of_function(response: &Response) -> Option<&str> {
    response.json().get("errorType").and_then(Value::as_str)
}

fn without_texts(value: &Value) -> Value {
    match value {
        Value::String(_) => json!("…"),
        Value::Array(values) => values.iter().map(without_texts).collect(),
        Value::Object(members) => {
            let told = members.iter().filter(|(name, _)| !TOUCHED.contains(&name.as_str()));
            Value::Object(told.map(|(name, value)| (name.clone(), without_texts(value))).collect())
        }
        other => other.clone(),
    }
}

/// Somebody who sends requests with one credential and keeps nothing of the answers.
#[derive(Clone)]
pub(super) struct Sender {
    anyone: Caller,
    header: Option<(&'static str, String)>,
}

impl Sender {
    pub(super) fn anyone(world: &World) -> Self {
        Self { anyone: world.anyone(), header: None }
    }

    pub(super) fn session(world: &World, person: &Person) -> Self {
        let cookie = format!("__Host-session={}", person.cookie("__Host-session").expect("a session"));
        Self { anyone: world.anyone(), header: Some(("cookie", cookie)) }
    }

    pub(super) fn key(world: &World, value: &str) -> Self {
        Self { anyone: world.anyone(), header: Some(("apikey", value.to_owned())) }
    }

    fn signed(&self, call: Call) -> Call {
        self.header.iter().fold(call, |call, (name, value)| call.header(name, value))
    }

    pub(super) fn get(&self, path: &str) -> Call {
        self.signed(self.anyone.get(path))
    }

    pub(super) fn post(&self, path: &str, body: impl Into<Body>) -> Call {
        self.signed(self.anyone.post(path, body))
    }

    pub(super) fn put(&self, path: &str, body: Value) -> Call {
        self.signed(self.anyone.put(path, body))
    }

    pub(super) fn patch(&self, path: &str, body: Value) -> Call {
        self.signed(self.anyone.patch(path, body))
    }

    pub(super) fn delete(&self, path: &str) -> Call {
        self.signed(self.anyone.delete(path))
    }
}

//! A request as it is to be sent and the answer as it must be, in names for what only the service knows.

use serde_json::{Value, json};
use shared::clock::Timestamp;

use crate::step::Caller;
use crate::words::Name;

/// What is sent as a body.
#[derive(Clone, Debug)]
pub(crate) enum Content {
    Nothing,
    /// Members may be names: see [`known`].
    Json(Value),
    /// The value of the form's one field, `token`.
    Form(Value),
}

/// A tag that is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SentTag {
    /// One that was answered.
    Seen(Tag),
    /// One that nothing has.
    Stale,
}

/// A request.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// As the template calls the operation; doors have names of their own.
    pub(crate) operation: &'static str,
    pub(crate) caller: Caller,
    /// The value of the calling key, if one calls.
    pub(crate) credential: Option<Name>,
    pub(crate) method: &'static str,
    /// Below the base path; a name stands in braces.
    pub(crate) path: String,
    pub(crate) content: Content,
    /// `If-Match`.
    pub(crate) if_match: Option<SentTag>,
    pub(crate) idempotency_key: Option<String>,
    pub(crate) user_agent: String,
}

/// What becomes of the browser's session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Cookie {
    #[default]
    Untouched,
    Set,
    Cleared,
}

/// A mail that must come, with the name of its token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Letter {
    pub(crate) to: String,
    pub(crate) token: Name,
}

/// What an entity tag tells: the same content of a resource has the same tag, and another one another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Tag {
    pub(crate) resource: String,
    pub(crate) content: String,
}

/// An answer that is no refusal.
#[derive(Clone, Debug, Default)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// `Null` where there is none.
    pub(crate) body: Value,
    /// Of what its `ETag` is, and what it stands for, if it has one.
    pub(crate) tag: Option<Tag>,
    pub(crate) session: Cookie,
    /// Whether the browser is one that is recognised from now on.
    pub(crate) is_remembered: bool,
}

/// An answer that is one.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    pub(crate) slug: &'static str,
    /// Members beside those of every problem; `Null` where nothing is said of them.
    pub(crate) more: Value,
}

pub(crate) type Verdict = Result<Answer, Refusal>;

/// A request with its answer.
#[derive(Clone, Debug)]
pub(crate) struct Exchange {
    pub(crate) request: Request,
    pub(crate) verdict: Verdict,
    /// The mails with a token that it causes; none is looked for where there is no mail.
    pub(crate) letters: Vec<Letter>,
}

impl Answer {
    pub(crate) fn of(status: u16, body: Value) -> Self {
        Self { status, body, ..Self::default() }
    }

    pub(crate) fn none() -> Self {
        Self { status: 204, ..Self::default() }
    }

    pub(crate) fn tagged(status: u16, body: Value, tag: Tag) -> Self {
        Self { status, body, tag: Some(tag), ..Self::default() }
    }
}

pub(crate) fn refuse<T>(slug: &'static str) -> Result<T, Refusal> {
    Err(Refusal { slug, more: Value::Null })
}

pub(crate) fn refuse_with<T>(slug: &'static str, more: Value) -> Result<T, Refusal> {
    Err(Refusal { slug, more })
}

/// In a body that is sent or must come: what has this name.
pub(crate) fn known(name: &str) -> Value {
    json!({ "$known": name })
}

/// In a body that must come: a text that has this name from now on.
pub(crate) fn learn(name: &str) -> Value {
    json!({ "$learn": name })
}

/// In a body that must come: a list of that many different texts, which is called so from now on.
pub(crate) fn learn_list(name: &str, count: usize) -> Value {
    json!({ "$learn_list": name, "count": count })
}

/// In a body that must come: anything.
pub(crate) fn any() -> Value {
    json!({ "$any": true })
}

/// In a body that must come: an instant no earlier and no later.
pub(crate) fn within(earliest: Timestamp, latest: Timestamp) -> Value {
    json!({ "$within": [earliest, latest] })
}

/// In a body that must come: these, in any order.
pub(crate) fn set(items: &[Value]) -> Value {
    json!({ "$set": items })
}

/// In a body that must come: a list with this and perhaps others.
pub(crate) fn containing(item: &str) -> Value {
    json!({ "$containing": item })
}

/// In a body that is sent: the code of an authenticator at a step of time.
pub(crate) fn code(authenticator: &str, step: i64) -> Value {
    json!({ "$code": authenticator, "step": step })
}

/// In a body that is sent: a code that is none of those around a step of time.
pub(crate) fn wrong_code(authenticator: &str, step: i64) -> Value {
    json!({ "$wrong_code": authenticator, "step": step })
}

/// In a body that is sent: one of a list.
pub(crate) fn entry(list: &str, at: usize) -> Value {
    json!({ "$entry": list, "at": at })
}

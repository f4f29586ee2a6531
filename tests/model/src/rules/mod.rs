//! What each step sends and must get, and what is otherwise afterwards: the contract, section by section.

mod account;
mod directory;
mod doors;
mod email;
mod info;
mod invitations;
mod key_calls;
mod keys;
mod mfa;
mod passwords;
mod second_factor;
mod sessions;
mod sign_in;
mod user_changes;
mod users;

pub(crate) use account::POLICY_LAG;
pub(crate) use keys::KEYS;

use serde_json::Value;

use crate::exchange::{Content, Exchange, Refusal, Request, SentTag, Tag, Verdict, refuse};
use crate::state::Model;
use crate::step::{Caller, IfMatch, Step};

/// The form of a request that is about to be filled in.
#[derive(Clone, Copy)]
struct Call {
    operation: &'static str,
    caller: Caller,
}

const fn call(operation: &'static str, caller: Caller) -> Call {
    Call { operation, caller }
}

impl Model {
    /// Does one step: [`Model::exchanges`] tells what it sends and must get.
    pub(crate) fn step(&mut self, step: &Step) {
        self.exchanges.clear();
        self.steps += 1;
        self.step_doors(step);
    }

    fn request(&self, call: Call, method: &'static str, path: impl Into<String>, content: Content) -> Request {
        let credential = match call.caller {
            Caller::Key(place) => self.values[place].clone(),
            Caller::Nobody | Caller::Browser(_) => None,
        };
        Request {
            operation: call.operation,
            caller: call.caller,
            credential,
            method,
            path: path.into(),
            content,
            if_match: None,
            idempotency_key: None,
            user_agent: self.user_agent(),
        }
    }

    fn get(&self, call: Call, path: impl Into<String>) -> Request {
        self.request(call, "GET", path, Content::Nothing)
    }

    fn delete(&self, call: Call, path: impl Into<String>) -> Request {
        self.request(call, "DELETE", path, Content::Nothing)
    }

    fn post(&self, call: Call, path: impl Into<String>, body: Value) -> Request {
        self.request(call, "POST", path, Content::Json(body))
    }

    fn patch(&self, call: Call, path: impl Into<String>, body: Value) -> Request {
        self.request(call, "PATCH", path, Content::Json(body))
    }

    /// What is sent as `If-Match` for a resource.
    fn if_match(&self, choice: IfMatch, resource: &str) -> Option<SentTag> {
        match choice {
            IfMatch::None => None,
            IfMatch::Stale => Some(SentTag::Stale),
            IfMatch::Seen => self
                .tags
                .get(resource)
                .map(|content| SentTag::Seen(Tag { resource: resource.to_owned(), content: content.clone() })),
        }
    }

    /// Notes a request with what must come of it.
    fn exchanged(&mut self, request: Request, verdict: Verdict) {
        if let Ok(Some(tag)) = verdict.as_ref().map(|answer| answer.tag.clone()) {
            self.tags.insert(tag.resource, tag.content);
        }
        self.exchanges.push(Exchange { request, verdict, letters: Vec::new() });
    }
}

/// Whether what stands there is what was seen.
fn check_tag(sent: Option<&SentTag>, current: &Tag) -> Result<(), Refusal> {
    match sent {
        None => Ok(()),
        Some(SentTag::Seen(tag)) if tag == current => Ok(()),
        Some(SentTag::Seen(_) | SentTag::Stale) => refuse("precondition-failed"),
    }
}

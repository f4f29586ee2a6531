//! What happens to the service from outside: time, the clean-up, and a cookie that is copied.

use serde_json::{Value, json};

use super::call;
use crate::entities::HOUR;
use crate::exchange::{Answer, Content, Request, any};
use crate::state::Model;
use crate::step::{Caller, Step};

impl Model {
    pub(super) fn step_doors(&mut self, step: &Step) {
        match *step {
            Step::Advance(seconds) => self.advance(seconds),
            Step::CleanUp => self.clean_up(),
            Step::CopySession { from, to } => {
                let cookie = self.browsers[from].cookie.clone();
                self.browsers[to].cookie = cookie;
            }
            ref other => self.step_sign_in(other),
        }
    }

    /// A step that is no call of the API.
    pub(super) fn door(&self, operation: &'static str, path: &str, body: Option<Value>) -> Request {
        let content = body.map_or(Content::Nothing, Content::Json);
        self.request(call(operation, Caller::Nobody), "POST", path, content)
    }

    pub(super) fn advance(&mut self, seconds: u32) {
        let request = self.door("Advance", "/_local/clock", Some(json!({ "advance_seconds": seconds })));
        self.now = self.now.plus(seconds);
        self.exchanged(request, Ok(Answer::of(200, json!({"now": self.now}))));
    }

    /// Removes the keys that expired long enough ago.
    pub(super) fn clean_up(&mut self) {
        let request = self.door("CleanUp", "/_local/run/cleanup", None);
        let (before, now) = (self.keys.len(), self.now);
        self.cleaned_at = now;
        self.keys.retain(|key| now < key.expires_at.plus(RETENTION));
        let deleted = if self.has_deleted_users { any() } else { (before - self.keys.len()).into() };
        let body = json!({"seen": any(), "deleted": deleted, "kept": any(), "left": 0});
        self.exchanged(request, Ok(Answer::of(200, body)));
    }
}

/// Seconds for which an expired key is kept.
const RETENTION: u32 = 7 * 24 * HOUR;

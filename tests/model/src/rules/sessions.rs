//! §2: the sessions of who calls, and what the caller holds.

use serde_json::{Value, json};

use super::call;
use crate::entities::IDLE_AT_MOST;
use crate::exchange::{Answer, Cookie, Refusal, Verdict, learn, refuse, set, within};
use crate::guard::Principal;
use crate::state::Model;
use crate::step::{Caller, Step};
use crate::words::Name;

/// Seconds to which the last request is recorded, in the user's favour.
const RECORDED_TO: u32 = IDLE_AT_MOST - crate::entities::IDLE;

impl Model {
    pub(super) fn step_sessions(&mut self, step: &Step) {
        match *step {
            Step::GetSession(caller) => {
                let request = self.get(call("GetSession", caller), "/session");
                let verdict = self.try_get_session(caller);
                self.exchanged(request, verdict);
            }
            Step::SignOut { browser } => self.sign_out(browser),
            Step::ListSessions(caller) => {
                let request = self.get(call("ListSessions", caller), "ME/session");
                let verdict = self.try_list_sessions(caller);
                self.exchanged(request, verdict);
            }
            Step::EndSession { caller, of } => self.end_session(caller, of),
            Step::EndOtherSessions(caller) => {
                let request = self.delete(call("EndOtherSessions", caller), "ME/session");
                let verdict = self.person(caller).map(|(name, user)| {
                    self.end_sessions(user, Some(&name));
                    Answer::none()
                });
                self.exchanged(request, verdict);
            }
            Step::GetAuthorization(caller) => {
                let request = self.get(call("GetAuthorization", caller), "ME/authorization");
                let verdict = self.try_get_authorization(caller);
                self.exchanged(request, verdict);
            }
            ref other => self.step_info(other),
        }
    }

    fn try_get_session(&mut self, caller: Caller) -> Verdict {
        let (name, user) = self.enrolling(caller)?;
        let session = &self.sessions[&name];
        let status = if self.is_restricted(user) { "mfa_enrolment_required" } else { "signed_in" };
        let body = json!({
            "status": status,
            "user": self.session_user(user),
            "factors": session.factors,
            "created_at": session.created_at,
            "expires_at": session.expires_at,
            "fresh_until": session.fresh_until,
        });
        Ok(Answer::of(200, body))
    }

    fn sign_out(&mut self, browser: usize) {
        let request = self.delete(call("SignOut", Caller::Browser(browser)), "/session");
        if let Some(name) = self.live_session(browser) {
            self.sessions.remove(&name);
        }
        self.browsers[browser].cookie = None;
        self.exchanged(request, Ok(Answer { session: Cookie::Cleared, ..Answer::none() }));
    }

    fn try_list_sessions(&mut self, caller: Caller) -> Verdict {
        let (current, user) = self.person(caller)?;
        let own = self.sessions.iter().filter(|(_, session)| session.user == user && self.is_alive(session));
        let items = own.map(|(name, session)| {
            let earliest = session.last_request_at.minus(RECORDED_TO - 1).max(session.created_at);
            json!({
                "id": learn(&format!("id of {name}")),
                "created_at": session.created_at,
                "last_seen_at": within(earliest, session.last_request_at),
                "expires_at": session.expires_at,
                "user_agent": session.user_agent,
                "source_ip": "127.0.0.1",
                "current": *name == current,
            })
        });
        let items: Vec<_> = items.collect();
        let names = self.sessions.iter().filter(|(_, session)| session.user == user && self.is_alive(session));
        self.listed.extend(names.map(|(name, _)| name.clone()).collect::<Vec<_>>());
        Ok(Answer::of(200, json!({"items": set(&items), "next": null})))
    }

    fn end_session(&mut self, caller: Caller, of: usize) {
        let target = self.browsers[of].cookie.as_ref().map(|(name, _)| name.clone());
        let id = target.as_ref().map_or("no session".to_owned(), |name| format!("id of {name}"));
        let request = self.delete(call("EndSession", caller), format!("ME/session/{{{id}}}"));
        let verdict = self.try_end_session(caller, target);
        self.exchanged(request, verdict);
    }

    fn try_end_session(&mut self, caller: Caller, target: Option<Name>) -> Verdict {
        let (current, user) = self.person(caller)?;
        let own = |session: &crate::entities::Session| session.user == user && self.is_alive(session);
        let target = target.filter(|name| self.sessions.get(name).is_some_and(own));
        let Some(target) = target.filter(|name| self.listed.contains(name)) else { return refuse("not-found") };
        self.sessions.remove(&target);
        if target != current {
            return Ok(Answer::none());
        }
        if let Caller::Browser(browser) = caller {
            self.browsers[browser].cookie = None;
        }
        Ok(Answer { session: Cookie::Cleared, ..Answer::none() })
    }

    fn try_get_authorization(&mut self, caller: Caller) -> Verdict {
        let body: Result<Value, Refusal> = self.person_or_key(caller).map(|principal| match &principal {
            Principal::Session { name, .. } => {
                let expires_at = self.sessions[name].expires_at;
                json!({"kind": "session", "name": null, "scopes": null, "expires_at": expires_at})
            }
            Principal::Key { at, .. } => {
                let (key, end) = (&self.keys[*at], self.key_end(&principal));
                let (name, scopes) = (key.name.text(), key.scopes.names());
                json!({"kind": "api_key", "name": name, "scopes": scopes, "expires_at": end})
            }
        });
        Ok(Answer::of(200, body?))
    }
}

//! §4: the password of who calls.

use serde_json::json;

use super::call;
use crate::entities::User;
use crate::exchange::{Answer, Verdict, containing, refuse, refuse_with};
use crate::state::Model;
use crate::step::{Caller, Step};
use crate::words::{Password, Person};

/// One of the reasons against this password for a user, if there is one.
pub(super) fn rejection(user: &User, password: Password) -> Option<&'static str> {
    password.rejected(user.mfa.is_some())
}

impl Model {
    pub(super) fn step_passwords(&mut self, step: &Step) {
        match *step {
            Step::GetPassword(caller) => {
                let request = self.get(call("GetPassword", caller), "ME/password");
                let verdict = self.try_get_password(caller);
                self.exchanged(request, verdict);
            }
            Step::ChangePassword { caller, current, new } => {
                let person = self.owner(caller).map_or(Person::Jane, |id| self.user(id).person);
                let body = json!({"current_password": current.text(person), "new_password": new.text(person)});
                let mut request = self.post(call("ChangePassword", caller), "ME/password", body);
                request.method = "PUT";
                let verdict = self.try_change_password(caller, current, new);
                self.exchanged(request, verdict);
            }
            ref other => self.step_mfa(other),
        }
    }

    fn try_get_password(&mut self, caller: Caller) -> Verdict {
        let (_, id) = self.person(caller)?;
        let user = self.user(id);
        let body = json!({
            "available": user.is_local(),
            "changed_at": user.password.as_ref().map(|secret| secret.changed_at),
            "min_length": if user.mfa.is_some() { 8 } else { 15 },
            "max_length": 128,
        });
        Ok(Answer::of(200, body))
    }

    fn try_change_password(&mut self, caller: Caller, current: Password, new: Password) -> Verdict {
        let (name, id) = self.person(caller)?;
        if !self.user(id).is_local() {
            return refuse("not-available-for-sso");
        }
        self.prove_current(caller, id, current)?;
        let same = (new == current).then_some("same_as_current");
        if let Some(reason) = rejection(self.user(id), new).or(same) {
            return refuse_with("password-rejected", json!({"reasons": containing(reason)}));
        }
        self.set_password(id, new);
        self.end_sessions(id, Some(&name));
        Ok(Answer::none())
    }
}

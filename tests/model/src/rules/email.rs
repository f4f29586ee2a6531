//! §3: an address that waits for its token.

use serde_json::json;

use super::call;
use crate::exchange::{Answer, Verdict, known, refuse};
use crate::state::Model;
use crate::step::{Caller, Step};
use crate::words::Name;

impl Model {
    pub(super) fn step_email(&mut self, step: &Step) {
        match *step {
            Step::ConfirmEmail { caller, token } => {
                let token = self.tokens[token].clone();
                let body = json!({"token": known(token.as_deref().unwrap_or("no token"))});
                let request = self.post(call("ConfirmEmail", caller), "ME/email/confirm", body);
                let verdict = self.try_confirm_email(caller, token.as_ref());
                self.exchanged(request, verdict);
            }
            Step::CancelPendingEmail(caller) => {
                let request = self.delete(call("CancelPendingEmail", caller), "ME/email/pending");
                let verdict = self.person(caller).map(|(_, id)| {
                    self.user_mut(id).pending_email = None;
                    Answer::none()
                });
                self.exchanged(request, verdict);
            }
            ref other => self.step_passwords(other),
        }
    }

    fn try_confirm_email(&mut self, caller: Caller, token: Option<&Name>) -> Verdict {
        let (_, id) = self.person(caller)?;
        let now = self.now;
        let user = self.user_mut(id);
        let waits = user.pending_at(now).filter(|pending| Some(&pending.token) == token);
        let Some(address) = waits.map(|pending| pending.address) else { return refuse("token-expired") };
        if user.email != Some(address) {
            user.invitation = None;
        }
        user.email = Some(address);
        user.is_email_verified = true;
        user.pending_email = None;
        Ok(self.info_answer(id))
    }
}

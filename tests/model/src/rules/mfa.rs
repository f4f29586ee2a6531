//! §4: the second factor of who calls.

use serde_json::{Value, json};

use super::call;
use crate::attempts::{Proof, Subject};
use crate::entities::{MINUTE, Mfa, UserId};
use crate::exchange::{
    Answer, Content, Refusal, Verdict, any, code, containing, learn, learn_list, refuse, refuse_with, wrong_code,
};
use crate::state::Model;
use crate::step::{Caller, Factor, Step};
use crate::words::{Name, Policy};

/// How many recovery codes there are at first.
const CODES: usize = 10;

impl Model {
    pub(super) fn step_mfa(&mut self, step: &Step) {
        match *step {
            Step::GetMfa(caller) => {
                let request = self.get(call("GetMfa", caller), "ME/mfa");
                let verdict = self.try_get_mfa(caller);
                self.exchanged(request, verdict);
            }
            Step::EnrolTotp(caller) => self.mfa_call("EnrolTotp", caller, "ME/mfa/totp", Self::try_enrol),
            Step::ResetTotp(caller) => self.mfa_call("ResetTotp", caller, "ME/mfa/totp/reset", Self::try_reset),
            Step::ReplaceRecoveryCodes(caller) => {
                self.mfa_call("ReplaceRecoveryCodes", caller, "ME/mfa/recovery-codes", Self::try_replace_codes);
            }
            Step::ConfirmTotp { caller, factor } => self.confirm_totp(caller, factor),
            Step::DisableTotp(caller) => {
                let request = self.delete(call("DisableTotp", caller), "ME/mfa/totp");
                let verdict = self.try_disable(caller);
                self.exchanged(request, verdict);
            }
            ref other => self.step_keys(other),
        }
    }

    fn mfa_call(
        &mut self,
        operation: &'static str,
        caller: Caller,
        path: &str,
        attempt: fn(&mut Self, Caller) -> Verdict,
    ) {
        let request = self.request(call(operation, caller), "POST", path, Content::Nothing);
        let verdict = attempt(self, caller);
        self.exchanged(request, verdict);
    }

    fn try_get_mfa(&mut self, caller: Caller) -> Verdict {
        let (_, id) = self.enrolling(caller)?;
        let user = self.user(id);
        let methods: &[&str] = if user.mfa.is_some() { &["totp", "recovery_code"] } else { &[] };
        let body = json!({
            "available": user.is_local(),
            "policy": self.policy.text(),
            "enabled": user.mfa.is_some(),
            "methods": methods,
            "recovery_codes_remaining": user.mfa.as_ref().map_or(0, |mfa| mfa.unused.len()),
        });
        Ok(Answer::of(200, body))
    }

    /// A local user whose session is fresh.
    fn fresh_local(&mut self, caller: Caller) -> Result<(Name, UserId), Refusal> {
        let (name, id) = self.enrolling(caller)?;
        self.require_fresh_session(&name)?;
        if self.user(id).is_local() { Ok((name, id)) } else { refuse("not-available-for-sso") }
    }

    fn try_enrol(&mut self, caller: Caller) -> Verdict {
        let (_, id) = self.fresh_local(caller)?;
        if self.user(id).mfa.is_some() {
            return refuse("mfa-already-enabled");
        }
        if self.policy == Policy::Off {
            return refuse("mfa-not-offered");
        }
        Ok(self.enrol(id))
    }

    fn try_reset(&mut self, caller: Caller) -> Verdict {
        let (_, id) = self.fresh_local(caller)?;
        if self.user(id).mfa.is_none() {
            return refuse("mfa-not-enabled");
        }
        Ok(self.enrol(id))
    }

    fn enrol(&mut self, id: UserId) -> Answer {
        let (name, expires_at) = (self.name("authenticator"), self.now.plus(10 * MINUTE));
        self.user_mut(id).enrolment = Some((name.clone(), expires_at));
        let body = json!({"secret": learn(&name), "otpauth_uri": any(), "qr_svg": any(), "expires_at": expires_at});
        Answer::of(201, body)
    }

    fn confirm_totp(&mut self, caller: Caller, factor: Factor) {
        let enrolment = self.owner(caller).and_then(|id| self.user(id).enrolment.clone());
        let name = enrolment.map_or_else(|| "no authenticator".to_owned(), |(name, _)| name);
        let step = self.now.unix_seconds() / 30;
        let typed: Value = match factor {
            Factor::Code(ahead) => code(&name, step + i64::from(ahead)),
            _ => wrong_code(&name, step),
        };
        let request = self.post(call("ConfirmTotp", caller), "ME/mfa/totp/confirm", json!({ "code": typed }));
        let verdict = self.try_confirm_totp(caller, factor, step);
        self.exchanged(request, verdict);
    }

    fn try_confirm_totp(&mut self, caller: Caller, factor: Factor, step: i64) -> Verdict {
        let (session, id) = self.enrolling(caller)?;
        if !self.user(id).is_local() {
            return refuse("not-available-for-sso");
        }
        let waiting = self.user(id).enrolment.clone().filter(|(_, until)| self.now < *until);
        let Some((authenticator, _)) = waiting else { return refuse("token-expired") };
        if self.user(id).mfa.is_none() && self.policy == Policy::Off {
            return refuse("mfa-not-offered");
        }
        let row = self.attempt(caller, Subject::User(id), Proof::Code)?;
        let Factor::Code(ahead @ -1..=1) = factor else { return refuse("code-rejected") };
        self.attempts.succeed(&row);
        let codes = self.name("codes");
        let mfa = Mfa {
            authenticator,
            last_step: step + i64::from(ahead),
            codes: codes.clone(),
            unused: (0..CODES).collect(),
        };
        let user = self.user_mut(id);
        let is_replaced = user.mfa.replace(mfa).is_some();
        user.enrolment = None;
        if is_replaced {
            user.devices.clear();
        }
        self.end_sessions(id, Some(&session));
        self.sessions.get_mut(&session).expect("its session").factors = vec!["password", "totp"];
        Ok(Answer::of(200, json!({"recovery_codes": learn_list(&codes, CODES)})))
    }

    fn try_disable(&mut self, caller: Caller) -> Verdict {
        let (session, id) = self.fresh_local(caller)?;
        let user = self.user(id);
        if user.mfa.is_none() {
            return refuse("mfa-not-enabled");
        }
        if self.policy == Policy::Enforced {
            return refuse("mfa-enforced");
        }
        if !user.password.as_ref().is_some_and(|secret| secret.password.is_long()) {
            return refuse_with("password-rejected", json!({"reasons": containing("too_short")}));
        }
        self.end_mfa(id);
        self.end_sessions(id, Some(&session));
        self.sessions.get_mut(&session).expect("its session").factors = vec!["password"];
        Ok(Answer::none())
    }

    /// MFA is off, and no browser is recognised any more.
    pub(super) fn end_mfa(&mut self, id: UserId) {
        let user = self.user_mut(id);
        user.mfa = None;
        user.enrolment = None;
        user.devices.clear();
    }

    fn try_replace_codes(&mut self, caller: Caller) -> Verdict {
        let (_, id) = self.fresh_local(caller)?;
        if self.user(id).mfa.is_none() {
            return refuse("mfa-not-enabled");
        }
        let codes = self.name("codes");
        if let Some(mfa) = self.user_mut(id).mfa.as_mut() {
            mfa.codes.clone_from(&codes);
            mfa.unused = (0..CODES).collect();
        }
        Ok(Answer::of(200, json!({"recovery_codes": learn_list(&codes, CODES)})))
    }
}

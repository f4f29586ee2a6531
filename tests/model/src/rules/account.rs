//! §6: the account.

use serde_json::{Value, json};

use super::call;
use crate::exchange::{Answer, Verdict};
use crate::state::Model;
use crate::step::{Caller, Step};
use crate::words::{Policy, Scopes};

/// Seconds that a change of the policy may lag.
pub(crate) const POLICY_LAG: u32 = 30;

impl Model {
    pub(super) fn step_account(&mut self, step: &Step) {
        match *step {
            Step::GetAccountSettings(caller) => {
                let request = self.get(call("GetAccountSettings", caller), "/account/settings");
                let verdict = self.admin(caller, Scopes::ACCOUNT).map(|_| Answer::of(200, self.settings()));
                self.exchanged(request, verdict);
            }
            Step::UpdateAccountSettings { caller, policy } => {
                let body = json!({"mfa_policy": policy.text()});
                let request = self.patch(call("UpdateAccountSettings", caller), "/account/settings", body);
                let verdict = self.try_update_settings(caller, policy);
                let is_set = verdict.is_ok();
                self.exchanged(request, verdict);
                if is_set {
                    self.advance(POLICY_LAG);
                }
            }
            ref other => unreachable!("a step without a rule: {other:?}"),
        }
    }

    fn settings(&self) -> Value {
        json!({"account_name": "demo", "mfa_policy": self.policy.text()})
    }

    fn try_update_settings(&mut self, caller: Caller, policy: Policy) -> Verdict {
        self.fresh_admin_in_person(caller)?;
        self.policy = policy;
        Ok(Answer::of(200, self.settings()))
    }
}

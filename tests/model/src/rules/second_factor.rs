//! §2: the second factor, at sign-in and at step-up.

use serde_json::{Value, json};

use super::call;
use crate::attempts::{Proof, Row, Subject};
use crate::entities::{Challenge, UserId};
use crate::exchange::{Refusal, Verdict, code, entry, known, refuse, wrong_code};
use crate::state::Model;
use crate::step::{Caller, Factor};
use crate::words::Name;

/// Seconds of a step of time of one-time codes.
const STEP: i64 = 30;

/// What a second factor proved.
pub(super) struct Proved {
    pub(super) factor: &'static str,
    row: Row,
}

impl Model {
    pub(super) fn answer_challenge(&mut self, browser: usize, factor: Factor) {
        let name = self.browsers[browser].challenge.clone();
        let user = name.as_ref().and_then(|name| self.challenges.get(name)).map(|challenge| challenge.user);
        let mut body = json!({"challenge": known(name.as_deref().unwrap_or("no challenge"))});
        self.put_factor(&mut body, user, factor);
        let request = self.post(call("AnswerChallenge", Caller::Browser(browser)), "/session/mfa", body);
        let verdict = self.try_answer_challenge(browser, name, factor);
        self.exchanged(request, verdict);
    }

    fn try_answer_challenge(&mut self, browser: usize, name: Option<Name>, factor: Factor) -> Verdict {
        if factor == Factor::None {
            return refuse("invalid-request");
        }
        let open = name.and_then(|name| self.challenges.get(&name).cloned().map(|challenge| (name, challenge)));
        let Some((name, challenge)) = open.filter(|(_, challenge)| self.is_open(challenge)) else {
            return refuse("token-expired");
        };
        let id = challenge.user;
        let Some(proved) = self.prove_factor(Caller::Browser(browser), id, factor)? else {
            return refuse("sign-in-failed");
        };
        let is_stranger = proved.row.2.is_none();
        self.challenges.remove(&name);
        Ok(self.start_session(browser, id, vec!["password", proved.factor], challenge.created_at, is_stranger))
    }

    pub(crate) fn is_open(&self, challenge: &Challenge) -> bool {
        let user = self.user(challenge.user);
        let version = user.password.as_ref().map(|secret| secret.version);
        let is_same = version == Some(challenge.password_version);
        self.now < challenge.expires_at && is_same && !user.is_disabled && user.mfa.is_some()
    }

    /// Counts an attempt with a second factor and checks it; what is right is used up.
    pub(super) fn prove_factor(
        &mut self,
        caller: Caller,
        id: UserId,
        factor: Factor,
    ) -> Result<Option<Proved>, Refusal> {
        let proof = match factor {
            Factor::RecoveryCode(_) | Factor::WrongRecoveryCode => Proof::RecoveryCode,
            Factor::None | Factor::Code(_) | Factor::WrongCode => Proof::Code,
        };
        let row = self.attempt(caller, Subject::User(id), proof)?;
        let now_step = self.now.unix_seconds() / STEP;
        let mfa = self.user_mut(id).mfa.as_mut().expect("asked only where MFA is on");
        let is_right = match factor {
            Factor::Code(ahead) if (-1..=1).contains(&ahead) && now_step + i64::from(ahead) > mfa.last_step => {
                mfa.last_step = now_step + i64::from(ahead);
                true
            }
            Factor::RecoveryCode(at) => mfa.unused.remove(&at),
            Factor::None | Factor::Code(_) | Factor::WrongCode | Factor::WrongRecoveryCode => false,
        };
        if !is_right {
            return Ok(None);
        }
        self.attempts.succeed(&row);
        let factor = if proof == Proof::Code { "totp" } else { "recovery_code" };
        Ok(Some(Proved { factor, row }))
    }

    /// Adds what is typed as a second factor to a body.
    pub(super) fn put_factor(&self, body: &mut Value, user: Option<UserId>, factor: Factor) {
        let mfa = user.and_then(|id| self.user(id).mfa.as_ref());
        let authenticator = mfa.map_or("no authenticator", |mfa| &mfa.authenticator);
        let step = self.now.unix_seconds() / STEP;
        match factor {
            Factor::None => {}
            Factor::Code(ahead) => body["code"] = code(authenticator, step + i64::from(ahead)),
            Factor::WrongCode => body["code"] = wrong_code(authenticator, step),
            Factor::RecoveryCode(at) => {
                body["recovery_code"] = entry(mfa.map_or("no codes", |mfa| &mfa.codes), at);
            }
            Factor::WrongRecoveryCode => body["recovery_code"] = "ABCD-EFGH-JKLM-NPQR".into(),
        }
    }
}

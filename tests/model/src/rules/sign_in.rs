//! §2: sign-in, second factor, step-up, reset and invitation.

use serde_json::{Value, json};

use super::call;
use crate::attempts::{Proof, Subject};
use crate::entities::{Challenge, HOUR, MINUTE, Session, UserId};
use crate::exchange::{Answer, Cookie, Letter, Refusal, Verdict, learn, refuse};
use crate::state::Model;
use crate::step::{Caller, Factor, Step};
use crate::words::{Password, Person};

const LIFETIME: u32 = 12 * HOUR;
const FRESH: u32 = 10 * MINUTE;

impl Model {
    pub(super) fn step_sign_in(&mut self, step: &Step) {
        match *step {
            Step::SignIn { browser, person, password } => self.sign_in(browser, person, password),
            Step::SignInWithProvider { browser, person } => self.sign_in_with_provider(browser, person),
            Step::AnswerChallenge { browser, factor } => self.answer_challenge(browser, factor),
            Step::StepUp { caller, password, factor } => self.step_up(caller, password, factor),
            Step::RequestPasswordReset { person, into } => self.request_password_reset(person, into),
            Step::AcceptInvitation { browser, token, password } => self.accept_invitation(browser, token, password),
            ref other => self.step_sessions(other),
        }
    }

    fn sign_in(&mut self, browser: usize, person: Person, password: Password) {
        let mut body = json!({"user_name": person.user_name(), "password": password.text(person)});
        // `ROOT` goes without saying, every other time.
        if person.environment().text() != "ROOT" || self.steps.is_multiple_of(2) {
            body["environment_name"] = person.environment().text().into();
        }
        let request = self.post(call("SignIn", Caller::Browser(browser)), "/session", body);
        let verdict = self.try_sign_in(browser, person, password);
        self.exchanged(request, verdict);
    }

    fn try_sign_in(&mut self, browser: usize, person: Person, password: Password) -> Verdict {
        let user = self.id_of(person);
        let subject = user.map_or(Subject::Unknown(person), Subject::User);
        let row = self.attempt(Caller::Browser(browser), subject, Proof::Password)?;
        let is_right = |id: &UserId| {
            let user = self.user(*id);
            !user.is_disabled && user.password.as_ref().is_some_and(|secret| secret.password == password)
        };
        let Some(user) = user.filter(is_right) else { return refuse("sign-in-failed") };
        self.attempts.succeed(&row);
        let is_recognised = row.2.is_some();
        Ok(self.prove_password(browser, user, is_recognised))
    }

    /// What comes of a right password, or of one that was just set.
    pub(super) fn prove_password(&mut self, browser: usize, id: UserId, is_recognised: bool) -> Answer {
        if self.user(id).mfa.is_none() {
            return self.start_session(browser, id, vec!["password"], self.now, !is_recognised);
        }
        let name = self.name("challenge");
        let version = self.user(id).password.as_ref().map_or(0, |secret| secret.version);
        let expires_at = self.now.plus(5 * MINUTE);
        let challenge = Challenge { user: id, created_at: self.now, expires_at, password_version: version };
        self.challenges.insert(name.clone(), challenge);
        self.browsers[browser].challenge = Some(name.clone());
        let methods = ["totp", "recovery_code"];
        let body =
            json!({"status": "mfa_required", "challenge": learn(&name), "methods": methods, "expires_at": expires_at});
        Answer::of(200, body)
    }

    /// A new session in a browser, which is remembered where all factors were proved and it was a stranger.
    pub(super) fn start_session(
        &mut self,
        browser: usize,
        id: UserId,
        factors: Vec<&'static str>,
        first_proof_at: shared::clock::Timestamp,
        is_stranger: bool,
    ) -> Answer {
        let (name, now) = (self.name("session"), self.now);
        let session = Session {
            user: id,
            generation: 0,
            user_agent: self.user_agent(),
            created_at: now,
            last_request_at: now,
            expires_at: now.plus(LIFETIME),
            fresh_until: first_proof_at.plus(FRESH),
            factors,
        };
        let is_restricted = self.is_restricted(id);
        let status = if is_restricted { "mfa_enrolment_required" } else { "signed_in" };
        let body = json!({"status": status, "expires_at": session.expires_at, "user": self.session_user(id)});
        self.sessions.insert(name.clone(), session);
        self.browsers[browser].cookie = Some((name, 0));
        let is_remembered = is_stranger && !is_restricted;
        if is_remembered {
            let device = self.name("device");
            self.user_mut(id).remember(device.clone(), now);
            self.browsers[browser].device = Some(device);
        }
        Answer { session: Cookie::Set, is_remembered, ..Answer::of(201, body) }
    }

    pub(super) fn session_user(&self, id: UserId) -> Value {
        let user = self.user(id);
        json!({
            "environment_name": user.person.environment().text(),
            "user_name": user.person.user_name(),
            "full_name": super::info::full_name(user),
        })
    }

    fn sign_in_with_provider(&mut self, browser: usize, person: Person) {
        let body = json!({"environment_name": person.environment().text(), "user_name": person.user_name()});
        let request = self.post(call("SignInWithProvider", Caller::Browser(browser)), "/_local/sso", body);
        let user = self.id_of(person).filter(|id| !self.user(*id).is_local() && !self.user(*id).is_disabled);
        let verdict = match user {
            Some(id) => Ok(self.start_session(browser, id, vec!["sso"], self.now, false)),
            None => refuse("sign-in-failed"),
        };
        self.exchanged(request, verdict);
    }

    fn step_up(&mut self, caller: Caller, password: Password, factor: Factor) {
        let user = self.owner(caller);
        let person = user.map_or(Person::Jane, |id| self.user(id).person);
        let mut body = json!({"password": password.text(person)});
        self.put_factor(&mut body, user, factor);
        let request = self.post(call("StepUp", caller), "/session/step-up", body);
        let verdict = self.try_step_up(caller, password, factor);
        self.exchanged(request, verdict);
    }

    fn try_step_up(&mut self, caller: Caller, password: Password, factor: Factor) -> Verdict {
        let (name, id) = self.enrolling(caller)?;
        let (is_local, has_mfa) = (self.user(id).is_local(), self.user(id).mfa.is_some());
        if is_local && has_mfa == (factor == Factor::None) {
            return refuse("invalid-request");
        }
        if !is_local {
            return refuse("not-available-for-sso");
        }
        self.prove_current(caller, id, password)?;
        let mut factors = vec!["password"];
        if has_mfa {
            match self.prove_factor(caller, id, factor)? {
                Some(proved) => factors.push(proved.factor),
                None => return refuse("code-rejected"),
            }
        }
        let fresh_until = self.now.plus(FRESH);
        let session = self.sessions.get_mut(&name).expect("its session");
        (session.factors, session.fresh_until) = (factors, fresh_until);
        session.generation += 1;
        let generation = session.generation;
        if let Caller::Browser(browser) = caller {
            self.browsers[browser].cookie = Some((name, generation));
        }
        Ok(Answer { session: Cookie::Set, ..Answer::none() })
    }

    /// Counts an attempt with the password of who is signed in, and checks it.
    pub(super) fn prove_current(&mut self, caller: Caller, id: UserId, password: Password) -> Result<(), Refusal> {
        let row = self.attempt(caller, Subject::User(id), Proof::Password)?;
        if self.user(id).password.as_ref().is_none_or(|secret| secret.password != password) {
            return refuse("password-incorrect");
        }
        self.attempts.succeed(&row);
        Ok(())
    }

    /// Whose session or key this is, alive or not.
    pub(crate) fn owner(&self, caller: Caller) -> Option<UserId> {
        match caller {
            Caller::Nobody => None,
            Caller::Browser(browser) => {
                let (name, _) = self.browsers[browser].cookie.as_ref()?;
                self.sessions.get(name).map(|session| session.user)
            }
            Caller::Key(place) => self.key_of(place).ok().map(|(_, user)| user),
        }
    }

    /// Notes the mails that the last request causes.
    pub(super) fn mails(&mut self, letters: Vec<Letter>) {
        if let Some(last) = self.exchanges.last_mut() {
            last.letters = letters;
        }
    }
}

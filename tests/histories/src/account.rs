//! What the contract says of one local user, as one object: password, second factor, challenges and sessions.

use std::collections::BTreeMap;

use crate::linearizability::Model;
use crate::time::Instants;

/// Seconds of one step of a time-based one-time code.
const STEP_SECONDS: i64 = 30;
/// Seconds for which a challenge can be answered.
const CHALLENGE_SECONDS: i64 = 300;
/// Seconds for which a session is fresh.
pub(crate) const FRESH_SECONDS: i64 = 600;

/// The rules of a user. It remembers nothing.
#[derive(Clone, Copy, Debug)]
pub struct Account;

/// A user. Passwords, cookies, challenges and sets of recovery codes have numbers of the harness's own.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct State {
    password: u32,
    /// Raised by what ends all sessions but one.
    epoch: u32,
    factor: Option<Factor>,
    /// By cookie; those of earlier epochs are gone.
    sessions: BTreeMap<u32, Session>,
    /// When they were made; those of earlier epochs and those that were answered are gone.
    challenges: BTreeMap<u32, i64>,
}

/// A second factor.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Factor {
    /// The step of the last code that was accepted.
    pub last_step: i64,
    /// Which set of recovery codes holds.
    pub codes: u32,
    /// Which of them were used, a bit each.
    pub used: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Session {
    fresh_until: i64,
    /// Signed out, or its cookie was replaced: what began before may still come to its end.
    is_over: bool,
}

/// What an operation proved as a second factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// None was sent.
    None,
    /// The authenticator's code of this step.
    Step(i64),
    /// The code at this place of this set.
    RecoveryCode(u32, u8),
    /// A code that is wrong.
    Wrong,
}

/// An operation, when it was, and what became of it.
#[derive(Clone, Debug)]
pub struct Operation {
    /// When the service may have begun it.
    pub now: Instants,
    /// Whether something else that ends sessions ran at the same time. Who loses against it is refused, even if their
    /// own session or password holds again by then.
    pub meets_epoch: bool,
    /// What it was.
    pub act: Act,
}

/// What was asked and answered. `Unknown` is what nobody knows.
#[derive(Clone, Debug)]
pub enum Act {
    /// With a password.
    SignIn(u32, SignedIn),
    /// A challenge with a second factor; a cookie, when it was made.
    Answer(u32, Proof, Answered),
    /// A session's proof renewed, with a password.
    StepUp(u32, u32, Proof, SteppedUp),
    /// A session's user changes one password into another.
    ChangePassword(u32, u32, u32, Changed),
    /// A session ends all others.
    EndOthers(u32, Ended),
    /// A cookie's session is ended.
    SignOut(u32),
    /// The same, and nobody knows.
    PerhapsSignOut(u32),
    /// A session is looked at: until when it is fresh, if it is one.
    Use(u32, Option<i64>),
    /// A session is looked at before something is done with it.
    Authenticate(u32),
    /// A session is not fresh any more.
    Stale(u32),
    /// A session is none, where something was to be done with it.
    NoSession(u32),
    /// A session's user gets new recovery codes.
    ReplaceCodes(u32, u32),
    /// The same, and nobody knows.
    PerhapsReplaceCodes(u32, u32),
}

/// How a sign-in ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignedIn {
    /// A cookie, of then.
    Session(u32, i64),
    /// A challenge, of then.
    Challenge(u32, i64),
    /// Refused.
    Refused,
}

/// How the answer to a challenge ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answered {
    /// A cookie.
    Session(u32),
    /// The code was refused.
    Refused,
    /// The challenge is none.
    Over,
    /// Nobody knows.
    Unknown,
}

/// How a step-up ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SteppedUp {
    /// This cookie replaces the other.
    Done(u32),
    /// The password is wrong.
    PasswordIncorrect,
    /// The second factor is wrong.
    CodeRejected,
    /// The session is none.
    NoSession,
    /// Nobody knows.
    Unknown,
}

/// How a change of the password ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Changed {
    /// It holds.
    Done,
    /// The one before is wrong.
    PasswordIncorrect,
    /// The session is none.
    NoSession,
    /// Nobody knows.
    Unknown,
}

/// How the end of other sessions ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// They are over.
    Done,
    /// The session is none itself.
    NoSession,
    /// Nobody knows.
    Unknown,
}

impl State {
    /// A user of this password with one session, which is fresh until then.
    #[must_use]
    pub fn new(password: u32, factor: Option<Factor>, cookie: u32, fresh_until: i64) -> Self {
        let session = Session { fresh_until, is_over: false };
        let sessions = BTreeMap::from([(cookie, session)]);
        Self { password, epoch: 0, factor, sessions, challenges: BTreeMap::new() }
    }

    fn live(&self, cookie: u32) -> Option<&Session> {
        self.sessions.get(&cookie).filter(|session| !session.is_over)
    }

    fn with_session(mut self, cookie: u32, fresh_until: i64) -> Self {
        self.sessions.insert(cookie, Session { fresh_until, is_over: false });
        self
    }

    fn without_session(mut self, cookie: u32) -> Self {
        if let Some(session) = self.sessions.get_mut(&cookie) {
            session.is_over = true;
        }
        self
    }

    /// Everything but this session is over.
    fn raised(mut self, cookie: u32) -> Self {
        self.epoch += 1;
        self.sessions.retain(|other, _| *other == cookie);
        self.challenges.clear();
        self
    }

    /// The user after this proof was accepted, if it can be.
    fn proven(&self, proof: Proof, now: i64) -> Option<Self> {
        let mut state = self.clone();
        match (proof, &mut state.factor) {
            (Proof::None, None) => {}
            (Proof::Step(step), Some(factor)) => {
                let is_near = (now.div_euclid(STEP_SECONDS) - step).abs() <= 1;
                if !is_near || step <= factor.last_step {
                    return None;
                }
                factor.last_step = step;
            }
            (Proof::RecoveryCode(set, place), Some(factor)) => {
                let bit = 1 << place;
                if factor.codes != set || factor.used & bit != 0 {
                    return None;
                }
                factor.used |= bit;
            }
            _ => return None,
        }
        Some(state)
    }

    fn with_codes(mut self, set: u32) -> Self {
        if let Some(factor) = &mut self.factor {
            (factor.codes, factor.used) = (set, 0);
        }
        self
    }
}

impl Model for Account {
    type State = State;
    type Operation = Operation;

    fn step(&self, state: &State, operation: &Operation) -> Vec<State> {
        let Operation { now, meets_epoch, act } = operation;
        let unchanged = |is_so: bool| if is_so { vec![state.clone()] } else { Vec::new() };
        let no_session = |cookie: u32| unchanged(state.live(cookie).is_none() || *meets_epoch);
        match *act {
            Act::SignIn(password, outcome) => sign_in(state, operation, password, outcome),
            Act::Answer(challenge, proof, outcome) => answer(state, operation, (challenge, proof), outcome),
            Act::StepUp(cookie, password, proof, outcome) => {
                step_up(state, operation, (cookie, password, proof), outcome)
            }
            Act::ChangePassword(cookie, current, new, outcome) => {
                let is_right = state.password == current;
                let done = || State { password: new, ..state.clone().raised(cookie) };
                let may = is_right && state.live(cookie).is_some();
                match outcome {
                    Changed::Done => Vec::from_iter(may.then(done)),
                    Changed::PasswordIncorrect => unchanged(!is_right),
                    Changed::NoSession => no_session(cookie),
                    Changed::Unknown => [state.clone()].into_iter().chain(may.then(done)).collect(),
                }
            }
            Act::EndOthers(cookie, outcome) => {
                let done = state.live(cookie).map(|_| state.clone().raised(cookie));
                match outcome {
                    Ended::Done => Vec::from_iter(done),
                    Ended::NoSession => no_session(cookie),
                    Ended::Unknown => [state.clone()].into_iter().chain(done).collect(),
                }
            }
            Act::SignOut(cookie) => vec![state.clone().without_session(cookie)],
            Act::PerhapsSignOut(cookie) => vec![state.clone(), state.clone().without_session(cookie)],
            Act::Use(cookie, fresh_until) => {
                unchanged(state.live(cookie).map(|session| session.fresh_until) == fresh_until)
            }
            Act::Authenticate(cookie) => {
                unchanged(state.live(cookie).is_some_and(|session| now.may(|now| now < session.fresh_until)))
            }
            Act::Stale(cookie) => {
                unchanged(state.live(cookie).is_some_and(|session| now.may(|now| now >= session.fresh_until)))
            }
            Act::NoSession(cookie) => no_session(cookie),
            Act::ReplaceCodes(cookie, set) => {
                Vec::from_iter(state.sessions.contains_key(&cookie).then(|| state.clone().with_codes(set)))
            }
            Act::PerhapsReplaceCodes(cookie, set) => {
                let done = state.sessions.contains_key(&cookie).then(|| state.clone().with_codes(set));
                [state.clone()].into_iter().chain(done).collect()
            }
        }
    }

    fn is_observation(&self, operation: &Operation) -> bool {
        match operation.act {
            Act::SignIn(_, outcome) => outcome == SignedIn::Refused,
            Act::Answer(_, _, outcome) => matches!(outcome, Answered::Refused | Answered::Over),
            Act::StepUp(.., outcome) => !matches!(outcome, SteppedUp::Done(_) | SteppedUp::Unknown),
            Act::ChangePassword(.., outcome) => matches!(outcome, Changed::PasswordIncorrect | Changed::NoSession),
            Act::EndOthers(_, outcome) => outcome == Ended::NoSession,
            Act::Use(..) | Act::Authenticate(_) | Act::Stale(_) | Act::NoSession(_) => true,
            Act::SignOut(_) | Act::PerhapsSignOut(_) | Act::ReplaceCodes(..) | Act::PerhapsReplaceCodes(..) => false,
        }
    }
}

fn sign_in(state: &State, operation: &Operation, password: u32, outcome: SignedIn) -> Vec<State> {
    let Operation { now, meets_epoch, .. } = operation;
    let is_right = state.password == password;
    match outcome {
        SignedIn::Session(cookie, created) if is_right && state.factor.is_none() && now.hold(created) => {
            vec![state.clone().with_session(cookie, created + FRESH_SECONDS)]
        }
        SignedIn::Challenge(challenge, created) if is_right && state.factor.is_some() && now.hold(created) => {
            let mut state = state.clone();
            state.challenges.insert(challenge, created);
            vec![state]
        }
        SignedIn::Refused if !is_right || *meets_epoch => vec![state.clone()],
        _ => Vec::new(),
    }
}

fn answer(state: &State, operation: &Operation, asked: (u32, Proof), outcome: Answered) -> Vec<State> {
    let (challenge, proof) = asked;
    let now = &operation.now;
    let created = state.challenges.get(&challenge).copied();
    let is_live = |now: i64| created.is_some_and(|created| now < created + CHALLENGE_SECONDS);
    let accepted = |now: i64| {
        let mut state = state.proven(proof, now)?;
        state.challenges.remove(&challenge);
        Some(state)
    };
    let mut after: Vec<State> = now.that(is_live).filter_map(accepted).collect();
    after.dedup();
    let unchanged = |is_so: bool| if is_so { vec![state.clone()] } else { Vec::new() };
    match outcome {
        Answered::Session(cookie) => {
            let fresh_until = created.unwrap_or_default() + FRESH_SECONDS;
            after.into_iter().map(|state| state.with_session(cookie, fresh_until)).collect()
        }
        Answered::Refused => unchanged(now.may(|now| state.proven(proof, now).is_none()) || operation.meets_epoch),
        Answered::Over => unchanged(now.may(|now| !is_live(now))),
        Answered::Unknown => [state.clone()].into_iter().chain(after).collect(),
    }
}

fn step_up(state: &State, operation: &Operation, asked: (u32, u32, Proof), outcome: SteppedUp) -> Vec<State> {
    let (cookie, password, proof) = asked;
    let now = &operation.now;
    let is_right = state.password == password;
    let may = is_right && state.live(cookie).is_some();
    let accepted = |now: i64| Some((state.proven(proof, now)?.without_session(cookie), now)).filter(|_| may);
    let after = now.that(|_| true).filter_map(accepted);
    let unchanged = |is_so: bool| if is_so { vec![state.clone()] } else { Vec::new() };
    match outcome {
        SteppedUp::Done(new) => after.map(|(state, now)| state.with_session(new, now + FRESH_SECONDS)).collect(),
        SteppedUp::PasswordIncorrect => unchanged(!is_right),
        SteppedUp::CodeRejected => unchanged(now.may(|now| state.proven(proof, now).is_none())),
        SteppedUp::NoSession => unchanged(state.live(cookie).is_none() || operation.meets_epoch),
        SteppedUp::Unknown => {
            let mut states = vec![state.clone()];
            states.extend(after.map(|(state, _)| state));
            states.dedup();
            states
        }
    }
}

#[cfg(test)]
mod tests;

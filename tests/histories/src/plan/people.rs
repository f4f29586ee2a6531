//! What clients do with passwords, second factors and sessions.

use fastrand::Rng;
use http::Method;
use serde_json::{Value, json};
use shared::clock::Timestamp;

use super::{Theme, choose, choose_either, choose_new, weighted};
use crate::account::Proof;
use crate::knowledge::{Factor, Knowledge, Person, Told};
use crate::order::{Asked, OfPerson, Order};

/// Seconds of one step of a time-based one-time code.
const STEP_SECONDS: i64 = 30;
/// Steps around a code within which no other step may have the same one.
const STEPS_APART: i64 = 30;

#[derive(Clone, Copy)]
enum Wish {
    SignIn,
    Answer,
    AnswerWithRecovery,
    StepUp,
    Change,
    EndOthers,
    SignOut,
    Use,
    ReplaceCodes,
}

const CHALLENGES: [(u32, Wish); 2] = [(9, Wish::SignIn), (1, Wish::Use)];
const CODES: [(u32, Wish); 6] = [
    (12, Wish::Answer),
    (3, Wish::StepUp),
    (2, Wish::SignIn),
    (2, Wish::Use),
    (1, Wish::AnswerWithRecovery),
    (1, Wish::SignOut),
];
const RECOVERY_CODES: [(u32, Wish); 5] =
    [(10, Wish::AnswerWithRecovery), (2, Wish::ReplaceCodes), (3, Wish::SignIn), (1, Wish::Use), (2, Wish::StepUp)];
const PASSWORDS: [(u32, Wish); 8] = [
    (5, Wish::Change),
    (7, Wish::SignIn),
    (4, Wish::Use),
    (3, Wish::StepUp),
    (1, Wish::EndOthers),
    (1, Wish::SignOut),
    (2, Wish::Answer),
    (1, Wish::ReplaceCodes),
];

/// Chooses the calls of one round, which meet on one code, one recovery code and one session.
pub(super) struct Chooser<'a> {
    person: usize,
    known: Option<&'a Person>,
    wishes: &'static [(u32, Wish)],
    /// The step and the place of a recovery code that most use.
    step: i64,
    place: u8,
    now: i64,
}

impl<'a> Chooser<'a> {
    pub(super) fn new(rng: &mut Rng, known: &'a Knowledge, theme: Theme, person: usize, now: i64) -> Self {
        let with_factor = known.people.iter().position(|person| person.factor.is_some());
        let (person, wishes): (_, &'static [_]) = match theme {
            Theme::Challenges => (with_factor.unwrap_or(person), &CHALLENGES),
            Theme::Codes => (with_factor.unwrap_or(person), &CODES),
            Theme::RecoveryCodes => (with_factor.unwrap_or(person), &RECOVERY_CODES),
            Theme::Passwords | Theme::Keys | Theme::Cap => (person, &PASSWORDS),
        };
        let step = now.div_euclid(STEP_SECONDS) + rng.i64(-1..=1);
        Self { person, known: known.people.get(person), wishes, step, place: rng.u8(..10), now }
    }

    /// A call, unless what it takes is not known.
    pub(super) fn order(&self, rng: &mut Rng) -> Option<Order> {
        let known = self.known?;
        match weighted(rng, self.wishes)? {
            Wish::Answer => self.answer(rng, known, None),
            Wish::AnswerWithRecovery => self.answer(rng, known, Some(())),
            Wish::StepUp => self.step_up(rng, known),
            Wish::Change => self.change(rng, known),
            Wish::EndOthers => {
                let asked = |cookie| OfPerson::EndOthers(cookie);
                self.with_session(rng, known, asked, Method::DELETE, "ME/session")
            }
            Wish::SignOut => {
                let asked = |cookie| OfPerson::SignOut(cookie);
                self.with_session(rng, known, asked, Method::DELETE, "/session")
            }
            Wish::Use => self.with_session(rng, known, OfPerson::Use, Method::GET, "/session"),
            Wish::ReplaceCodes if known.factor.is_some() => {
                self.with_session(rng, known, OfPerson::ReplaceCodes, Method::POST, "ME/mfa/recovery-codes")
            }
            Wish::ReplaceCodes | Wish::SignIn => self.sign_in(rng, known),
        }
    }

    fn with_session(
        &self,
        rng: &mut Rng,
        known: &Person,
        asked: impl Fn(u32) -> OfPerson,
        method: Method,
        path: &str,
    ) -> Option<Order> {
        let (number, cookie) = choose_either(rng, &known.cookies)?;
        Some(Order::new(Asked::Person(self.person, asked(*number)), method, path).cookie(cookie))
    }

    fn sign_in(&self, rng: &mut Rng, known: &Person) -> Option<Order> {
        let (number, password) = choose_new(rng, &known.passwords)?;
        let body = json!({"user_name": known.user_name, "password": password});
        let asked = Asked::Person(self.person, OfPerson::SignIn(*number));
        Some(Order::new(asked, Method::POST, "/session").body(body))
    }

    fn answer(&self, rng: &mut Rng, known: &Person, recovery: Option<()>) -> Option<Order> {
        let (number, challenge) = choose(rng, &known.challenges)?;
        let factor = known.factor.as_ref()?;
        let (proof, member, code) = match recovery {
            None => self.code(rng, factor),
            Some(()) => self.recovery_code(rng, factor),
        };
        let mut body = json!({"challenge": challenge});
        body[member] = Value::from(code);
        let asked = Asked::Person(self.person, OfPerson::Answer(*number, proof));
        Some(Order::new(asked, Method::POST, "/session/mfa").body(body))
    }

    fn step_up(&self, rng: &mut Rng, known: &Person) -> Option<Order> {
        let (number, cookie) = choose_new(rng, &known.cookies)?;
        let (password_number, password) = choose_new(rng, &known.passwords)?;
        let mut body = json!({"password": password});
        let mut proof = Proof::None;
        if let Some(factor) = &known.factor {
            let (proven, member, code) =
                if rng.u8(..3) == 0 { self.recovery_code(rng, factor) } else { self.code(rng, factor) };
            body[member] = Value::from(code);
            proof = proven;
        }
        let asked = Asked::Person(self.person, OfPerson::StepUp(*number, *password_number, proof));
        Some(Order::new(asked, Method::POST, "/session/step-up").body(body).cookie(cookie))
    }

    fn change(&self, rng: &mut Rng, known: &Person) -> Option<Order> {
        let (number, cookie) = choose_either(rng, &known.cookies)?;
        let (current_number, current) = choose_new(rng, &known.passwords)?;
        let new = new_password(rng);
        let body = json!({"current_password": current, "new_password": new.1});
        let asked = Asked::Person(self.person, OfPerson::ChangePassword(*number, *current_number, new));
        Some(Order::new(asked, Method::PUT, "ME/password").body(body).cookie(cookie))
    }

    /// Most send the same code; some an older one or a wrong one.
    fn code(&self, rng: &mut Rng, factor: &Factor) -> (Proof, &'static str, String) {
        let step = if rng.u8(..4) == 0 { self.now.div_euclid(STEP_SECONDS) + rng.i64(-3..=1) } else { self.step };
        let code = |step: i64| factor.authenticator.code_at(Timestamp::from_unix_seconds(step * STEP_SECONDS));
        let sent = code(step);
        let is_of_another = |other: i64| other != step && code(other) == sent;
        if rng.u8(..16) == 0 || (step - STEPS_APART..=step + STEPS_APART).any(is_of_another) {
            let around = step - STEPS_APART..=step + STEPS_APART;
            let wrong = factor.authenticator.code_at(Timestamp::from_unix_seconds(rng.i64(0..1_000_000)));
            if around.clone().all(|step| code(step) != wrong) {
                return (Proof::Wrong, "code", wrong);
            }
        }
        (Proof::Step(step), "code", sent)
    }

    fn recovery_code(&self, rng: &mut Rng, factor: &Factor) -> (Proof, &'static str, String) {
        let (set, codes) = &factor.codes;
        let place = if rng.u8(..4) == 0 { rng.u8(..10) } else { self.place };
        let code = codes.get(usize::from(place)).cloned();
        (Proof::RecoveryCode(*set, place), "recovery_code", code.unwrap_or_default())
    }
}

/// A password that nobody guesses, and its number.
fn new_password(rng: &mut Rng) -> Told {
    let number = rng.u32(1_000..);
    let text: String = (0..16).map(|_| rng.alphanumeric()).collect();
    (number, format!("{text}-{number}"))
}

/// Every session, and the passwords that were set last: a source is not refused for those.
pub(super) fn look_around(at: usize, known: &Person) -> Vec<Order> {
    let session = |(number, cookie): &Told| {
        Order::new(Asked::Person(at, OfPerson::Use(*number)), Method::GET, "/session").cookie(cookie)
    };
    let sign_in = |(number, password): &Told| {
        let body = json!({"user_name": known.user_name, "password": password});
        Order::new(Asked::Person(at, OfPerson::SignIn(*number)), Method::POST, "/session").body(body)
    };
    let passwords = known.passwords.iter().rev().take(3);
    known.cookies.iter().map(session).chain(passwords.map(sign_in)).collect()
}

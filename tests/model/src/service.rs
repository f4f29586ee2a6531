//! The service itself, over HTTP, step by step beside the model.

use local::options::Options;
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest};
use scenarios::{Body, Call, Form, Response, World};
use shared::clock::Clock;
use tokio::runtime::{Builder, Runtime};

use crate::exchange::{Answer, Content, Cookie, Exchange, Letter, Refusal, Request};
use crate::invariants;
use crate::known::Known;
use crate::matching::{Learnt, compare};
use crate::reference::Contract;
use crate::state::Model;
use crate::step::{BROWSERS, Caller, KeyState, Step, VALUES};
use crate::tally;

/// A service of its own for each history, whose clock goes only as far as it is put ahead.
pub(crate) struct Service {
    world: World,
    browsers: Vec<scenarios::Caller>,
    known: Known,
    letters_seen: usize,
    has_mail: bool,
    /// Ends after what runs in it.
    runtime: Runtime,
}

impl StateMachineTest for Service {
    type SystemUnderTest = Self;
    type Reference = Contract;

    fn init_test(model: &Model) -> Self {
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        let options = Options {
            clock: Clock::standing_at(model.now),
            streams: model.has_mail,
            // It would run by itself after a minute.
            schedules: false,
            ..Options::in_memory()
        };
        let world = runtime.block_on(World::with(options));
        // What lies before has nothing to clean up, and is long.
        let finish = world.context().store.finish_days_before(model.now.day());
        runtime.block_on(finish).expect("the table answers");
        let browsers = (0..BROWSERS).map(|_| world.browser()).collect();
        Self { world, browsers, known: Known::default(), letters_seen: 0, has_mail: model.has_mail, runtime }
    }

    fn apply(mut service: Self, model: &Model, step: Step) -> Self {
        tally::count_step();
        service.take(model, &step);
        service
    }

    fn check_invariants(_: &Self, model: &Model) {
        invariants::check(model);
    }

    /// Everything that can be seen is as it must be at the end.
    fn teardown(mut service: Self, mut model: Model) {
        for step in audit(&model) {
            if Contract::preconditions(&model, &step) {
                model = Contract::apply(model, &step);
                service.take(&model, &step);
            }
        }
        service.check_letters(&[]).unwrap_or_else(|fault| panic!("at the end: {fault}"));
        let Self { world, runtime, .. } = service;
        let _within = runtime.enter();
        drop(world);
    }
}

/// Looks at all there is: every session and key that is left, and as an administrator at everybody.
fn audit(model: &Model) -> Vec<Step> {
    let browsers = model.browsers_of(|_, _| true).into_iter().map(Caller::Browser);
    let of_browsers = browsers.flat_map(|caller| {
        let state = KeyState::All;
        [Step::ListSessions(caller), Step::GetProfile(caller), Step::ListApiKeys { caller, state }]
    });
    let admin = model.browsers_of(|_, user| user.is_admin()).into_iter().map(Caller::Browser).next();
    let of_admin = admin.into_iter().flat_map(|caller| {
        [
            Step::ListUsers { caller, place: None },
            Step::ListGroups { caller, place: None },
            Step::ListEnvironments(caller),
        ]
    });
    let of_keys = (0..VALUES).map(|place| Step::GetAuthorization(Caller::Key(place)));
    of_browsers.chain(of_admin).chain(of_keys).collect()
}

impl Service {
    /// Sends what a step sends and holds the answers to what they must be.
    fn take(&mut self, model: &Model, step: &Step) {
        if let Step::CopySession { from, to } = *step {
            let cookie = self.browsers[from].cookie(SESSION);
            self.browsers[to].set_cookie(SESSION, cookie.as_deref());
        }
        for exchange in &model.exchanges {
            let fault = self.exchange(exchange).err();
            if let Some(fault) = fault {
                panic!("step {}, {}: {fault}", model.steps, exchange.request.operation);
            }
        }
    }

    fn exchange(&mut self, exchange: &Exchange) -> Result<(), String> {
        let Exchange { request, verdict, letters } = exchange;
        let response = self.runtime.block_on(self.call(request).into_future());
        tally::count(request.operation, &response);
        let mut learnt = Learnt::default();
        let checked = match verdict {
            Ok(answer) => self.check_answer(answer, &response, &mut learnt),
            Err(refusal) => self.check_refusal(refusal, &response),
        };
        let checked = checked.and_then(|()| self.check_leaks(&response, &learnt));
        let checked = checked.and_then(|()| self.keep(learnt));
        let may_send = !letters.is_empty() || SENDING.contains(&request.operation);
        let checked = if may_send { checked.and_then(|()| self.check_letters(letters)) } else { checked };
        checked.map_err(|fault| format!("{fault}\n{verdict:?}\n{response:?}"))
    }

    fn call(&self, request: &Request) -> Call {
        let caller = match request.caller {
            Caller::Nobody => self.world.anyone(),
            Caller::Browser(browser) => self.browsers[browser].clone(),
            Caller::Key(_) => {
                let value = request.credential.as_ref().and_then(|name| self.known.text(name));
                self.world.key(value.unwrap_or("upk_nothing"))
            }
        };
        let body = match &request.content {
            Content::Nothing => Body::from(()),
            Content::Json(body) => Body::from(self.known.body(body)),
            Content::Form(token) => {
                let token = self.known.body(token);
                Body::from(Form(&[("token", token.as_str().unwrap_or_default())]))
            }
        };
        let method = request.method.parse().expect("a method");
        let mut call = caller.call(method, &self.known.path(&request.path)).body(body);
        call = call.header("user-agent", &request.user_agent);
        if let Some(sent) = &request.if_match {
            call = call.header("if-match", self.known.tag(sent));
        }
        if let Some(key) = &request.idempotency_key {
            call = call.header("idempotency-key", key);
        }
        call
    }

    fn check_answer(&mut self, answer: &Answer, response: &Response, learnt: &mut Learnt) -> Result<(), String> {
        if response.status() != answer.status {
            return Err(format!("{} in place of {}", response.status(), answer.status));
        }
        compare(&answer.body, response.json(), &self.known, learnt).map_err(|fault| format!("the body{fault}"))?;
        check_cookies(answer, response)?;
        match (&answer.tag, response.header("etag")) {
            (Some(tag), Some(text)) => self.known.keep_tag(tag, text),
            (None, None) => Ok(()),
            (wanted, found) => Err(format!("the tag {found:?} in place of {wanted:?}")),
        }
    }

    fn check_refusal(&self, refusal: &Refusal, response: &Response) -> Result<(), String> {
        if response.slug() != Some(refusal.slug) {
            return Err(format!("{:?} in place of {}", response.slug().unwrap_or("no refusal"), refusal.slug));
        }
        if response.set_cookie(SESSION).is_some() || response.set_cookie(DEVICE).is_some() {
            return Err("a refusal that sets a cookie".to_owned());
        }
        let members = refusal.more.as_object().into_iter().flatten();
        for (name, wanted) in members {
            compare(wanted, &response[name], &self.known, &mut Learnt::default())
                .map_err(|fault| format!("the member {name}{fault}"))?;
        }
        Ok(())
    }

    /// No secret is told twice.
    fn check_leaks(&self, response: &Response, learnt: &Learnt) -> Result<(), String> {
        let text = String::from_utf8_lossy(response.bytes());
        self.known.leak(&text, &learnt.texts).map_or(Ok(()), |name| Err(format!("the body holds {name}")))
    }

    fn keep(&mut self, learnt: Learnt) -> Result<(), String> {
        for (name, text) in learnt.texts {
            self.known.keep(&name, &text)?;
        }
        for (name, texts) in learnt.lists {
            self.known.keep_list(&name, &texts)?;
        }
        for (name, hint) in learnt.hints {
            let value = self.known.text(&name).unwrap_or_default();
            let end = value.get(value.len().saturating_sub(4)..).unwrap_or_default();
            if !(hint.starts_with("upk_") && hint.ends_with(end) && hint.len() < 16) {
                return Err(format!("the hint {hint} is none of {name}"));
            }
        }
        Ok(())
    }

    /// The mails that bring a token are those that must come; all others are notices.
    fn check_letters(&mut self, wanted: &[Letter]) -> Result<(), String> {
        if !self.has_mail {
            return Ok(());
        }
        let mut letters = self.runtime.block_on(self.world.mail());
        letters.retain(|letter| letter.token().is_some());
        let new = letters.len() - self.letters_seen;
        self.letters_seen = letters.len();
        letters.truncate(new);
        let addresses: Vec<_> = letters.iter().map(|letter| letter.to.as_str()).collect();
        let expected: Vec<_> = wanted.iter().map(|letter| letter.to.as_str()).collect();
        if addresses != expected {
            return Err(format!("mails to {addresses:?} in place of {expected:?}"));
        }
        for (letter, Letter { token, .. }) in letters.iter().zip(wanted) {
            let text = letter.token().unwrap_or_default();
            if self.known.text(token).is_some_and(|before| before != text) {
                return Err(format!("another {token}"));
            }
            self.known.keep(token, text)?;
        }
        Ok(())
    }
}

/// What may bring about a mail with a token; that nothing else did is seen at the end.
const SENDING: [&str; 5] = ["RequestPasswordReset", "UpdateProfile", "CreateUser", "InviteUser", "UpdateUser"];
const SESSION: &str = "__Host-session";
const DEVICE: &str = "__Host-device";

fn check_cookies(answer: &Answer, response: &Response) -> Result<(), String> {
    let session = match response.set_cookie(SESSION) {
        None => Cookie::Untouched,
        Some("") => Cookie::Cleared,
        Some(_) => Cookie::Set,
    };
    if session != answer.session {
        return Err(format!("the session's cookie is {session:?}"));
    }
    let is_remembered = response.set_cookie(DEVICE).is_some_and(|value| !value.is_empty());
    if is_remembered == answer.is_remembered { Ok(()) } else { Err(format!("the browser's cookie: {is_remembered}")) }
}

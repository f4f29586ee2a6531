//! Keeps all that a service lets out, and looks for secrets in it.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_dynamodb::types::AttributeValue;
use local::options::Options;
use portal::ROUTES;
use scenarios::{Call, Caller, Mail, Response, World};
use serde_json::Value;
use shared::http::route::{Found, RequestPath, Routes};

use super::canary::{Canary, Shown, latin};
use crate::logs::{EverythingLogged, Log};

/// What an operation is meant to show, once: cookies, or members of its body.
const SHOWS: [(&str, &[&str]); 11] = [
    ("SignIn", &["cookies", "challenge"]),
    ("AnswerChallenge", &["cookies"]),
    ("StepUp", &["cookies"]),
    ("AcceptInvitation", &["cookies", "challenge"]),
    ("EnrolTotp", &["secret"]),
    ("ResetTotp", &["secret"]),
    ("ConfirmTotp", &["recovery_codes"]),
    ("ReplaceRecoveryCodes", &["recovery_codes"]),
    ("CreateApiKey", &["value"]),
    ("RotateApiKey", &["value"]),
    ("InviteUser", &["token"]),
];

/// How often an operation was answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Answered {
    pub(super) done: u32,
    pub(super) refused: u32,
}

/// Sees every call of a scenario, the log, the table after each call, and the mail.
pub(super) struct Witness {
    world: World,
    log: Log,
    _logged: EverythingLogged,
    routes: Routes,
    canaries: Vec<Canary>,
    asked: usize,
    answers: Vec<(String, String)>,
    mails: Vec<Mail>,
    items: BTreeSet<String>,
    pub(super) answered: BTreeMap<&'static str, Answered>,
}

impl Witness {
    /// Of a service that starts now, so that its first line is seen too.
    pub(super) async fn start(options: Options) -> Self {
        let (log, logged) = Log::start_of_everything();
        let routes = Routes::new(ROUTES.to_vec());
        let (canaries, answers, mails, items) = Default::default();
        let (world, answered) = (Box::pin(World::with(options)).await, BTreeMap::new());
        Self { world, log, _logged: logged, routes, canaries, asked: 0, answers, mails, items, answered }
    }

    pub(super) const fn world(&self) -> &World {
        &self.world
    }

    /// What somebody types or keeps, and nobody is shown.
    pub(super) fn hide(&mut self, kind: &'static str, text: &str) -> String {
        self.add(kind, text, Shown::Nowhere);
        text.to_owned()
    }

    fn add(&mut self, kind: &'static str, text: &str, shown: Shown) {
        // A value that is sent again, or shown by an answer as asked, stays what it was.
        if !self.canaries.iter().any(|canary| canary.text == text) {
            self.canaries.push(Canary::new(kind, text, shown));
        }
    }

    /// The secrets so far, of all kinds.
    pub(super) fn secrets(&self) -> BTreeMap<&'static str, String> {
        self.canaries.iter().map(|canary| (canary.kind, canary.text.clone())).collect()
    }

    /// How many secrets, answers, lines of the log, states of items and mails there were.
    pub(super) fn count(&self) -> [usize; 5] {
        [self.canaries.len(), self.asked, self.log.lines().len(), self.items.len(), self.mails.len()]
    }

    /// Calls, and keeps the answer and what then stands in the table.
    pub(super) async fn call(&mut self, call: Call) -> Response {
        let answer = self.call_only(call).await;
        self.look_at_table().await;
        answer
    }

    /// Calls, and keeps the answer.
    pub(super) async fn call_only(&mut self, call: Call) -> Response {
        let asked = format!("{call:?}");
        let operation = self.operation(&asked);
        let answer = call.await;
        let text = text_of(&answer);
        let is_done = (200..300).contains(&answer.status());
        if let Some(operation) = operation {
            let answered = self.answered.entry(operation).or_default();
            if is_done {
                answered.done += 1;
            } else {
                answered.refused += 1;
            }
            self.learn(operation, &answer);
        }
        self.asked += 1;
        // Whatever shows something is the only one of its kind; of what is alike, one is searched.
        if !self.answers.iter().any(|(_, other)| *other == text) {
            self.answers.push((format!("{} {asked}", answer.status()), text));
        }
        answer
    }

    fn operation(&self, asked: &str) -> Option<&'static str> {
        let (method, target) = asked.split_once(' ')?;
        let path = RequestPath::parse(target.split('?').next()?);
        match self.routes.find(method, &path) {
            Found::Route(route, _) if route.path.starts_with(shared::http::BASE_PATH) => Some(route.operation),
            _ => None,
        }
    }

    fn learn(&mut self, operation: &str, answer: &Response) {
        let shown = Shown::Answer(self.answers.len());
        let members = SHOWS.iter().find(|(name, _)| *name == operation).map_or(&[][..], |(_, members)| members);
        for what in members {
            match (*what, &answer[*what]) {
                ("cookies", _) => self.learn_cookies(answer, shown),
                (kind, Value::String(text)) => self.add(kind, text, shown),
                (_, Value::Array(codes)) => {
                    codes.iter().filter_map(Value::as_str).for_each(|code| self.add("recovery code", code, shown));
                }
                _ => {}
            }
        }
        if let ("CreateUser", Some(token)) = (operation, answer["invitation"]["token"].as_str()) {
            self.add("invitation", token, shown);
        }
    }

    fn learn_cookies(&mut self, answer: &Response, shown: Shown) {
        for line in answer.headers().get_all("set-cookie") {
            let pair = line.to_str().expect("ASCII").split(';').next().unwrap_or_default();
            match pair.split_once('=').expect("a pair") {
                ("__Host-session", value) if !value.is_empty() => self.add("session", value, shown),
                ("__Host-device", value) if !value.is_empty() => self.add("device", value, shown),
                _ => {}
            }
        }
    }

    /// What the harness did without a witness: the cookies of `caller`.
    pub(super) fn hide_cookies(&mut self, caller: &Caller) {
        for (kind, name) in [("session", "__Host-session"), ("device", "__Host-device")] {
            if let Some(value) = caller.cookie(name) {
                self.hide(kind, &value);
            }
        }
    }

    /// Invokes the function `users` past the gateway. The answer may show the token in it, if there is one.
    pub(super) async fn invoke(&mut self, event: Value) -> Value {
        let answer = self.world.invoke_users(event).await;
        if let Some(token) = answer["token"].as_str() {
            self.add("invitation of the first administrator", token, Shown::Answer(self.answers.len()));
        }
        self.asked += 1;
        self.answers.push((format!("direct invocation: {answer}"), latin(answer.to_string().as_bytes())));
        self.look_at_table().await;
        answer
    }

    /// The token of the newest mail with this subject, after all mail was sent.
    pub(super) async fn mailed(&mut self, subject: &str) -> String {
        self.look_at_mail().await;
        let mail = self.mails.iter().rfind(|mail| mail.subject == subject);
        let mail = mail.unwrap_or_else(|| panic!("no {subject:?} in {:#?}", self.mails));
        mail.token().expect("a token").to_owned()
    }

    pub(super) async fn look_at_mail(&mut self) {
        let mut mails = self.world.mail().await;
        mails.reverse();
        for mail in mails.into_iter().skip(self.mails.len()) {
            if let Some(token) = mail.token() {
                self.add("mailed token", token, Shown::Mail(self.mails.len()));
            }
            self.mails.push(mail);
        }
    }

    pub(super) async fn look_at_table(&mut self) {
        for item in self.world.items().await {
            for (name, value) in &item {
                let mut texts = vec![name.clone()];
                flatten(value, &mut texts);
                self.items.insert(texts.join("\n"));
            }
        }
    }

    /// Every secret that turned up where it is not meant to be.
    pub(super) async fn findings(&mut self) -> BTreeSet<String> {
        self.look_at_mail().await;
        self.look_at_table().await;
        let mut found = BTreeSet::new();
        let log: BTreeSet<_> = self.log.lines().into_iter().map(text_of_line).collect();
        let mut report = |canary: &Canary, place: &str, what: &str| {
            found.insert(format!("{place}: {} {:?} in {what}", canary.kind, canary.text));
        };
        for canary in &self.canaries {
            for (at, (asked, answer)) in self.answers.iter().enumerate() {
                if canary.shown != Shown::Answer(at) && canary.is_in(answer) {
                    report(canary, "answer", asked);
                }
            }
            for (at, mail) in self.mails.iter().enumerate() {
                let text = latin(format!("{}\n{}\n{}", mail.to, mail.subject, mail.text).as_bytes());
                if canary.shown != Shown::Mail(at) && canary.is_in(&text) {
                    report(canary, "mail", &mail.subject);
                }
            }
            log.iter().filter(|line| canary.is_in(line)).for_each(|line| report(canary, "log", line));
            self.items.iter().filter(|item| canary.is_in(item)).for_each(|item| report(canary, "item", item));
        }
        found
    }
}

/// All of an answer but its date and the request's id.
pub(crate) fn text_of(answer: &Response) -> String {
    let id = answer.header("x-request-id").unwrap_or("no id");
    let kept = answer.headers().iter().filter(|(name, _)| name.as_str() != "date");
    let headers = kept.map(|(name, value)| format!("{name}: {}", latin(value.as_bytes())));
    let lines: Vec<_> = headers.chain([latin(answer.bytes())]).collect();
    lines.join("\n").replace(id, "")
}

/// All of a line but its instant and the request's id.
pub(crate) fn text_of_line(mut line: Value) -> String {
    let members = line.as_object_mut().expect("an object");
    members.remove("timestamp");
    members.remove("request.id");
    latin(line.to_string().as_bytes())
}

fn flatten(value: &AttributeValue, texts: &mut Vec<String>) {
    match value {
        AttributeValue::S(text) | AttributeValue::N(text) => texts.push(latin(text.as_bytes())),
        AttributeValue::B(bytes) => texts.push(latin(bytes.as_ref())),
        AttributeValue::Ss(list) | AttributeValue::Ns(list) => {
            texts.extend(list.iter().map(|text| latin(text.as_bytes())));
        }
        AttributeValue::Bs(list) => texts.extend(list.iter().map(|bytes| latin(bytes.as_ref()))),
        AttributeValue::L(list) => list.iter().for_each(|value| flatten(value, texts)),
        AttributeValue::M(members) => {
            for (name, value) in members {
                texts.push(latin(name.as_bytes()));
                flatten(value, texts);
            }
        }
        AttributeValue::Bool(_) | AttributeValue::Null(_) => {}
        other => panic!("no search in {other:?}"),
    }
}

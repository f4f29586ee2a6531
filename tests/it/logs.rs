//! What the log tells of, and what it never tells.

use std::cell::RefCell;
use std::fs;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, Once, PoisonError};

use scenarios::{PASSWORD, World, look_within};
use serde_json::{Value, json};
use tracing::subscriber::DefaultGuard;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;

use crate::operations::SCOPES;

/// The log of this thread's services, in the form in which functions write it.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<u8>>>);

/// For as long as everything is logged on this thread.
pub(crate) struct EverythingLogged(#[expect(dead_code, reason = "held for its end")] DefaultGuard);

thread_local! {
    static KEPT: RefCell<Option<Log>> = const { RefCell::new(None) };
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Where a line goes that was written on this thread.
fn writer() -> Box<dyn io::Write> {
    match KEPT.with_borrow(Clone::clone) {
        Some(log) => Box::new(log),
        None => Box::new(io::sink()),
    }
}

impl Log {
    /// From now on; a test runs on a thread of its own, and its service with it.
    pub(crate) fn start() -> Self {
        static ONCE: Once = Once::new();
        look_within("the log");
        // One for all threads: which events anybody wants is decided once for all of them.
        ONCE.call_once(|| {
            let format = tracing_subscriber::fmt().json().flatten_event(true).with_max_level(tracing::Level::INFO);
            format.with_writer(writer).init();
        });
        let log = Self::default();
        log.keep();
        log
    }

    /// Takes the lines of this thread too.
    pub(crate) fn keep(&self) {
        KEPT.set(Some(self.clone()));
    }

    /// As [`Log::start`], of all that is deployed, and of the service's own crates at every level, until the guard ends.
    pub(crate) fn start_of_everything() -> (Self, EverythingLogged) {
        look_within("the log");
        let functions = Path::new(env!("CARGO_MANIFEST_DIR")).join("../functions");
        let functions = fs::read_dir(functions).expect("functions").map(|entry| entry.expect("an entry").file_name());
        let crates = functions.map(|name| format!("{}=trace", name.to_string_lossy().replace('-', "_")));
        let levels: Vec<_> = crates.chain(["info", "shared=trace", "local=trace"].map(str::to_owned)).collect();
        let log = Self::default();
        let levels: Targets = levels.join(",").parse().expect("levels");
        let format = tracing_subscriber::fmt().json().flatten_event(true).with_max_level(LevelFilter::TRACE);
        let to = log.clone();
        let subscriber = format.with_writer(move || to.clone()).finish().with(levels);
        (log, EverythingLogged(tracing::subscriber::set_default(subscriber)))
    }

    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()).expect("UTF-8")
    }

    /// Its lines; each is one JSON object.
    pub(crate) fn lines(&self) -> Vec<Value> {
        let text = self.text();
        text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {line}"))).collect()
    }

    /// Its lines of one event.
    fn of_event(&self, event: &str) -> Vec<Value> {
        self.lines().into_iter().filter(|line| line["event"] == event).collect()
    }
}

#[tokio::test]
async fn every_proof_is_logged_with_whose_which_and_how_it_ended() {
    let log = Log::start();
    let world = World::start().await;
    let jane = world.jane().await;
    let id = log.of_event("signed_in")[0]["user.id"].clone();
    let wrong = json!({"user_name": "jane", "password": "not the right one"});
    let refused = world.anyone().post("/session", wrong).await.problem("sign-in-failed");
    jane.post("/session/step-up", json!({"password": "wrong"})).await.problem("password-incorrect");
    jane.step_up().await;
    let authenticator = jane.enable_mfa().await;
    let challenge = world.browser().post("/session", jane.credentials()).await.expect(200).text("challenge");
    let bad = authenticator.wrong_code_at(world.now().await);
    let answer = json!({"challenge": challenge, "code": bad});
    world.browser().post("/session/mfa", answer).await.problem("sign-in-failed");
    let answer = json!({"challenge": challenge, "recovery_code": authenticator.recovery_codes[0]});
    world.browser().post("/session/mfa", answer).await.expect(201);

    let told = |event: &str, member: &str| {
        let lines = log.of_event(event);
        assert!(lines.iter().all(|line| line["user.id"] == id && line["request.id"].is_string()), "{lines:#?}");
        lines.iter().map(|line| line[member].as_str().unwrap_or_default().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(told("signed_in", "factors"), ["password", "password recovery_code"]);
    assert_eq!(told("sign_in_failed", "factor"), ["password", "totp"]);
    assert_eq!(told("proof_failed", "factor"), ["password"]);
    assert_eq!(told("stepped_up", "level"), ["INFO"]);
    // One id leads from the answer to both lines about its request.
    let request = refused.header("x-request-id").expect("an id");
    let of_request: Vec<_> = log.lines().into_iter().filter(|line| line["request.id"] == request).collect();
    assert_eq!(of_request.len(), 2, "{of_request:#?}");
    assert_eq!(of_request[1]["refusal"], "sign-in-failed");
}

#[tokio::test]
async fn every_refusal_is_logged_by_its_name_and_route() {
    let world = World::start().await;
    let jane = world.jane().await;
    let key = jane.create_key("k", &["Tasks"]).await;
    let log = Log::start();
    for (call, refusal) in [
        (world.anyone().get("ME/info"), "unauthenticated"),
        (key.get("ME/info"), "insufficient-scope"),
        (key.get("ME/session"), "session-required"),
        (jane.get("/user"), "role-required"),
        (jane.delete("ME/session").header("origin", "https://evil.example"), "cross-site-request"),
        (jane.patch("ME/info", json!({"surprise": 1})), "invalid-request"),
        (jane.get("ME/api-key/unknown"), "not-found"),
        (jane.post("ME/api-key", json!({"name": "k", "scopes": ["Tasks"]})), "name-taken"),
    ] {
        let answer = call.await.problem(refusal);
        let line = log.lines().pop().expect("a line");
        assert_eq!((&line["refusal"], &line["status"]), (&json!(refusal), &json!(answer.status())), "{line}");
        assert_eq!(line["request.id"].as_str(), answer.header("x-request-id"), "{line}");
        assert!(line["route"].as_str().is_some_and(|route| route.contains(" /pro/user-manager/v1/")), "{line}");
    }
}

#[tokio::test]
async fn what_is_sent_forges_no_line_of_the_log() {
    let log = Log::start();
    let world = World::start().await;
    let jane = world.jane().await;
    let forged = "a\"}\n{\"event\":\"signed_in\",\"user.id\":\"forged\"}\r\n\u{1b}[2J";
    world.anyone().post("/session", json!({"user_name": forged, "password": forged})).await.problem("sign-in-failed");
    let escaped = forged.replace(['\n', '\r', '\u{1b}'], " ");
    let name: String = escaped.chars().filter(|c| !"/\\%?#".contains(*c)).collect();
    jane.post("ME/api-key", json!({"name": name, "scopes": ["Tasks"]})).await.expect(201);
    jane.get("ME/info").header("user-agent", escaped).header("idempotency-key", "\"}{").await.expect(200);
    let lines = log.lines();
    assert!(lines.len() > 3 && lines.iter().all(|line| line["user.id"] != "forged"), "{lines:#?}");
}

/// Every secret that a person or a script handles here; more, and under faults, where leaks are looked for by name.
#[tokio::test]
async fn no_secret_is_logged() {
    let log = Log::start();
    let world = World::start().await;
    let jane = world.jane().await;
    let key = jane.create_key("k", &SCOPES).await;
    let typed = "a-password-that-is-wrong-91";
    let wrong = json!({"user_name": "jane", "password": typed});
    world.anyone().post("/session", wrong).await.problem("sign-in-failed");
    let authenticator = jane.enable_mfa().await;
    let address = "somebody.by.name@example.com";
    jane.patch("ME/info", json!({"email": address, "full_name": "Somebody By Name"})).await.expect(200);
    key.get("ME/info").await.expect(200);
    key.delete("ME/api-key/unknown").await.problem("not-found");
    let invited = world.new_user().invite().await;
    let session = jane.cookie("__Host-session").expect("a session");
    let device = jane.cookie("__Host-device").expect("a device");
    let text = log.text();
    assert!(text.contains("api_key_created"), "the log is not read any more");
    let invitation = invited["invitation"]["token"].as_str().expect("a token");
    let codes = authenticator.recovery_codes.iter().map(String::as_str);
    let secrets = [PASSWORD, typed, &key.value, &authenticator.secret, address, &session, &device, invitation];
    for secret in secrets.into_iter().chain(codes) {
        assert!(!text.contains(secret), "{secret} is in the log");
    }
}

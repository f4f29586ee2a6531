//! Freshness: a proof of all factors within the last ten minutes, renewed by step-up.

use scenarios::{Caller, World};
use serde_json::{Value, json};
use shared::clock::Timestamp;

use crate::challenge::start_of_step;

const SESSION: &str = "__Host-session";

/// A call that asks for freshness.
async fn is_fresh(caller: &Caller) -> bool {
    let answer = caller.post("ME/mfa/totp/reset", ()).await;
    match answer.slug() {
        Some("step-up-required") => false,
        // What such a session is told once it is fresh.
        Some("mfa-not-enabled") | None => true,
        Some(_) => panic!("{answer:?}"),
    }
}

fn instant(value: &Value) -> Timestamp {
    Timestamp::parse_rfc3339(value.as_str().expect("an instant")).expect("an instant")
}

#[tokio::test]
async fn a_session_is_fresh_for_ten_minutes_after_sign_in() {
    let world = World::start().await;
    let jane = world.jane().await;
    world.advance(540).await;
    assert!(is_fresh(&jane).await);
    world.advance(60).await;
    assert!(!is_fresh(&jane).await);
    jane.get("ME/info").await.expect(200);
}

#[tokio::test]
async fn a_step_up_makes_a_session_fresh_for_ten_minutes() {
    let world = World::start().await;
    let jane = world.jane().await;
    world.advance(1200).await;
    assert!(!is_fresh(&jane).await);
    jane.step_up().await;
    let now = world.now().await;
    let until = instant(&jane.get("/session").await["fresh_until"]);
    assert!(until <= now.plus(600) && until > now.plus(540), "{until}");
    assert!(is_fresh(&jane).await);
    world.advance(600).await;
    assert!(!is_fresh(&jane).await);
}

#[tokio::test]
async fn a_step_up_replaces_the_cookie_of_the_same_session() {
    let world = World::start().await;
    let (jane, other) = (world.jane().await, world.jane().await);
    let (old, before) = (jane.cookie(SESSION).expect("a session"), jane.get("ME/session").await.of_items("id"));
    jane.step_up().await;
    assert_ne!(jane.cookie(SESSION).as_ref(), Some(&old));
    assert_eq!(jane.get("ME/session").await.of_items("id"), before);
    other.get("/session").await.expect(200);
    let thief = world.browser();
    thief.set_cookie(SESSION, Some(&old));
    thief.get("/session").await.problem("session-expired");
}

#[tokio::test]
async fn a_step_up_does_not_put_the_end_of_the_session_off() {
    let world = World::start().await;
    let jane = world.jane().await;
    let before = jane.get("/session").await.expect(200);
    world.advance(1200).await;
    jane.step_up().await;
    let after = jane.get("/session").await.expect(200);
    assert_eq!(after["expires_at"], before["expires_at"]);
    assert_eq!(after["created_at"], before["created_at"]);
}

#[tokio::test]
async fn a_wrong_password_changes_nothing() {
    let world = World::start().await;
    let jane = world.jane().await;
    world.advance(601).await;
    let answer = jane.post("/session/step-up", json!({"password": "wrong"})).await.problem("password-incorrect");
    assert_eq!(answer.header("set-cookie"), None);
    assert!(!is_fresh(&jane).await);
}

#[tokio::test]
async fn with_mfa_on_a_step_up_takes_the_password_and_a_code() {
    let world = World::start().await;
    let jane = world.jane().await;
    let authenticator = jane.enable_mfa().await;
    let now = start_of_step(&world).await.plus(600);
    world.advance(600).await;
    let step_up = |body: Value| jane.post("/session/step-up", body);
    let (password, code) = (jane.password.as_str(), authenticator.code_at(now));
    step_up(json!({"password": password})).await.invalid(&["/code"]);
    step_up(json!({"code": code})).await.invalid(&["/password"]);
    step_up(json!({"password": password, "code": code, "recovery_code": "a"})).await.invalid(&["/recovery_code"]);
    step_up(json!({"password": password, "code": authenticator.wrong_code_at(now)})).await.problem("code-rejected");
    step_up(json!({"password": "wrong", "code": code})).await.problem("password-incorrect");
    assert!(!is_fresh(&jane).await);
    step_up(json!({"password": password, "code": code})).await.expect(204);
    assert!(is_fresh(&jane).await);
}

#[tokio::test]
async fn with_mfa_off_a_step_up_takes_no_code() {
    let world = World::start().await;
    let jane = world.jane().await;
    for member in ["code", "recovery_code"] {
        let answer = jane.post("/session/step-up", json!({"password": jane.password, member: "123456"})).await;
        assert_eq!(answer.problem("invalid-request")["errors"].as_array().map(Vec::len), Some(1));
    }
}

#[tokio::test]
async fn a_recovery_code_steps_up() {
    let world = World::start().await;
    let jane = world.jane().await;
    let authenticator = jane.enable_mfa().await;
    world.advance(601).await;
    let step_up = json!({"password": jane.password, "recovery_code": authenticator.recovery_codes[0]});
    jane.post("/session/step-up", step_up).await.expect(204);
    assert!(is_fresh(&jane).await);
    assert_eq!(jane.get("/session").await["factors"], json!(["password", "recovery_code"]));
}

#[tokio::test]
async fn a_sign_in_is_as_fresh_as_its_first_factor() {
    let world = World::start().await;
    let jane = world.jane().await;
    let authenticator = jane.enable_mfa().await;
    let browser = world.browser();
    let challenge = browser.post("/session", jane.credentials()).await.expect(200).text("challenge");
    world.advance(200).await;
    let code = authenticator.code(&world).await;
    browser.post("/session/mfa", json!({"challenge": challenge, "code": code})).await.expect(201);
    world.advance(300).await;
    assert!(is_fresh(&browser).await);
    world.advance(100).await;
    assert!(!is_fresh(&browser).await);
}

#[tokio::test]
async fn an_sso_user_is_fresh_for_ten_minutes_and_cannot_step_up_here() {
    let world = World::start().await;
    let sam = world.sam().await;
    sam.create_key("one", &["Tasks"]).await;
    world.advance(600).await;
    let key = json!({"name": "two", "scopes": ["Tasks"]});
    sam.post("ME/api-key", key.clone()).await.problem("step-up-required");
    sam.post("/session/step-up", json!({"password": "any"})).await.problem("not-available-for-sso");
    world.sam().await.post("ME/api-key", key).await.expect(201);
}

#[tokio::test]
async fn freshness_is_not_asked_of_a_key() {
    let world = World::start().await;
    let key = world.jane().await.create_key("tool", &["APIKey", "Tasks"]).await;
    world.advance(24 * 60 * 60).await;
    key.post("ME/api-key", json!({"name": "more", "scopes": ["Tasks"]})).await.expect(201);
}

#[tokio::test]
async fn a_session_that_is_over_is_not_brought_back() {
    let world = World::start().await;
    let jane = world.jane().await;
    world.advance(3900).await;
    jane.post("/session/step-up", json!({"password": jane.password})).await.problem("session-expired");
}

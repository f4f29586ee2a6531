//! A second factor in force: replaced by another, or disabled.

use scenarios::{Authenticator, Person, Response, World};
use serde_json::json;

const SHORT: &str = "q7#Tz!mW";

/// Begins to replace the factor of `person` by the answer's.
async fn begin_reset(person: &Person) -> Authenticator {
    Authenticator::new(&person.post("ME/mfa/totp/reset", ()).await.expect(201).text("secret"))
}

async fn answer_challenge(world: &World, person: &Person, factor: &str, code: &str) -> Response {
    let browser = world.browser();
    let challenge = browser.post("/session", person.credentials()).await.expect(200);
    browser.post("/session/mfa", json!({"challenge": challenge["challenge"], factor: code})).await
}

async fn confirm(person: &Person, code: &str) -> Response {
    person.post("ME/mfa/totp/confirm", json!({"code": code})).await
}

#[tokio::test]
async fn the_old_factor_holds_until_the_new_one_is_confirmed() {
    let world = World::start().await;
    let jane = world.jane().await;
    let old = jane.enable_mfa().await;
    let new = begin_reset(&jane).await;
    assert_ne!(old.secret, new.secret);
    let code = new.code(&world).await;
    answer_challenge(&world, &jane, "code", &code).await.problem("sign-in-failed");
    answer_challenge(&world, &jane, "code", &old.code(&world).await).await.expect(201);
    answer_challenge(&world, &jane, "recovery_code", &old.recovery_codes[0]).await.expect(201);

    confirm(&jane, &new.code(&world).await).await.expect(200);
    answer_challenge(&world, &jane, "code", &old.code(&world).await).await.problem("sign-in-failed");
    answer_challenge(&world, &jane, "code", &new.code(&world).await).await.expect(201);
}

#[tokio::test]
async fn a_confirmed_reset_voids_the_old_recovery_codes() {
    let world = World::start().await;
    let jane = world.jane().await;
    let old = jane.enable_mfa().await;
    let new = begin_reset(&jane).await;
    assert_eq!(jane.get("ME/mfa").await.expect(200)["recovery_codes_remaining"], 10);
    let confirmed = confirm(&jane, &new.code(&world).await).await.expect(200);
    assert_eq!(confirmed["recovery_codes"].as_array().map(Vec::len), Some(10));
    answer_challenge(&world, &jane, "recovery_code", &old.recovery_codes[0]).await.problem("sign-in-failed");
    let first = confirmed["recovery_codes"][0].as_str().expect("a text");
    answer_challenge(&world, &jane, "recovery_code", first).await.expect(201);
}

#[tokio::test]
async fn an_unconfirmed_reset_ends_and_leaves_the_old_factor() {
    let world = World::start().await;
    let jane = world.jane().await;
    let old = jane.enable_mfa().await;
    let new = begin_reset(&jane).await;
    let now = world.advance(600).await;
    confirm(&jane, &new.code_at(now)).await.problem("token-expired");
    answer_challenge(&world, &jane, "code", &old.code(&world).await).await.expect(201);
    answer_challenge(&world, &jane, "recovery_code", &old.recovery_codes[0]).await.expect(201);
}

#[tokio::test]
async fn a_second_reset_replaces_the_first() {
    let world = World::start().await;
    let jane = world.jane().await;
    jane.enable_mfa().await;
    let (first, second) = (begin_reset(&jane).await, begin_reset(&jane).await);
    confirm(&jane, &first.code_at(world.now().await)).await.problem("code-rejected");
    confirm(&jane, &second.code_at(world.now().await)).await.expect(200);
}

#[tokio::test]
async fn a_reset_needs_a_factor_to_replace() {
    let world = World::start().await;
    let jane = world.jane().await;
    jane.post("ME/mfa/totp/reset", ()).await.problem("mfa-not-enabled");
    jane.delete("ME/mfa/totp").await.problem("mfa-not-enabled");
}

#[tokio::test]
async fn a_reset_ends_every_other_session_once_it_is_confirmed() {
    let world = World::start().await;
    let jane = world.jane().await;
    let mfa = jane.enable_mfa().await;
    let elsewhere = world.browser();
    let challenge = elsewhere.post("/session", jane.credentials()).await.expect(200);
    let answer = json!({"challenge": challenge["challenge"], "code": mfa.code(&world).await});
    elsewhere.post("/session/mfa", answer).await.expect(201);
    let new = begin_reset(&jane).await;
    elsewhere.get("ME/info").await.expect(200);
    confirm(&jane, &new.code_at(world.now().await)).await.expect(200);
    elsewhere.get("ME/info").await.problem("session-expired");
    jane.get("ME/info").await.expect(200);
}

#[tokio::test]
async fn a_disabled_factor_is_asked_for_no_more() {
    let world = World::start().await;
    let jane = world.jane().await;
    let mfa = jane.enable_mfa().await;
    jane.delete("ME/mfa/totp").await.expect(204);
    let wanted = json!({
        "available": true, "policy": "optional", "enabled": false, "methods": [], "recovery_codes_remaining": 0,
    });
    assert_eq!(jane.get("ME/mfa").await.expect(200).json(), &wanted);
    assert_eq!(jane.get("/session").await.expect(200)["factors"], json!(["password"]));
    world.browser().post("/session", jane.credentials()).await.expect(201);
    let again = jane.enable_mfa().await;
    assert_ne!(again.secret, mfa.secret);
    answer_challenge(&world, &jane, "code", &mfa.code(&world).await).await.problem("sign-in-failed");
}

#[tokio::test]
async fn disabling_ends_every_other_session() {
    let world = World::start().await;
    let jane = world.jane().await;
    let mfa = jane.enable_mfa().await;
    let elsewhere = world.browser();
    let challenge = elsewhere.post("/session", jane.credentials()).await.expect(200);
    let answer = json!({"challenge": challenge["challenge"], "code": mfa.code(&world).await});
    elsewhere.post("/session/mfa", answer).await.expect(201);
    jane.delete("ME/mfa/totp").await.expect(204);
    elsewhere.get("ME/info").await.problem("session-expired");
    jane.get("ME/info").await.expect(200);
}

#[tokio::test]
async fn an_enforced_factor_cannot_be_disabled_but_replaced() {
    let world = World::start().await;
    let jane = world.jane().await;
    jane.enable_mfa().await;
    world.set_mfa_policy("enforced").await;
    world.advance(31).await;
    jane.delete("ME/mfa/totp").await.problem("mfa-enforced");
    let shown = jane.get("ME/mfa").await.expect(200);
    assert_eq!((&shown["policy"], &shown["enabled"]), (&json!("enforced"), &json!(true)));
    let new = begin_reset(&jane).await;
    confirm(&jane, &new.code_at(world.now().await)).await.expect(200);
}

#[tokio::test]
async fn a_short_password_must_be_changed_before_mfa_is_disabled() {
    let world = World::start().await;
    let jane = world.jane().await;
    jane.enable_mfa().await;
    let change =
        |current: &str, new: &str| jane.put("ME/password", json!({"current_password": current, "new_password": new}));
    change(&jane.password, SHORT).await.expect(204);
    let refused = jane.delete("ME/mfa/totp").await.problem("password-rejected");
    assert_eq!(refused["reasons"], json!(["too_short"]));
    assert_eq!(jane.get("ME/mfa").await.expect(200)["enabled"], true);
    change(SHORT, "gravel-Otter-93").await.expect(204);
    jane.delete("ME/mfa/totp").await.expect(204);
    assert_eq!(jane.get("ME/password").await.expect(200)["min_length"], 15);
}

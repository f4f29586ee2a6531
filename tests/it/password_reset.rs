//! Password resets: a link to the verified address, and what it opens.

use std::collections::BTreeSet;

use scenarios::{Person, Response, World};
use serde_json::{Value, json};

use crate::email::verify;

pub(crate) const ADDRESS: &str = "jane@example.com";
pub(crate) const NEW_PASSWORD: &str = "gravel-Otter-93-lantern";
pub(crate) const RESET: &str = "Set a new password";
pub(crate) const HOUR: u32 = 3_600;

/// Asks for a reset of a user in ROOT.
pub(crate) async fn ask_for_reset(world: &World, user_name: &str) {
    let answer = world.anyone().post("/session/password-reset", json!({"user_name": user_name})).await.expect(202);
    assert_eq!(answer.json(), &Value::Null, "the same answer for everybody");
}

/// The tokens of all mails with this subject, newest first.
pub(crate) async fn tokens(world: &World, subject: &str) -> Vec<String> {
    let mails = world.mail().await.into_iter().filter(|mail| mail.subject == subject);
    mails.map(|mail| mail.token().unwrap_or_else(|| panic!("{mail:?}")).to_owned()).collect()
}

/// Sets the password with the token of a link.
pub(crate) async fn accept(world: &World, token: &str, password: &str) -> Response {
    world.browser().post("/session/invitation", json!({"token": token, "password": password})).await
}

/// jane, whose address [`ADDRESS`] is verified.
pub(crate) async fn reachable_jane(world: &World) -> Person {
    let jane = world.jane().await;
    verify(world, &jane, ADDRESS).await;
    jane
}

#[tokio::test]
async fn a_reset_goes_to_the_verified_address_and_sets_the_password() {
    let world = World::with_mail().await;
    let jane = reachable_jane(&world).await;
    ask_for_reset(&world, "JANE").await;
    let mail = world.mail().await.into_iter().find(|mail| mail.subject == RESET).expect("a mail");
    assert_eq!(mail.to, ADDRESS);
    let token = mail.token().expect("a token");
    // What is refused does not spend it.
    let refused = accept(&world, token, "short").await.problem("password-rejected");
    assert_eq!(refused["reasons"], json!(["too_short", "guessable"]));
    let answer = accept(&world, token, NEW_PASSWORD).await.expect(201);
    assert_eq!((&answer["status"], &answer["user"]["user_name"]), (&json!("signed_in"), &json!("jane")));
    jane.get("ME/info").await.problem("session-expired");
    world.browser().post("/session", jane.credentials()).await.problem("sign-in-failed");
    accept(&world, token, "another-Otter-93-lantern").await.problem("token-expired");
}

#[tokio::test]
async fn a_reset_is_mailed_to_nobody_else() {
    let world = World::with_mail().await;
    world.new_user().named("unverified").with("email", "unverified@example.com").create().await;
    let disabled = world.new_user().named("disabled").create().await;
    verify(&world, &disabled, "disabled@example.com").await;
    verify(&world, &world.sam().await, "sam@example.com").await;
    let admin = world.admin().await;
    admin.patch(&disabled.path("info"), json!({"disabled": true})).await.expect(200);
    for name in ["jane", "unverified", "disabled", "sam", "nobody"] {
        ask_for_reset(&world, name).await;
    }
    let elsewhere = json!({"environment_name": "Elsewhere", "user_name": "jane"});
    world.anyone().post("/session/password-reset", elsewhere).await.expect(202);
    assert_eq!(tokens(&world, RESET).await.len(), 0);
}

#[tokio::test]
async fn a_pending_address_gets_no_reset() {
    let world = World::with_mail().await;
    let jane = world.jane().await;
    jane.patch("ME/info", json!({"email": ADDRESS})).await.expect(200);
    ask_for_reset(&world, "jane").await;
    assert_eq!(tokens(&world, RESET).await.len(), 0);
}

#[tokio::test]
async fn a_user_gets_at_most_3_resets_an_hour() {
    let world = World::with_mail().await;
    reachable_jane(&world).await;
    for expected in [1, 2, 3, 3, 3] {
        ask_for_reset(&world, "jane").await;
        assert_eq!(tokens(&world, RESET).await.len(), expected);
    }
    world.advance(HOUR + 1).await;
    ask_for_reset(&world, "jane").await;
    assert_eq!(tokens(&world, RESET).await.len(), 4);
}

#[tokio::test]
async fn a_source_asks_for_at_most_20_resets_an_hour() {
    let world = World::with_mail().await;
    let source = world.anyone().at([127, 0, 0, 2]);
    for number in 0..20 {
        source.post("/session/password-reset", json!({"user_name": format!("user-{number}")})).await.expect(202);
    }
    let one_more = source.post("/session/password-reset", json!({"user_name": "jane"}));
    one_more.clone().await.problem("too-many-attempts");
    ask_for_reset(&world, "jane").await;
    world.advance(HOUR + 1).await;
    one_more.await.expect(202);
}

#[tokio::test]
async fn earlier_links_stay_valid_until_one_sets_the_password() {
    let world = World::with_mail().await;
    reachable_jane(&world).await;
    for _ in 0..3 {
        ask_for_reset(&world, "jane").await;
    }
    let tokens = tokens(&world, RESET).await;
    assert_eq!(tokens.iter().collect::<BTreeSet<_>>().len(), 3);
    accept(&world, &tokens[2], NEW_PASSWORD).await.expect(201);
    for token in &tokens {
        accept(&world, token, "another-Otter-93-lantern").await.problem("token-expired");
    }
}

#[tokio::test]
async fn changing_the_password_voids_every_link() {
    let world = World::with_mail().await;
    let jane = reachable_jane(&world).await;
    ask_for_reset(&world, "jane").await;
    let token = tokens(&world, RESET).await.remove(0);
    let change = json!({"current_password": jane.password, "new_password": NEW_PASSWORD});
    jane.put("ME/password", change).await.expect(204);
    accept(&world, &token, "another-Otter-93-lantern").await.problem("token-expired");
}

#[tokio::test]
async fn a_reset_link_ends_after_an_hour() {
    let world = World::with_mail().await;
    reachable_jane(&world).await;
    ask_for_reset(&world, "jane").await;
    let first = tokens(&world, RESET).await.remove(0);
    world.advance(HOUR - 60).await;
    ask_for_reset(&world, "jane").await;
    let second = tokens(&world, RESET).await.remove(0);
    world.advance(60).await;
    accept(&world, &first, NEW_PASSWORD).await.problem("token-expired");
    accept(&world, &second, NEW_PASSWORD).await.expect(201);
}

#[tokio::test]
async fn a_reset_does_not_skip_the_second_factor() {
    let world = World::with_mail().await;
    let mfa = reachable_jane(&world).await.enable_mfa().await;
    ask_for_reset(&world, "jane").await;
    let token = tokens(&world, RESET).await.remove(0);
    let browser = world.browser();
    let set = json!({"token": token, "password": "q7#Tz!mW"});
    let challenge = browser.post("/session/invitation", set).await.expect(200);
    assert_eq!(challenge["status"], "mfa_required");
    browser.get("ME/info").await.problem("unauthenticated");
    let answer = json!({"challenge": challenge["challenge"], "code": mfa.code(&world).await});
    browser.post("/session/mfa", answer).await.expect(201);
}

//! Invitations and resets of a second factor: how users come in, and in again.

use scenarios::{Caller, PASSWORD, Response, World};
use serde_json::{Value, json};

const HOUR: u32 = 60 * 60;
const OTHER_PASSWORD: &str = "walnut-Trestle-4-harbour";

/// Sets a password with the token that `invitation` shows.
async fn accept(browser: &Caller, invitation: &Value, password: &str) -> Response {
    browser.post("/session/invitation", json!({"token": invitation["token"], "password": password})).await
}

#[tokio::test]
async fn an_invitation_lets_its_user_set_the_password_once() {
    let world = World::start().await;
    let made = world.new_user().named("kim").invite().await;
    let invitation = &made["invitation"];
    let (url, token) = (invitation["url"].as_str().expect("a link"), invitation["token"].as_str().expect("a token"));
    assert!(url.ends_with(&format!("#invitation={token}")), "the token is in the fragment alone: {url}");
    let credentials = json!({"environment_name": "ROOT", "user_name": "kim", "password": PASSWORD});
    world.browser().post("/session", credentials.clone()).await.problem("sign-in-failed");
    assert_eq!(accept(&world.browser(), invitation, PASSWORD).await.expect(201)["status"], "signed_in");
    world.browser().post("/session", credentials).await.expect(201);
    accept(&world.browser(), invitation, OTHER_PASSWORD).await.problem("token-expired");
}

#[tokio::test]
async fn an_invitation_holds_for_72_hours() {
    let world = World::start().await;
    let (kim, pat) = (world.new_user().invite().await, world.new_user().invite().await);
    let ends = world.now().await.plus(72 * HOUR).to_string();
    assert!(kim["invitation"]["expires_at"].as_str().is_some_and(|at| at <= ends.as_str()), "{kim:?} {ends}");
    world.advance(72 * HOUR - 120).await;
    accept(&world.browser(), &kim["invitation"], PASSWORD).await.expect(201);
    world.advance(120).await;
    accept(&world.browser(), &pat["invitation"], PASSWORD).await.problem("token-expired");
}

#[tokio::test]
async fn a_new_invitation_voids_the_earlier_one() {
    let world = World::start().await;
    let (admin, made) = (world.admin().await, world.new_user().named("kim").invite().await);
    let path = "/user/demo/ROOT/kim/invitation";
    let second = admin.post(path, ()).await.expect(201);
    assert_eq!(second.json().as_object().map(serde_json::Map::len), Some(3), "{second:?}");
    let third = admin.post(path, ()).await.expect(201);
    for void in [&made["invitation"], second.json()] {
        accept(&world.browser(), void, PASSWORD).await.problem("token-expired");
    }
    accept(&world.browser(), third.json(), PASSWORD).await.expect(201);
}

#[tokio::test]
async fn an_invitation_resets_the_password_of_who_has_one() {
    let world = World::start().await;
    let (admin, jane) = (world.admin().await, world.jane().await);
    let reset = admin.post(&jane.path("invitation"), ()).await.expect(201);
    // Until it is used, everything holds.
    jane.get("ME/info").await.expect(200);
    world.jane().await;
    accept(&world.browser(), reset.json(), OTHER_PASSWORD).await.expect(201);
    jane.get("ME/info").await.problem("session-expired");
    world.browser().post("/session", jane.credentials()).await.problem("sign-in-failed");
}

#[tokio::test]
async fn a_reset_by_an_administrator_does_not_skip_the_second_factor() {
    let world = World::start().await;
    let (admin, jane) = (world.admin().await, world.jane().await);
    let authenticator = jane.enable_mfa().await;
    let reset = admin.post(&jane.path("invitation"), ()).await.expect(201);
    let browser = world.browser();
    let challenge = accept(&browser, reset.json(), OTHER_PASSWORD).await.expect(200);
    assert_eq!(challenge["status"], "mfa_required");
    browser.get("/session").await.problem("unauthenticated");
    let code = authenticator.code(&world).await;
    browser.post("/session/mfa", json!({"challenge": challenge["challenge"], "code": code})).await.expect(201);
}

#[tokio::test]
async fn an_invitation_ends_with_any_change_of_the_email() {
    let world = World::start().await;
    let admin = world.admin().await;
    let changes = [json!("new@example.com"), json!(null), json!("old@example.com")];
    for (number, email) in changes.into_iter().enumerate() {
        let name = format!("kim{number}");
        let new = world.new_user().named(&name);
        let made = if number == 2 { new } else { new.with("email", "old@example.com") }.invite().await;
        admin.patch(&format!("/user/demo/ROOT/{name}/info"), json!({"email": email})).await.expect(200);
        accept(&world.browser(), &made["invitation"], PASSWORD).await.problem("token-expired");
    }
}

#[tokio::test]
async fn an_invitation_ends_when_its_user_confirms_another_address() {
    let world = World::with_mail().await;
    let (admin, jane) = (world.admin().await, world.jane().await);
    let reset = admin.post(&jane.path("invitation"), ()).await.expect(201);
    jane.patch("ME/info", json!({"email": "jane@example.com"})).await.expect(200);
    let token = world.mail().await.iter().find_map(|mail| mail.token().map(str::to_owned)).expect("a link");
    jane.post("ME/email/confirm", json!({"token": token})).await.expect(200);
    accept(&world.browser(), reset.json(), OTHER_PASSWORD).await.problem("token-expired");
}

#[tokio::test]
async fn a_reset_ends_when_its_user_changes_the_password() {
    let world = World::start().await;
    let (admin, jane) = (world.admin().await, world.jane().await);
    let reset = admin.post(&jane.path("invitation"), ()).await.expect(201);
    let change = json!({"current_password": jane.password, "new_password": OTHER_PASSWORD});
    jane.put("ME/password", change).await.expect(204);
    accept(&world.browser(), reset.json(), "another-Otter-93-lantern").await.problem("token-expired");
    let again = admin.post(&jane.path("invitation"), ()).await.expect(201);
    accept(&world.browser(), again.json(), "another-Otter-93-lantern").await.expect(201);
}

#[tokio::test]
async fn an_invitation_outlives_other_changes() {
    let world = World::start().await;
    let (admin, made) = (world.admin().await, world.new_user().named("kim").invite().await);
    let change = json!({"full_name": "Kim", "groups": ["App Publisher"]});
    admin.patch("/user/demo/ROOT/kim/info", change).await.expect(200);
    accept(&world.browser(), &made["invitation"], PASSWORD).await.expect(201);
}

#[tokio::test]
async fn an_invitation_opens_nothing_for_who_is_disabled_or_deleted() {
    let world = World::start().await;
    let admin = world.admin().await;
    let made = world.new_user().named("kim").invite().await;
    admin.patch("/user/demo/ROOT/kim/info", json!({"disabled": true})).await.expect(200);
    accept(&world.browser(), &made["invitation"], PASSWORD).await.problem("token-expired");
    admin.delete("/user/demo/ROOT/kim/info").await.expect(204);
    accept(&world.browser(), &made["invitation"], PASSWORD).await.problem("token-expired");
}

#[tokio::test]
async fn single_sign_on_has_no_invitation_and_no_second_factor_here() {
    let world = World::start().await;
    let (admin, sam) = (world.admin().await, world.sam().await);
    admin.post(&sam.path("invitation"), ()).await.problem("not-available-for-sso");
    admin.post(&sam.path("mfa/reset"), ()).await.problem("not-available-for-sso");
    sam.get("ME/info").await.expect(200);
}

#[tokio::test]
async fn a_key_never_sees_an_invitation_and_the_user_gets_it_by_mail() {
    let world = World::with_mail().await;
    let key = world.admin().await.create_key("people", &["Authentication"]).await;
    let kim = json!({"environment_name": "ROOT", "user_name": "kim", "email": "kim@example.com"});
    let made = key.post("/user", kim).await.expect(201);
    assert_eq!(made.json().get("invitation"), Some(&Value::Null));
    let mail = world.mail().await;
    let links: Vec<_> = mail.iter().filter(|mail| mail.token().is_some()).collect();
    assert_eq!(links.iter().map(|mail| mail.to.as_str()).collect::<Vec<_>>(), ["kim@example.com"]);
    let mailed = json!({"token": links[0].token()});
    accept(&world.browser(), &mailed, PASSWORD).await.expect(201);
    // Whoever has the link reads the address.
    assert_eq!(key.get("/user/demo/ROOT/kim/info").await["email_verified"], true);
    accept(&world.browser(), &mailed, OTHER_PASSWORD).await.problem("token-expired");
}

#[tokio::test]
async fn a_mailed_invitation_ends_with_the_address_it_went_to() {
    let world = World::with_mail().await;
    let key = world.admin().await.create_key("people", &["Authentication"]).await;
    let kim = json!({"environment_name": "ROOT", "user_name": "kim", "email": "kim@example.com"});
    key.post("/user", kim).await.expect(201);
    let mailed = json!({"token": world.mail().await.iter().find_map(|mail| mail.token().map(str::to_owned))});
    assert!(mailed["token"].is_string());
    key.patch("/user/demo/ROOT/kim/info", json!({"email": "else@example.com"})).await.expect(200);
    accept(&world.browser(), &mailed, PASSWORD).await.problem("token-expired");
}

#[tokio::test]
async fn a_key_makes_a_user_without_address_and_nobody_is_invited() {
    let world = World::with_mail().await;
    let key = world.admin().await.create_key("people", &["Authentication"]).await;
    let made = key.post("/user", json!({"environment_name": "ROOT", "user_name": "kim"})).await.expect(201);
    assert_eq!(made.json().get("invitation"), Some(&Value::Null));
    assert!(world.mail().await.iter().all(|mail| mail.token().is_none()));
    let saml = json!({"environment_name": "ROOT", "user_name": "pat", "identity_provider": "saml"});
    assert!(key.post("/user", saml).await.expect(201).json().get("invitation").is_none());
}

#[tokio::test]
async fn resetting_mfa_takes_it_off_and_ends_the_sessions() {
    let world = World::start().await;
    let (admin, jane) = (world.admin().await, world.jane().await);
    let authenticator = jane.enable_mfa().await;
    let reset = jane.path("mfa/reset");
    assert_eq!(admin.get(&jane.path("info")).await["mfa_enabled"], true);
    admin.post(&reset, ()).await.expect(204);
    assert_eq!(admin.get(&jane.path("info")).await["mfa_enabled"], false);
    jane.get("ME/info").await.problem("session-expired");
    let again = world.jane().await;
    let mfa = again.get("ME/mfa").await;
    assert_eq!((&mfa["enabled"], &mfa["recovery_codes_remaining"]), (&json!(false), &json!(0)));
    // The old authenticator confirms nothing: a new secret must be set up.
    let code = json!({"code": authenticator.code(&world).await});
    again.post("ME/mfa/totp/confirm", code).await.problem("token-expired");
    assert_ne!(again.enable_mfa().await.secret, authenticator.secret);
}

#[tokio::test]
async fn a_second_factor_that_was_not_confirmed_ends_with_a_reset() {
    let world = World::start().await;
    let (admin, jane) = (world.admin().await, world.jane().await);
    let pending = jane.post("ME/mfa/totp", ()).await.expect(201).text("secret");
    admin.post(&jane.path("mfa/reset"), ()).await.expect(204);
    let again = world.jane().await;
    let code = scenarios::Authenticator::new(&pending).code(&world).await;
    again.post("ME/mfa/totp/confirm", json!({"code": code})).await.problem("token-expired");
}

#[tokio::test]
async fn a_challenge_from_before_a_reset_opens_nothing() {
    let world = World::start().await;
    let (admin, jane) = (world.admin().await, world.jane().await);
    let authenticator = jane.enable_mfa().await;
    let browser = world.browser();
    let challenge = browser.post("/session", jane.credentials()).await.expect(200).text("challenge");
    admin.post(&jane.path("mfa/reset"), ()).await.expect(204);
    let answers = json!({"challenge": challenge, "code": authenticator.code(&world).await});
    browser.post("/session/mfa", answers).await.problem("token-expired");
}

#[tokio::test]
async fn neither_call_takes_a_body() {
    let world = World::start().await;
    let (admin, jane) = (world.admin().await, world.jane().await);
    for what in ["invitation", "mfa/reset"] {
        admin.post(&jane.path(what), json!({})).await.problem("invalid-request");
    }
    jane.get("ME/info").await.expect(200);
}

//! The account's MFA policy, and the sessions of those who still have to set MFA up.

use scenarios::{PASSWORD, Person, World};
use serde_json::json;
use shared::store::settings::MfaPolicy;

/// A user without MFA under policy `enforced`, in the session that this gives.
async fn restricted(world: &World) -> Person {
    let jane = world.jane().await;
    world.set_mfa_policy("enforced").await;
    let answer = jane.post("/session", jane.credentials()).await.expect(201);
    assert_eq!(answer["status"], "mfa_enrolment_required");
    jane
}

#[tokio::test]
async fn who_lacks_mfa_signs_in_to_set_it_up() {
    let world = World::start().await;
    world.set_mfa_policy("enforced").await;
    let browser = world.browser();
    let answer = browser.post("/session", json!({"user_name": "jane", "password": PASSWORD})).await.expect(201);
    assert_eq!(answer["status"], "mfa_enrolment_required");
    assert_eq!(answer["user"]["user_name"], "jane");
    let session = browser.get("/session").await.expect(200);
    assert_eq!(session["status"], "mfa_enrolment_required");
    assert_eq!(session["expires_at"], answer["expires_at"]);
}

#[tokio::test]
async fn a_browser_that_proved_less_than_all_factors_is_not_recognised() {
    let world = World::start().await;
    world.set_mfa_policy("enforced").await;
    let browser = world.browser();
    browser.post("/session", json!({"user_name": "jane", "password": PASSWORD})).await.expect(201);
    assert_eq!(browser.cookie("__Host-device"), None);
}

#[tokio::test]
async fn a_restricted_session_of_an_administrator_administers_nothing() {
    let world = World::start().await;
    let admin = world.admin().await;
    admin.patch("/account/settings", json!({"mfa_policy": "enforced"})).await.expect(200);
    admin.get("/user").await.problem("mfa-enrolment-required");
    admin.patch("/account/settings", json!({"mfa_policy": "off"})).await.problem("mfa-enrolment-required");
    admin.enable_mfa().await;
    admin.get("/user").await.expect(200);
}

#[tokio::test]
async fn a_restricted_session_becomes_a_full_one_when_mfa_is_confirmed() {
    let world = World::start().await;
    let jane = restricted(&world).await;
    let cookie = jane.cookie("__Host-session");
    jane.post("ME/mfa/totp", ()).await.expect(201);
    jane.get("ME/info").await.problem("mfa-enrolment-required");
    jane.enable_mfa().await;
    assert_eq!(jane.get("/session").await.expect(200)["status"], "signed_in");
    assert_eq!(jane.cookie("__Host-session"), cookie);
    jane.get("ME/info").await.expect(200);
    jane.create_key("first", &["Tasks"]).await;
}

#[tokio::test]
async fn sessions_that_stand_become_restricted_when_mfa_is_enforced() {
    let world = World::start().await;
    let jane = world.jane().await;
    world.set_mfa_policy("enforced").await;
    world.advance(30).await;
    jane.get("ME/info").await.problem("mfa-enrolment-required");
    assert_eq!(jane.get("/session").await.expect(200)["status"], "mfa_enrolment_required");
}

#[tokio::test]
async fn restricted_sessions_become_full_when_mfa_is_enforced_no_more() {
    let world = World::start().await;
    let admin = world.admin().await;
    admin.enable_mfa().await;
    let jane = world.jane().await;
    for policy in ["optional", "off"] {
        admin.patch("/account/settings", json!({"mfa_policy": "enforced"})).await.expect(200);
        world.advance(30).await;
        jane.get("ME/info").await.problem("mfa-enrolment-required");
        admin.patch("/account/settings", json!({"mfa_policy": policy})).await.expect(200);
        world.advance(30).await;
        jane.get("ME/info").await.expect(200);
    }
}

#[tokio::test]
async fn a_policy_that_was_set_elsewhere_holds_within_thirty_seconds() {
    let world = World::start().await;
    let jane = world.jane().await;
    jane.get("ME/mfa").await.expect(200);
    world.context().store.set_mfa_policy(MfaPolicy::Enforced).await.expect("the table answers");
    world.advance(30).await;
    jane.get("ME/info").await.problem("mfa-enrolment-required");
    world.context().store.set_mfa_policy(MfaPolicy::Optional).await.expect("the table answers");
    world.advance(30).await;
    jane.get("ME/info").await.expect(200);
}

#[tokio::test]
async fn enforced_mfa_leaves_keys_and_sso_users_and_those_who_have_it_alone() {
    let world = World::start().await;
    let (jane, sam, kim) = (world.jane().await, world.sam().await, world.new_user().create().await);
    let key = jane.create_key("tool", &["APIKey", "Authentication"]).await;
    kim.enable_mfa().await;
    world.set_mfa_policy("enforced").await;
    world.advance(30).await;
    jane.get("ME/info").await.problem("mfa-enrolment-required");
    key.get("ME/info").await.expect(200);
    key.get("ME/api-key").await.expect(200);
    sam.get("ME/info").await.expect(200);
    world.sam().await.get("ME/info").await.expect(200);
    kim.get("ME/info").await.expect(200);
}

#[tokio::test]
async fn under_enforced_mfa_the_first_password_gives_a_restricted_session() {
    let world = World::start().await;
    let invited = world.new_user().invite().await;
    world.set_mfa_policy("enforced").await;
    let browser = world.browser();
    let body = json!({"token": invited["invitation"]["token"], "password": PASSWORD});
    let answer = browser.post("/session/invitation", body).await.expect(201);
    assert_eq!(answer["status"], "mfa_enrolment_required");
    browser.get("ME/info").await.problem("mfa-enrolment-required");
}

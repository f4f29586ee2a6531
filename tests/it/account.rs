//! Settings of the account.

use scenarios::{Body, World};
use serde_json::json;

#[tokio::test]
async fn the_policy_is_kept() {
    let world = World::start().await;
    let admin = world.admin().await;
    let shown = |policy: &str| json!({"account_name": "demo", "mfa_policy": policy});
    assert_eq!(*admin.get("/account/settings").await.expect(200).json(), shown("optional"));
    for policy in ["off", "optional"] {
        let answer = admin.patch("/account/settings", json!({"mfa_policy": policy})).await.expect(200);
        assert_eq!(*answer.json(), shown(policy));
        assert_eq!(*admin.get("/account/settings").await.expect(200).json(), shown(policy));
    }
}

#[tokio::test]
async fn a_faulty_policy_is_refused_and_changes_nothing() {
    let world = World::start().await;
    let admin = world.admin().await;
    for policy in [json!("Off"), json!("required"), json!(null), json!(false), json!("")] {
        admin.patch("/account/settings", json!({"mfa_policy": policy})).await.invalid(&["/mfa_policy"]);
    }
    admin.patch("/account/settings", json!({})).await.invalid(&["/mfa_policy"]);
    let more = json!({"mfa_policy": "off", "account_name": "other"});
    admin.patch("/account/settings", more).await.invalid(&["/account_name"]);
    admin.patch("/account/settings", ()).await.problem("invalid-request");
    let text = Body::of(Some("text/plain"), r#"{"mfa_policy":"off"}"#);
    admin.patch("/account/settings", text).await.problem("unsupported-media-type");
    assert_eq!(admin.get("/account/settings").await["mfa_policy"], "optional");
}

#[tokio::test]
async fn the_policy_holds_for_everybody() {
    let world = World::start().await;
    let (admin, jane) = (world.admin().await, world.jane().await);
    admin.patch("/account/settings", json!({"mfa_policy": "off"})).await.expect(200);
    assert_eq!(jane.get("ME/mfa").await["policy"], "off");
    jane.post("ME/mfa/totp", ()).await.problem("mfa-not-offered");
    admin.patch("/account/settings", json!({"mfa_policy": "optional"})).await.expect(200);
    jane.enable_mfa().await;
    let key = admin.create_key("settings", &["Account"]).await;
    admin.patch("/account/settings", json!({"mfa_policy": "enforced"})).await.expect(200);
    jane.get("ME/info").await.expect(200);
    // The administrator has no second factor either.
    admin.get("/account/settings").await.problem("mfa-enrolment-required");
    assert_eq!(key.get("/account/settings").await.expect(200)["mfa_policy"], "enforced");
    admin.enable_mfa().await;
    admin.get("/account/settings").await.expect(200);
}

#[tokio::test]
async fn settings_need_the_scope_account() {
    let world = World::start().await;
    let admin = world.admin().await;
    let key = admin.create_key("settings", &["Account"]).await;
    assert_eq!(key.get("/account/settings").await.expect(200)["account_name"], "demo");
    let other = admin.create_key("people", &["Authentication", "APIKey", "User"]).await;
    let refused = other.get("/account/settings").await.problem("insufficient-scope");
    assert_eq!(refused["required_scopes"], json!(["Account"]));
}

#[tokio::test]
async fn settings_are_for_administrators() {
    let world = World::start().await;
    let jane = world.jane().await;
    let key = jane.create_key("settings", &["Account"]).await;
    for caller in [&*jane, &*key] {
        caller.get("/account/settings").await.problem("role-required");
    }
    jane.patch("/account/settings", json!({"mfa_policy": "off"})).await.problem("role-required");
    world.anyone().get("/account/settings").await.problem("unauthenticated");
}

#[tokio::test]
async fn no_key_changes_settings() {
    let world = World::start().await;
    let key = world.admin().await.create_key("settings", &["Account", "Authentication"]).await;
    key.patch("/account/settings", json!({"mfa_policy": "off"})).await.problem("session-required");
    assert_eq!(key.get("/account/settings").await["mfa_policy"], "optional");
}

#[tokio::test]
async fn settings_are_changed_with_a_fresh_session() {
    let world = World::start().await;
    let admin = world.admin().await;
    world.advance(601).await;
    admin.get("/account/settings").await.expect(200);
    admin.patch("/account/settings", json!({"mfa_policy": "off"})).await.problem("step-up-required");
    admin.step_up().await;
    admin.patch("/account/settings", json!({"mfa_policy": "off"})).await.expect(200);
}

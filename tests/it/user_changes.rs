//! What administrators change about users, and what follows from it.

use scenarios::{Body, World};
use serde_json::{Value, json};

#[tokio::test]
async fn only_what_is_sent_changes() {
    let world = World::start().await;
    let admin = world.admin().await;
    let kim = world.new_user().with("full_name", "Kim").with("email", "kim@example.com").create().await;
    let info = kim.path("info");
    let before = admin.get(&info).await.expect(200);
    let after = admin.patch(&info, json!({"full_name": "Kim Doe"})).await.expect(200);
    let mut expected = before.json().clone();
    expected["full_name"] = json!("Kim Doe");
    assert_eq!(*after.json(), expected);
    assert_eq!(*admin.get(&info).await.json(), expected);
    for nothing in [Body::from(json!({})), Body::from(())] {
        assert_eq!(*admin.patch(&info, nothing).await.expect(200).json(), expected);
    }
    let merge = Body::of(Some("application/merge-patch+json"), r#"{"groups": ["App Publisher"]}"#);
    assert_eq!(admin.patch(&info, merge).await.expect(200)["full_name"], "Kim Doe");
    assert_eq!(kim.get("ME/info").await["groups"], json!(["App Publisher"]));
}

#[tokio::test]
async fn null_clears_full_name_and_email() {
    let world = World::start().await;
    let admin = world.admin().await;
    let made = world.new_user().named("kim").with("full_name", "Kim").with("email", "kim@example.com").invite().await;
    assert_eq!(made["full_name"], "Kim");
    let path = "/user/demo/ROOT/kim/info";
    let after = admin.patch(path, json!({"full_name": null, "email": null})).await.expect(200);
    assert_eq!((&after["full_name"], &after["email"]), (&Value::Null, &Value::Null));
    assert_eq!(*admin.get(path).await.json(), *after.json());
    admin.patch(path, json!({"groups": null, "disabled": null})).await.invalid(&["/groups", "/disabled"]);
}

#[tokio::test]
async fn a_faulty_change_is_refused_with_every_fault() {
    let world = World::start().await;
    let admin = world.admin().await;
    let jane = world.jane().await.path("info");
    let faulty = json!({
        "full_name": "", "email": "jane", "groups": [1], "disabled": "yes", "user_name": "joan",
        "identity_provider": "saml", "environment_name": "Lab",
    });
    admin.patch(&jane, faulty).await.invalid(&[
        "/full_name",
        "/email",
        "/groups/0",
        "/disabled",
        "/user_name",
        "/identity_provider",
        "/environment_name",
    ]);
    admin.patch(&jane, json!({"groups": ["App Publisher", "Poets"]})).await.invalid(&["/groups/1"]);
    admin.patch(&jane, Body::of(Some("text/plain"), "{}")).await.problem("unsupported-media-type");
    assert_eq!(admin.get(&jane).await["groups"], json!([]));
}

#[tokio::test]
async fn a_change_holds_to_the_state_it_was_made_for() {
    let world = World::start().await;
    let admin = world.admin().await;
    let jane = world.jane().await.path("info");
    let first = admin.get(&jane).await.etag();
    let changed = admin.patch(&jane, json!({"full_name": "Jane"})).header("if-match", &first).await.expect(200);
    assert_ne!(changed.etag(), first);
    assert_eq!(admin.get(&jane).await.etag(), changed.etag());
    let stale = admin.patch(&jane, json!({"full_name": "Joan"})).header("if-match", &first);
    stale.await.problem("precondition-failed");
    let twice = admin.patch(&jane, json!({})).header("if-match", &first).header("if-match", changed.etag());
    twice.await.problem("invalid-request");
    assert_eq!(admin.get(&jane).await["full_name"], "Jane");
    admin.delete(&jane).header("if-match", &first).await.problem("precondition-failed");
    // Without the header, any state will do.
    admin.patch(&jane, json!({"full_name": "Joan"})).await.expect(200);
    let current = admin.get(&jane).await.etag();
    admin.delete(&jane).header("if-match", &current).await.expect(204);
}

#[tokio::test]
async fn the_tag_of_a_user_moves_with_whatever_is_shown() {
    let world = World::start().await;
    let (admin, jane) = (world.admin().await, world.jane().await);
    let info = jane.path("info");
    let mut tags = vec![admin.get(&info).await.etag()];
    let changes =
        [json!({"groups": ["App Publisher"]}), json!({"email": "jane@example.com"}), json!({"disabled": true})];
    for change in changes {
        tags.push(admin.patch(&info, change).await.expect(200).etag());
    }
    admin.patch(&info, json!({"disabled": false})).await.expect(200);
    world.jane().await.enable_mfa().await;
    tags.push(admin.get(&info).await.etag());
    let mut different = tags.clone();
    different.sort_unstable();
    different.dedup();
    assert_eq!(different.len(), tags.len(), "{tags:?}");
}

#[tokio::test]
async fn who_is_not_there_is_not_found() {
    let world = World::start().await;
    let admin = world.admin().await;
    let nobody = ["demo/ROOT/nobody", "demo/Nowhere/jane", "other/ROOT/jane", "demo/ROOT/a%20b"];
    for who in nobody {
        let path = |what: &str| format!("/user/{who}/{what}");
        admin.get(&path("info")).await.problem("not-found");
        admin.patch(&path("info"), json!({"full_name": "X"})).header("if-match", "\"x\"").await.problem("not-found");
        admin.delete(&path("info")).await.problem("not-found");
        admin.post(&path("invitation"), ()).await.problem("not-found");
        admin.post(&path("mfa/reset"), ()).await.problem("not-found");
    }
}

#[tokio::test]
async fn groups_decide_the_roles_from_the_next_request_on() {
    let world = World::start().await;
    let (admin, jane) = (world.admin().await, world.jane().await);
    jane.get("/user").await.problem("role-required");
    let groups = json!({"groups": ["App Publisher", "Admin"]});
    let after = admin.patch(&jane.path("info"), groups).await.expect(200);
    assert_eq!(after["roles"], json!(["Admin", "App Publisher"]));
    jane.get("/user").await.expect(200);
    let after = admin.patch(&jane.path("info"), json!({"groups": []})).await.expect(200);
    assert_eq!((&after["roles"], &after["groups"]), (&json!([]), &json!([])));
    jane.get("/user").await.problem("role-required");
}

#[tokio::test]
async fn groups_of_another_environment_make_no_administrator() {
    let world = World::start().await;
    let kim = world.new_user().environment("Lab").groups(["Admin", "App Publisher"]).create().await;
    let info = kim.get("ME/info").await.expect(200);
    assert_eq!((&info["roles"], &info["groups"]), (&json!([]), &json!(["Admin", "App Publisher"])));
    kim.get("/user").await.problem("role-required");
}

#[tokio::test]
async fn a_disabled_user_is_out_at_once() {
    let world = World::start().await;
    let (admin, jane) = (world.admin().await, world.jane().await);
    let other_browser = world.jane().await;
    let key = jane.create_key("nightly", &["Tasks"]).await;
    let after = admin.patch(&jane.path("info"), json!({"disabled": true})).await.expect(200);
    assert_eq!(after["disabled"], true);
    for session in [&jane, &other_browser] {
        session.get("ME/info").await.problem("session-expired");
    }
    key.get("ME/authorization").await.problem("unauthenticated");
    world.browser().post("/session", jane.credentials()).await.problem("sign-in-failed");
}

#[tokio::test]
async fn a_disabled_user_of_single_sign_on_is_out_at_once() {
    let world = World::start().await;
    let (admin, sam) = (world.admin().await, world.sam().await);
    let key = sam.create_key("nightly", &["Tasks"]).await;
    admin.patch(&sam.path("info"), json!({"disabled": true})).await.expect(200);
    sam.get("ME/info").await.problem("session-expired");
    key.get("ME/authorization").await.problem("unauthenticated");
    let named = json!({"environment_name": "ROOT", "user_name": "sam"});
    world.browser().post("/_local/sso", named).await.problem("sign-in-failed");
}

#[tokio::test]
async fn who_is_enabled_again_signs_in_anew() {
    let world = World::start().await;
    let (admin, jane) = (world.admin().await, world.jane().await);
    for disabled in [true, false] {
        admin.patch(&jane.path("info"), json!({"disabled": disabled})).await.expect(200);
        jane.get("ME/info").await.problem("session-expired");
    }
    world.jane().await.get("ME/info").await.expect(200);
}

#[tokio::test]
async fn an_email_set_by_an_administrator_is_in_force_and_unverified() {
    let world = World::with_mail().await;
    let (admin, jane) = (world.admin().await, world.jane().await);
    jane.patch("ME/info", json!({"email": "jane@example.com"})).await.expect(200);
    let token = world.mail().await.iter().find_map(|mail| mail.token().map(str::to_owned)).expect("a link");
    jane.post("ME/email/confirm", json!({"token": token})).await.expect(200);
    jane.patch("ME/info", json!({"email": "later@example.com"})).await.expect(200);

    let after = admin.patch(&jane.path("info"), json!({"email": "doe@example.com"})).await.expect(200);
    assert_eq!((&after["email"], &after["email_verified"]), (&json!("doe@example.com"), &json!(false)));
    let own = jane.get("ME/info").await;
    assert_eq!((&own["email"], &own["email_verified"]), (&json!("doe@example.com"), &json!(false)));
    let told: Vec<_> = world.mail().await.into_iter().map(|mail| mail.to).collect();
    assert!(told.contains(&"jane@example.com".to_owned()), "the old address is told: {told:?}");
    // Nobody has shown to read the new one, so no link that opens the account goes there.
    let reset = json!({"environment_name": "ROOT", "user_name": "jane"});
    world.browser().post("/session/password-reset", reset).await.expect(202);
    assert!(world.mail().await.iter().all(|mail| mail.to != "doe@example.com" || mail.token().is_none()));
}

//! A user's own profile: what it shows, and what may change.

use scenarios::{Body, World};
use serde_json::{Value, json};

#[tokio::test]
async fn info_shows_environment_groups_roles_and_provider() {
    let world = World::start().await;
    let kim = world.new_user().named("kim").environment("Delft").groups(["Planners"]).with("full_name", "Kim Lee");
    let info = kim.create().await.get("ME/info").await.expect(200);
    let wanted = json!({
        "account_name": "demo", "environment_name": "Delft", "user_name": "kim", "full_name": "Kim Lee", "email": null,
        "email_verified": false, "pending_email": null, "identity_provider": "local", "roles": [],
        "groups": ["Planners"],
    });
    assert_eq!(info.json(), &wanted);
    assert_eq!(world.admin().await.get("ME/info").await.expect(200)["roles"], json!(["Admin"]));
    assert_eq!(world.sam().await.get("ME/info").await.expect(200)["identity_provider"], "saml");
    let kay = world.new_user().named("kay").with("identity_provider", "active_directory").create().await;
    assert_eq!(kay.get("ME/info").await.expect(200)["identity_provider"], "active_directory");
}

#[tokio::test]
async fn a_key_reads_info_with_scope_authentication_only() {
    let world = World::start().await;
    let jane = world.jane().await;
    let key = jane.create_key("reader", &["Authentication"]).await;
    let (own, by_key) = (jane.get("ME/info").await.expect(200), key.get("ME/info").await.expect(200));
    assert_eq!((own.json(), own.etag()), (by_key.json(), by_key.etag()));
    let other = jane.create_key("other", &["PublishApp", "Tasks", "APIKey", "Session", "User", "Account"]).await;
    let refused = other.get("ME/info").await.problem("insufficient-scope");
    assert_eq!(refused["required_scopes"], json!(["Authentication"]));
    world.anyone().get("ME/info").await.problem("unauthenticated");
}

#[tokio::test]
async fn a_key_never_changes_a_profile() {
    let world = World::start().await;
    let key = world.jane().await.create_key("reader", &["Authentication", "User", "Account"]).await;
    key.patch("ME/info", json!({"full_name": "Jane Doe"})).await.problem("session-required");
    key.post("ME/email/confirm", json!({"token": "x"})).await.problem("session-required");
    key.delete("ME/email/pending").await.problem("session-required");
}

#[tokio::test]
async fn only_the_current_user_has_a_profile_here() {
    let world = World::start().await;
    let jane = world.jane().await;
    for user in ["jane", "admin", "@self", "current"] {
        jane.get(&format!("/user/{user}/info")).await.problem("not-found");
        jane.patch(&format!("/user/{user}/info"), json!({"full_name": "Jane"})).await.problem("not-found");
    }
}

#[tokio::test]
async fn the_etag_moves_with_the_profile_and_with_nothing_else() {
    let world = World::start().await;
    let jane = world.jane().await;
    let before = jane.get("ME/info").await.expect(200).etag();
    world.jane().await.create_key("nightly", &["Tasks"]).await;
    world.advance(400).await;
    assert_eq!(jane.get("ME/info").await.expect(200).etag(), before);

    let changed = jane.patch("ME/info", json!({"full_name": "Jane Doe"})).await.expect(200);
    assert_ne!(changed.etag(), before);
    assert_eq!(jane.get("ME/info").await.expect(200).etag(), changed.etag());
    let pending = jane.patch("ME/info", json!({"email": "jane@example.com"})).await.expect(200);
    assert_ne!(pending.etag(), changed.etag());
}

#[tokio::test]
async fn a_stale_if_match_is_refused_and_a_missing_one_allowed() {
    let world = World::start().await;
    let jane = world.jane().await;
    let patch = |name: &str| jane.patch("ME/info", json!({"full_name": name}));
    let first = patch("One").await.expect(200).etag();
    let second = patch("Two").header("if-match", &first).await.expect(200).etag();
    patch("Three").header("if-match", &first).await.problem("precondition-failed");
    patch("Three").header("if-match", format!("W/{second}")).await.problem("precondition-failed");
    assert_eq!(jane.get("ME/info").await.expect(200)["full_name"], "Two");
    patch("Four").header("if-match", "*").await.expect(200);
    // The same value twice is one value; different ones are none.
    let fourth = jane.get("ME/info").await.expect(200).etag();
    patch("Five").header("if-match", &fourth).header("if-match", &first).await.problem("invalid-request");
    patch("Five").header("if-match", &fourth).header("if-match", &fourth).await.expect(200);
}

#[tokio::test]
async fn a_patch_leaves_alone_what_it_does_not_name() {
    let world = World::start().await;
    let jane = world.jane().await;
    jane.patch("ME/info", json!({"full_name": "Jane Doe", "email": "jane@example.com"})).await.expect(200);
    let before = jane.get("ME/info").await.expect(200);
    let nothing = jane.patch("ME/info", json!({})).await.expect(200);
    assert_eq!((nothing.json(), nothing.etag()), (before.json(), before.etag()));
    let renamed = jane.patch("ME/info", json!({"full_name": "Jane Roe"})).await.expect(200);
    assert_eq!((&renamed["full_name"], &renamed["pending_email"]), (&json!("Jane Roe"), &json!("jane@example.com")));
}

#[tokio::test]
async fn null_clears_what_may_be_empty() {
    let world = World::start().await;
    let kim = world.new_user().with("full_name", "Kim Lee").with("email", "kim@example.com").create().await;
    let cleared = kim.patch("ME/info", json!({"full_name": null, "email": null})).await.expect(200);
    assert_eq!((&cleared["full_name"], &cleared["email"]), (&Value::Null, &Value::Null));
    assert_eq!(cleared["email_verified"], false);
}

#[tokio::test]
async fn only_full_name_and_email_can_be_changed() {
    let world = World::start().await;
    let jane = world.jane().await;
    let refused = jane.patch("ME/info", json!({"full_name": "Jane", "user_name": "joan"})).await;
    assert_eq!(refused["errors"].as_array().map(Vec::len), Some(1), "{refused:?}");
    refused.invalid(&["/user_name"]);
    jane.patch("ME/info", json!({"user_name": null})).await.invalid(&["/user_name"]);
    jane.patch("ME/info", json!({"groups": ["Admin"], "disabled": true, "email_verified": true, "roles": ["Admin"]}))
        .await
        .invalid(&["/groups", "/disabled", "/email_verified", "/roles"]);
    let twice = Body::json_text(r#"{"full_name":"Jane","full_name":"Joan"}"#);
    jane.patch("ME/info", twice).await.invalid(&["/full_name"]);
    assert_eq!(jane.get("ME/info").await.expect(200)["full_name"], Value::Null);
}

#[tokio::test]
async fn a_full_name_has_1_to_200_characters_and_no_control_character() {
    let world = World::start().await;
    let jane = world.jane().await;
    for good in ["J", "Łucja 部署 O'Neil", &"é".repeat(200), &"🦀".repeat(200)] {
        let answer = jane.patch("ME/info", json!({"full_name": good})).await.expect(200);
        assert_eq!(answer["full_name"], *good);
    }
    let controls = ["a\nb", "a\tb", "a\0b", "a\u{7f}b", "a\u{85}b", "a\u{9b}b"].map(|text| json!(text));
    let lengths = [json!(""), json!("é".repeat(201))];
    let no_texts = [json!(7), json!(true), json!([]), json!({})];
    for bad in controls.into_iter().chain(lengths).chain(no_texts) {
        jane.patch("ME/info", json!({"full_name": bad})).await.invalid(&["/full_name"]);
    }
}

#[tokio::test]
async fn an_address_is_what_an_email_input_accepts_up_to_254_characters() {
    let world = World::start().await;
    let jane = world.jane().await;
    let of_length = |length: usize| format!("{}@{}.nl", "j".repeat(length - 4 - 63), "x".repeat(63));
    for good in ["j@e", "jane.doe+x'y@mail-1.example.co.uk", "!#$%&*/=?^_`{|}~-@example.com", &of_length(254)] {
        let answer = world.new_user().create().await.patch("ME/info", json!({"email": good})).await.expect(200);
        assert_eq!(answer["pending_email"], *good);
    }
    let mut bad = ["", "jane", "@e", "j@", "j@@e", "j@-e", "j@e-", "j@e..nl", "j j@e", "jän@e", "j@é.nl"]
        .map(str::to_owned)
        .to_vec();
    bad.extend([of_length(255), "j@e\r\nBcc: x@e".to_owned(), "Jane <j@e>".to_owned(), "j@e,k@e".to_owned()]);
    bad.push(format!("j@{}.nl", "x".repeat(64)));
    for bad in bad {
        jane.patch("ME/info", json!({"email": bad})).await.invalid(&["/email"]);
    }
    assert_eq!(jane.get("ME/info").await.expect(200)["pending_email"], Value::Null);
}

#[tokio::test]
async fn a_patch_may_be_json_or_a_merge_patch_and_nothing_else() {
    let world = World::start().await;
    let jane = world.jane().await;
    let text = r#"{"full_name":"Jane Doe"}"#;
    for good in ["application/json", "application/merge-patch+json", "application/merge-patch+json; charset=utf-8"] {
        jane.patch("ME/info", Body::of(Some(good), text)).await.expect(200);
    }
    for bad in [Some("application/json-patch+json"), Some("text/plain"), None] {
        jane.patch("ME/info", Body::of(bad, text)).await.problem("unsupported-media-type");
    }
    let token = Body::of(Some("application/merge-patch+json"), r#"{"token":"x"}"#);
    jane.post("ME/email/confirm", token).await.problem("unsupported-media-type");
}

#[tokio::test]
async fn freshness_is_asked_only_where_the_address_changes() {
    let world = World::with_mail().await;
    let jane = world.jane().await;
    crate::email::verify(&world, &jane, "jane@example.com").await;
    world.advance(601).await;
    jane.patch("ME/info", json!({"full_name": "Jane Doe"})).await.expect(200);
    jane.patch("ME/info", json!({"email": "jane@example.com", "full_name": "Jane Roe"})).await.expect(200);
    for email in [json!("other@example.com"), Value::Null] {
        jane.patch("ME/info", json!({"email": email, "full_name": "Joan"})).await.problem("step-up-required");
    }
    // Freshness comes before the request itself, which comes before the precondition.
    let faulty = jane.patch("ME/info", json!({"email": "no address"})).header("if-match", "\"stale\"");
    faulty.clone().await.problem("step-up-required");
    jane.step_up().await;
    faulty.await.invalid(&["/email"]);
    let answer = jane.patch("ME/info", json!({"email": "other@example.com"})).await.expect(200);
    assert_eq!((&answer["full_name"], &answer["pending_email"]), (&json!("Jane Roe"), &json!("other@example.com")));
}

#[tokio::test]
async fn a_user_of_single_sign_on_has_a_profile_like_any_other() {
    let world = World::start().await;
    let sam = world.sam().await;
    let change = json!({"full_name": "Sam Poe", "email": "sam@example.com"});
    let answer = sam.patch("ME/info", change).await.expect(200);
    assert_eq!((&answer["full_name"], &answer["pending_email"]), (&json!("Sam Poe"), &json!("sam@example.com")));
    world.advance(601).await;
    sam.patch("ME/info", json!({"email": "sam@example.org"})).await.problem("step-up-required");
}

#[tokio::test]
async fn authorization_tells_what_the_caller_holds() {
    let world = World::start().await;
    let jane = world.jane().await;
    let ends_at = jane.get("/session").await.expect(200).text("expires_at");
    let of_session = jane.get("ME/authorization").await.expect(200);
    let wanted = json!({"kind": "session", "name": null, "scopes": null, "expires_at": ends_at});
    assert_eq!(of_session.json(), &wanted);

    let expiry = world.now().await.plus(86_400);
    let key = jane.create_key_until("Nightly", &["Session", "Tasks"], expiry).await;
    let wanted = json!({"kind": "api_key", "name": "Nightly", "scopes": ["Tasks", "Session"], "expires_at": expiry});
    assert_eq!(key.get("ME/authorization").await.expect(200).json(), &wanted);
    world.anyone().get("ME/authorization").await.problem("unauthenticated");
}

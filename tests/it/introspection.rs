//! Token introspection (RFC 7662), for services that no gateway guards.

use scenarios::{ApiKey, Body, Caller, Form, Response, World};
use serde_json::json;
use shared::clock::Timestamp;

async fn introspect(caller: &Caller, token: &str) -> Response {
    caller.post("/introspect", Form(&[("token", token)])).await
}

/// Fails unless the answer says that the token is inactive, and nothing else.
#[track_caller]
fn expect_inactive(answer: &Response) {
    assert_eq!((answer.status(), answer.json()), (200, &json!({"active": false})), "{answer:?}");
}

fn seconds(instant: &str) -> i64 {
    Timestamp::parse_rfc3339(instant).expect("an instant").unix_seconds()
}

#[tokio::test]
async fn an_active_key_is_described() {
    let world = World::start().await;
    let (admin, jane) = (world.admin().await, world.jane().await);
    let made = jane.post("ME/api-key", json!({"name": "Nightly", "scopes": ["Tasks", "Authentication"]})).await;
    let (iat, exp) = (seconds(&made.text("created_at")), seconds(&made.text("expiration_date")));
    let answer = introspect(&admin, &made.text("value")).await.expect(200);
    let sub = answer.text("sub");
    assert!(!sub.is_empty());
    let expected = json!({
        "active": true, "scope": "Authentication Tasks", "sub": sub, "username": "jane", "exp": exp, "iat": iat,
        "client_id": "Nightly",
    });
    assert_eq!(*answer.json(), expected);
}

#[tokio::test]
async fn the_subject_is_the_user_whatever_the_key() {
    let world = World::start().await;
    let (admin, jane, sam) = (world.admin().await, world.jane().await, world.sam().await);
    let keys = [
        jane.create_key("one", &["Tasks"]).await,
        jane.create_key("two", &["Tasks"]).await,
        sam.create_key("one", &["Tasks"]).await,
    ];
    let mut subjects = Vec::new();
    for key in &keys {
        subjects.push(introspect(&admin, &key.value).await.text("sub"));
    }
    assert!(subjects[0] == subjects[1] && subjects[1] != subjects[2], "{subjects:?}");
}

#[tokio::test]
async fn what_is_no_live_key_is_inactive_and_nothing_else() {
    let world = World::start().await;
    let (admin, jane) = (world.admin().await, world.jane().await);
    let key = jane.create_key("nightly", &["Tasks"]).await;
    let session = jane.cookie("__Host-session").expect("signed in");
    let swapped: String = key.value.chars().rev().collect();
    let cut = &key.value[..key.value.len() - 1];
    for token in ["", "x", "upk_", swapped.as_str(), cut, session.as_str()] {
        expect_inactive(&introspect(&admin, token).await);
    }
    jane.delete("ME/api-key/nightly").await.expect(204);
    expect_inactive(&introspect(&admin, &key.value).await);
}

#[tokio::test]
async fn the_pointer_to_an_unknown_member_is_escaped() {
    let world = World::start().await;
    let answer = world.admin().await.post("/introspect", Form(&[("token", "a"), ("a~b/c", "x")])).await;
    let refused = answer.problem("invalid-request");
    assert_eq!(refused["errors"][0]["pointer"], "/a~0b~1c");
}

#[tokio::test]
async fn an_expired_key_is_inactive() {
    let world = World::start().await;
    let (admin, jane) = (world.admin().await, world.jane().await);
    let key = jane.create_key_until("short", &["Tasks"], world.now().await.plus(300)).await;
    assert_eq!(introspect(&admin, &key.value).await["active"], true);
    world.advance(300).await;
    expect_inactive(&introspect(&admin, &key.value).await);
}

#[tokio::test]
async fn a_rotated_value_is_active_for_its_overlap_only() {
    let world = World::start().await;
    let (admin, jane) = (world.admin().await, world.jane().await);
    let first = jane.create_key("nightly", &["Tasks"]).await;
    let rotated = jane.post("ME/api-key/nightly/rotate", json!({"overlap_seconds": 300})).await.expect(200);
    let second = ApiKey::of(&world.anyone(), &rotated);
    let rotated_at = seconds(&rotated.text("rotated_at"));
    // Each value ends at its own end.
    assert_eq!(introspect(&admin, &first.value).await["exp"], rotated_at + 300);
    let answer = introspect(&admin, &second.value).await;
    assert_eq!(answer["exp"], seconds(&rotated.text("expiration_date")));
    assert_eq!(answer["iat"], rotated_at);
    world.advance(300).await;
    expect_inactive(&introspect(&admin, &first.value).await);
    assert_eq!(introspect(&admin, &second.value).await["active"], true);
    let third = jane.post("ME/api-key/nightly/rotate", ()).await.expect(200);
    expect_inactive(&introspect(&admin, &second.value).await);
    assert_eq!(introspect(&admin, &third.text("value")).await["active"], true);
}

#[tokio::test]
async fn a_rotated_value_ends_with_its_key_where_that_is_sooner_than_its_overlap() {
    let world = World::start().await;
    let (admin, jane) = (world.admin().await, world.jane().await);
    let first = jane.create_key("nightly", &["Tasks"]).await;
    let end = world.now().await.plus(300);
    let sooner = json!({"overlap_seconds": 3_600, "expiration_date": end});
    jane.post("ME/api-key/nightly/rotate", sooner).await.expect(200);
    assert_eq!(introspect(&admin, &first.value).await["exp"], end.unix_seconds());
    world.advance(300).await;
    expect_inactive(&introspect(&admin, &first.value).await);
    first.get("ME/authorization").await.problem("key-expired");
}

#[tokio::test]
async fn every_value_was_issued_when_it_was_made() {
    let world = World::start().await;
    let (admin, jane) = (world.admin().await, world.jane().await);
    let made = jane.post("ME/api-key", json!({"name": "nightly", "scopes": ["Tasks"]})).await.expect(201);
    let mut values = vec![(made.text("value"), seconds(&made.text("created_at")))];
    for _ in 0..2 {
        world.advance(60).await;
        let rotated = jane.post("ME/api-key/nightly/rotate", json!({"overlap_seconds": 300})).await.expect(200);
        values.push((rotated.text("value"), seconds(&rotated.text("rotated_at"))));
        for (value, issued_at) in values.iter().rev().take(2) {
            assert_eq!(introspect(&admin, value).await["iat"], *issued_at);
        }
    }
    assert!(values.windows(2).all(|pair| pair[0].1 < pair[1].1), "{values:?}");
}

#[tokio::test]
async fn a_key_is_inactive_while_its_owner_is_out() {
    let world = World::start().await;
    let (admin, jane, sam) = (world.admin().await, world.jane().await, world.sam().await);
    let keys = [jane.create_key("nightly", &["Tasks"]).await, sam.create_key("nightly", &["Tasks"]).await];
    admin.patch(&jane.path("info"), json!({"disabled": true})).await.expect(200);
    admin.delete(&sam.path("info")).await.expect(204);
    for key in keys {
        expect_inactive(&introspect(&admin, &key.value).await);
    }
}

#[tokio::test]
async fn looking_at_a_key_is_no_use_of_it() {
    let world = World::start().await;
    let (admin, jane) = (world.admin().await, world.jane().await);
    let key = jane.create_key("nightly", &["Tasks"]).await;
    introspect(&admin, &key.value).await.expect(200);
    assert!(jane.get("ME/api-key/nightly").await["last_used_at"].is_null());
}

#[tokio::test]
async fn the_form_has_one_token() {
    let world = World::start().await;
    let admin = world.admin().await;
    let ask = async |pairs: &[(&str, &str)]| admin.post("/introspect", Form(pairs)).await;
    ask(&[]).await.invalid(&["/token"]);
    ask(&[("token", "a"), ("token", "a")]).await.invalid(&["/token"]);
    ask(&[("token", "a"), ("user", "b")]).await.invalid(&["/user"]);
    // RFC 7662 §2.1: a hint may be sent, and a server may ignore it.
    ask(&[("token", "a"), ("token_type_hint", "access_token")]).await.expect(200);
}

#[tokio::test]
async fn only_a_form_is_taken() {
    let world = World::start().await;
    let admin = world.admin().await;
    admin.post("/introspect", json!({"token": "a"})).await.problem("unsupported-media-type");
    admin.post("/introspect", Body::of(None, "token=a")).await.problem("unsupported-media-type");
    let typed = |media_type: &str| Body::of(Some(media_type), "token=a");
    admin.post("/introspect", typed("application/x-www-form-urlencoded; charset=UTF-8")).await.expect(200);
    admin.post("/introspect", typed("text/plain")).await.problem("unsupported-media-type");
    let large = "a".repeat(16 * 1024);
    introspect(&admin, &large).await.problem("payload-too-large");
}

#[tokio::test]
async fn only_administrators_and_their_keys_with_the_scope_may_ask() {
    let world = World::start().await;
    let (admin, jane) = (world.admin().await, world.jane().await);
    let asked = jane.create_key("nightly", &["Authentication"]).await;
    let with_scope = admin.create_key("guard", &["Authentication"]).await;
    let without = admin.create_key("other", &["APIKey", "Account", "User"]).await;
    assert_eq!(introspect(&with_scope, &asked.value).await["active"], true);
    assert_eq!(introspect(&with_scope, &with_scope.value).await["client_id"], "guard");
    let refused = introspect(&without, &asked.value).await.problem("insufficient-scope");
    assert_eq!(refused["required_scopes"], json!(["Authentication"]));
    introspect(&jane, &asked.value).await.problem("role-required");
    introspect(&asked, &asked.value).await.problem("role-required");
    introspect(&world.anyone(), &asked.value).await.problem("unauthenticated");
    // It changes nothing, so no fresh proof is asked for.
    world.advance(601).await;
    introspect(&admin, &asked.value).await.expect(200);
}

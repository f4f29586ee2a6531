//! Rotation: a new value, an overlap for the old one, and never a second life for an expired key.

use scenarios::{ApiKey, World};
use serde_json::json;
use shared::clock::Timestamp;

#[tokio::test]
async fn without_an_overlap_the_old_value_ends_at_once() {
    let world = World::start().await;
    let jane = world.jane().await;
    let old = jane.create_key("k", &["Tasks"]).await;
    let new = ApiKey::of(&jane, &jane.post("ME/api-key/k/rotate", ()).await.expect(200));
    old.get("ME/authorization").await.problem("unauthenticated");
    new.get("ME/authorization").await.expect(200);
}

#[tokio::test]
async fn during_an_overlap_both_values_work_and_then_one() {
    let world = World::start().await;
    let jane = world.jane().await;
    let old = jane.create_key("k", &["Tasks"]).await;
    let rotated = jane.post("ME/api-key/k/rotate", json!({"overlap_seconds": 300})).await.expect(200);
    let new = ApiKey::of(&jane, &rotated);
    world.advance(240).await;
    old.get("ME/authorization").await.expect(200);
    new.get("ME/authorization").await.expect(200);
    world.advance(60).await;
    old.get("ME/authorization").await.problem("unauthenticated");
    new.get("ME/authorization").await.expect(200);
}

#[tokio::test]
async fn a_rotation_during_an_overlap_ends_the_oldest_value_at_once() {
    let world = World::start().await;
    let jane = world.jane().await;
    let overlap = json!({"overlap_seconds": 300});
    let first = jane.create_key("k", &["Tasks"]).await;
    let second = ApiKey::of(&jane, &jane.post("ME/api-key/k/rotate", overlap.clone()).await.expect(200));
    let third = ApiKey::of(&jane, &jane.post("ME/api-key/k/rotate", overlap).await.expect(200));
    first.get("ME/authorization").await.problem("unauthenticated");
    second.get("ME/authorization").await.expect(200);
    third.get("ME/authorization").await.expect(200);
}

#[tokio::test]
async fn an_old_value_never_outlives_its_own_expiry() {
    let world = World::start().await;
    let jane = world.jane().await;
    let now = world.now().await;
    let old = jane.create_key_until("k", &["Tasks"], now.plus(300)).await;
    let body = json!({"overlap_seconds": 604_800, "expiration_date": now.plus(86_400)});
    let new = ApiKey::of(&jane, &jane.post("ME/api-key/k/rotate", body).await.expect(200));
    world.advance(300).await;
    old.get("ME/authorization").await.problem("unauthenticated");
    new.get("ME/authorization").await.expect(200);
}

#[tokio::test]
async fn a_replaced_value_neither_takes_its_key_back_nor_outlives_itself_in_another() {
    let world = World::start().await;
    let jane = world.jane().await;
    let old = jane.create_key("k", &["APIKey", "Tasks"]).await;
    jane.create_key("other", &["Tasks"]).await;
    let rotated = jane.post("ME/api-key/k/rotate", json!({"overlap_seconds": 300})).await.expect(200);
    let new = ApiKey::of(&jane, &rotated);
    let until = Timestamp::parse_rfc3339(&rotated.text("rotated_at")).expect("an instant").plus(300).to_string();

    assert_eq!(old.get("ME/authorization").await.expect(200)["expires_at"], until);
    for path in ["ME/api-key/@self/rotate", "ME/api-key/k/rotate"] {
        old.post(path, ()).await.problem("key-not-active");
    }
    assert_eq!(old.post("ME/api-key/other/rotate", ()).await.expect(200)["expiration_date"], until);
    let order = json!({"name": "made", "scopes": ["Tasks"]});
    assert_eq!(old.post("ME/api-key", order).await.expect(201)["expiration_date"], until);
    let longer = json!({"name": "longer", "scopes": ["Tasks"], "expiration_date": world.now().await.plus(360)});
    old.post("ME/api-key", longer).await.problem("invalid-request");

    let newest = ApiKey::of(&jane, &new.post("ME/api-key/@self/rotate", ()).await.expect(200));
    newest.get("ME/authorization").await.expect(200);
}

#[tokio::test]
async fn a_rotation_keeps_scopes_and_expiry_unless_it_sets_one() {
    let world = World::start().await;
    let jane = world.jane().await;
    let until = world.now().await.plus(86_400);
    jane.create_key_until("k", &["Tasks", "Session"], until).await;
    let kept = jane.post("ME/api-key/k/rotate", json!({})).await.expect(200);
    assert_eq!((&kept["expiration_date"], &kept["scopes"]), (&json!(until), &json!(["Tasks", "Session"])));
    assert!(kept["rotated_at"].is_string());
    let set = jane.post("ME/api-key/k/rotate", json!({"expiration_date": until.plus(60)})).await.expect(200);
    assert_eq!(set["expiration_date"], json!(until.plus(60)));
}

#[tokio::test]
async fn a_whole_number_of_seconds_may_be_written_with_a_point() {
    let world = World::start().await;
    let jane = world.jane().await;
    let old = jane.create_key("k", &["Tasks"]).await;
    jane.post("ME/api-key/k/rotate", json!({"overlap_seconds": 60.0})).await.expect(200);
    world.advance(30).await;
    old.get("ME/authorization").await.expect(200);
    world.advance(30).await;
    old.get("ME/authorization").await.problem("unauthenticated");
}

#[tokio::test]
async fn malformed_rotations_are_refused() {
    let world = World::start().await;
    let jane = world.jane().await;
    jane.create_key("k", &["Tasks"]).await;
    for overlap in [json!(604_801), json!(-1), json!(1.5), json!("60"), json!(null), json!(1e300)] {
        let body = json!({"overlap_seconds": overlap});
        jane.post("ME/api-key/k/rotate", body).await.invalid(&["/overlap_seconds"]);
    }
    jane.post("ME/api-key/k/rotate", json!({"scopes": ["Tasks"]})).await.invalid(&["/scopes"]);
    let past = json!({"expiration_date": "2020-01-01"});
    jane.post("ME/api-key/k/rotate", past).await.invalid(&["/expiration_date"]);
}

#[tokio::test]
async fn a_request_is_read_before_the_key_is_looked_for() {
    let world = World::start().await;
    let jane = world.jane().await;
    jane.create_key("k", &["Tasks"]).await;
    let past = json!({"expiration_date": "2001-01-01"});
    for name in ["k", "ghost"] {
        let path = format!("ME/api-key/{name}/rotate");
        jane.post(&path, past.clone()).header("if-match", "\"stale\"").await.problem("invalid-request");
        let twice = jane.post(&path, ()).header("idempotency-key", "a").header("idempotency-key", "b");
        twice.await.problem("invalid-request");
    }
}

//! `Idempotency-Key`: a creation that a client may repeat.

use scenarios::{World, at_once};
use serde_json::{Value, json};

use crate::api_keys::date_of;

#[tokio::test]
async fn the_same_request_again_answers_the_key_without_its_value() {
    let world = World::start().await;
    let jane = world.jane().await;
    let make = |body: Value| jane.post("ME/api-key", body).header("idempotency-key", "once");
    let now = world.now().await;
    let (day, next) = (date_of(now.plus(60 * 86_400)), date_of(now.plus(61 * 86_400)));
    let body = json!({"name": "k", "scopes": ["Tasks", "Session"], "expiration_date": day});
    let first = make(body.clone()).await.expect(201);
    let instant = format!("{next}T01:59:59.5+02:00");
    let instant = json!({"name": "k", "scopes": ["Session", "Tasks"], "expiration_date": instant});
    make(instant).await.expect(200);
    let again = make(json!({"expiration_date": day, "scopes": ["session", "task"], "name": "k"})).await;
    let again = again.expect(200);
    assert_eq!((&again["value"], &again["created_at"]), (&Value::Null, &first["created_at"]));
    make(json!({"name": "k", "scopes": ["Tasks"]})).await.problem("idempotency-key-reused");
    make(json!({"name": "other", "scopes": ["Tasks", "Session"]})).await.problem("idempotency-key-reused");
    jane.post("ME/api-key", body).await.problem("name-taken");
}

#[tokio::test]
async fn it_holds_beyond_the_expiry_of_its_key() {
    let world = World::start().await;
    let jane = world.jane().await;
    let body = json!({"name": "k", "scopes": ["Tasks"], "expiration_date": world.now().await.plus(60)});
    let make = |name: &'static str| jane.post("ME/api-key", body.clone()).header("idempotency-key", name);
    make("once").await.expect(201);
    world.advance(60).await;
    assert_eq!(make("once").await.expect(200)["status"], "expired");
    make("another").await.problem("invalid-request");
    let other = json!({"name": "k", "scopes": ["Session"], "expiration_date": body["expiration_date"]});
    jane.post("ME/api-key", other).header("idempotency-key", "once").await.problem("invalid-request");
}

#[tokio::test]
async fn a_rotation_does_not_end_it_and_a_deletion_does() {
    let world = World::start().await;
    let jane = world.jane().await;
    let body = json!({"name": "k", "scopes": ["Tasks"]});
    let make = || jane.post("ME/api-key", body.clone()).header("idempotency-key", "once");
    make().await.expect(201);
    jane.post("ME/api-key/k/rotate", ()).await.expect(200);
    make().await.expect(200);
    jane.delete("ME/api-key/k").await.expect(204);
    make().await.problem("idempotency-key-reused");
    jane.create_key("k", &["Tasks"]).await;
    make().await.problem("idempotency-key-reused");
}

#[tokio::test]
async fn it_is_kept_for_a_day_and_for_one_user() {
    let world = World::start().await;
    let (jane, admin) = (world.jane().await, world.admin().await);
    let body = json!({"name": "k", "scopes": ["Tasks"]});
    jane.post("ME/api-key", body.clone()).header("idempotency-key", "once").await.expect(201);
    admin.post("ME/api-key", body.clone()).header("idempotency-key", "once").await.expect(201);
    world.advance(86_400).await;
    let jane = world.jane().await;
    jane.post("ME/api-key", body).header("idempotency-key", "once").await.problem("name-taken");
}

#[tokio::test]
async fn refusals_are_not_remembered() {
    let world = World::start().await;
    let jane = world.jane().await;
    jane.create_key("k", &["Tasks"]).await;
    let body = json!({"name": "k", "scopes": ["Tasks"]});
    let make = || jane.post("ME/api-key", body.clone()).header("idempotency-key", "once");
    make().await.problem("name-taken");
    jane.delete("ME/api-key/k").await.expect(204);
    make().await.expect(201);
}

#[tokio::test]
async fn what_is_no_idempotency_key_is_refused() {
    let world = World::start().await;
    let jane = world.jane().await;
    let long = "x".repeat(256);
    for bad in ["", "a b", "é", long.as_str(), "a,b"] {
        let body = json!({"name": "k", "scopes": ["Tasks"]});
        let answer = jane.post("ME/api-key", body).header("idempotency-key", bad).await;
        answer.problem("invalid-request");
    }
}

#[tokio::test]
async fn sixteen_at_once_make_one_key() {
    let world = World::start().await;
    let jane = world.jane().await;
    let body = json!({"name": "k", "scopes": ["Tasks"]});
    let call = || jane.post("ME/api-key", body.clone()).header("idempotency-key", "once");
    let answers = at_once((0..16).map(|_| call())).await;
    assert_eq!(answers.iter().filter(|answer| answer.status() == 201).count(), 1);
    assert_eq!(answers.iter().filter(|answer| answer.status() == 200).count(), 15);
}

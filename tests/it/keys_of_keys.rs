//! What a key may do with keys: never more than it has itself.

use scenarios::{ApiKey, World};
use serde_json::json;

#[tokio::test]
async fn a_key_gives_only_scopes_it_has() {
    let world = World::start().await;
    let maker = world.jane().await.create_key("maker", &["APIKey", "Tasks"]).await;
    maker.create_key_with(&["Tasks"]).await.expect(201);
    let refused = maker.create_key_with(&["Tasks", "Session", "Account"]).await.problem("insufficient-scope");
    assert_eq!(refused["required_scopes"], json!(["Session", "Account"]));
}

#[tokio::test]
async fn a_key_gives_no_longer_life_than_its_own() {
    let world = World::start().await;
    let end = world.now().await.plus(86_400);
    let jane = world.jane().await;
    let maker = jane.create_key_until("maker", &["APIKey", "Tasks"], end).await;
    let cut = maker.post("ME/api-key", json!({"name": "cut", "scopes": ["Tasks"]})).await.expect(201);
    assert_eq!(cut["expiration_date"], json!(end));
    let later = json!({"name": "later", "scopes": ["Tasks"], "expiration_date": end.plus(1)});
    maker.post("ME/api-key", later).await.invalid(&["/expiration_date"]);
    jane.create_key("long", &["Tasks"]).await;
    let rotated = maker.post("ME/api-key/long/rotate", ()).await.expect(200);
    assert_eq!(rotated["expiration_date"], json!(end));
}

#[tokio::test]
async fn a_key_does_not_rotate_one_with_scopes_it_lacks() {
    let world = World::start().await;
    let jane = world.jane().await;
    jane.create_key("strong", &["Account", "Tasks"]).await;
    let maker = jane.create_key("maker", &["APIKey", "Tasks"]).await;
    let refused = maker.post("ME/api-key/strong/rotate", ()).await.problem("insufficient-scope");
    assert_eq!(refused["required_scopes"], json!(["Account"]));
}

#[tokio::test]
async fn a_lacking_scope_is_told_before_the_rest_of_the_request_is_judged() {
    let world = World::start().await;
    let end = world.now().await.plus(86_400);
    let jane = world.jane().await;
    jane.create_key("wide", &["Tasks"]).await;
    let maker = jane.create_key_until("maker", &["APIKey"], end).await;
    let later = json!({"name": "k", "scopes": ["Tasks"], "expiration_date": end.plus(60)});
    maker.post("ME/api-key", later).await.problem("insufficient-scope");
    let rotation = maker.post("ME/api-key/wide/rotate", ()).header("if-match", "\"stale\"");
    rotation.await.problem("insufficient-scope");
}

#[tokio::test]
async fn the_calling_key_needs_no_scope_for_itself() {
    let world = World::start().await;
    let jane = world.jane().await;
    let key = jane.create_key("k", &["Tasks"]).await;
    key.get("ME/api-key").await.problem("insufficient-scope");
    key.get("ME/api-key/k").await.problem("insufficient-scope");
    assert_eq!(key.get("ME/api-key/@self").await.expect(200)["name"], json!("k"));
    jane.get("ME/api-key/@self").await.problem("not-found");
    let new = ApiKey::of(&key, &key.post("ME/api-key/@self/rotate", ()).await.expect(200));
    key.get("ME/api-key/@self").await.problem("unauthenticated");
    new.delete("ME/api-key/@self").await.expect(204);
    new.get("ME/api-key/@self").await.problem("unauthenticated");
    jane.get("ME/api-key/k").await.problem("not-found");
}

#[tokio::test]
async fn a_disabled_owners_keys_stop_with_the_next_request() {
    let world = World::start().await;
    let jane = world.jane().await;
    let key = jane.create_key("k", &["Tasks"]).await;
    let admin = world.admin().await;
    admin.patch(&jane.path("info"), json!({"disabled": true})).await.expect(200);
    key.get("ME/authorization").await.problem("unauthenticated");
    jane.get("/session").await.problem("session-expired");
    admin.patch(&jane.path("info"), json!({"disabled": false})).await.expect(200);
    key.get("ME/authorization").await.expect(200);
}

#[tokio::test]
async fn a_key_that_looks_at_itself_sees_that_use() {
    let world = World::start().await;
    let jane = world.jane().await;
    for path in ["ME/api-key", "ME/api-key/looks", "ME/api-key/@self"] {
        let key = jane.create_key("looks", &["APIKey"]).await;
        let seen = key.get(path).await.expect(200);
        let seen = if path == "ME/api-key" { seen["items"][0].clone() } else { seen.json().clone() };
        assert!(seen["last_used_at"].is_string(), "{path}: {seen}");
        jane.delete("ME/api-key/looks").await.expect(204);
    }
}

trait Maker {
    async fn create_key_with(&self, scopes: &[&str]) -> scenarios::Response;
}

impl Maker for ApiKey {
    async fn create_key_with(&self, scopes: &[&str]) -> scenarios::Response {
        self.post("ME/api-key", json!({"name": "made", "scopes": scopes})).await
    }
}

//! API keys: made, shown once, listed, found in any case, deleted.

use scenarios::World;
use serde_json::{Value, json};
use shared::clock::Timestamp;

const YEAR_SECONDS: u32 = 365 * 86_400;

#[tokio::test]
async fn a_value_is_shown_once_and_has_the_published_form() {
    let world = World::start().await;
    let jane = world.jane().await;
    let key = jane.create_key("nightly", &["Tasks"]).await;
    assert!(key.value.starts_with("upk_") && key.value[4..].bytes().all(|b| b.is_ascii_alphanumeric()));
    let read = jane.get("ME/api-key/nightly").await.expect(200);
    assert_eq!(read["value"], Value::Null);
    assert_eq!(read["hint"], json!(format!("upk_…{}", &key.value[key.value.len() - 4..])));
    assert!(!jane.get("ME/api-key").await.json().to_string().contains(&key.value[4..40]));
}

#[tokio::test]
async fn scopes_are_read_in_any_case_and_written_in_one_form() {
    let world = World::start().await;
    let jane = world.jane().await;
    let scopes = ["account", "Task", "SESSION", "api key", "APIKey", "publishapp", "authentication"];
    let key = jane.post("ME/api-key", json!({"name": "k", "scopes": scopes})).await.expect(201);
    assert_eq!(key["scopes"], json!(["Authentication", "PublishApp", "Tasks", "APIKey", "Session", "Account"]));
    let named = jane.get("ME/authorization-scopes").await.expect(200).of_items("name");
    let all =
        ["Authentication", "PublishApp", "Tasks", "APIKey", "Session", "PublishAimms", "Secret", "User", "Account"];
    assert_eq!(named, all);
}

#[tokio::test]
async fn malformed_orders_are_refused_with_their_pointers() {
    let world = World::start().await;
    let jane = world.jane().await;
    for (body, pointers) in [
        (json!({}), vec!["/name", "/scopes"]),
        (json!({"name": "k", "scopes": []}), vec!["/scopes"]),
        (json!({"name": "k", "scopes": "Tasks"}), vec!["/scopes"]),
        (json!({"name": "k", "scopes": ["Tasks", "Root"]}), vec!["/scopes/1"]),
        (json!({"name": "a/b", "scopes": ["Tasks"]}), vec!["/name"]),
        (json!({"name": "@self", "scopes": ["Tasks"]}), vec!["/name"]),
        (json!({"name": " k", "scopes": ["Tasks"]}), vec!["/name"]),
        (json!({"name": "é".repeat(65), "scopes": ["Tasks"]}), vec!["/name"]),
        (json!({"name": 7, "scopes": ["Tasks"]}), vec!["/name"]),
        (json!({"name": "k", "scopes": ["Tasks"], "expiration_date": null}), vec!["/expiration_date"]),
        (json!({"name": "k", "scopes": ["Tasks"], "expiration_date": "soon"}), vec!["/expiration_date"]),
        (json!({"name": "k", "scopes": ["Tasks"], "owner": "admin"}), vec!["/owner"]),
    ] {
        jane.post("ME/api-key", body).await.invalid(&pointers);
    }
    assert_eq!(jane.get("ME/api-key?state=all").await["items"], json!([]));
}

#[tokio::test]
async fn a_name_is_unique_in_any_case_and_answered_as_first_written() {
    let world = World::start().await;
    let jane = world.jane().await;
    jane.create_key("Große Fuge", &["Tasks"]).await;
    for taken in ["große fuge", "GROSSE FUGE", "Große Fuge"] {
        let body = json!({"name": taken, "scopes": ["Tasks"]});
        jane.post("ME/api-key", body).await.problem("name-taken");
    }
    let found = jane.get("ME/api-key/GROSSE%20FUGE").await.expect(200);
    assert_eq!(found["name"], json!("Große Fuge"));
    world.admin().await.create_key("Große Fuge", &["Tasks"]).await;
}

#[tokio::test]
async fn a_name_is_free_again_once_its_key_is_deleted_or_expired() {
    let world = World::start().await;
    let jane = world.jane().await;
    let first = jane.create_key("k", &["Tasks"]).await;
    jane.delete("ME/api-key/K").await.expect(204);
    first.get("ME/authorization").await.problem("unauthenticated");
    let second = jane.create_key_until("k", &["Tasks"], world.now().await.plus(60)).await;
    world.advance(60).await;
    second.get("ME/authorization").await.problem("key-expired");
    jane.create_key("k", &["Tasks"]).await.get("ME/authorization").await.expect(200);
    second.get("ME/authorization").await.problem("unauthenticated");
}

/// The day of an instant, as `YYYY-MM-DD`.
pub(crate) fn date_of(at: Timestamp) -> String {
    at.to_string()[..10].to_owned()
}

#[tokio::test]
async fn an_expiry_is_at_most_a_calendar_year_ahead() {
    let world = World::start().await;
    let jane = world.jane().await;
    let now = world.now().await;
    let make = |name: &str, expiry: String| {
        jane.post("ME/api-key", json!({"name": name, "scopes": ["Tasks"], "expiration_date": expiry}))
    };
    let latest = now.plus_calendar_year();
    make("past", now.to_string()).await.invalid(&["/expiration_date"]);
    make("beyond", latest.plus(30).to_string()).await.invalid(&["/expiration_date"]);
    make("date beyond", date_of(latest.plus(86_400))).await.invalid(&["/expiration_date"]);
    let date = make("date", date_of(latest)).await.expect(201);
    assert!(date.text("expiration_date") <= latest.plus(30).to_string(), "a date is cut to the year");
    let (day, next) = (date_of(now.plus(60 * 86_400)), date_of(now.plus(61 * 86_400)));
    let offset = make("offset", format!("{next}T01:59:59.9+02:00")).await.expect(201);
    assert_eq!(offset["expiration_date"], format!("{day}T23:59:59Z"));
    let default = jane.post("ME/api-key", json!({"name": "default", "scopes": ["Tasks"]})).await.expect(201);
    let days = 90 * 86_400;
    let about = now.plus(days).to_string()..=now.plus(days + 30).to_string();
    assert!(about.contains(&default.text("expiration_date")));
}

#[tokio::test]
async fn a_key_stops_at_its_expiry_whether_or_not_the_cleanup_has_run() {
    let world = World::start().await;
    let jane = world.jane().await;
    let key = jane.create_key_until("k", &["Tasks"], world.now().await.plus(600)).await;
    key.get("ME/authorization").await.expect(200);
    world.advance(600).await;
    key.get("ME/authorization").await.problem("key-expired");
    let read = jane.get("ME/api-key/k").await.expect(200);
    assert_eq!(read["status"], json!("expired"));
    assert_eq!(jane.get("ME/api-key").await["items"], json!([]));
    assert_eq!(jane.get("ME/api-key?state=expired").await.of_items("name"), ["k"]);
    jane.step_up().await;
    jane.post("ME/api-key/k/rotate", ()).await.problem("key-not-active");
    let later = json!({"expiration_date": date_of(world.now().await.plus(86_400))});
    jane.post("ME/api-key/k/rotate", later).await.problem("key-not-active");
}

#[tokio::test]
async fn lists_are_by_name_in_pages_and_by_state() {
    let world = World::start().await;
    let jane = world.jane().await;
    for name in ["delta", "Alpha", "charlie", "Bravo"] {
        jane.create_key(name, &["Tasks"]).await;
    }
    assert_eq!(jane.get("ME/api-key").await.of_items("name"), ["Alpha", "Bravo", "charlie", "delta"]);
    let first = jane.get("ME/api-key?limit=3").await.expect(200);
    assert_eq!(first.of_items("name"), ["Alpha", "Bravo", "charlie"]);
    let next = jane.get(&format!("ME/api-key?limit=3&cursor={}", first.text("next"))).await.expect(200);
    assert_eq!((next.of_items("name"), &next["next"]), (vec![json!("delta")], &Value::Null));
    jane.get("ME/api-key?state=revoked").await.invalid(&["?state"]);
    jane.get("ME/api-key?limit=0").await.invalid(&["?limit"]);
    jane.get("ME/api-key?cursor=x").await.invalid(&["?cursor"]);
}

#[tokio::test]
async fn another_users_keys_are_not_found() {
    let world = World::start().await;
    world.admin().await.create_key("foreign", &["Tasks"]).await;
    let jane = world.jane().await;
    jane.get("ME/api-key/foreign").await.problem("not-found");
    jane.delete("ME/api-key/foreign").await.problem("not-found");
    jane.post("ME/api-key/foreign/rotate", ()).await.problem("not-found");
    assert_eq!(jane.get("ME/api-key?state=all").await["items"], json!([]));
}

#[tokio::test]
async fn the_etag_moves_with_the_value_and_not_with_use() {
    let world = World::start().await;
    let jane = world.jane().await;
    let key = jane.create_key("k", &["Tasks"]).await;
    let before = jane.get("ME/api-key/k").await.etag();
    key.get("ME/authorization").await.expect(200);
    let used = jane.get("ME/api-key/k").await;
    assert!(used["last_used_at"].is_string());
    assert_eq!(used.etag(), before);
    jane.post("ME/api-key/k/rotate", ()).header("if-match", "\"stale\"").await.problem("precondition-failed");
    jane.post("ME/api-key/k/rotate", ()).header("if-match", &before).await.expect(200);
    jane.delete("ME/api-key/k").header("if-match", &before).await.problem("precondition-failed");
    let now = jane.get("ME/api-key/k").await.etag();
    jane.delete("ME/api-key/k").header("if-match", &now).await.expect(204);
}

#[tokio::test]
async fn last_use_is_right_to_fifteen_minutes() {
    let world = World::start().await;
    let jane = world.jane().await;
    let key = jane.create_key("k", &["Tasks"]).await;
    let last_use = async || jane.get("ME/api-key/k").await["last_used_at"].clone();
    assert_eq!(last_use().await, Value::Null);
    key.get("ME/authorization").await.expect(200);
    let first = last_use().await;
    world.advance(899 - 60).await;
    key.get("ME/authorization").await.expect(200);
    assert_eq!(last_use().await, first);
    world.advance(120).await;
    key.get("ME/authorization").await.expect(200);
    assert_ne!(last_use().await, first);
}

#[tokio::test]
async fn making_and_rotating_asks_a_person_for_a_fresh_proof_and_a_key_for_none() {
    let world = World::start().await;
    let jane = world.jane().await;
    let key = jane.create_key("maker", &["APIKey", "Tasks"]).await;
    world.advance(601).await;
    let body = json!({"name": "k", "scopes": ["Tasks"]});
    jane.post("ME/api-key", body.clone()).await.problem("step-up-required");
    jane.post("ME/api-key/maker/rotate", ()).await.problem("step-up-required");
    key.post("ME/api-key", body).await.expect(201);
    jane.delete("ME/api-key/k").await.expect(204);
    jane.step_up().await;
    jane.create_key("k", &["Tasks"]).await;
}

#[tokio::test]
async fn an_expired_key_is_removed_by_the_cleanup_after_its_time() {
    let world = World::start().await;
    let jane = world.jane().await;
    let key = jane.create_key_until("k", &["Tasks"], world.now().await.plus(3_600)).await;
    jane.create_key_until("later", &["Tasks"], world.now().await.plus(YEAR_SECONDS - 86_400)).await;
    world.advance(3_600 + 604_800 - 1_800).await;
    assert_eq!(world.run_cleanup().await["deleted"], json!(0));
    key.get("ME/authorization").await.problem("key-expired");
    world.advance(1_800).await;
    assert_eq!(world.run_cleanup().await, json!({"seen": 1, "deleted": 1, "kept": 0, "left": 0}));
    assert_eq!(world.run_cleanup().await["seen"], json!(0));
    key.get("ME/authorization").await.problem("unauthenticated");
    assert_eq!(world.jane().await.get("ME/api-key?state=all").await.of_items("name"), ["later"]);
}

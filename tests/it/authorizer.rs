//! The authorizer at the door of other services: keys with the right scope pass, all else is refused.

use scenarios::{Caller, World, at_once};
use serde_json::{Value, json};
use shared::store::Usage;

use crate::operations::SCOPES;

const TASKS: &str = "/pro-api/v1/tasks";

async fn ask(world: &World, method: &str, path: &str, headers: Value) -> Value {
    let question = json!({"method": method, "path": path, "headers": headers});
    world.anyone().post("/_local/authorize", question).await.expect(200).json().clone()
}

/// The status with which the gateway of that service lets the request pass, or refuses it.
async fn status(world: &World, path: &str, headers: Value) -> i64 {
    let answer = ask(world, "GET", path, headers).await;
    let status = answer["status"].as_i64().expect("a status");
    assert_eq!(answer["isAuthorized"], status == 200, "{answer}");
    status
}

fn value(key: &str) -> Value {
    json!({"apikey": key})
}

#[tokio::test]
async fn a_key_passes_in_either_header_and_says_whose_it_is() {
    let world = World::start().await;
    let key = world.jane().await.create_key("nightly", &["Session", "Tasks"]).await;
    let answer = ask(&world, "POST", TASKS, value(&key.value)).await;
    let user_id = answer["context"]["user_id"].as_str().expect("an id");
    let identity = json!({
        "account_name": "demo",
        "environment_name": "ROOT",
        "user_name": "jane",
        "user_id": user_id,
        "key_name": "nightly",
        "scopes": "Tasks Session",
    });
    assert_eq!(answer, json!({"isAuthorized": true, "context": identity, "status": 200}));
    let bearer = format!("bearer {}", key.value);
    for headers in [json!({"authorization": bearer}), json!({"APIKEY": key.value, "Authorization": bearer})] {
        assert_eq!(ask(&world, "POST", TASKS, headers).await, answer);
    }
}

#[tokio::test]
async fn each_door_opens_to_its_scope_alone() {
    let world = World::start().await;
    let jane = world.jane().await;
    let doors = [
        ("/pro-api/v1/api-keys", "APIKey"),
        ("/pro-api/v2/users/demo", "Authentication"),
        ("/pro-api/v1/applications", "PublishApp"),
        ("/pro-api/v1/customization/resource-profiles", "PublishApp"),
        (TASKS, "Tasks"),
        ("/pro/session-manager/v1/sessions", "Session"),
        ("/pro/secret-manager/v1/secrets", "Secret"),
    ];
    for scope in SCOPES {
        let key = jane.create_key(scope, &[scope]).await;
        for (path, wanted) in doors {
            let expected = if scope == wanted { 200 } else { 403 };
            assert_eq!(status(&world, path, value(&key.value)).await, expected, "{scope} at {path}");
        }
        let reads = ["PublishAimms", "PublishApp"].contains(&scope);
        let read = status(&world, "/pro-api/v1/aimms-versions", value(&key.value)).await;
        assert_eq!(read, if reads { 200 } else { 403 }, "{scope} reads versions");
        let changed = ask(&world, "POST", "/pro-api/v1/aimms-versions", value(&key.value)).await;
        assert_eq!(changed["isAuthorized"], scope == "PublishAimms", "{scope} changes versions");
    }
}

#[tokio::test]
async fn all_scopes_together_open_no_door_that_the_table_lacks() {
    let world = World::start().await;
    let key = world.admin().await.create_key("all", &SCOPES).await;
    for path in [
        "/",
        "/pro/user-manager/v1/user/@current/info",
        "/pro/user-manager/v1/user",
        "/pro-api/v1/tasks/",
        "/pro-api/v1//tasks",
        "/pro-api/v1/users/%2e%2e/tasks",
        "/pro-api/v1/tasks/%252e%252e",
        "/pro-api/v1/tasks%3ba",
        "/pro-api/v1/tasks%5ca",
        "/pro-api/v1/TASKS",
        "/pro-api/v1/tasksx",
    ] {
        assert_eq!(status(&world, path, value(&key.value)).await, 403, "{path}");
    }
    assert_eq!(status(&world, "/pro-api/v1/tasks?path=/pro-api/v1/users", value(&key.value)).await, 200);
    let overridden = json!({"apikey": key.value, "x-http-method-override": "DELETE", "x-original-url": "/pro-api/v9"});
    assert_eq!(status(&world, TASKS, overridden).await, 200);
}

#[tokio::test]
async fn no_key_and_one_that_is_not_in_force_are_401() {
    let world = World::start().await;
    let jane = world.jane().await;
    let (key, deleted) = (jane.create_key("k", &["Tasks"]).await, jane.create_key("deleted", &["Tasks"]).await);
    jane.delete("ME/api-key/deleted").await.expect(204);
    let mut forged = key.value.clone();
    forged.replace_range(10..11, if &forged[10..11] == "x" { "y" } else { "x" });
    let session = jane.cookie("__Host-session").expect("a session");
    for headers in [
        json!({}),
        json!({"apikey": ""}),
        json!({"apikey": "upk_"}),
        json!({"apikey": forged}),
        json!({"apikey": session}),
        json!({"authorization": "Basic amFuZTpqYW5l"}),
        json!({"cookie": format!("__Host-session={session}")}),
        value(&deleted.value),
    ] {
        assert_eq!(status(&world, TASKS, headers.clone()).await, 401, "{headers}");
        assert_eq!(status(&world, "/no/such/door", headers.clone()).await, 401, "{headers}");
    }
    assert_eq!(status(&world, TASKS, value(&key.value)).await, 200);
    world.advance(91 * 24 * 60 * 60).await;
    assert_eq!(status(&world, TASKS, value(&key.value)).await, 401);
}

#[tokio::test]
async fn two_keys_in_one_request_are_refused() {
    let world = World::start().await;
    let jane = world.jane().await;
    let (one, two) = (jane.create_key("one", &["Tasks"]).await, jane.create_key("two", &["Tasks"]).await);
    let bearer = format!("Bearer {}", two.value);
    for headers in [
        json!({"apikey": [one.value, two.value]}),
        json!({"apikey": format!("{},{}", one.value, two.value)}),
        json!({"apikey": one.value, "authorization": bearer}),
    ] {
        assert_eq!(status(&world, TASKS, headers).await, 403);
    }
    assert_eq!(status(&world, TASKS, json!({"apikey": [one.value, one.value]})).await, 200);
}

/// Whether the key opens its door now.
async fn opens(world: &World, key: &str) -> bool {
    status(world, TASKS, json!({"apikey": key})).await == 200
}

#[tokio::test]
async fn what_ends_a_key_ends_it_at_the_next_request() {
    let world = World::start().await;
    let kim = world.new_user().named("kim").create().await;
    let (first, second) = (kim.create_key("a", &["Tasks"]).await, kim.create_key("b", &["Tasks"]).await);
    assert!(opens(&world, &first.value).await && opens(&world, &second.value).await);
    let rotated = kim.post("ME/api-key/a/rotate", json!({"overlap_seconds": 60})).await.expect(200).text("value");
    assert!(opens(&world, &first.value).await && opens(&world, &rotated).await);
    world.advance(60).await;
    assert!(!opens(&world, &first.value).await && opens(&world, &rotated).await);
    kim.delete("ME/api-key/a").await.expect(204);
    assert!(!opens(&world, &rotated).await);
    world.admin().await.patch(&kim.path("info"), json!({"disabled": true})).await.expect(200);
    assert!(!opens(&world, &second.value).await);
}

#[tokio::test]
async fn a_use_at_another_service_is_a_use() {
    let world = World::start().await;
    let jane = world.jane().await;
    let key = jane.create_key("k", &["Tasks"]).await;
    assert_eq!(jane.get("ME/api-key/k").await["last_used_at"], Value::Null);
    let before = world.now().await.to_string();
    assert!(opens(&world, &key.value).await);
    let used = jane.get("ME/api-key/k").await.text("last_used_at");
    assert!((before..=world.now().await.to_string()).contains(&used), "{used}");
    let meter = world.meter();
    let before = meter.read();
    assert!(opens(&world, &key.value).await);
    let used = Usage { requests: 1, read_units: 2.0, write_units: 0.0 };
    assert_eq!(meter.read().since(before), used);
}

#[tokio::test]
async fn many_ask_at_once() {
    let world = World::start().await;
    let key = world.jane().await.create_key("k", &["Tasks"]).await;
    let question = json!({"method": "GET", "path": TASKS, "headers": {"apikey": key.value}});
    let anyone: Caller = world.anyone();
    let answers = at_once((0..32).map(|_| anyone.post("/_local/authorize", question.clone()))).await;
    assert!(answers.iter().all(|answer| answer["isAuthorized"] == true), "{answers:?}");
}

#[tokio::test]
async fn what_is_no_question_is_refused() {
    let world = World::start().await;
    for body in [json!({}), json!({"method": "GET"}), json!({"method": "GET", "path": TASKS, "more": 1})] {
        world.anyone().post("/_local/authorize", body).await.problem("invalid-request");
    }
    world.anyone().get("/_local/authorize").await.problem("method-not-allowed");
}

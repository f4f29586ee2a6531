//! What each operation asks of the table: requests and capacity units, as the table counts them.

use scenarios::{Call, World};
use serde_json::json;
use shared::store::Usage;

/// Requests, read units and write units that `call` takes.
async fn cost(world: &World, call: Call) -> (u64, f64, f64) {
    let before = world.meter().read();
    let answer = call.await;
    assert!(answer.status() < 300, "{answer:?}");
    let Usage { requests, read_units, write_units } = world.meter().read().since(before);
    (requests, read_units, write_units)
}

#[tokio::test]
async fn checking_a_key_is_one_request_and_two_units_and_writes_once_in_fifteen_minutes() {
    let world = World::start().await;
    let key = world.jane().await.create_key("k", &["Tasks"]).await;
    key.get("ME/authorization").await.expect(200);
    assert_eq!(cost(&world, key.get("ME/authorization")).await, (1, 2.0, 0.0));
    world.advance(14 * 60).await;
    assert_eq!(cost(&world, key.get("ME/authorization")).await, (1, 2.0, 0.0));
    world.advance(2 * 60).await;
    assert_eq!(cost(&world, key.get("ME/authorization")).await, (2, 2.0, 1.0));
    assert_eq!(cost(&world, key.get("ME/authorization")).await, (1, 2.0, 0.0));
}

#[tokio::test]
async fn checking_a_session_is_one_request_and_two_units_and_writes_once_in_five_minutes() {
    let world = World::start().await;
    let sam = world.sam().await;
    assert_eq!(cost(&world, sam.get("/session")).await, (1, 2.0, 0.0));
    world.advance(4 * 60).await;
    assert_eq!(cost(&world, sam.get("/session")).await, (1, 2.0, 0.0));
    world.advance(2 * 60).await;
    assert_eq!(cost(&world, sam.get("/session")).await, (2, 2.0, 1.0));
    assert_eq!(cost(&world, sam.get("/session")).await, (1, 2.0, 0.0));
}

#[tokio::test]
async fn a_value_with_a_wrong_checksum_costs_nothing() {
    let world = World::start().await;
    let key = world.jane().await.create_key("k", &["Tasks"]).await;
    let mut wrong = key.value.clone();
    wrong.replace_range(10..11, if &wrong[10..11] == "x" { "y" } else { "x" });
    let before = world.meter().read();
    world.key(&wrong).get("ME/authorization").await.problem("unauthenticated");
    assert_eq!(world.meter().read(), before);
}

#[tokio::test]
async fn fifty_keys_are_listed_by_one_query() {
    let world = World::start().await;
    let sam = world.sam().await;
    for number in 0..50 {
        sam.create_key(&format!("key number {number}"), &["Tasks", "Authentication"]).await;
    }
    let (requests, units, _) = cost(&world, sam.get("ME/api-key")).await;
    assert_eq!(requests, 2, "one for the session, one for the keys");
    assert!(units <= 2.0 + 8.0, "{units}");
}

#[tokio::test]
async fn writes_cost_what_their_guarantees_need() {
    let world = World::start().await;
    let sam = world.sam().await;
    let body = json!({"name": "k", "scopes": ["Tasks"]});
    // The session; a query of nothing; a transaction of profile, key with its index, and event.
    assert_eq!(cost(&world, sam.post("ME/api-key", body)).await, (3, 3.0, 7.0));
    assert_eq!(cost(&world, sam.get("ME/api-key/k")).await, (2, 3.0, 0.0));
    assert_eq!(cost(&world, sam.get("ME/info")).await, (1, 2.0, 0.0));
    assert_eq!(cost(&world, sam.delete("ME/api-key/k")).await, (3, 3.0, 7.0));
}

/// An attempt is counted before it is checked and forgotten after, for one unit each; a code is used up for a session
/// that holds, in a transaction, where a unit counts twice.
#[tokio::test]
async fn sign_ins_cost_what_their_guarantees_need() {
    let world = World::start().await;
    let jane = world.jane().await;
    assert_eq!(cost(&world, jane.post("/session", jane.credentials())).await, (5, 6.0, 3.0));
    let code = jane.enable_mfa().await.code_ahead(&world).await;
    let first = jane.post("/session", jane.credentials());
    let before = world.meter().read();
    let challenge = first.await.expect(200).text("challenge");
    let Usage { requests, read_units, write_units } = world.meter().read().since(before);
    assert_eq!((requests, read_units, write_units), (4, 6.0, 2.0));
    let answer = jane.post("/session/mfa", json!({"challenge": challenge, "code": code}));
    assert_eq!(cost(&world, answer).await, (4, 6.0, 8.0));
}

//! Many at once, and exactly one winner.

use scenarios::{ApiKey, Response, World, at_once};
use serde_json::json;

fn count(answers: &[Response], status: u16) -> usize {
    answers.iter().filter(|answer| answer.status() == status).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_name_is_given_once() {
    let world = World::start().await;
    let jane = world.jane().await;
    let calls = (0..32).map(|number| {
        let name = if number % 2 == 0 { "Straße" } else { "STRASSE" };
        jane.post("ME/api-key", json!({"name": name, "scopes": ["Tasks"]}))
    });
    let answers = at_once(calls).await;
    assert_eq!(count(&answers, 201), 1);
    assert!(answers.iter().filter(|answer| answer.status() != 201).all(|a| a.slug() == Some("name-taken")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixty_four_contenders_for_the_last_place_make_one_key() {
    let world = World::start().await;
    let jane = world.jane().await;
    for number in 0..49 {
        jane.create_key(&format!("k{number}"), &["Tasks"]).await;
    }
    let calls = (0..64).map(|n| jane.post("ME/api-key", json!({"name": format!("new{n}"), "scopes": ["Tasks"]})));
    let answers = at_once(calls).await;
    assert_eq!(count(&answers, 201), 1);
    for answer in answers.into_iter().filter(|answer| answer.status() != 201) {
        answer.problem("limit-reached");
    }
    let refused = jane.post("ME/api-key", json!({"name": "late", "scopes": ["Tasks"]})).await.problem("limit-reached");
    assert_eq!(refused["limit"], json!(50));
    assert_eq!(jane.get("ME/api-key").await.of_items("name").len(), 50);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_refused_while_there_is_room() {
    let world = World::start().await;
    let jane = world.jane().await;
    for number in 0..34 {
        jane.create_key(&format!("k{number}"), &["Tasks"]).await;
    }
    let calls = (0..16).map(|n| jane.post("ME/api-key", json!({"name": format!("new{n}"), "scopes": ["Tasks"]})));
    assert_eq!(count(&at_once(calls).await, 201), 16);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixty_four_contenders_for_fifty_places_make_fifty_keys() {
    let world = World::start().await;
    let jane = world.jane().await;
    let calls = (0..64).map(|n| jane.post("ME/api-key", json!({"name": format!("new{n}"), "scopes": ["Tasks"]})));
    let answers = at_once(calls).await;
    assert_eq!(count(&answers, 201), 50);
    assert_eq!(jane.get("ME/api-key").await.of_items("name").len(), 50);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_place_is_free_again_once_its_key_is_deleted_or_expired() {
    let world = World::start().await;
    let jane = world.jane().await;
    let until = world.now().await.plus(300);
    for number in 0..50 {
        jane.create_key_until(&format!("k{number}"), &["Tasks"], until).await;
    }
    jane.delete("ME/api-key/k0").await.expect(204);
    jane.post("ME/api-key/k1/rotate", json!({"expiration_date": until.plus(3_600)})).await.expect(200);
    jane.create_key("in its place", &["Tasks"]).await;
    jane.post("ME/api-key", json!({"name": "x", "scopes": ["Tasks"]})).await.problem("limit-reached");
    world.advance(300).await;
    for number in 0..48 {
        jane.create_key(&format!("n{number}"), &["Tasks"]).await;
    }
    jane.post("ME/api-key", json!({"name": "x", "scopes": ["Tasks"]})).await.problem("limit-reached");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_rotation_of_one_state_wins() {
    let world = World::start().await;
    let jane = world.jane().await;
    let old = jane.create_key("k", &["Tasks"]).await;
    let tag = jane.get("ME/api-key/k").await.etag();
    let answers = at_once((0..16).map(|_| jane.post("ME/api-key/k/rotate", ()).header("if-match", &tag))).await;
    assert_eq!(count(&answers, 200), 1);
    assert_eq!(count(&answers, 412), 15);
    old.get("ME/authorization").await.problem("unauthenticated");
    let winner = answers.iter().find(|answer| answer.status() == 200).expect("one");
    ApiKey::of(&jane, winner).get("ME/authorization").await.expect(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_rotations_one_value_is_left() {
    let world = World::start().await;
    let jane = world.jane().await;
    jane.create_key("k", &["Tasks"]).await;
    let answers = at_once((0..16).map(|_| jane.post("ME/api-key/k/rotate", ()))).await;
    let mut working = 0;
    for answer in answers.iter().filter(|answer| answer.status() == 200) {
        working += usize::from(ApiKey::of(&jane, answer).get("ME/authorization").await.status() == 200);
    }
    assert_eq!(working, 1);
    assert_eq!(count(&answers, 200) + count(&answers, 503), 16);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_deletion_wins_and_no_use_brings_the_key_back() {
    let world = World::start().await;
    let jane = world.jane().await;
    let key = jane.create_key("k", &["Tasks"]).await;
    let calls = (0..32).map(|n| match n % 2 {
        0 => jane.delete("ME/api-key/k"),
        _ => key.get("ME/authorization"),
    });
    let answers = at_once(calls).await;
    assert_eq!(count(&answers, 204), 1);
    assert_eq!(count(&answers, 404), 15);
    key.get("ME/authorization").await.problem("unauthenticated");
    jane.get("ME/api-key/k").await.problem("not-found");
    assert_eq!(jane.get("ME/api-key?state=all").await["items"], json!([]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_cleanup_never_takes_a_key_that_replaces_an_expired_one() {
    let world = World::start().await;
    let jane = world.jane().await;
    for number in 0..16 {
        jane.create_key_until(&format!("k{number}"), &["Tasks"], world.now().await.plus(60)).await;
    }
    world.advance(60 + 604_800).await;
    let jane = world.jane().await;
    let anyone = world.anyone();
    let calls = (0..32).map(|n| match n % 2 {
        0 => jane.post("ME/api-key", json!({"name": format!("k{}", n / 2), "scopes": ["Tasks"]})),
        _ => anyone.post("/_local/run/cleanup", ()),
    });
    let answers = at_once(calls).await;
    assert_eq!(count(&answers, 201), 16);
    for answer in answers.iter().filter(|answer| answer.status() == 201) {
        ApiKey::of(&jane, answer).get("ME/authorization").await.expect(200);
    }
    assert_eq!(jane.get("ME/api-key").await.of_items("name").len(), 16);
}

#[tokio::test]
async fn at_most_fifty_expired_keys_are_kept() {
    let world = World::start().await;
    let jane = world.jane().await;
    for round in 0..2 {
        let until = world.now().await.plus(300);
        for number in 0..30 {
            jane.create_key_until(&format!("r{round}k{number:02}"), &["Tasks"], until).await;
        }
        world.advance(301).await;
    }
    let jane = world.jane().await;
    let shown = jane.get("ME/api-key?state=expired").await.of_items("name");
    jane.create_key("one more", &["Tasks"]).await;
    let left = jane.get("ME/api-key?state=expired").await.of_items("name");
    assert_eq!(left.len(), 50);
    assert_eq!(shown, left, "what is kept no longer is not shown");
    assert!(left.iter().any(|name| name == "r1k29"), "the oldest go first");
}

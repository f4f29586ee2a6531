//! Asking for a password reset, and what its token does.

use scenarios::{Call, Caller, Person, Response, World, at_once};
use serde_json::{Value, json};

const NEW_PASSWORD: &str = "walnut-Ferry-12-gravel";

fn ask(caller: &Caller, user_name: &str) -> Call {
    caller.post("/session/password-reset", json!({"user_name": user_name}))
}

/// A reset token of a user who has a password, from the administrator.
async fn handed_out(world: &World, person: &Person) -> String {
    world.admin().await.post(&person.path("invitation"), ()).await.expect(201).text("token")
}

async fn accept(browser: &Caller, token: &str, password: &str) -> Response {
    browser.post("/session/invitation", json!({"token": token, "password": password})).await
}

#[tokio::test]
async fn asking_is_answered_alike_whoever_is_named() {
    let world = World::start().await;
    world.new_user().named("lee").with("email", "lee@example.com").create().await;
    let disabled = world.new_user().named("max").create().await;
    world.admin().await.patch(&disabled.path("info"), json!({"disabled": true})).await.expect(200);
    let expected = ask(&world.browser(), "jane").await.expect(202);
    for user_name in ["nobody", "no name at all!", "sam", "lee", "max"] {
        let answer = ask(&world.browser(), user_name).await.expect(202);
        assert_eq!(answer.json(), expected.json());
        assert_eq!(answer.header("content-length"), expected.header("content-length"));
    }
}

#[tokio::test]
async fn asking_costs_the_same_whoever_is_named() {
    let world = World::start().await;
    let meter = || world.meter().read().requests;
    let mut costs = Vec::new();
    for user_name in ["jane", "nobody", "no name at all!", "sam"] {
        let before = meter();
        ask(&world.browser(), user_name).await.expect(202);
        costs.push(meter() - before);
    }
    assert!(costs.iter().all(|cost| *cost == costs[0]), "{costs:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_more_than_twenty_requests_of_one_source_are_accepted_at_once() {
    let world = World::start().await;
    let answers = at_once((0..32).map(|_| ask(&world.browser(), "jane"))).await;
    let (accepted, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status() == 202);
    assert_eq!(accepted.len(), 20, "{answers:?}");
    assert!(refused.iter().all(|answer| answer.slug() == Some("too-many-attempts")), "{answers:?}");
}

#[tokio::test]
async fn a_reset_ends_every_session() {
    let world = World::start().await;
    let (jane, other) = (world.jane().await, world.jane().await);
    let token = handed_out(&world, &jane).await;
    jane.get("/session").await.expect(200);
    accept(&other, &token, NEW_PASSWORD).await.expect(201);
    jane.get("/session").await.problem("session-expired");
    assert_eq!(other.get("ME/session").await.of_items("current"), [json!(true)]);
}

#[tokio::test]
async fn a_rejected_password_does_not_spend_the_token() {
    let world = World::start().await;
    let jane = world.jane().await;
    let token = handed_out(&world, &jane).await;
    for rejected in ["", "short", "passwordpassword", "jane-jane-jane-jane"] {
        accept(&world.browser(), &token, rejected).await.problem("password-rejected");
    }
    jane.get("/session").await.expect(200);
    accept(&world.browser(), &token, NEW_PASSWORD).await.expect(201);
}

#[tokio::test]
async fn tokens_that_are_used_unknown_and_void_are_answered_alike() {
    let world = World::start().await;
    let jane = world.jane().await;
    let void = handed_out(&world, &jane).await;
    let used = handed_out(&world, &jane).await;
    accept(&world.browser(), &used, NEW_PASSWORD).await.expect(201);
    let session = world.admin().await.cookie("__Host-session").expect("a session");
    let told = async |token: &str| {
        let mut body =
            accept(&world.browser(), token, "gravel-Walnut-99-ferry").await.problem("token-expired").json().clone();
        body["instance"] = Value::Null;
        body
    };
    let expected = told(&used).await;
    for token in [void.as_str(), "", "nonsense", session.as_str(), &used[..used.len() - 1]] {
        assert_eq!(told(token).await, expected, "{token}");
    }
}

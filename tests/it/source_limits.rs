//! Login protection of many at once: guesses from many sources, and for many users.

use scenarios::World;

use crate::protection::{fail, right, wait_of, wrong};

#[tokio::test]
async fn a_hundred_failures_together_make_new_sources_wait_up_to_an_hour() {
    let world = World::start().await;
    let jane = world.jane().await;
    for source in 1..=25 {
        fail(&world.browser().at([127, 0, 1, source]), "jane", 4).await;
    }
    let stranger = world.browser().at([127, 0, 2, 1]);
    let mut seconds = wait_of(stranger.post("/session", right("jane")).await);
    assert!(seconds <= 30, "{seconds}");
    jane.post("/session", right("jane")).await.expect(201);
    for source in 2..=12 {
        world.advance(seconds).await;
        let source = world.browser().at([127, 0, 2, source]);
        fail(&source, "jane", 1).await;
        seconds = wait_of(world.browser().at([127, 0, 3, 1]).post("/session", right("jane")).await);
    }
    assert!((3500..=3600).contains(&seconds), "{seconds}");
    world.advance(seconds).await;
    stranger.post("/session", right("jane")).await.expect(201);
}

#[tokio::test]
async fn a_source_that_fails_for_thirty_users_waits_ten_minutes() {
    let world = World::start().await;
    let jane = world.jane().await;
    let source = |last: u8| world.browser().at([127, 0, 0, last]);
    for user in 0..30 {
        fail(&source(2), &format!("guess-{user}"), 1).await;
    }
    let seconds = wait_of(source(2).post("/session", right("admin")).await);
    assert!((500..=600).contains(&seconds), "{seconds}");
    wait_of(source(2).post("/session", right("jane")).await);
    jane.at([127, 0, 0, 2]).post("/session", right("jane")).await.expect(201);
    source(3).post("/session", right("admin")).await.expect(201);
    world.advance(seconds).await;
    source(2).post("/session", right("admin")).await.expect(201);
}

#[tokio::test]
async fn a_source_may_fail_for_many_users_over_a_longer_time() {
    let world = World::start().await;
    for user in 0..40 {
        fail(&world.browser(), &format!("guess-{user}"), 1).await;
        world.advance(25).await;
    }
}

#[tokio::test]
async fn a_source_where_many_users_sign_in_does_not_wait() {
    let world = World::start().await;
    for user in 0..29 {
        fail(&world.browser(), &format!("guess-{user}"), 1).await;
    }
    for user_name in ["jane", "admin", "jane", "admin"] {
        world.browser().post("/session", right(user_name)).await.expect(201);
    }
}

#[tokio::test]
async fn what_a_waiting_source_tries_is_no_failure_of_the_user() {
    let world = World::start().await;
    for user in 0..30 {
        fail(&world.browser(), &format!("guess-{user}"), 1).await;
    }
    world.advance(580).await;
    for _ in 0..5 {
        wait_of(world.browser().post("/session", wrong("jane")).await);
    }
    world.advance(20).await;
    fail(&world.browser(), "jane", 4).await;
    world.browser().post("/session", right("jane")).await.expect(201);
}

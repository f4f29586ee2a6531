//! Login protection: who waits after failures, and for how long.

use std::ops::RangeInclusive;

use scenarios::{Authenticator, Call, Caller, PASSWORD, Person, Response, World, at_once};
use serde_json::{Value, json};

pub(crate) fn wrong(user_name: &str) -> Value {
    json!({"user_name": user_name, "password": "wrong-Quagmire-7-tundra"})
}

pub(crate) fn right(user_name: &str) -> Value {
    json!({"user_name": user_name, "password": PASSWORD})
}

/// Fails so often that this source waits for this user; with an attempt more it would say so.
pub(crate) async fn fail(caller: &Caller, user_name: &str, times: u32) {
    for _ in 0..times {
        caller.post("/session", wrong(user_name)).await.problem("sign-in-failed");
    }
}

/// The seconds that a refusal asks to wait.
#[track_caller]
pub(crate) fn wait_of(answer: Response) -> u32 {
    let answer = answer.problem("too-many-attempts");
    let seconds = answer.header("retry-after").and_then(|seconds| seconds.parse().ok());
    seconds.unwrap_or_else(|| panic!("no seconds to wait: {answer:?}"))
}

/// Lets `failing` fail, and answers which waits the one after it may be told: the clock goes on meanwhile.
async fn wait_after(world: &World, failing: Call, wait: u32) -> (Response, RangeInclusive<u32>) {
    let before = world.now().await;
    failing.clone().await.problem("sign-in-failed");
    let refused = failing.await;
    (refused, wait - world.now().await.seconds_since(before)..=wait)
}

/// A challenge that waits for a code.
async fn challenge(person: &Person, browser: &Caller) -> String {
    browser.post("/session", person.credentials()).await.expect(200).text("challenge")
}

async fn jane_with_mfa(world: &World) -> (Person, Authenticator) {
    let jane = world.jane().await;
    let authenticator = jane.enable_mfa().await;
    (jane, authenticator)
}

#[tokio::test]
async fn waits_begin_at_the_fifth_failure_and_double_to_fifteen_minutes() {
    let world = World::start().await;
    let browser = world.browser();
    fail(&browser, "jane", 4).await;
    for wait in [30, 60, 120, 240, 480, 900, 900] {
        let (refused, told) = wait_after(&world, browser.post("/session", wrong("jane")), wait).await;
        let seconds = wait_of(refused);
        assert!(told.contains(&seconds), "{seconds} is not in {told:?}");
        assert_eq!(browser.post("/session", right("jane")).await.slug(), Some("too-many-attempts"));
        world.advance(seconds).await;
    }
    browser.post("/session", right("jane")).await.expect(201);
}

#[tokio::test]
async fn a_refused_attempt_is_no_failure() {
    let world = World::start().await;
    let browser = world.browser();
    fail(&browser, "jane", 5).await;
    for _ in 0..10 {
        assert!(wait_of(browser.post("/session", wrong("jane")).await) <= 30);
    }
}

#[tokio::test]
async fn a_success_forgets_the_failures_before_it() {
    let world = World::start().await;
    for _ in 0..3 {
        fail(&world.browser(), "jane", 4).await;
        world.browser().post("/session", right("jane")).await.expect(201);
    }
}

#[tokio::test]
async fn failures_are_forgotten_after_a_day() {
    let world = World::start().await;
    let browser = world.browser();
    fail(&browser, "jane", 5).await;
    world.advance(24 * 60 * 60).await;
    fail(&browser, "jane", 4).await;
    browser.post("/session", right("jane")).await.expect(201);
}

#[tokio::test]
async fn one_source_does_not_make_another_wait() {
    let world = World::start().await;
    let browser = world.browser();
    fail(&browser, "jane", 5).await;
    wait_of(browser.post("/session", right("jane")).await);
    browser.at([127, 0, 0, 2]).post("/session", right("jane")).await.expect(201);
}

#[tokio::test]
async fn one_user_does_not_make_another_wait() {
    let world = World::start().await;
    fail(&world.browser(), "jane", 5).await;
    world.browser().post("/session", right("admin")).await.expect(201);
}

#[tokio::test]
async fn forwarding_headers_make_no_other_source() {
    let world = World::start().await;
    let browser = world.browser();
    fail(&browser, "jane", 5).await;
    for (name, value) in
        [("x-forwarded-for", "203.0.113.9"), ("forwarded", "for=203.0.113.9"), ("x-real-ip", "203.0.113.9")]
    {
        wait_of(browser.post("/session", right("jane")).header(name, value).await);
    }
}

#[tokio::test]
async fn unknown_disabled_and_sso_users_wait_like_any_other() {
    let world = World::start().await;
    let kim = world.new_user().named("kim").create().await;
    world.admin().await.patch(&kim.path("info"), json!({"disabled": true})).await.expect(200);
    for user_name in ["jane", "nobody", "NOBODY at all", "kim", "sam"] {
        let browser = world.browser();
        fail(&browser, user_name, 4).await;
        let (refused, told) = wait_after(&world, browser.post("/session", wrong(user_name)), 30).await;
        assert!(told.contains(&wait_of(refused)), "{user_name}");
    }
}

#[tokio::test]
async fn a_name_in_another_case_is_counted_as_the_same_user() {
    let world = World::start().await;
    for user_name in ["jane", "JANE", "Jane", "jAnE", "janE"] {
        fail(&world.browser(), user_name, 1).await;
    }
    wait_of(world.browser().post("/session", right("jane")).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn attempts_are_counted_before_they_are_checked() {
    let world = World::start().await;
    let answers = at_once((0..32).map(|_| world.browser().post("/session", wrong("jane")))).await;
    let (checked, refused): (Vec<_>, Vec<_>) =
        answers.iter().partition(|answer| answer.slug() == Some("sign-in-failed"));
    assert_eq!(checked.len(), 5, "{answers:?}");
    assert!(refused.iter().all(|answer| answer.slug() == Some("too-many-attempts")), "{answers:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn many_sources_sign_one_user_in_at_once() {
    let world = World::start().await;
    let browsers = (1..=32_u8).map(|number| world.browser().at([127, 0, 1, number]));
    let answers = at_once(browsers.map(|browser| browser.post("/session", right("jane")))).await;
    assert!(answers.iter().all(|answer| answer.status() == 201), "{answers:?}");
}

#[tokio::test]
async fn the_right_password_clears_no_counter_of_codes() {
    let world = World::start().await;
    let (jane, authenticator) = jane_with_mfa(&world).await;
    let browser = world.browser();
    for _ in 0..5 {
        let wrong = json!({"challenge": challenge(&jane, &browser).await, "code": "000"});
        browser.post("/session/mfa", wrong).await.problem("sign-in-failed");
    }
    let code = authenticator.code_ahead(&world).await;
    let right = json!({"challenge": challenge(&jane, &browser).await, "code": code});
    wait_of(browser.post("/session/mfa", right).await);
}

#[tokio::test]
async fn each_factor_is_counted_on_its_own() {
    let world = World::start().await;
    let (jane, authenticator) = jane_with_mfa(&world).await;
    let browser = world.browser();
    let opened = challenge(&jane, &browser).await;
    for _ in 0..5 {
        let wrong = json!({"challenge": opened, "code": "000"});
        browser.post("/session/mfa", wrong).await.problem("sign-in-failed");
    }
    let recovery = json!({"challenge": opened, "recovery_code": authenticator.recovery_codes[0]});
    let stranger = world.browser();
    stranger.post("/session/mfa", recovery).await.expect(201);
    let code = authenticator.code_ahead(&world).await;
    let code = json!({"challenge": challenge(&jane, &browser).await, "code": code});
    wait_of(browser.post("/session/mfa", code).await);
}

#[tokio::test]
async fn recovery_codes_are_counted() {
    let world = World::start().await;
    let (jane, authenticator) = jane_with_mfa(&world).await;
    let browser = world.browser();
    let opened = challenge(&jane, &browser).await;
    let attempt = |code: &str| browser.post("/session/mfa", json!({"challenge": opened, "recovery_code": code}));
    for _ in 0..5 {
        attempt("AAAA-BBBB-CCCC-DDDD").await.problem("sign-in-failed");
    }
    wait_of(attempt(&authenticator.recovery_codes[0]).await);
}

#[tokio::test]
async fn step_up_counts_with_sign_in() {
    let world = World::start().await;
    let jane = world.jane().await;
    fail(&jane, "jane", 3).await;
    let step_up = |password: &str| jane.post("/session/step-up", json!({"password": password}));
    for _ in 0..2 {
        step_up("wrong").await.problem("password-incorrect");
    }
    wait_of(step_up(PASSWORD).await);
    let change = json!({"current_password": PASSWORD, "new_password": "walnut-Ferry-12-gravel"});
    wait_of(jane.put("ME/password", change).await);
    jane.get("/session").await.expect(200);
}

#[tokio::test]
async fn codes_of_step_up_and_of_confirmation_are_counted() {
    let world = World::start().await;
    let jane = world.jane().await;
    let enrolment = jane.post("ME/mfa/totp", ()).await.expect(201);
    let authenticator = Authenticator::new(&enrolment.text("secret"));
    let confirm = |code: &str| jane.post("ME/mfa/totp/confirm", json!({"code": code}));
    for _ in 0..5 {
        confirm("000").await.problem("code-rejected");
    }
    let now = world.now().await;
    let seconds = wait_of(confirm(&authenticator.code_at(now)).await);
    let now = world.advance(seconds).await;
    confirm(&authenticator.code_at(now)).await.expect(200);

    let step_up = |code: &str| jane.post("/session/step-up", json!({"password": PASSWORD, "code": code}));
    for _ in 0..5 {
        step_up("000").await.problem("code-rejected");
    }
    wait_of(step_up(&authenticator.code_at(now.plus(30))).await);
}

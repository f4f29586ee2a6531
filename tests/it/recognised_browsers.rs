//! Browsers that signed in before: strangers cannot lock their users out.

use scenarios::{Authenticator, Caller, PASSWORD, Person, World};
use serde_json::json;
use shared::store::factors::{Devices, void_devices};

use crate::protection::{fail, right, wait_of, wrong};

const DEVICE: &str = "__Host-device";
const NEW_PASSWORD: &str = "walnut-Ferry-12-gravel";

/// Whether `browser` is spared what a stranger at its source must wait for; the stranger fails first.
async fn is_recognised(world: &World, browser: &Caller, user_name: &str, password: &str) -> bool {
    let stranger = world.browser();
    while stranger.post("/session", wrong(user_name)).await.slug() == Some("sign-in-failed") {}
    let answer = browser.post("/session", json!({"user_name": user_name, "password": password})).await;
    match answer.status() {
        429 => false,
        200 | 201 => true,
        _ => panic!("{answer:?}"),
    }
}

/// A browser with nothing but `person`'s device cookie.
fn device_of(world: &World, person: &Person) -> Caller {
    let browser = world.browser();
    browser.set_cookie(DEVICE, person.cookie(DEVICE).as_deref());
    browser
}

/// Signs in with a second factor.
async fn sign_in_with(world: &World, person: &Person, authenticator: &Authenticator) -> Caller {
    let browser = world.browser();
    let challenge = browser.post("/session", person.credentials()).await.expect(200).text("challenge");
    let code = authenticator.code(world).await;
    browser.post("/session/mfa", json!({"challenge": challenge, "code": code})).await.expect(201);
    browser
}

#[tokio::test]
async fn strangers_cannot_lock_a_user_out_of_a_recognised_browser() {
    let world = World::start().await;
    let jane = world.jane().await;
    jane.delete("/session").await.expect(204);
    assert!(is_recognised(&world, &jane, "jane", PASSWORD).await);
    assert!(!is_recognised(&world, &world.browser(), "jane", PASSWORD).await);
    let made_up = world.browser();
    made_up.set_cookie(DEVICE, Some("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"));
    assert!(!is_recognised(&world, &made_up, "jane", PASSWORD).await);
}

#[tokio::test]
async fn what_many_sources_failed_a_day_ago_locks_nobody_out() {
    const DAY: u32 = 24 * 60 * 60;
    let world = World::start().await;
    let jane = world.jane().await;
    jane.delete("/session").await.expect(204);
    for number in 1..=95 {
        let source = world.browser().at([127, 0, 1, number]);
        source.post("/session", wrong("jane")).await.problem("sign-in-failed");
    }
    // One more, before all that is forgotten, keeps what was counted for another day.
    world.advance(DAY - 60).await;
    world.browser().post("/session", wrong("jane")).await.problem("sign-in-failed");
    world.advance(120).await;
    for browser in [&jane, &world.browser(), &jane] {
        browser.post("/session", right("jane")).await.expect(201);
    }
}

#[tokio::test]
async fn another_applications_cookie_hides_no_recognised_browser() {
    let world = World::start().await;
    let jane = world.jane().await;
    let device = jane.cookie(DEVICE).expect("a device");
    let stranger = world.browser();
    while stranger.post("/session", wrong("jane")).await.slug() == Some("sign-in-failed") {}
    let call = world.anyone().post("/session", right("jane"));
    call.header("cookie", format!("team=Zo\u{eb}; {DEVICE}={device}")).await.expect(201);
}

#[tokio::test]
async fn a_browser_is_recognised_for_its_own_user_only() {
    let world = World::start().await;
    let (jane, _admin) = (world.jane().await, world.admin().await);
    assert!(!is_recognised(&world, &device_of(&world, &jane), "admin", PASSWORD).await);
    assert!(is_recognised(&world, &device_of(&world, &jane), "jane", PASSWORD).await);
}

#[tokio::test]
async fn a_recognised_browser_is_counted_on_its_own() {
    let world = World::start().await;
    let jane = world.jane().await;
    let second = world.jane().await;
    fail(&jane, "jane", 5).await;
    wait_of(jane.post("/session", right("jane")).await);
    wait_of(jane.at([127, 0, 0, 2]).post("/session", right("jane")).await);
    second.post("/session", right("jane")).await.expect(201);
    world.browser().post("/session", right("jane")).await.expect(201);
    wait_of(jane.post("/session", right("jane")).await);
}

#[tokio::test]
async fn a_browser_is_recognised_for_four_hundred_days() {
    let world = World::start().await;
    let (first, second) = (world.jane().await, world.jane().await);
    world.advance(400 * 24 * 60 * 60 - 600).await;
    assert!(is_recognised(&world, &first, "jane", PASSWORD).await);
    world.advance(600).await;
    assert!(!is_recognised(&world, &second, "jane", PASSWORD).await);
}

#[tokio::test]
async fn the_oldest_browser_makes_room_for_the_twenty_first() {
    let world = World::start().await;
    let mut browsers = Vec::new();
    for _ in 0..21 {
        browsers.push(world.jane().await);
    }
    assert!(!is_recognised(&world, &browsers[0], "jane", PASSWORD).await);
    for browser in &browsers[1..] {
        assert!(is_recognised(&world, browser, "jane", PASSWORD).await);
    }
}

/// Lets a recognised browser fail so often, waiting where it must.
async fn fail_patiently(world: &World, browser: &Caller, times: u32) {
    let mut failures = 0;
    while failures < times {
        let answer = browser.post("/session", wrong("jane")).await;
        if answer.slug() == Some("sign-in-failed") {
            failures += 1;
        } else {
            world.advance(wait_of(answer)).await;
        }
    }
}

#[tokio::test]
async fn a_browser_that_failed_ten_times_is_recognised_no_more() {
    let world = World::start().await;
    let jane = world.jane().await;
    fail_patiently(&world, &jane, 10).await;
    world.advance(900).await;
    assert!(!is_recognised(&world, &jane, "jane", PASSWORD).await);
    world.advance(3 * 24 * 60 * 60).await;
    assert!(!is_recognised(&world, &jane, "jane", PASSWORD).await);
}

#[tokio::test]
async fn a_browser_that_a_lost_write_left_listed_is_taken_off_at_its_next_attempt() {
    let world = World::start().await;
    let jane = world.jane().await;
    let (store, listed) = (&world.context().store, world.now().await);
    let user = store.user_id_by_name("root", "jane").await.expect("an answer").expect("a user");
    let devices = store.devices(user, listed).await.expect("an answer");
    fail_patiently(&world, &jane, 10).await;
    // As if the write beside the tenth failure had not come through.
    let now = world.now().await;
    let after = store.devices(user, now).await.expect("an answer");
    store.change_devices(user, after, now, |_| devices.clone()).await.expect("an answer").expect("no reset meanwhile");

    jane.post("/session", wrong("jane")).await.problem("sign-in-failed");
    let cookie = jane.cookie(DEVICE).expect("a cookie");
    let hash = shared::protection::device_hash(&cookie);
    let left = store.devices(user, now).await.expect("an answer");
    assert!(devices.contains(&hash, listed) && !left.contains(&hash, now));
}

#[tokio::test]
async fn a_browser_that_failed_nine_times_and_then_signs_in_stays_recognised() {
    let world = World::start().await;
    let jane = world.jane().await;
    fail_patiently(&world, &jane, 9).await;
    world.advance(900).await;
    jane.post("/session", right("jane")).await.expect(201);
    assert!(is_recognised(&world, &jane, "jane", PASSWORD).await);
}

#[tokio::test]
async fn a_password_reset_makes_every_browser_a_stranger() {
    let world = World::start().await;
    let (jane, admin) = (world.jane().await, world.admin().await);
    let token = admin.post(&jane.path("invitation"), ()).await.expect(201).text("token");
    let browser = world.browser();
    browser.post("/session/invitation", json!({"token": token, "password": NEW_PASSWORD})).await.expect(201);
    assert!(!is_recognised(&world, &jane, "jane", NEW_PASSWORD).await);
    assert!(is_recognised(&world, &browser, "jane", NEW_PASSWORD).await);
}

#[tokio::test]
async fn a_sign_in_that_began_before_a_reset_leaves_no_recognised_browser() {
    let world = World::start().await;
    world.jane().await;
    let (store, now) = (&world.context().store, world.now().await);
    let user = store.user_id_by_name("root", "jane").await.expect("an answer").expect("a user");
    let read = store.devices(user, now).await.expect("an answer");
    let reset = store.transact(vec![void_devices(user, now)]).await.expect("an answer");
    assert!(reset.is_done());
    let joined = |devices: &Devices| devices.with("late", now);
    assert_eq!(store.change_devices(user, read, now, joined).await.expect("an answer"), None);
    let after = store.devices(user, now).await.expect("an answer");
    assert!(!after.contains("late", now));
    store.change_devices(user, after, now, joined).await.expect("an answer").expect("no reset meanwhile");
    assert!(store.devices(user, now).await.expect("an answer").contains("late", now));
}

#[tokio::test]
async fn a_new_password_leaves_browsers_recognised() {
    let world = World::start().await;
    let jane = world.jane().await;
    let change = json!({"current_password": PASSWORD, "new_password": NEW_PASSWORD});
    jane.put("ME/password", change).await.expect(204);
    assert!(is_recognised(&world, &jane, "jane", NEW_PASSWORD).await);
}

#[tokio::test]
async fn disabling_mfa_makes_every_browser_a_stranger() {
    let world = World::start().await;
    let jane = world.jane().await;
    let authenticator = jane.enable_mfa().await;
    let browser = sign_in_with(&world, &jane, &authenticator).await;
    assert!(is_recognised(&world, &browser, "jane", PASSWORD).await);
    jane.delete("ME/mfa/totp").await.expect(204);
    assert!(!is_recognised(&world, &browser, "jane", PASSWORD).await);
    assert!(!is_recognised(&world, &jane, "jane", PASSWORD).await);
}

#[tokio::test]
async fn resetting_mfa_makes_every_browser_a_stranger() {
    let world = World::start().await;
    let (jane, admin) = (world.jane().await, world.admin().await);
    let old = jane.enable_mfa().await;
    let browser = sign_in_with(&world, &jane, &old).await;
    let enrolment = jane.post("ME/mfa/totp/reset", ()).await.expect(201);
    let new = Authenticator::new(&enrolment.text("secret"));
    let code = new.code(&world).await;
    jane.post("ME/mfa/totp/confirm", json!({"code": code})).await.expect(200);
    assert!(!is_recognised(&world, &browser, "jane", PASSWORD).await);

    world.advance(900).await;
    let browser = sign_in_with(&world, &jane, &new).await;
    assert!(is_recognised(&world, &browser, "jane", PASSWORD).await);
    admin.step_up().await;
    admin.post(&jane.path("mfa/reset"), ()).await.expect(204);
    assert!(!is_recognised(&world, &browser, "jane", PASSWORD).await);
}

#[tokio::test]
async fn the_password_alone_makes_no_browser_recognised_while_mfa_is_on() {
    let world = World::start().await;
    let jane = world.jane().await;
    let authenticator = jane.enable_mfa().await;
    let browser = world.browser();
    let challenge = browser.post("/session", jane.credentials()).await.expect(200).text("challenge");
    assert_eq!(browser.cookie(DEVICE), None);
    let wrong = json!({"challenge": challenge, "code": "000"});
    browser.post("/session/mfa", wrong).await.problem("sign-in-failed");
    assert_eq!(browser.cookie(DEVICE), None);
    let code = authenticator.code(&world).await;
    browser.post("/session/mfa", json!({"challenge": challenge, "code": code})).await.expect(201);
    assert!(is_recognised(&world, &browser, "jane", PASSWORD).await);
}

#[tokio::test]
async fn strangers_cannot_lock_a_recognised_browser_out_of_its_codes() {
    let world = World::start().await;
    let jane = world.jane().await;
    let authenticator = jane.enable_mfa().await;
    let browser = sign_in_with(&world, &jane, &authenticator).await;
    let stranger = world.browser();
    let challenge = stranger.post("/session", jane.credentials()).await.expect(200).text("challenge");
    let guess = || stranger.post("/session/mfa", json!({"challenge": challenge, "code": "000"}));
    while guess().await.slug() == Some("sign-in-failed") {}
    let code = authenticator.code_ahead(&world).await;
    let answer = json!({"challenge": challenge, "code": code});
    wait_of(stranger.post("/session/mfa", answer.clone()).await);
    browser.post("/session/mfa", answer).await.expect(201);
}

#[tokio::test]
async fn a_browser_is_kept_as_a_digest() {
    let world = World::start().await;
    let jane = world.jane().await;
    let (device, session) = (jane.cookie(DEVICE), jane.cookie("__Host-session"));
    let stored = format!("{:?}", world.items().await);
    for value in [device, session] {
        assert!(!stored.contains(&value.expect("a cookie")));
    }
}

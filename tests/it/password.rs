//! A user's own password: what may be one, and what a change of it ends.

use scenarios::{Body, PASSWORD, Person, Response, World};
use serde_json::{Value, json};

/// A password that nothing speaks against.
const GOOD: &str = "gravel-Otter-93-lantern";

async fn change(person: &Person, current: &str, new: &str) -> Response {
    person.put("ME/password", json!({"current_password": current, "new_password": new})).await
}

/// Why `new` is refused, in the alphabet's order.
async fn reasons(person: &Person, new: &str) -> Vec<String> {
    let refused = change(person, &person.password, new).await.problem("password-rejected");
    let mut reasons: Vec<String> = serde_json::from_value(refused["reasons"].clone()).expect("a list of texts");
    reasons.sort_unstable();
    reasons
}

async fn signs_in(world: &World, person: &Person, password: &str) -> bool {
    let body =
        json!({"environment_name": person.environment_name, "user_name": person.user_name, "password": password});
    let answer = world.browser().post("/session", body).await;
    assert!(matches!(answer.slug(), None | Some("sign-in-failed")), "{answer:?}");
    answer.slug().is_none()
}

#[tokio::test]
async fn the_page_learns_how_long_a_password_must_be_and_when_it_was_changed() {
    let world = World::start().await;
    let jane = world.jane().await;
    let before = jane.get("ME/password").await.expect(200);
    let wanted = json!({"available": true, "changed_at": before["changed_at"], "min_length": 15, "max_length": 128});
    assert_eq!(before.json(), &wanted);
    let now = world.advance(300).await;
    change(&jane, PASSWORD, GOOD).await.expect(204);
    let after = jane.get("ME/password").await.expect(200).text("changed_at");
    assert!(after > before.text("changed_at") && after >= now.to_string(), "{after}");
    jane.enable_mfa().await;
    assert_eq!(jane.get("ME/password").await.expect(200)["min_length"], 8);
}

#[tokio::test]
async fn a_user_of_single_sign_on_has_no_password_here() {
    let world = World::start().await;
    let sam = world.sam().await;
    let shown = sam.get("ME/password").await.expect(200);
    assert_eq!((&shown["available"], &shown["changed_at"]), (&json!(false), &Value::Null));
    change(&sam, PASSWORD, GOOD).await.problem("not-available-for-sso");
}

#[tokio::test]
async fn a_key_neither_reads_nor_changes_a_password() {
    let world = World::start().await;
    let key = world.jane().await.create_key("key", &["Authentication", "Account", "User"]).await;
    key.get("ME/password").await.problem("session-required");
    let body = json!({"current_password": PASSWORD, "new_password": GOOD});
    key.put("ME/password", body).await.problem("session-required");
}

#[tokio::test]
async fn the_new_password_holds_and_the_old_one_no_more() {
    let world = World::start().await;
    let jane = world.jane().await;
    change(&jane, PASSWORD, GOOD).await.expect(204);
    assert!(signs_in(&world, &jane, GOOD).await);
    assert!(!signs_in(&world, &jane, PASSWORD).await);
}

#[tokio::test]
async fn a_change_ends_every_other_session_of_that_user_and_nothing_else() {
    let world = World::start().await;
    let (jane, elsewhere, admin) = (world.jane().await, world.jane().await, world.admin().await);
    let key = jane.create_key("nightly", &["Tasks"]).await;
    change(&jane, PASSWORD, GOOD).await.expect(204);
    elsewhere.get("ME/info").await.problem("session-expired");
    jane.get("ME/info").await.expect(200);
    assert_eq!(jane.get("ME/session").await.expect(200).of_items("current"), [true]);
    key.get("ME/authorization").await.expect(200);
    admin.get("ME/info").await.expect(200);
}

#[tokio::test]
async fn a_change_needs_the_current_password_and_no_freshness() {
    let world = World::start().await;
    let (jane, elsewhere) = (world.jane().await, world.jane().await);
    for wrong in ["", "wrong", &PASSWORD.to_lowercase(), &format!("{PASSWORD} "), GOOD] {
        change(&jane, wrong, GOOD).await.problem("password-incorrect");
    }
    elsewhere.get("ME/info").await.expect(200);
    world.advance(601).await;
    change(&jane, PASSWORD, GOOD).await.expect(204);
}

#[tokio::test]
async fn guesses_at_the_current_password_are_made_to_wait() {
    let world = World::start().await;
    let jane = world.jane().await;
    let stranger = jane.at([127, 0, 0, 7]);
    // Without the cookie that makes it a recognised browser, so that the source is what counts.
    stranger.set_cookie("__Host-device", None);
    let guess = |current: &str| stranger.put("ME/password", json!({"current_password": current, "new_password": GOOD}));
    for _ in 0..5 {
        guess("wrong").await.problem("password-incorrect");
    }
    let waits = guess(PASSWORD).await.problem("too-many-attempts");
    assert!(waits.header("retry-after").is_some_and(|seconds| seconds.parse::<u32>().is_ok_and(|s| s <= 30)));
    world.advance(31).await;
    guess(PASSWORD).await.expect(204);
}

#[tokio::test]
async fn the_wrong_current_password_is_told_before_anything_of_the_new_one() {
    let world = World::start().await;
    let jane = world.jane().await;
    change(&jane, "wrong", "short").await.problem("password-incorrect");
}

#[tokio::test]
async fn faults_of_the_request_are_named() {
    let world = World::start().await;
    let jane = world.jane().await;
    let put = |body: Value| jane.put("ME/password", body);
    put(json!({})).await.invalid(&["/current_password", "/new_password"]);
    put(json!({"current_password": null, "new_password": 7})).await.invalid(&["/current_password", "/new_password"]);
    let more = json!({"current_password": PASSWORD, "new_password": GOOD, "code": "123456"});
    put(more).await.invalid(&["/code"]);
    jane.put("ME/password", Body::of(None, "{}")).await.problem("unsupported-media-type");
}

#[tokio::test]
async fn a_password_has_15_to_128_characters() {
    let world = World::start().await;
    let jane = world.jane().await;
    assert_eq!(reasons(&jane, "gravel-Otter93").await, ["too_short"]);
    assert_eq!(reasons(&jane, &format!("{GOOD}{}", "x".repeat(106))).await, ["too_long"]);
    let (shortest, longest) = ("gravel-Otter-93", format!("{GOOD}{}", "x".repeat(105)));
    assert_eq!((shortest.chars().count(), longest.chars().count()), (15, 128));
    change(&jane, PASSWORD, shortest).await.expect(204);
    change(&jane, shortest, &longest).await.expect(204);
    assert!(signs_in(&world, &jane, &longest).await);
    assert!(!signs_in(&world, &jane, &longest[..127]).await);
}

#[tokio::test]
async fn characters_are_code_points_after_nfc() {
    let world = World::start().await;
    let jane = world.jane().await;
    // 14 characters once composed, of 15 code points; and 15 of 17 bytes.
    assert_eq!(reasons(&jane, "gravel-Otte\u{301}r93").await, ["too_short"]);
    assert_eq!(reasons(&jane, "gr\u{e4}vel-\u{d6}tter93").await, ["too_short"]);
    let decomposed = format!("{GOOD}{}", "e\u{301}".repeat(105));
    change(&jane, PASSWORD, &decomposed).await.expect(204);
    assert!(signs_in(&world, &jane, &format!("{GOOD}{}", "\u{e9}".repeat(105))).await);
}

#[tokio::test]
async fn any_characters_make_a_password_and_none_are_asked_for() {
    let world = World::start().await;
    let jane = world.jane().await;
    let passwords = [
        "correct horse gravel otter",
        "замок переписал дождь",
        "部署手順書を読む梅雨空の猫たち",
        "482059173046682913",
        " \tgravel 🦀 Otter\u{0} lantern ",
    ];
    let mut current = PASSWORD;
    for new in passwords {
        change(&jane, current, new).await.expect(204);
        current = new;
    }
    // Nothing is trimmed.
    assert!(signs_in(&world, &jane, current).await);
    assert!(!signs_in(&world, &jane, current.trim()).await);
}

#[tokio::test]
async fn a_common_password_is_refused_whole_and_in_any_case() {
    let world = World::start().await;
    let jane = world.jane().await;
    for common in ["password123", "PassWord123", "trustno1", "1q2w3e4r5t6y", "iloveyou", "12345678910"] {
        let reasons = reasons(&jane, common).await;
        assert!(reasons.contains(&"common".to_owned()), "{common}: {reasons:?}");
    }
    change(&jane, PASSWORD, "trustno1-gravel-Otter-lantern").await.expect(204);
}

#[tokio::test]
async fn a_guessable_password_is_refused() {
    let world = World::start().await;
    let jane = world.jane().await;
    for guessable in ["aaaaaaaaaaaaaaaaaaaa", "abcabcabcabcabcabc", "passwordpassword", "qwertyuiopasdfghjkl"] {
        let reasons = reasons(&jane, guessable).await;
        assert!(reasons.contains(&"guessable".to_owned()), "{guessable}: {reasons:?}");
    }
}

#[tokio::test]
async fn a_password_must_not_hold_the_users_names() {
    let world = World::start().await;
    let user = world.new_user().named("wilbur.k").with("full_name", "Dorsten, Anne-Marie van Öberg Lee");
    let user = user.with("email", "a.kestrel@example.com").create().await;
    for word in
        ["wilbur.k", "WILBUR.K", "a.kestrel", "dorsten", "anne", "Marie", "öberg", "O\u{308}BERG", "demo", "Demo"]
    {
        let reasons = reasons(&user, &format!("gravel-{word}-93-lantern")).await;
        assert_eq!(reasons, ["contains_context"], "{word}");
    }
    // Words of fewer than 4 letters, and the rest of the address, are free.
    change(&user, PASSWORD, "gravel-van-Lee-93-example.com").await.expect(204);
}

#[tokio::test]
async fn the_current_password_is_no_new_one() {
    let world = World::start().await;
    let jane = world.jane().await;
    assert_eq!(reasons(&jane, PASSWORD).await, ["same_as_current"]);
    let (composed, decomposed) = ("gr\u{e4}vel-otter-lantern-93", "gra\u{308}vel-otter-lantern-93");
    change(&jane, PASSWORD, composed).await.expect(204);
    let refused = change(&jane, composed, decomposed).await.problem("password-rejected");
    assert_eq!(refused["reasons"], json!(["same_as_current"]));
}

#[tokio::test]
async fn every_reason_is_told_at_once() {
    let world = World::start().await;
    let user = world.new_user().named("dragon").create().await;
    assert_eq!(reasons(&user, "Dragon").await, ["common", "contains_context", "guessable", "too_short"]);
}

#[tokio::test]
async fn a_refused_change_changes_nothing() {
    let world = World::start().await;
    let (jane, elsewhere) = (world.jane().await, world.jane().await);
    let before = jane.get("ME/password").await.expect(200);
    reasons(&jane, "short").await;
    elsewhere.get("ME/info").await.expect(200);
    assert_eq!(jane.get("ME/password").await.expect(200).json(), before.json());
    assert!(signs_in(&world, &jane, PASSWORD).await);
}

#[tokio::test]
async fn eight_characters_and_a_weaker_estimate_do_while_mfa_is_on() {
    let world = World::start().await;
    let jane = world.jane().await;
    assert_eq!(reasons(&jane, "q7#Tz!mW").await, ["guessable", "too_short"]);
    jane.enable_mfa().await;
    assert_eq!(reasons(&jane, "q7#Tz!m").await, ["too_short"]);
    assert_eq!(reasons(&jane, "aaaaaaaaaaaaaaaaaaaa").await, ["guessable"]);
    assert_eq!(reasons(&jane, "Demo-7#Tz!m").await, ["contains_context"]);
    change(&jane, PASSWORD, "q7#Tz!mW").await.expect(204);
}

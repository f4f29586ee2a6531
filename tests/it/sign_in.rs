//! Signing in by name and password.

use scenarios::{PASSWORD, World};
use serde_json::{Value, json};
use shared::clock::Timestamp;

const SESSION: &str = "__Host-session";
const DEVICE: &str = "__Host-device";

fn credentials(user_name: &str) -> Value {
    json!({"user_name": user_name, "password": PASSWORD})
}

#[tokio::test]
async fn a_user_is_found_in_any_case_and_answered_as_first_written() {
    let world = World::start().await;
    world.new_user().named("Kim.Lee").create().await;
    let body = json!({"environment_name": "root", "user_name": "kIM.lEE", "password": PASSWORD});
    let answer = world.browser().post("/session", body).await.expect(201);
    assert_eq!(answer["user"], json!({"environment_name": "ROOT", "user_name": "Kim.Lee", "full_name": null}));
}

#[tokio::test]
async fn the_environment_is_root_unless_another_is_named() {
    let world = World::start().await;
    let kim = world.new_user().named("kim").environment("Lab").create().await;
    world.browser().post("/session", credentials("kim")).await.problem("sign-in-failed");
    world.browser().post("/session", kim.credentials()).await.expect(201);
    let elsewhere = json!({"environment_name": "Lab", "user_name": "jane", "password": PASSWORD});
    world.browser().post("/session", elsewhere).await.problem("sign-in-failed");
}

#[tokio::test]
async fn a_session_ends_twelve_hours_after_sign_in() {
    let world = World::start().await;
    let before = world.now().await;
    let browser = world.browser();
    let answer = browser.post("/session", credentials("jane")).await.expect(201);
    let after = world.now().await;
    let end = Timestamp::parse_rfc3339(&answer.text("expires_at")).expect("an instant");
    let twelve_hours = 12 * 60 * 60;
    assert!((before.plus(twelve_hours)..=after.plus(twelve_hours)).contains(&end), "{answer:?}");
    assert_eq!(browser.get("/session").await["expires_at"], answer["expires_at"]);
}

#[tokio::test]
async fn the_session_cookie_stays_with_this_host_and_away_from_scripts_and_other_sites() {
    let world = World::start().await;
    let answer = world.browser().post("/session", credentials("jane")).await.expect(201);
    let cookie = answer.header("set-cookie").expect("a cookie");
    let mut parts = cookie.split("; ");
    let (name, value) = parts.next().and_then(|pair| pair.split_once('=')).expect("a pair");
    assert_eq!(name, SESSION);
    assert!(value.len() > 40, "{value}");
    let attributes: Vec<_> = parts.filter(|attribute| !attribute.starts_with("Max-Age=")).collect();
    assert_eq!(attributes, ["Path=/", "Secure", "HttpOnly", "SameSite=Strict"]);
}

#[tokio::test]
async fn a_browser_keeps_256_random_bits_by_which_it_is_recognised() {
    let world = World::start().await;
    let (jane, again) = (world.jane().await, world.jane().await);
    let [first, second] = [&jane, &again].map(|browser| browser.cookie(DEVICE).expect("a cookie"));
    assert_eq!(first.len(), 43, "256 bits in base64");
    assert_ne!(first, second);
}

#[tokio::test]
async fn a_refused_sign_in_sets_no_cookie() {
    let world = World::start().await;
    let browser = world.browser();
    let answer = browser.post("/session", json!({"user_name": "jane", "password": "wrong"})).await;
    assert_eq!(answer.problem("sign-in-failed").header("set-cookie"), None);
    browser.get("/session").await.problem("unauthenticated");
}

#[tokio::test]
async fn a_refused_sign_in_leaves_the_session_of_the_browser_alone() {
    let world = World::start().await;
    let jane = world.jane().await;
    jane.post("/session", json!({"user_name": "admin", "password": "wrong"})).await.problem("sign-in-failed");
    assert_eq!(jane.get("/session").await.expect(200)["user"]["user_name"], "jane");
}

#[tokio::test]
async fn every_sign_in_makes_a_session_of_its_own() {
    let world = World::start().await;
    let jane = world.jane().await;
    let first = jane.cookie(SESSION).expect("a session");
    jane.post("/session", jane.credentials()).await.expect(201);
    let second = jane.cookie(SESSION).expect("a session");
    assert_ne!(first, second);
    assert_eq!(jane.get("ME/session").await.of_items("current").len(), 2);
}

#[tokio::test]
async fn a_sign_in_names_what_is_missing_and_what_is_too_much() {
    let world = World::start().await;
    let browser = world.browser();
    let refused = async |body: Value, pointers: &[&str]| browser.post("/session", body).await.invalid(pointers);
    refused(json!({}), &["/user_name", "/password"]).await;
    refused(json!({"user_name": null, "password": 1}), &["/user_name", "/password"]).await;
    refused(json!({"user_name": "jane", "password": PASSWORD, "code": "123456"}), &["/code"]).await;
    refused(json!({"user_name": "jane", "password": PASSWORD, "environment_name": null}), &["/environment_name"]).await;
}

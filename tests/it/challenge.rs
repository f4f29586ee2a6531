//! The second factor: a challenge, answered with a code.

use scenarios::{Authenticator, Caller, Person, Response, World};
use serde_json::{Value, json};
use shared::clock::Timestamp;

/// The start of a step, so that none ends while a test runs; later than any code that was used.
pub(crate) async fn start_of_step(world: &World) -> Timestamp {
    let now = world.advance(150).await.unix_seconds();
    let rest = u32::try_from(30 - now.rem_euclid(30)).expect("at most 30");
    world.advance(rest).await
}

/// A user with MFA, and what a new browser of theirs needs.
async fn jane_with_mfa(world: &World) -> (Person, Authenticator) {
    let jane = world.jane().await;
    let authenticator = jane.enable_mfa().await;
    (jane, authenticator)
}

/// A challenge for `browser`, by the right password.
async fn challenge(browser: &Caller, credentials: Value) -> String {
    browser.post("/session", credentials).await.expect(200).text("challenge")
}

async fn answer(browser: &Caller, challenge: &str, code: &str) -> Response {
    browser.post("/session/mfa", json!({"challenge": challenge, "code": code})).await
}

async fn recover(browser: &Caller, challenge: &str, code: &str) -> Response {
    browser.post("/session/mfa", json!({"challenge": challenge, "recovery_code": code})).await
}

#[tokio::test]
async fn a_code_completes_the_sign_in() {
    let world = World::start().await;
    let (jane, authenticator) = jane_with_mfa(&world).await;
    let browser = world.browser();
    let challenge = challenge(&browser, jane.credentials()).await;
    answer(&browser, &challenge, &authenticator.code(&world).await).await.expect(201);
    assert_eq!(browser.get("/session").await.expect(200)["factors"], json!(["password", "totp"]));
}

#[tokio::test]
async fn the_password_alone_opens_nothing_while_mfa_is_on() {
    let world = World::start().await;
    let (jane, _) = jane_with_mfa(&world).await;
    let browser = world.browser();
    let asked = browser.post("/session", jane.credentials()).await.expect(200);
    assert_eq!(asked.header("set-cookie"), None);
    browser.get("/session").await.problem("unauthenticated");
    browser.set_cookie("__Host-session", Some(&asked.text("challenge")));
    browser.get("/session").await.problem("unauthenticated");
}

#[tokio::test]
async fn a_recovery_code_completes_the_sign_in() {
    let world = World::start().await;
    let (jane, authenticator) = jane_with_mfa(&world).await;
    let (browser, code) = (world.browser(), &authenticator.recovery_codes[3]);
    let first = challenge(&browser, jane.credentials()).await;
    recover(&browser, &first, code).await.expect(201);
    assert_eq!(browser.get("/session").await.expect(200)["factors"], json!(["password", "recovery_code"]));
}

#[tokio::test]
async fn a_wrong_code_leaves_the_challenge_open() {
    let world = World::start().await;
    let (jane, authenticator) = jane_with_mfa(&world).await;
    let now = start_of_step(&world).await;
    let browser = world.browser();
    let challenge = challenge(&browser, jane.credentials()).await;
    for wrong in [authenticator.wrong_code_at(now), "12345".to_owned(), String::new(), "not a code".to_owned()] {
        answer(&browser, &challenge, &wrong).await.problem("sign-in-failed");
    }
    answer(&browser, &challenge, &authenticator.code_at(now)).await.expect(201);
}

#[tokio::test]
async fn a_challenge_lives_five_minutes() {
    let world = World::start().await;
    let (jane, authenticator) = jane_with_mfa(&world).await;
    let opened =
        [challenge(&world.browser(), jane.credentials()).await, challenge(&world.browser(), jane.credentials()).await];
    world.advance(240).await;
    answer(&world.browser(), &opened[0], &authenticator.code(&world).await).await.expect(201);
    world.advance(31).await;
    answer(&world.browser(), &opened[1], &authenticator.code(&world).await).await.problem("token-expired");
}

#[tokio::test]
async fn a_challenge_ends_with_its_first_success() {
    let world = World::start().await;
    let (jane, authenticator) = jane_with_mfa(&world).await;
    let browser = world.browser();
    let challenge = challenge(&browser, jane.credentials()).await;
    answer(&browser, &challenge, &authenticator.code(&world).await).await.expect(201);
    answer(&browser, &challenge, &authenticator.code(&world).await).await.problem("token-expired");
    recover(&browser, &challenge, &authenticator.recovery_codes[0]).await.problem("token-expired");
    assert_eq!(browser.get("ME/mfa").await["recovery_codes_remaining"], 10);
}

#[tokio::test]
async fn what_is_no_challenge_is_answered_as_one_that_is_over() {
    let world = World::start().await;
    let (jane, authenticator) = jane_with_mfa(&world).await;
    let genuine = challenge(&world.browser(), jane.credentials()).await;
    let session = jane.cookie("__Host-session").expect("a session");
    let code = authenticator.code(&world).await;
    for made_up in ["", "nonsense", &session, &genuine[..genuine.len() - 1], &genuine.to_uppercase()] {
        answer(&world.browser(), made_up, &code).await.problem("token-expired");
    }
    answer(&world.browser(), &genuine, &code).await.expect(201);
}

#[tokio::test]
async fn a_challenge_is_answered_with_a_code_or_a_recovery_code_and_not_both() {
    let world = World::start().await;
    let (jane, _) = jane_with_mfa(&world).await;
    let browser = world.browser();
    let challenge = challenge(&browser, jane.credentials()).await;
    browser.post("/session/mfa", json!({"challenge": challenge})).await.invalid(&["/code"]);
    let both = json!({"challenge": challenge, "code": "123456", "recovery_code": "a"});
    browser.post("/session/mfa", both).await.invalid(&["/recovery_code"]);
    browser.post("/session/mfa", json!({"code": "123456"})).await.invalid(&["/challenge"]);
}

#[tokio::test]
async fn a_new_password_ends_the_challenges_of_the_old_one() {
    let world = World::start().await;
    let (jane, authenticator) = jane_with_mfa(&world).await;
    let opened = challenge(&world.browser(), jane.credentials()).await;
    let change = json!({"current_password": jane.password, "new_password": "walnut-Ferry-12-gravel"});
    jane.put("ME/password", change).await.expect(204);
    answer(&world.browser(), &opened, &authenticator.code(&world).await).await.problem("token-expired");
}

#[tokio::test]
async fn disabling_mfa_or_the_account_ends_open_challenges() {
    let world = World::start().await;
    let admin = world.admin().await;
    let (jane, authenticator) = jane_with_mfa(&world).await;
    let opened = challenge(&world.browser(), jane.credentials()).await;
    jane.delete("ME/mfa/totp").await.expect(204);
    answer(&world.browser(), &opened, &authenticator.code(&world).await).await.problem("token-expired");

    let kim = world.new_user().create().await;
    let authenticator = kim.enable_mfa().await;
    let opened = challenge(&world.browser(), kim.credentials()).await;
    admin.patch(&kim.path("info"), json!({"disabled": true})).await.expect(200);
    answer(&world.browser(), &opened, &authenticator.code(&world).await).await.problem("token-expired");
}

/// The session's place stays taken, so that nothing opens it a second time.
#[tokio::test]
async fn an_answered_challenge_opens_nothing_once_its_session_was_ended() {
    let world = World::start().await;
    let (jane, authenticator) = jane_with_mfa(&world).await;
    for (at, way) in ["signed out", "ended by another session", "ended with the others"].into_iter().enumerate() {
        let browser = world.browser();
        let challenge = challenge(&browser, jane.credentials()).await;
        answer(&browser, &challenge, &authenticator.code(&world).await).await.expect(201);
        let ended = match at {
            0 => browser.delete("/session").await,
            1 => {
                let sessions = browser.get("ME/session").await.expect(200);
                let current = sessions["items"].as_array().expect("a list").iter().find(|one| one["current"] == true);
                jane.delete(&format!("ME/session/{}", current.expect("this one")["id"].as_str().expect("an id"))).await
            }
            _ => jane.delete("ME/session").await,
        };
        ended.expect(204);
        let again = world.browser();
        answer(&again, &challenge, &authenticator.code(&world).await).await.problem("token-expired");
        recover(&again, &challenge, &authenticator.recovery_codes[at]).await.problem("token-expired");
        assert_eq!(again.cookie("__Host-session"), None, "{way}");
    }
    assert_eq!(jane.get("ME/mfa").await["recovery_codes_remaining"], 10);
}

/// Whatever its text is changed into, it is none; a version that nobody has is no fault of ours.
#[tokio::test]
async fn a_challenge_that_was_changed_is_none() {
    let world = World::start().await;
    let (jane, authenticator) = jane_with_mfa(&world).await;
    let genuine = challenge(&world.browser(), jane.credentials()).await;
    let bytes = data_encoding::BASE64URL_NOPAD.decode(genuine.as_bytes()).expect("base64url");
    let code = authenticator.code(&world).await;
    // Of kind, user, session, second, version of the secret and HMAC.
    for at in [0, 1, 13, 28, 32, 33, 64] {
        let mut changed = bytes.clone();
        changed[at] ^= 8;
        let changed = data_encoding::BASE64URL_NOPAD.encode(&changed);
        answer(&world.browser(), &changed, &code).await.problem("token-expired");
    }
    answer(&world.browser(), &genuine, &code).await.expect(201);
}

//! The second factor: enrolled, confirmed, replaced and disabled.

use scenarios::{Authenticator, Caller, Person, Response, World};
use serde_json::{Value, json};

const STEP_SECONDS: u32 = 30;

/// A new authenticator that waits for its first code.
async fn enrol(person: &Person) -> Authenticator {
    Authenticator::new(&person.post("ME/mfa/totp", ()).await.expect(201).text("secret"))
}

async fn confirm(person: &Caller, code: &str) -> Response {
    person.post("ME/mfa/totp/confirm", json!({"code": code})).await
}

/// Answers a new challenge with `code`, in a new browser.
async fn sign_in_with(world: &World, person: &Person, code: &str) -> Response {
    let browser = world.browser();
    let challenge = browser.post("/session", person.credentials()).await.expect(200);
    browser.post("/session/mfa", json!({"challenge": challenge["challenge"], "code": code})).await
}

/// Puts the clock to the begin of a step, so that the step does not end while the test looks at it.
async fn begin_step(world: &World) -> shared::clock::Timestamp {
    let step = i64::from(STEP_SECONDS);
    let left = step - world.now().await.unix_seconds().rem_euclid(step);
    world.advance(u32::try_from(left).expect("at most a step")).await
}

async fn is_on(person: &Person) -> bool {
    person.get("ME/mfa").await.expect(200)["enabled"] == true
}

#[tokio::test]
async fn an_enrolment_shows_the_secret_as_text_uri_and_picture() {
    let world = World::start().await;
    let jane = world.jane().await;
    let before = world.now().await;
    let enrolment = jane.post("ME/mfa/totp", ()).await.expect(201);
    let expires_at = shared::clock::Timestamp::parse_rfc3339(&enrolment.text("expires_at")).expect("an instant");
    assert!((600..610).contains(&expires_at.seconds_since(before)), "{enrolment:?}");

    let (secret, uri, picture) = (enrolment.text("secret"), enrolment.text("otpauth_uri"), enrolment.text("qr_svg"));
    assert_eq!(secret.len(), 32, "20 bytes in base32");
    assert!(secret.bytes().all(|byte| byte.is_ascii_uppercase() || (b'2'..=b'7').contains(&byte)), "{secret}");
    let (label, query) = uri.strip_prefix("otpauth://totp/").and_then(|rest| rest.split_once('?')).expect("a query");
    assert_eq!(label.replace("%3A", ":"), "demo:jane");
    let value = |name: &str| query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
    assert_eq!((value("secret"), value("issuer")), (Some(&*secret), Some("demo")));
    // What is left out has the value that authenticators assume.
    for (name, assumed) in [("algorithm", "SHA1"), ("digits", "6"), ("period", "30")] {
        assert_eq!(value(name).unwrap_or(assumed), assumed, "{uri}");
    }
    assert!(picture.contains("<svg") && picture.contains("http://www.w3.org/2000/svg"), "{picture}");
    assert!(!picture.contains("<script") && !picture.contains(&secret), "{picture}");
}

#[tokio::test]
async fn a_factor_is_not_in_force_before_its_first_code() {
    let world = World::start().await;
    let (jane, elsewhere) = (world.jane().await, world.jane().await);
    enrol(&jane).await;
    assert!(!is_on(&jane).await);
    elsewhere.get("ME/info").await.expect(200);
    world.browser().post("/session", jane.credentials()).await.expect(201);
}

#[tokio::test]
async fn an_enrolment_waits_10_minutes() {
    let world = World::start().await;
    let (jane, joan) = (world.jane().await, world.new_user().create().await);
    let (in_time, late) = (enrol(&jane).await, enrol(&joan).await);
    let now = world.advance(400).await;
    confirm(&jane, &in_time.code_at(now)).await.expect(200);
    let now = world.advance(200).await;
    confirm(&joan, &late.code_at(now)).await.problem("token-expired");
    assert!(!is_on(&joan).await);
}

#[tokio::test]
async fn a_second_enrolment_replaces_the_first() {
    let world = World::start().await;
    let jane = world.jane().await;
    let (first, second) = (enrol(&jane).await, enrol(&jane).await);
    assert_ne!(first.secret, second.secret);
    confirm(&jane, &first.code_at(world.now().await)).await.problem("code-rejected");
    confirm(&jane, &second.code_at(world.now().await)).await.expect(200);
}

#[tokio::test]
async fn a_confirmation_needs_something_that_waits_and_its_right_code() {
    let world = World::start().await;
    let jane = world.jane().await;
    confirm(&jane, "123456").await.problem("token-expired");
    jane.post("ME/mfa/totp/confirm", json!({})).await.invalid(&["/code"]);
    jane.post("ME/mfa/totp/confirm", json!({"code": 123_456})).await.invalid(&["/code"]);
    let waiting = enrol(&jane).await;
    let wrong = waiting.wrong_code_at(world.now().await);
    for wrong in [&*wrong, "", "12345", "1234567", "12345a"] {
        confirm(&jane, wrong).await.problem("code-rejected");
    }
    // Attempts are counted as at sign-in.
    let code = waiting.code_at(world.now().await);
    confirm(&jane, &code).await.problem("too-many-attempts");
    let code = waiting.code_at(world.advance(31).await);
    confirm(&jane, &code).await.expect(200);
    confirm(&jane, &code).await.problem("token-expired");
}

#[tokio::test]
async fn a_confirmation_turns_mfa_on_and_shows_10_recovery_codes() {
    let world = World::start().await;
    let jane = world.jane().await;
    let mfa = jane.enable_mfa().await;
    assert_eq!(mfa.recovery_codes.len(), 10);
    let shown = jane.get("ME/mfa").await.expect(200);
    assert_eq!((&shown["enabled"], &shown["recovery_codes_remaining"]), (&json!(true), &json!(10)));
    let challenge = world.browser().post("/session", jane.credentials()).await.expect(200);
    assert_eq!(challenge["status"], "mfa_required");
    jane.post("ME/mfa/totp", ()).await.problem("mfa-already-enabled");
}

#[tokio::test]
async fn a_confirmation_adds_the_factor_and_leaves_freshness_as_it_was() {
    let world = World::start().await;
    let jane = world.jane().await;
    world.advance(300).await;
    let (waiting, before) = (enrol(&jane).await, jane.get("/session").await.expect(200));
    // No longer fresh, and none is asked for.
    let now = world.advance(400).await;
    confirm(&jane, &waiting.code_at(now)).await.expect(200);
    let after = jane.get("/session").await.expect(200);
    assert_eq!(after["factors"], json!(["password", "totp"]));
    assert_eq!(after["fresh_until"], before["fresh_until"]);
    jane.post("ME/mfa/recovery-codes", ()).await.problem("step-up-required");
    jane.step_up_with(&waiting.code(&world).await).await;
    jane.post("ME/mfa/recovery-codes", ()).await.expect(200);
}

#[tokio::test]
async fn one_step_of_skew_is_accepted_each_way_and_no_more() {
    let world = World::start().await;
    for (steps, is_accepted) in [(-2, false), (-1, true), (0, true), (1, true), (2, false)] {
        let user = world.new_user().create().await;
        let mfa = user.enable_mfa().await;
        // Away from the step that confirmed the factor.
        world.advance(5 * STEP_SECONDS).await;
        let now = begin_step(&world).await;
        let at = shared::clock::Timestamp::from_unix_seconds(now.unix_seconds() + i64::from(STEP_SECONDS) * steps);
        let answer = sign_in_with(&world, &user, &mfa.code_at(at)).await;
        assert_eq!(answer.status() == 201, is_accepted, "{steps}: {answer:?}");
    }
}

#[tokio::test]
async fn the_first_code_has_the_same_skew() {
    let world = World::start().await;
    for (steps, is_accepted) in [(-2, false), (-1, true), (1, true), (2, false)] {
        let user = world.new_user().create().await;
        let waiting = enrol(&user).await;
        let now = begin_step(&world).await;
        let at = shared::clock::Timestamp::from_unix_seconds(now.unix_seconds() + i64::from(STEP_SECONDS) * steps);
        let answer = confirm(&user, &waiting.code_at(at)).await;
        assert_eq!(answer.status() == 200, is_accepted, "{steps}: {answer:?}");
    }
}

#[tokio::test]
async fn a_used_step_is_refused_wherever_it_comes_again() {
    let world = World::start().await;
    let jane = world.jane().await;
    let mfa = jane.enable_mfa().await;
    let code = mfa.code(&world).await;
    sign_in_with(&world, &jane, &code).await.expect(201);
    sign_in_with(&world, &jane, &code).await.problem("sign-in-failed");
    let step_up = json!({"password": jane.password, "code": code});
    jane.post("/session/step-up", step_up).await.problem("code-rejected");

    let code = mfa.code(&world).await;
    jane.step_up_with(&code).await;
    sign_in_with(&world, &jane, &code).await.problem("sign-in-failed");
}

#[tokio::test]
async fn the_confirming_step_is_used() {
    let world = World::start().await;
    let jane = world.jane().await;
    let waiting = enrol(&jane).await;
    let code = waiting.code_at(begin_step(&world).await);
    confirm(&jane, &code).await.expect(200);
    sign_in_with(&world, &jane, &code).await.problem("sign-in-failed");
}

#[tokio::test]
async fn no_step_before_the_last_accepted_one_is_accepted() {
    let world = World::start().await;
    let jane = world.jane().await;
    let mfa = jane.enable_mfa().await;
    world.advance(5 * STEP_SECONDS).await;
    let now = begin_step(&world).await;
    sign_in_with(&world, &jane, &mfa.code_at(now.plus(STEP_SECONDS))).await.expect(201);
    sign_in_with(&world, &jane, &mfa.code_at(now)).await.problem("sign-in-failed");
    sign_in_with(&world, &jane, &mfa.code_at(now.minus(STEP_SECONDS))).await.problem("sign-in-failed");
}

#[tokio::test]
async fn turning_mfa_on_ends_every_other_session() {
    let world = World::start().await;
    let (jane, elsewhere) = (world.jane().await, world.jane().await);
    let key = jane.create_key("nightly", &["Tasks"]).await;
    jane.enable_mfa().await;
    elsewhere.get("ME/info").await.problem("session-expired");
    jane.get("ME/info").await.expect(200);
    key.get("ME/authorization").await.expect(200);
}

#[tokio::test]
async fn under_policy_off_no_factor_is_offered_and_one_that_exists_stays_until_disabled() {
    let world = World::start().await;
    let (jane, joan) = (world.jane().await, world.new_user().create().await);
    let mfa = jane.enable_mfa().await;
    world.set_mfa_policy("off").await;
    world.advance(31).await;
    assert_eq!(joan.get("ME/mfa").await.expect(200)["policy"], "off");
    joan.post("ME/mfa/totp", ()).await.problem("mfa-not-offered");
    sign_in_with(&world, &jane, &mfa.code(&world).await).await.expect(201);
    assert!(is_on(&jane).await);
    jane.delete("ME/mfa/totp").await.expect(204);
    world.browser().post("/session", jane.credentials()).await.expect(201);
    jane.post("ME/mfa/totp", ()).await.problem("mfa-not-offered");
}

#[tokio::test]
async fn users_of_single_sign_on_have_no_factor_here() {
    let world = World::start().await;
    let kay = world.new_user().with("identity_provider", "active_directory").create().await;
    for person in [world.sam().await, kay] {
        let shown = person.get("ME/mfa").await.expect(200);
        let wanted = json!({
            "available": false, "policy": "optional", "enabled": false, "methods": [], "recovery_codes_remaining": 0,
        });
        assert_eq!(shown.json(), &wanted);
        for path in ["ME/mfa/totp", "ME/mfa/totp/reset", "ME/mfa/recovery-codes"] {
            person.post(path, ()).await.problem("not-available-for-sso");
        }
        person.delete("ME/mfa/totp").await.problem("not-available-for-sso");
        confirm(&person, "123456").await.problem("not-available-for-sso");
    }
}

#[tokio::test]
async fn a_key_reaches_no_factor() {
    let world = World::start().await;
    let admin = world.admin().await;
    let key = admin.create_key("key", &["Authentication", "Account", "User"]).await;
    key.get("ME/mfa").await.problem("session-required");
    for path in ["ME/mfa/totp", "ME/mfa/totp/reset", "ME/mfa/recovery-codes"] {
        key.post(path, ()).await.problem("session-required");
    }
    key.delete("ME/mfa/totp").await.problem("session-required");
    confirm(&key, "123456").await.problem("session-required");
}

#[tokio::test]
async fn every_change_of_a_factor_but_the_confirmation_is_fresh() {
    let world = World::start().await;
    let (jane, joan) = (world.jane().await, world.new_user().create().await);
    let mfa = jane.enable_mfa().await;
    world.advance(601).await;
    joan.post("ME/mfa/totp", ()).await.problem("step-up-required");
    jane.post("ME/mfa/totp/reset", ()).await.problem("step-up-required");
    jane.delete("ME/mfa/totp").await.problem("step-up-required");
    // The password alone is not all factors of this user.
    jane.post("/session/step-up", json!({"password": jane.password})).await.invalid(&["/code"]);
    jane.step_up_with(&mfa.code(&world).await).await;
    jane.delete("ME/mfa/totp").await.expect(204);
}

#[tokio::test]
async fn calls_without_a_body_take_none() {
    let world = World::start().await;
    let jane = world.jane().await;
    jane.post("ME/mfa/totp", json!({})).await.problem("invalid-request");
    jane.enable_mfa().await;
    for path in ["ME/mfa/totp/reset", "ME/mfa/recovery-codes"] {
        jane.post(path, json!({})).await.problem("invalid-request");
    }
    assert_eq!(jane.get("ME/mfa").await.expect(200)["enabled"], Value::Bool(true));
}

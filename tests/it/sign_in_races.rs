//! Races at sign-in: many try at once, one wins.

use aws_sdk_dynamodb::types::AttributeValue;
use scenarios::{Authenticator, Call, Caller, PASSWORD, Person, Response, World, at_once};
use serde_json::{Value, json};
use shared::store::layout;

use crate::secret_rotation::id_of;

const SESSION: &str = "__Host-session";
const CONTENDERS: u8 = 16;
const NEW_PASSWORD: &str = "walnut-Ferry-12-gravel";

/// New browsers, each at an address of its own, so that none must wait for the failures of the others.
fn contenders(world: &World) -> impl Iterator<Item = Caller> {
    (1..=CONTENDERS).map(|number| world.browser().at([127, 0, 1, number]))
}

/// The answers with `status`; every other is one of the problems `lost`.
#[track_caller]
fn winners<'a>(answers: &'a [Response], status: u16, lost: &[&str]) -> Vec<(usize, &'a Response)> {
    let (won, others): (Vec<_>, Vec<_>) = answers.iter().enumerate().partition(|(_, answer)| answer.status() == status);
    for (_, answer) in others {
        assert!(answer.slug().is_some_and(|slug| lost.contains(&slug)), "{answer:?}");
    }
    won
}

async fn jane_with_mfa(world: &World) -> (Person, Authenticator) {
    let jane = world.jane().await;
    let authenticator = jane.enable_mfa().await;
    (jane, authenticator)
}

#[tokio::test(flavor = "multi_thread")]
async fn one_challenge_is_answered_once_and_spends_one_code() {
    let world = World::start().await;
    let (jane, authenticator) = jane_with_mfa(&world).await;
    let challenge = world.browser().post("/session", jane.credentials()).await.expect(200).text("challenge");
    let codes = authenticator.recovery_codes.iter().cycle();
    let answers =
        at_once(contenders(&world).zip(codes).map(|(browser, code)| {
            browser.post("/session/mfa", json!({"challenge": challenge, "recovery_code": code}))
        }))
        .await;
    let lost = ["token-expired", "sign-in-failed"];
    assert_eq!(winners(&answers, 201, &lost).len(), 1, "{answers:?}");
    assert_eq!(jane.get("ME/mfa").await["recovery_codes_remaining"], 9);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_step_up_of_many_replaces_the_cookie() {
    let world = World::start().await;
    let jane = world.jane().await;
    let old = jane.cookie(SESSION).expect("a session");
    let browsers: Vec<_> = contenders(&world).collect();
    for browser in &browsers {
        browser.set_cookie(SESSION, Some(&old));
    }
    let step_up = |browser: &Caller| browser.post("/session/step-up", json!({"password": PASSWORD}));
    let answers = at_once(browsers.iter().map(step_up)).await;
    let won = winners(&answers, 204, &["session-expired"]);
    assert_eq!(won.len(), 1, "{answers:?}");
    for (number, browser) in browsers.iter().enumerate() {
        let status = if number == won[0].0 { 200 } else { 401 };
        browser.get("/session").await.expect(status);
    }
}

/// Many set a password with one token, each another one.
async fn accept_at_once(world: &World, token: &str) {
    let password = |number: usize| format!("walnut-Ferry-{number}-gravel");
    let browsers: Vec<_> = contenders(world).collect();
    let answers = at_once(browsers.iter().enumerate().map(|(number, browser)| {
        browser.post("/session/invitation", json!({"token": token, "password": password(number)}))
    }))
    .await;
    let won = winners(&answers, 201, &["token-expired"]);
    assert_eq!(won.len(), 1, "{answers:?}");
    let user = &won[0].1["user"];
    for number in [won[0].0, (won[0].0 + 1) % browsers.len()] {
        let credentials = json!({
            "environment_name": user["environment_name"],
            "user_name": user["user_name"],
            "password": password(number),
        });
        let status = if number == won[0].0 { 201 } else { 401 };
        world.browser().post("/session", credentials).await.expect(status);
    }
    browsers[won[0].0].get("/session").await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_invitation_sets_one_password() {
    let world = World::start().await;
    let invited = world.new_user().invite().await;
    accept_at_once(&world, invited["invitation"]["token"].as_str().expect("a token")).await;
}

/// Sends `change` amid sign-ins with the old credentials; their browsers, and the answer to the change.
async fn change_amid_sign_ins(world: &World, credentials: &Value, change: Call) -> (Vec<Caller>, Response) {
    let browsers: Vec<_> = contenders(world).collect();
    let mut calls: Vec<_> = browsers.iter().map(|browser| browser.post("/session", credentials.clone())).collect();
    let middle = calls.len() / 2;
    calls.insert(middle, change);
    let mut answers = at_once(calls).await;
    let changed = answers.remove(middle);
    for answer in answers {
        let is_refused = answer.slug() == Some("sign-in-failed");
        assert!(matches!(answer.status(), 200 | 201) || is_refused, "{answer:?}");
    }
    (browsers, changed)
}

/// Whoever signed in is out.
async fn assert_out(browsers: &[Caller]) {
    for browser in browsers.iter().filter(|browser| browser.cookie(SESSION).is_some()) {
        browser.get("/session").await.problem("session-expired");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_session_of_the_old_password_survives_its_change() {
    let world = World::start().await;
    let jane = world.jane().await;
    let change = jane.put("ME/password", json!({"current_password": PASSWORD, "new_password": NEW_PASSWORD}));
    let (browsers, changed) = change_amid_sign_ins(&world, &jane.credentials(), change).await;
    changed.expect(204);
    assert_out(&browsers).await;
    assert_eq!(jane.get("ME/session").await.expect(200).of_items("current"), [json!(true)]);
    world.browser().post("/session", jane.credentials()).await.problem("sign-in-failed");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_session_of_the_old_password_survives_a_reset() {
    let world = World::start().await;
    let jane = world.jane().await;
    let token = world.admin().await.post(&jane.path("invitation"), ()).await.expect(201).text("token");
    let browser = world.browser();
    let reset = browser.post("/session/invitation", json!({"token": token, "password": NEW_PASSWORD}));
    let (browsers, changed) = change_amid_sign_ins(&world, &jane.credentials(), reset).await;
    changed.expect(201);
    assert_out(&browsers).await;
    assert_eq!(browser.get("ME/session").await.expect(200).of_items("current"), [json!(true)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_session_of_the_password_alone_survives_enabling_mfa() {
    let world = World::start().await;
    let jane = world.jane().await;
    let enrolment = jane.post("ME/mfa/totp", ()).await.expect(201);
    let code = Authenticator::new(&enrolment.text("secret")).code_at(world.now().await);
    let confirmation = jane.post("ME/mfa/totp/confirm", json!({"code": code}));
    let (browsers, changed) = change_amid_sign_ins(&world, &jane.credentials(), confirmation).await;
    changed.expect(200);
    assert_out(&browsers).await;
    assert_eq!(jane.get("ME/mfa").await.expect(200)["enabled"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn ending_all_others_at_once_leaves_one_session() {
    let world = World::start().await;
    let mut people = Vec::new();
    for _ in 0..CONTENDERS {
        people.push(world.jane().await);
    }
    let answers = at_once(people.iter().map(|person| person.delete("ME/session"))).await;
    assert_eq!(winners(&answers, 204, &["session-expired"]).len(), 1, "{answers:?}");
    let mut live = 0;
    for person in people {
        live += u32::from(person.get("/session").await.status() == 200);
    }
    assert_eq!(live, 1);
}

/// The profile as it stands after a change of the password that has not reached the password's own item yet: DynamoDB
/// shows a transaction to single reads item by item.
async fn show_half_a_change(world: &World, user_name: &str) {
    let key = layout::profile(id_of(world, user_name).await);
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let number = |number: &str| AttributeValue::N(number.to_owned());
    let update = world.stack().store_client().update_item().table_name(world.stack().table_name());
    let update = update.key("PK", text(&key.pk)).key("SK", text(&key.sk));
    let update = update.update_expression("SET password_version = password_version + :one");
    update.expression_attribute_values(":one", number("1")).send().await.expect("the table answers");
}

#[tokio::test]
async fn a_password_of_before_a_change_opens_nothing_of_after_it() {
    let world = World::start().await;
    let (jane, mfa) = jane_with_mfa(&world).await;
    let kim = world.new_user().create().await;
    for user in [&jane, &kim] {
        show_half_a_change(&world, &user.user_name).await;
        let browser = world.browser();
        browser.post("/session", user.credentials()).await.problem("unavailable");
        assert_eq!(browser.cookie(SESSION), None);
    }
    kim.post("/session/step-up", json!({"password": PASSWORD})).await.problem("unavailable");
    let proof = json!({"password": PASSWORD, "code": mfa.code(&world).await});
    jane.post("/session/step-up", proof).await.problem("unavailable");
    jane.delete("ME/mfa/totp").await.problem("unavailable");
}

//! Changes of one's own settings, asked for many times at once.

use scenarios::{Authenticator, Call, Caller, Person, Response, World, at_once};
use serde_json::{Value, json};

const MANY: u8 = 16;

/// The same call from as many addresses, none from a recognised browser, so that no attempt waits for another.
async fn from_everywhere(person: &Person, call: impl Fn(&Caller, u8) -> Call) -> Vec<Response> {
    person.set_cookie("__Host-device", None);
    at_once((1..=MANY).map(|number| call(&person.at([127, 0, 1, number]), number))).await
}

/// The one answer with `status`; every other is one of `refusals`.
fn only_winner<'a>(answers: &'a [Response], status: u16, refusals: &[&str]) -> &'a Response {
    let (won, lost): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status() == status);
    for answer in lost {
        assert!(answer.slug().is_some_and(|slug| refusals.contains(&slug)), "{answer:?}");
    }
    assert_eq!(won.len(), 1, "{answers:#?}");
    won[0]
}

#[tokio::test(flavor = "multi_thread")]
async fn of_16_patches_with_the_same_if_match_one_wins() {
    let world = World::start().await;
    let jane = world.jane().await;
    let tag = jane.get("ME/info").await.expect(200).etag();
    let answers = from_everywhere(&jane, |caller, number| {
        caller.patch("ME/info", json!({"full_name": format!("Jane {number}")})).header("if-match", &tag)
    })
    .await;
    let winner = only_winner(&answers, 200, &["precondition-failed"]);
    let info = jane.get("ME/info").await.expect(200);
    assert_eq!((info.json(), info.etag()), (winner.json(), winner.etag()));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_16_confirmations_of_one_enrolment_one_wins() {
    let world = World::start().await;
    let jane = world.jane().await;
    let secret = jane.post("ME/mfa/totp", ()).await.expect(201).text("secret");
    let code = Authenticator::new(&secret).code_at(world.now().await);
    let answers = from_everywhere(&jane, |caller, _| caller.post("ME/mfa/totp/confirm", json!({"code": code}))).await;
    let winner = only_winner(&answers, 200, &["token-expired", "unavailable"]);

    // The winner's codes are those that count, and the session that sent all of them stands.
    assert_eq!(jane.get("ME/mfa").await.expect(200)["recovery_codes_remaining"], 10);
    let step_up = json!({"password": jane.password, "recovery_code": winner["recovery_codes"][0]});
    jane.post("/session/step-up", step_up).await.expect(204);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_16_password_changes_one_wins() {
    let world = World::start().await;
    let jane = world.jane().await;
    let password = |number: u8| format!("gravel-Otter-lantern-{number}");
    let answers = from_everywhere(&jane, |caller, number| {
        caller.put("ME/password", json!({"current_password": jane.password, "new_password": password(number)}))
    })
    .await;
    only_winner(&answers, 204, &["unavailable", "password-incorrect"]);
    jane.get("ME/info").await.expect(200);

    let mut accepted = Vec::new();
    for number in 1..=MANY {
        let credentials = json!({"user_name": "jane", "password": password(number)});
        let source = [127, 0, 2, number];
        accepted.push(world.browser().at(source).post("/session", credentials).await.status() == 201);
    }
    let won: Vec<_> = answers.iter().map(|answer| answer.status() == 204).collect();
    assert_eq!(accepted, won, "the winner's password is the one that holds");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_ends_the_others_goes_on_whatever_else_is_asked_with_it() {
    let world = World::start().await;
    for _ in 0..4 {
        let (jane, elsewhere) = (world.jane().await, world.jane().await);
        let answers = from_everywhere(&jane, |caller, number| match number % 4 {
            0 => caller.delete("ME/session"),
            2 => caller.get("ME/session"),
            _ => caller.get("ME/info"),
        })
        .await;
        for answer in &answers {
            assert!([200, 204].contains(&answer.status()), "{answers:?}");
            let items = answer.json()["items"].as_array().cloned();
            assert!(items.is_none_or(|items| items.iter().any(|item| item["current"] == true)), "{answer:?}");
        }
        elsewhere.get("/session").await.problem("session-expired");
        jane.get("/session").await.expect(200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_ends_itself_also_while_it_ends_the_others() {
    let world = World::start().await;
    for _ in 0..8 {
        let jane = world.jane().await;
        let list = jane.get("ME/session").await.expect(200);
        let own = list["items"].as_array().expect("a list").iter().find(|item| item["current"] == true);
        let id = own.expect("its own")["id"].as_str().expect("an id").to_owned();
        let answers = from_everywhere(&jane, |caller, number| {
            if number == MANY { caller.delete(&format!("ME/session/{id}")) } else { caller.delete("ME/session") }
        })
        .await;
        let (ended, others) = answers.split_last().expect("answers");
        assert_eq!(ended.status(), 204, "{ended:?}");
        assert!(
            others.iter().all(|other| other.status() == 204 || other.slug() == Some("session-expired")),
            "{others:?}"
        );
        jane.get("/session").await.expect(401);
    }
}

/// A short password and MFA hold each other: the one may come, or the other go.
#[tokio::test(flavor = "multi_thread")]
async fn mfa_is_never_off_with_a_short_password() {
    let world = World::start().await;
    for _ in 0..4 {
        let user = world.new_user().create().await;
        user.enable_mfa().await;
        let shorten = json!({"current_password": user.password, "new_password": "q7#Tz!mW"});
        let calls = [user.put("ME/password", shorten), user.delete("ME/mfa/totp")];
        only_winner(&at_once(calls).await, 204, &["unavailable", "password-rejected"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_sets_no_short_password_where_mfa_ends_meanwhile() {
    let world = World::start().await;
    for _ in 0..8 {
        let user = world.new_user().create().await;
        user.enable_mfa().await;
        let token = world.admin().await.post(&user.path("invitation"), ()).await.expect(201).text("token");
        let shorten = json!({"token": token, "password": "q7#Tz!mW"});
        let calls = [world.browser().post("/session/invitation", shorten), user.delete("ME/mfa/totp")];
        let [set, disabled]: [Response; 2] = at_once(calls).await.try_into().expect("two answers");
        let is_off = disabled.status() == 204;
        let is_refused = ["session-expired", "unavailable"].contains(&disabled.slug().unwrap_or_default());
        assert!(is_off || is_refused, "{disabled:?}");
        if is_off {
            set.problem("password-rejected");
        } else {
            set.expect(200);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_16_uses_of_one_recovery_code_one_wins() {
    let world = World::start().await;
    let jane = world.jane().await;
    let code = jane.enable_mfa().await.recovery_codes[0].clone();
    let mut calls = Vec::new();
    for number in 1..=MANY {
        let browser = world.browser().at([127, 0, 1, number]);
        let challenge = browser.post("/session", jane.credentials()).await.expect(200)["challenge"].clone();
        calls.push(browser.post("/session/mfa", json!({"challenge": challenge, "recovery_code": code})));
    }
    only_winner(&at_once(calls).await, 201, &["sign-in-failed"]);
    assert_eq!(jane.get("ME/mfa").await.expect(200)["recovery_codes_remaining"], 9);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_16_uses_of_one_code_one_wins() {
    let world = World::start().await;
    let jane = world.jane().await;
    let mfa = jane.enable_mfa().await;
    let mut challenges = Vec::new();
    for number in 1..=MANY {
        let browser = world.browser().at([127, 0, 1, number]);
        let challenge = browser.post("/session", jane.credentials()).await.expect(200)["challenge"].clone();
        challenges.push((browser, challenge));
    }
    let code = mfa.code(&world).await;
    let calls = challenges
        .into_iter()
        .map(|(browser, challenge)| browser.post("/session/mfa", json!({"challenge": challenge, "code": code})));
    only_winner(&at_once(calls).await, 201, &["sign-in-failed"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_16_addresses_asked_for_at_once_no_more_than_5_are_mailed() {
    let world = World::with_mail().await;
    let jane = world.jane().await;
    let answers = from_everywhere(&jane, |caller, number| {
        caller.patch("ME/info", json!({"email": format!("jane-{number}@example.com")}))
    })
    .await;
    let accepted = answers.iter().filter(|answer| answer.status() == 200).count();
    assert!((1..=5).contains(&accepted), "{answers:#?}");
    assert!(world.mail().await.len() <= 5);
    assert_ne!(jane.get("ME/info").await.expect(200)["pending_email"], Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_16_uses_of_one_reset_link_one_wins() {
    let world = World::with_mail().await;
    let jane = world.jane().await;
    crate::email::verify(&world, &jane, "jane@example.com").await;
    world.anyone().post("/session/password-reset", json!({"user_name": "jane"})).await.expect(202);
    let mails = world.mail().await;
    let token = mails.iter().find(|mail| mail.subject == "Set a new password").and_then(|mail| mail.token());
    let token = token.expect("a token").to_owned();
    let calls = (1..=MANY).map(|number| {
        let body = json!({"token": token, "password": format!("gravel-Otter-lantern-{number}")});
        world.browser().at([127, 0, 1, number]).post("/session/invitation", body)
    });
    only_winner(&at_once(calls).await, 201, &["token-expired"]);
}

//! The first administrator of a deployment: one direct call of an operator, which no client can make.

use http::Method;
use local::options::Options;
use scenarios::lambda::{Platform, build};
use scenarios::{Body, Caller, PASSWORD, Person, Response, World, at_once};
use serde_json::{Value, json};

const HOUR: u32 = 60 * 60;

/// The event that asks for an administrator of this name.
fn order(user_name: &str) -> Value {
    json!({"first_administrator": {"user_name": user_name}})
}

/// Makes the administrator, or invites again; the token.
async fn token(world: &World, event: Value) -> String {
    let answer = world.invoke_users(event).await;
    answer["token"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
}

/// Fails unless the call was refused for this reason, in words.
#[track_caller]
fn expect_refused(answer: &Value, reason: &str) {
    assert_eq!(answer["errorType"], reason, "{answer}");
    assert!(answer["errorMessage"].as_str().is_some_and(|words| words.len() > 20), "{answer}");
    assert!(answer.get("token").is_none(), "{answer}");
}

fn accept(browser: &Caller, token: &str) -> scenarios::Call {
    browser.post("/session/invitation", json!({"token": token, "password": PASSWORD}))
}

/// Sets the password with `token`; the administrator's browser.
async fn sign_in(world: &World, token: &str) -> Caller {
    let browser = world.browser();
    accept(&browser, token).await.expect(201);
    browser
}

/// Names of all administrators, as one of them sees them.
async fn administrators(admin: &Caller) -> Vec<String> {
    let users = admin.get("/user").await.expect(200);
    let users = users["items"].as_array().expect("a list").clone();
    let admins = users.iter().filter(|user| user["roles"] == json!(["Admin"]));
    admins.map(|user| user["user_name"].as_str().expect("a name").to_owned()).collect()
}

#[tokio::test]
async fn the_first_administrator_sets_a_password_and_administers() {
    let world = World::empty().await;
    let order = json!({"user_name": "Alex", "email": "alex@example.com", "full_name": "Alex Doe"});
    let answer = world.invoke_users(json!({"first_administrator": order})).await;
    let token = answer["token"].as_str().expect("a token");
    let latest = world.now().await.plus(72 * HOUR).to_string();
    let url = format!("{}/settings#invitation={token}", world.context().config.portal_origin);
    assert_eq!(answer, json!({"token": token, "url": url, "expires_at": answer["expires_at"]}));
    assert!(answer["expires_at"].as_str().is_some_and(|at| at <= latest.as_str()), "{answer}");

    let admin = sign_in(&world, token).await;
    let info = admin.get("ME/info").await.expect(200);
    assert_eq!((&info["user_name"], &info["full_name"]), (&json!("Alex"), &json!("Alex Doe")));
    assert_eq!((&info["email"], &info["email_verified"]), (&json!("alex@example.com"), &json!(false)));
    assert_eq!((&info["environment_name"], &info["groups"]), (&json!("ROOT"), &json!(["Admin"])));
    assert_eq!(admin.get("/environment").await.of_items("environment_name"), ["ROOT"]);
    assert_eq!(admin.get("/group").await.of_items("group_name"), ["Admin", "App Publisher"]);
    let jane = json!({"environment_name": "ROOT", "user_name": "jane", "groups": ["Admin"]});
    admin.post("/user", jane).await.expect(201);
    assert_eq!(administrators(&admin).await, ["Alex", "jane"]);
}

#[tokio::test]
async fn sixteen_at_once_make_one_administrator() {
    let world = World::empty().await;
    let anyone = world.anyone();
    let calls = (0..16).map(|number| anyone.post("/_local/invoke/users", order(&format!("admin-{number}"))));
    let answers = at_once(calls).await;
    let (made, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer["token"].is_string());
    assert_eq!(made.len(), 1, "{answers:?}");
    for answer in refused {
        expect_refused(answer.json(), "administrator-exists");
    }
    let admin = sign_in(&world, &made[0].text("token")).await;
    assert_eq!(administrators(&admin).await.len(), 1);
    assert_eq!(admin.get("/user").await.of_items("user_name").len(), 1, "nobody else was made");
}

#[tokio::test]
async fn sixteen_at_once_of_one_name_leave_one_token_that_opens() {
    let world = World::empty().await;
    let anyone = world.anyone();
    let answers = at_once((0..16).map(|_| anyone.post("/_local/invoke/users", order("alex")))).await;
    let tokens: Vec<_> = answers.iter().filter_map(|answer| answer["token"].as_str()).collect();
    assert!(!tokens.is_empty(), "{answers:?}");
    let mut opened = 0;
    for token in tokens {
        let answer = accept(&world.browser(), token).await;
        assert!(answer.status() == 201 || answer.slug() == Some("token-expired"), "{answer:?}");
        opened += u32::from(answer.status() == 201);
    }
    assert_eq!(opened, 1);
    let admin = Person::clone(&world.sign_in("ROOT", "alex").await);
    assert_eq!(admin.get("/user").await.of_items("user_name"), ["alex"]);
}

#[tokio::test]
async fn who_lost_the_answer_repeats_the_call_and_the_earlier_token_is_void() {
    let world = World::empty().await;
    let lost = token(&world, order("alex")).await;
    let more = json!({"user_name": "ALEX", "email": "alex@example.com"});
    let second = token(&world, json!({"first_administrator": more})).await;
    // Also once the invitation is over.
    world.advance(73 * HOUR).await;
    accept(&world.browser(), &second).await.problem("token-expired");
    let third = token(&world, order("alex")).await;
    for void in [&lost, &second] {
        accept(&world.browser(), void).await.problem("token-expired");
    }
    let admin = sign_in(&world, &third).await;
    // What was given holds, and what was left out stays.
    assert_eq!(admin.get("ME/info").await["email"], "alex@example.com");
    assert_eq!(admin.get("/user").await.of_items("user_name"), ["alex"]);
}

#[tokio::test]
async fn where_an_administrator_can_act_the_call_is_refused() {
    let world = World::empty().await;
    let first = token(&world, order("alex")).await;
    expect_refused(&world.invoke_users(order("kim")).await, "administrator-exists");
    let admin = sign_in(&world, &first).await;
    for name in ["alex", "kim"] {
        expect_refused(&world.invoke_users(order(name)).await, "administrator-exists");
    }
    // Nor is it a way round an administrator to who was invited and has not come yet.
    for (name, groups) in [("kim", json!(["Admin"])), ("pat", json!([]))] {
        let user = json!({"environment_name": "ROOT", "user_name": name, "groups": groups});
        let made = admin.post("/user", user).await.expect(201);
        expect_refused(&world.invoke_users(order(name)).await, "administrator-exists");
        accept(&world.browser(), made["invitation"]["token"].as_str().expect("a token")).await.expect(201);
    }
    admin.patch("/user/demo/ROOT/kim/info", json!({"disabled": true})).await.expect(200);
    expect_refused(&world.invoke_users(order("kim")).await, "administrator-exists");
}

#[tokio::test]
async fn an_invitation_is_renewed_or_used_and_never_both() {
    for _ in 0..4 {
        let world = World::empty().await;
        let first = token(&world, order("alex")).await;
        let renew = world.anyone().post("/_local/invoke/users", order("alex"));
        let [used, renewed]: [Response; 2] =
            at_once([accept(&world.browser(), &first), renew]).await.try_into().expect("two answers");
        if used.status() == 201 {
            expect_refused(renewed.json(), "administrator-exists");
        } else {
            used.problem("token-expired");
            sign_in(&world, &renewed.text("token")).await;
        }
    }
}

#[tokio::test]
async fn no_request_is_taken_for_the_call() {
    let world = World::empty().await;
    let event = order("mallory");
    let text = event.to_string();
    let query = "?first_administrator[user_name]=mallory&first_administrator=%7B%22user_name%22%3A%22mallory%22%7D";
    for path in ["/user", "/environment", "/group", "/account/settings", "/session", "/"] {
        for method in [Method::POST, Method::PATCH, Method::PUT, Method::GET, Method::DELETE] {
            let call = world.anyone().call(method, &format!("{path}{query}"));
            let call = call.header("first_administrator", &text).body(Body::json_text(&text));
            let answer = call.header("x-amz-invocation-type", "RequestResponse").await;
            assert!((400..500).contains(&answer.status()), "{answer:?}");
        }
    }
    // Nobody was made: the place is still free.
    let admin = sign_in(&world, &token(&world, order("alex")).await).await;
    assert_eq!(admin.get("/user").await.of_items("user_name"), ["alex"]);
}

#[tokio::test]
async fn what_is_no_call_is_refused_with_what_is_wrong() {
    let world = World::empty().await;
    let one = json!({"user_name": "alex"});
    let cases = [
        (json!({}), ""),
        (json!([]), ""),
        (json!("first_administrator"), ""),
        (json!(PASSWORD), "line 1, column "),
        (json!([PASSWORD]), "line 1, column "),
        (json!({"second_administrator": one}), "second_administrator"),
        (json!({"first_administrator": one, "secret_versions": {}}), ""),
        (json!({"first_administrator": one, "more": 1}), ""),
        (json!({"first_administrator": null}), ""),
        (json!({"first_administrator": {}}), "/user_name is required"),
        (json!({"first_administrator": {"user_name": "a b", "groups": ["Admin"]}}), "/groups is not a member"),
        (json!({"first_administrator": {"user_name": "alex", "email": "nobody"}}), "/email must be an e-mail address"),
        (json!({"first_administrator": {"user_name": "alex", "password": PASSWORD}}), "/password is not a member"),
        (json!({"secret_versions": {"before": 0}}), "/before must be a whole number"),
        (json!({"secret_versions": {"cursor": "x"}}), "/cursor must be"),
    ];
    for (event, words) in cases {
        let answer = world.invoke_users(event.clone()).await;
        expect_refused(&answer, "invalid-request");
        let message = answer["errorMessage"].as_str().expect("words");
        assert!(message.contains(words) && !message.contains(PASSWORD), "{event}: {message}");
    }
    token(&world, order("alex")).await;
}

#[tokio::test]
async fn a_function_is_invoked_through_a_door_for_tests_alone() {
    let options = Options { test_doors: false, demo_account: false, ..Options::in_memory() };
    let world = World::with(options).await;
    world.anyone().post("/_local/invoke/users", order("alex")).await.problem("not-found");
    let world = World::empty().await;
    world.anyone().get("/_local/invoke/users").await.problem("method-not-allowed");
    let browser = world.anyone().post("/_local/invoke/users", order("alex")).header("sec-fetch-site", "cross-site");
    browser.await.problem("cross-site-request");
    // A page whose own name was made to lead here.
    for door in ["/_local/invoke/users", "/_local/mail"] {
        let rebound = world.anyone().post(door, order("alex")).header("host", "evil.example:3000");
        rebound.header("sec-fetch-site", "same-origin").await.problem("cross-site-request");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_binary_tells_the_operators_call_from_a_request() {
    let programs = build("dev", &["scenarios", "users"]);
    let options = Options { demo_account: false, ..Options::in_memory() };
    let (world, platform) = World::on_platform(options, |deployment| Platform::new(deployment, &programs)).await;
    world.anyone().post("/user", order("mallory")).await.problem("unauthenticated");
    let token = token(&world, order("alex")).await;
    expect_refused(&world.invoke_users(order("kim")).await, "administrator-exists");
    let wrong = json!({"first_administrator": {"user_name": "alex", "password": PASSWORD}});
    let words = "/password is not a member of this request";
    let refused = json!({"errorType": "invalid-request", "errorMessage": words});
    assert_eq!(world.invoke_users(wrong).await, refused);
    let admin = sign_in(&world, &token).await;
    assert_eq!(administrators(&admin).await, ["alex"]);
    let report = world.invoke_users(json!({"secret_versions": {}})).await;
    assert_eq!((&report["passwords"], &report["next"]), (&json!({"1": 1}), &Value::Null));
    for environment in platform.lambda().environments("users") {
        let log = environment.log().join("\n");
        assert!(log.contains(r#""user_created""#) && log.contains("administrator-exists"), "{log}");
        assert!(!log.contains(&token) && !log.contains(PASSWORD), "{log}");
    }
}

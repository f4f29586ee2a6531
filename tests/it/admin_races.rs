//! What holds when administrators act at once: names, counts, and the administrator who stays.

use std::collections::BTreeMap;

use http::Method;
use scenarios::{Call, Caller, PASSWORD, Person, Response, World, at_once};
use serde_json::{Value, json};

const CONTENDERS: usize = 16;

/// Sends all calls at once; whoever is told that the service is busy tries again, as clients do.
async fn settled(calls: impl IntoIterator<Item = Call>) -> Vec<Response> {
    let calls: Vec<_> = calls.into_iter().collect();
    let mut answers = at_once(calls.clone()).await;
    for _ in 0..CONTENDERS {
        let busy: Vec<_> = (0..calls.len()).filter(|at| answers[*at].slug() == Some("unavailable")).collect();
        let again = at_once(busy.iter().map(|at| calls[*at].clone())).await;
        for (at, answer) in busy.into_iter().zip(again) {
            answers[at] = answer;
        }
    }
    answers
}

/// How often each outcome was answered: the status, or the problem's slug.
fn outcomes(answers: &[Response]) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for answer in answers {
        let outcome = answer.slug().map_or_else(|| answer.status().to_string(), str::to_owned);
        *counts.entry(outcome).or_default() += 1;
    }
    counts
}

/// Fails unless exactly these outcomes were answered so often.
#[track_caller]
fn expect_outcomes(answers: &[Response], expected: &[(&str, usize)]) {
    let expected = expected.iter().map(|(outcome, count)| ((*outcome).to_owned(), *count)).collect();
    assert_eq!(outcomes(answers), expected, "{answers:?}");
}

/// Each is gone by one of these calls.
fn ways_to_go() -> [(Method, Option<Value>); 3] {
    let patch = |body| (Method::PATCH, Some(body));
    [patch(json!({"groups": []})), patch(json!({"disabled": true})), (Method::DELETE, None)]
}

fn call(by: &Person, target: &Person, way: &(Method, Option<Value>)) -> Call {
    let call = by.call(way.0.clone(), &target.path("info"));
    match &way.1 {
        Some(body) => call.body(body.clone()),
        None => call,
    }
}

/// So many administrators, each signed in; nobody else is one.
async fn administrators(world: &World, count: usize) -> Vec<Person> {
    let mut all = vec![world.admin().await];
    while all.len() < count {
        all.push(world.new_user().groups(["Admin"]).create().await);
    }
    all
}

/// Browsers at addresses of their own, so that no attempt to sign in waits for another.
fn browsers(world: &World) -> Vec<Caller> {
    (1..=16).map(|number| world.browser().at([127, 0, 1, number])).collect()
}

/// Those who still administer.
async fn left(all: &[Person]) -> usize {
    let answers = settled(all.iter().map(|person| person.get("/user"))).await;
    outcomes(&answers).get("200").copied().unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_administrators_who_leave_at_once_one_stays() {
    for way in ways_to_go() {
        let world = World::start().await;
        let all = administrators(&world, CONTENDERS).await;
        let answers = settled(all.iter().map(|person| call(person, person, &way))).await;
        let gone = if way.1.is_some() { "200" } else { "204" };
        expect_outcomes(&answers, &[(gone, CONTENDERS - 1), ("not-empty", 1)]);
        assert_eq!(left(&all).await, 1, "{way:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_administrators_who_put_each_other_out_one_stays() {
    for way in ways_to_go() {
        put_each_other_out(2, &way).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_administrators_who_put_each_other_out_one_stays() {
    let [remove, disable, _] = ways_to_go();
    put_each_other_out(3, &remove).await;
    put_each_other_out(CONTENDERS, &disable).await;
}

/// Each tries to put out all the others.
async fn put_each_other_out(count: usize, way: &(Method, Option<Value>)) {
    let world = World::start().await;
    let all = administrators(&world, count).await;
    let tasks: Vec<_> = (0..count)
        .map(|number| {
            let (all, way) = (all.clone(), way.clone());
            tokio::spawn(async move {
                for step in 1..all.len() {
                    let target = &all[(number + step) % all.len()];
                    let answers = settled([call(&all[number], target, &way)]).await;
                    let known = ["200", "204", "not-empty", "not-found", "session-expired", "role-required"];
                    assert!(outcomes(&answers).keys().all(|outcome| known.contains(&outcome.as_str())), "{answers:?}");
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("every answer is a known one");
    }
    assert_eq!(left(&all).await, 1, "{count} {way:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_goes_to_one_of_all_who_ask_at_once() {
    let world = World::start().await;
    let admin = world.admin().await;
    let name = |number: usize| if number.is_multiple_of(2) { "Kim" } else { "KIM" };
    let ask = async |path: &str, body: fn(&str) -> Value| {
        settled((0..CONTENDERS).map(|number| admin.post(path, body(name(number))))).await
    };
    let expected = [("201", 1), ("name-taken", CONTENDERS - 1)];
    let users = ask("/user", |name| json!({"environment_name": "ROOT", "user_name": name})).await;
    expect_outcomes(&users, &expected);
    expect_outcomes(&ask("/environment", |name| json!({"environment_name": name})).await, &expected);
    let groups = ask("/group", |name| json!({"environment_name": "ROOT", "group_name": name})).await;
    expect_outcomes(&groups, &expected);
    assert_eq!(admin.get("/user?user_name_contain_ci=kim").await.of_items("user_name").len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_changes_to_one_state_one_is_made() {
    let world = World::start().await;
    let (admin, jane) = (world.admin().await, world.jane().await);
    let tag = admin.get(&jane.path("info")).await.etag();
    let changes = (0..CONTENDERS).map(|number| {
        let change = json!({"full_name": format!("Jane {number}")});
        admin.patch(&jane.path("info"), change).header("if-match", &tag)
    });
    let answers = settled(changes).await;
    expect_outcomes(&answers, &[("200", 1), ("precondition-failed", CONTENDERS - 1)]);
    let made = answers.iter().find(|answer| answer.status() == 200).expect("one");
    assert_eq!(admin.get(&jane.path("info")).await["full_name"], made["full_name"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changes_at_once_are_all_made_where_no_state_is_asked_for() {
    let world = World::start().await;
    let (admin, jane) = (world.admin().await, world.jane().await);
    let groups = ["Painters", "Poets"];
    for group in groups {
        admin.post("/group", json!({"environment_name": "ROOT", "group_name": group})).await.expect(201);
    }
    let changes = (0..CONTENDERS).map(|number| {
        let change =
            if number.is_multiple_of(4) { json!({"groups": []}) } else { json!({"groups": [groups[number % 2]]}) };
        admin.patch(&jane.path("info"), change)
    });
    expect_outcomes(&settled(changes).await, &[("200", CONTENDERS)]);
    // Nobody is counted twice, or still counted.
    admin.patch(&jane.path("info"), json!({"groups": []})).await.expect(200);
    for group in groups {
        admin.delete(&format!("/group/demo/ROOT/{group}/info")).await.expect(204);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_environment_is_deleted_or_gets_its_users() {
    for _ in 0..4 {
        let world = World::start().await;
        let admin = world.admin().await;
        admin.post("/environment", json!({"environment_name": "Lab"})).await.expect(201);
        let mut calls: Vec<_> = (0..CONTENDERS)
            .map(|number| {
                let name = format!("kim-{number}");
                admin.post("/user", json!({"environment_name": "Lab", "user_name": name}))
            })
            .collect();
        calls.insert(CONTENDERS / 4, admin.delete("/environment/demo/Lab/info"));
        let mut answers = settled(calls).await;
        let deleted = answers.remove(CONTENDERS / 4);
        let users = admin.get("/user?user_name_contain_ci=kim-").await.of_items("user_name");
        if deleted.status() == 204 {
            expect_outcomes(&answers, &[("invalid-request", CONTENDERS)]);
            assert!(users.is_empty(), "{users:?}");
        } else {
            deleted.problem("not-empty");
            expect_outcomes(&answers, &[("201", CONTENDERS)]);
            assert_eq!(users.len(), CONTENDERS);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_group_is_deleted_or_gets_its_members() {
    for _ in 0..4 {
        let world = World::start().await;
        let admin = world.admin().await;
        admin.post("/group", json!({"environment_name": "ROOT", "group_name": "Painters"})).await.expect(201);
        let mut calls: Vec<_> = (0..CONTENDERS)
            .map(|number| {
                let name = format!("kim-{number}");
                let body = json!({"environment_name": "ROOT", "user_name": name, "groups": ["Painters"]});
                admin.post("/user", body)
            })
            .collect();
        calls[0] = admin.patch("/user/demo/ROOT/jane/info", json!({"groups": ["Painters"]}));
        calls.insert(CONTENDERS / 4, admin.delete("/group/demo/ROOT/Painters/info"));
        let mut answers = settled(calls).await;
        let deleted = answers.remove(CONTENDERS / 4);
        let groups = admin.get("/user/demo/ROOT/jane/info").await["groups"].clone();
        if deleted.status() == 204 {
            expect_outcomes(&answers, &[("invalid-request", CONTENDERS)]);
            assert_eq!(groups, json!([]));
        } else {
            deleted.problem("not-empty");
            expect_outcomes(&answers, &[("200", 1), ("201", CONTENDERS - 1)]);
            assert_eq!(groups, json!(["Painters"]));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_user_is_deleted_once_and_nothing_made_meanwhile_is_left() {
    let world = World::start().await;
    let (admin, jane) = (world.admin().await, world.jane().await);
    let keys = (0..CONTENDERS).map(|number| {
        let body = json!({"name": format!("key {number}"), "scopes": ["Tasks"]});
        jane.post("ME/api-key", body)
    });
    let sign_ins = browsers(&world).into_iter().map(|browser| browser.post("/session", jane.credentials()));
    let deletes = (0..CONTENDERS).map(|_| admin.delete(&jane.path("info")));
    let calls = keys.zip(sign_ins).zip(deletes).flat_map(|((key, sign_in), delete)| [key, sign_in, delete]);
    let answers = settled(calls).await;
    let deletes: Vec<_> = answers.iter().skip(2).step_by(3).cloned().collect();
    expect_outcomes(&deletes, &[("204", 1), ("not-found", CONTENDERS - 1)]);
    for key in answers.iter().filter_map(|answer| answer["value"].as_str()) {
        world.key(key).get("ME/authorization").await.problem("unauthenticated");
    }
    world.run_cleanup().await;
    let heir = world.new_user().named("jane").create().await;
    assert_eq!(heir.get("ME/session").await.of_items("current"), [true]);
    assert!(heir.get("ME/api-key?state=all").await.of_items("name").is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_session_begun_meanwhile_outlives_a_disabling() {
    let world = World::start().await;
    let (admin, jane) = (world.admin().await, world.jane().await);
    let browsers = browsers(&world);
    let mut calls: Vec<_> = browsers.iter().map(|browser| browser.post("/session", jane.credentials())).collect();
    calls.insert(CONTENDERS / 2, admin.patch(&jane.path("info"), json!({"disabled": true})));
    let mut answers = settled(calls).await;
    answers.remove(CONTENDERS / 2).expect(200);
    for answer in &answers {
        assert!(answer.status() == 201 || answer.slug() == Some("sign-in-failed"), "{answer:?}");
    }
    admin.patch(&jane.path("info"), json!({"disabled": false})).await.expect(200);
    for browser in browsers.iter().filter(|browser| browser.cookie("__Host-session").is_some()) {
        browser.get("/session").await.problem("session-expired");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_invitations_made_at_once_one_holds() {
    let world = World::start().await;
    let admin = world.admin().await;
    world.new_user().named("kim").invite().await;
    let made = settled((0..CONTENDERS).map(|_| admin.post("/user/demo/ROOT/kim/invitation", ()))).await;
    expect_outcomes(&made, &[("201", CONTENDERS)]);
    let mut answers = Vec::new();
    for invitation in made {
        let accepted = json!({"token": invitation["token"], "password": PASSWORD});
        answers.push(world.browser().post("/session/invitation", accepted).await);
    }
    expect_outcomes(&answers, &[("201", 1), ("token-expired", CONTENDERS - 1)]);
}

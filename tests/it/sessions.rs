//! A user's sessions: shown, listed, ended by the user or by themselves.

use std::collections::BTreeSet;

use scenarios::{Caller, Person, World};
use serde_json::json;
use shared::clock::Timestamp;

const SESSION: &str = "__Host-session";

/// The id of the session that `person` calls with.
async fn own_id(person: &Person) -> String {
    let list = person.get("ME/session").await.expect(200);
    let items = list["items"].as_array().expect("a list");
    let current: Vec<_> = items.iter().filter(|item| item["current"] == true).collect();
    assert_eq!(current.len(), 1, "{list:?}");
    current[0]["id"].as_str().expect("an id").to_owned()
}

async fn last_seen(person: &Person) -> Timestamp {
    let list = person.get("ME/session").await.expect(200);
    Timestamp::parse_rfc3339(list["items"][0]["last_seen_at"].as_str().expect("an instant")).expect("an instant")
}

async fn is_live(caller: &Caller) -> bool {
    let answer = caller.get("/session").await;
    if answer.status() != 200 {
        answer.clone().problem("session-expired");
    }
    answer.status() == 200
}

#[tokio::test]
async fn the_list_shows_all_sessions_of_the_user_and_no_others() {
    let world = World::start().await;
    let jane = world.jane().await;
    let (phone, _admin) = (world.browser().at([127, 0, 0, 9]), world.admin().await);
    phone.post("/session", jane.credentials()).header("user-agent", "Phone/1.0").await.expect(201);
    let list = jane.get("ME/session").await.expect(200);
    assert_eq!(list["next"], json!(null));
    let items = list["items"].as_array().expect("a list");
    let mut shown: Vec<_> =
        items.iter().map(|item| (item["current"] == true, &item["user_agent"], &item["source_ip"])).collect();
    shown.sort_by_key(|(is_current, ..)| *is_current);
    let (phone, here) = (json!("Phone/1.0"), json!("127.0.0.1"));
    assert_eq!(shown, [(false, &phone, &json!("127.0.0.9")), (true, &json!(""), &here)]);
}

#[tokio::test]
async fn the_list_comes_in_pages_that_miss_and_repeat_nothing() {
    let world = World::start().await;
    let jane = world.jane().await;
    for _ in 0..4 {
        world.jane().await;
    }
    let whole = jane.get("ME/session").await.expect(200).of_items("id");
    let (mut found, mut query) = (Vec::new(), String::new());
    loop {
        let page = jane.get(&format!("ME/session?limit=2{query}")).await.expect(200);
        assert!(page.of_items("id").len() <= 2);
        found.extend(page.of_items("id"));
        let Some(next) = page["next"].as_str() else { break };
        query = format!("&cursor={next}");
    }
    assert_eq!((found.len(), &found), (5, &whole));
}

#[tokio::test]
async fn whoever_sends_several_sessions_ends_none() {
    let world = World::start().await;
    let (jane, other) = (world.jane().await, world.jane().await);
    let cookie = |person: &Person| format!("__Host-session={}", person.cookie("__Host-session").expect("a session"));
    let both = format!("{}; {}", cookie(&jane), cookie(&other));
    let answer = world.anyone().delete("/session").header("cookie", &both).await.expect(204);
    assert!(answer.header("set-cookie").is_some_and(|it| it.starts_with("__Host-session=;")), "{answer:?}");
    for person in [&jane, &other] {
        person.get("/session").await.expect(200);
    }
    let twice = format!("{}; {}", cookie(&jane), cookie(&jane));
    world.anyone().delete("/session").header("cookie", &twice).await.expect(204);
    jane.get("/session").await.problem("session-expired");
}

#[tokio::test]
async fn a_session_that_is_over_is_listed_no_more() {
    let world = World::start().await;
    let (jane, left, _idle) = (world.jane().await, world.jane().await, world.jane().await);
    left.delete("/session").await.expect(204);
    assert_eq!(jane.get("ME/session").await.of_items("current").len(), 2);
    for _ in 0..2 {
        world.advance(3000).await;
        jane.get("/session").await.expect(200);
    }
    assert_eq!(jane.get("ME/session").await.of_items("current"), [json!(true)]);
}

#[tokio::test]
async fn ending_a_session_ends_that_one_alone() {
    let world = World::start().await;
    let (jane, lost, kept) = (world.jane().await, world.jane().await, world.jane().await);
    let path = format!("ME/session/{}", own_id(&lost).await);
    assert_eq!(jane.delete(&path).await.expect(204).header("set-cookie"), None);
    assert!(!is_live(&lost).await);
    assert!(is_live(&jane).await && is_live(&kept).await);
    jane.delete(&path).await.problem("not-found");
}

#[tokio::test]
async fn ending_the_current_session_takes_its_cookie_away() {
    let world = World::start().await;
    let jane = world.jane().await;
    let value = jane.cookie(SESSION).expect("a session");
    jane.delete(&format!("ME/session/{}", own_id(&jane).await)).await.expect(204);
    assert_eq!(jane.cookie(SESSION), None);
    jane.set_cookie(SESSION, Some(&value));
    assert!(!is_live(&jane).await);
}

#[tokio::test]
async fn a_session_of_somebody_else_cannot_be_ended_nor_known() {
    let world = World::start().await;
    let (jane, admin) = (world.jane().await, world.admin().await);
    let hers = own_id(&jane).await;
    let unknown = admin.delete("ME/session/AAAAAAAAAAAAAAAAAAAAAA").await.problem("not-found");
    let known = admin.delete(&format!("ME/session/{hers}")).await.problem("not-found");
    assert_eq!(known["detail"], unknown["detail"]);
    for made_up in ["x", "%20", "..%2F", "@current"] {
        let answer = admin.delete(&format!("ME/session/{made_up}")).await;
        assert_eq!(answer.status(), 404, "{answer:?}");
    }
    assert!(is_live(&jane).await);
}

#[tokio::test]
async fn ending_all_others_leaves_the_current_one() {
    let world = World::start().await;
    let (jane, admin) = (world.jane().await, world.admin().await);
    let others = [world.jane().await, world.jane().await];
    jane.delete("ME/session").await.expect(204);
    for other in others {
        assert!(!is_live(&other).await);
    }
    assert!(is_live(&jane).await && is_live(&admin).await);
    assert_eq!(jane.get("ME/session").await.of_items("current"), [json!(true)]);
    jane.delete("ME/session").await.expect(204);
    assert!(is_live(&jane).await);
}

#[tokio::test]
async fn signing_out_ends_the_session_and_takes_its_cookie_away() {
    let world = World::start().await;
    let (jane, other) = (world.jane().await, world.jane().await);
    let value = jane.cookie(SESSION).expect("a session");
    let device = jane.cookie("__Host-device");
    jane.delete("/session").await.expect(204);
    assert_eq!(jane.cookie(SESSION), None);
    assert_eq!(jane.cookie("__Host-device"), device, "the browser stays recognised");
    jane.set_cookie(SESSION, Some(&value));
    assert!(!is_live(&jane).await);
    assert!(is_live(&other).await);
}

#[tokio::test]
async fn signing_out_works_without_a_live_session() {
    let world = World::start().await;
    let jane = world.jane().await;
    let value = jane.cookie(SESSION).expect("a session");
    jane.delete("/session").await.expect(204);
    for cookie in [None, Some(value.as_str()), Some("nonsense")] {
        jane.set_cookie(SESSION, cookie);
        let answer = jane.delete("/session").await.expect(204);
        assert!(answer.header("set-cookie").is_some_and(|cookie| cookie.contains("Max-Age=0")), "{answer:?}");
    }
    world.anyone().delete("/session").header("apikey", "upk_wrong").await.expect(204);
}

#[tokio::test]
async fn a_session_value_is_no_api_key() {
    let world = World::start().await;
    let value = world.jane().await.cookie(SESSION).expect("a session");
    world.key(&value).get("ME/authorization").await.problem("unauthenticated");
    let bearer = format!("Bearer {value}");
    world.anyone().get("/session").header("authorization", bearer).await.problem("unauthenticated");
}

#[tokio::test]
async fn every_session_has_an_id_that_says_nothing_of_its_cookie() {
    let world = World::start().await;
    let people = [world.jane().await, world.jane().await, world.jane().await];
    let ids = people[0].get("ME/session").await.of_items("id");
    assert_eq!(ids.iter().map(ToString::to_string).collect::<BTreeSet<_>>().len(), 3);
    for (id, person) in ids.iter().flat_map(|id| people.iter().map(move |person| (id, person))) {
        let id = id.as_str().expect("an id");
        person.set_cookie("__Host-session", Some(id));
        person.get("/session").await.problem("unauthenticated");
    }
}

#[tokio::test]
async fn an_idle_session_lives_for_an_hour() {
    let world = World::start().await;
    let jane = world.jane().await;
    world.advance(3599).await;
    jane.get("/session").await.expect(200);
}

#[tokio::test]
async fn an_idle_session_is_over_after_sixty_five_minutes() {
    let world = World::start().await;
    let jane = world.jane().await;
    world.advance(3900).await;
    jane.get("/session").await.problem("session-expired");
    jane.get("ME/info").await.problem("session-expired");
}

#[tokio::test]
async fn a_request_that_was_not_recorded_still_gives_a_full_hour() {
    let world = World::start().await;
    let jane = world.jane().await;
    world.advance(240).await;
    jane.get("/session").await.expect(200);
    world.advance(3599).await;
    jane.get("/session").await.expect(200);
}

#[tokio::test]
async fn a_session_in_use_ends_twelve_hours_after_sign_in() {
    let world = World::start().await;
    let jane = world.jane().await;
    for _ in 0..14 {
        world.advance(3000).await;
        jane.get("/session").await.expect(200);
    }
    let rest = 12 * 60 * 60 - 14 * 3000;
    world.advance(rest - 120).await;
    jane.get("/session").await.expect(200);
    world.advance(120).await;
    jane.get("/session").await.problem("session-expired");
}

#[tokio::test]
async fn the_last_use_is_shown_to_five_minutes() {
    let world = World::start().await;
    let jane = world.jane().await;
    let before = world.advance(301).await;
    jane.get("ME/info").await.expect(200);
    let seen = last_seen(&jane).await;
    assert!((before..=world.now().await).contains(&seen), "{seen}");
    world.advance(240).await;
    jane.get("ME/info").await.expect(200);
    let shown = last_seen(&jane).await;
    assert!(world.now().await.seconds_since(shown) <= 300, "{shown}");
}

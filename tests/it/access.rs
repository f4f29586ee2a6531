//! Who a request comes from, and in which order it is refused.

use http::Method;
use scenarios::{Body, Call, Caller, Person, World};
use serde_json::json;

use crate::operations::SCOPES;

const SESSION: &str = "__Host-session";

fn with_cookie(world: &World, value: &str) -> Call {
    world.anyone().get("ME/authorization").header("cookie", format!("{SESSION}={value}"))
}

fn session_of(person: &Person) -> String {
    person.cookie(SESSION).expect("a session")
}

#[tokio::test]
async fn a_key_is_taken_from_either_header_and_counts_once() {
    let world = World::start().await;
    let value = world.jane().await.create_key("a", &["Tasks"]).await.value;
    let call = || world.anyone().get("ME/authorization");
    call().header("apikey", &value).await.expect(200);
    call().header("ApiKey", &value).await.expect(200);
    for scheme in ["Bearer", "bearer", "BEARER"] {
        call().header("authorization", format!("{scheme} {value}")).await.expect(200);
    }
    call().header("apikey", &value).header("apikey", &value).await.expect(200);
    call().header("apikey", format!("{value}, {value}")).await.expect(200);
    call().header("apikey", &value).header("authorization", format!("Bearer {value}")).await.expect(200);
}

#[tokio::test]
async fn two_credentials_that_differ_are_ambiguous() {
    let world = World::start().await;
    let jane = world.jane().await;
    let (a, b) = (jane.create_key("a", &["Tasks"]).await.value, jane.create_key("b", &["Tasks"]).await.value);
    let (session, other) = (session_of(&jane), session_of(&world.jane().await));
    let bearer = |value: &str| format!("Bearer {value}");
    for headers in [
        vec![("apikey", a.clone()), ("apikey", b.clone())],
        vec![("apikey", format!("{a},{b}"))],
        vec![("apikey", a.clone()), ("authorization", bearer(&b))],
        vec![("authorization", bearer(&a)), ("authorization", bearer(&b))],
        vec![("apikey", a.clone()), ("cookie", format!("{SESSION}={session}"))],
        vec![("authorization", bearer(&a)), ("cookie", format!("{SESSION}={session}"))],
        vec![("cookie", format!("{SESSION}={session}; {SESSION}={other}"))],
        vec![("apikey", "nonsense".to_owned()), ("cookie", format!("{SESSION}=nonsense"))],
    ] {
        let call = world.anyone().get("ME/authorization");
        headers
            .iter()
            .fold(call, |call, (name, value)| call.header(name, value))
            .await
            .problem("ambiguous-credentials");
    }
}

#[tokio::test]
async fn what_nobody_here_made_is_unauthenticated() {
    let world = World::start().await;
    let jane = world.jane().await;
    let value = jane.create_key("a", &["Tasks"]).await.value;
    let last = if value.ends_with('0') { '1' } else { '0' };
    let misspelt = format!("{}{last}", &value[..value.len() - 1]);
    let elsewhere = World::start().await.jane().await.create_key("a", &["Tasks"]).await.value;
    let session = session_of(&jane);
    for key in ["", " ", "nonsense", "upk_", &misspelt, &elsewhere, &value[..value.len() - 1], &session] {
        world.anyone().get("ME/authorization").header("apikey", key).await.problem("unauthenticated");
    }
    for header in ["Basic amFuZTpwYXNzd29yZA==", "Bearer", "Bearer nonsense", &value] {
        world.anyone().get("ME/authorization").header("authorization", header).await.problem("unauthenticated");
    }
    for cookie in ["", "nonsense", &value] {
        with_cookie(&world, cookie).await.problem("unauthenticated");
    }
    world
        .anyone()
        .get("ME/authorization")
        .header("cookie", format!("session={session}"))
        .await
        .problem("unauthenticated");
}

#[tokio::test]
async fn a_challenge_is_no_session() {
    let world = World::start().await;
    let jane = world.jane().await;
    jane.enable_mfa().await;
    let challenge = world.browser().post("/session", jane.credentials()).await.expect(200).text("challenge");
    with_cookie(&world, &challenge).await.problem("unauthenticated");
}

#[tokio::test]
async fn a_session_of_another_deployment_is_over() {
    let (world, other) = (World::start().await, World::start().await);
    with_cookie(&world, &session_of(&other.jane().await)).await.problem("session-expired");
}

#[tokio::test]
async fn a_key_works_until_the_second_it_expires() {
    let world = World::start().await;
    let jane = world.jane().await;
    let expiry = world.now().await.plus(3_600);
    let key = jane.create_key_until("a", &["Tasks"], expiry).await;
    world.advance(3_500).await;
    key.get("ME/authorization").await.expect(200);
    world.advance(100).await;
    key.get("ME/authorization").await.problem("key-expired");
}

#[tokio::test]
async fn an_expired_key_is_told_so_before_anything_else() {
    let world = World::start().await;
    let key = world.jane().await.create_key("a", &["Tasks"]).await;
    world.advance(90 * 86_400).await;
    key.get("ME/session").await.problem("key-expired");
    key.get("/user").await.problem("key-expired");
    key.post("ME/api-key", Body::json_text("nonsense")).await.problem("key-expired");
    key.get("ME/api-key/unknown").await.problem("key-expired");
}

#[tokio::test]
async fn each_request_has_an_id_of_its_own() {
    let world = World::start().await;
    let id = async || world.anyone().get("/session").await.header("x-request-id").map(str::to_owned);
    assert_ne!(id().await, id().await);
}

/// Whether a sign-out, which is open, is taken as coming from this site's own pages.
async fn is_own(call: Call) -> bool {
    let answer = call.await;
    if answer.status() != 204 {
        answer.problem("cross-site-request");
        return false;
    }
    true
}

#[tokio::test]
async fn a_change_is_made_for_own_pages_only() {
    let world = World::start().await;
    let (jane, own) = (world.jane().await, world.origin());
    let (port, changed) = (own.rsplit_once(':').expect("a port").1, "ME/email/pending");
    for caller in [&*jane, &world.anyone()] {
        let path = if caller.cookie(SESSION).is_some() { changed } else { "/session" };
        for origin in [own.clone(), own.to_uppercase().replace("HTTP", "http")] {
            assert!(is_own(caller.delete(path).header("origin", &origin)).await, "{path} from {origin}");
        }
        for origin in [
            "null".to_owned(),
            String::new(),
            "http://127.0.0.1".to_owned(),
            format!("http://127.0.0.2:{port}"),
            format!("http://localhost:{port}"),
            format!("http://evil.127.0.0.1:{port}"),
            format!("{own}.evil.example"),
            format!("{own}/"),
            format!("https://127.0.0.1:{port}"),
        ] {
            assert!(!is_own(caller.delete(path).header("origin", &origin)).await, "{path} from {origin:?}");
        }
        for (site, expected) in
            [("same-origin", true), ("none", true), ("same-site", false), ("cross-site", false), ("x", false)]
        {
            assert_eq!(is_own(caller.delete(path).header("sec-fetch-site", site)).await, expected, "{path}: {site}");
        }
        let both = caller.delete(path).header("origin", &own).header("sec-fetch-site", "cross-site");
        assert!(!is_own(both).await, "{path}: either is enough to refuse");
    }
}

#[tokio::test]
async fn a_page_is_own_under_the_name_that_the_service_was_called_by() {
    let world = World::start().await;
    let localhost = world.origin().replace("127.0.0.1", "localhost");
    let host = localhost.trim_start_matches("http://").to_owned();
    assert!(is_own(world.anyone().delete("/session").header("host", &host).header("origin", &localhost)).await);
    let foreign =
        world.anyone().delete("/session").header("host", "evil.example").header("origin", "http://evil.example");
    assert!(!is_own(foreign).await, "a name that the gateway does not have");
}

#[tokio::test]
async fn a_script_with_a_key_may_say_any_origin() {
    let world = World::start().await;
    let key = world.jane().await.create_key("a", &["APIKey"]).await;
    let call =
        key.delete("ME/api-key/@self").header("origin", "https://tools.example").header("sec-fetch-site", "cross-site");
    call.await.expect(204);
}

/// One fault after another is taken away; the refusals come in the contract's order.
#[tokio::test]
async fn refusals_come_in_order_for_an_administrators_change() {
    let world = World::start().await;
    let (jane, stale) = (world.jane().await, world.admin().await);
    let lacks_scope = jane.create_key("a", &["Tasks"]).await;
    let lacks_role = jane.create_key("b", &SCOPES).await;
    world.advance(600).await;
    let fresh = world.admin().await;
    let call = |caller: &Caller, user: &str| {
        caller.call(Method::PATCH, &format!("/user/demo/ROOT/{user}/info")).header("if-match", "\"stale\"")
    };
    let (faulty, good) = (json!({"surprise": 1}), json!({"disabled": true}));
    call(&world.anyone(), "nobody").body(faulty.clone()).await.problem("unauthenticated");
    call(&lacks_scope, "nobody").body(faulty.clone()).await.problem("insufficient-scope");
    call(&lacks_role, "nobody").body(faulty.clone()).await.problem("role-required");
    call(&jane, "nobody").body(faulty.clone()).await.problem("role-required");
    call(&stale, "nobody").body(faulty.clone()).await.problem("step-up-required");
    call(&fresh, "nobody").body(Body::of(Some("text/plain"), "{}")).await.problem("unsupported-media-type");
    call(&fresh, "nobody").body(Body::json_text(&" ".repeat(16_385))).await.problem("payload-too-large");
    call(&fresh, "nobody").body(faulty).await.problem("invalid-request");
    call(&fresh, "nobody").body(good.clone()).await.problem("not-found");
    call(&fresh, "admin").body(good.clone()).await.problem("precondition-failed");
    fresh.patch("/user/demo/ROOT/admin/info", good).await.problem("not-empty");
}

#[tokio::test]
async fn refusals_come_in_order_for_what_only_a_person_may() {
    let world = World::start().await;
    let (jane, stale) = (world.jane().await, world.admin().await);
    let key = jane.create_key("a", &["Tasks"]).await;
    world.advance(600).await;
    let fresh = world.admin().await;
    let (nobody, faulty) = ("/user/demo/ROOT/nobody/invitation", || Body::json_text("{}"));
    world.anyone().post(nobody, faulty()).await.problem("unauthenticated");
    key.post(nobody, faulty()).await.problem("session-required");
    jane.post(nobody, faulty()).await.problem("role-required");
    stale.post(nobody, faulty()).await.problem("step-up-required");
    fresh.post(nobody, faulty()).await.problem("invalid-request");
    fresh.post(nobody, ()).await.problem("not-found");
    fresh.post("/user/demo/ROOT/sam/invitation", ()).await.problem("not-available-for-sso");
}

#[tokio::test]
async fn refusals_come_in_order_for_a_rotation() {
    let world = World::start().await;
    let jane = world.jane().await;
    let lacks_scope = jane.create_key("a", &["Tasks"]).await;
    jane.create_key_until("short", &["Tasks"], world.now().await.plus(60)).await;
    world.advance(600).await;
    let rotate = |caller: &Caller, name: &str, body: Body| {
        caller.post(&format!("ME/api-key/{name}/rotate"), body).header("if-match", "\"stale\"")
    };
    let faulty = || Body::from(json!({"overlap_seconds": -1}));
    rotate(&world.anyone(), "unknown", faulty()).await.problem("unauthenticated");
    rotate(&lacks_scope, "unknown", faulty()).await.problem("insufficient-scope");
    rotate(&jane, "unknown", faulty()).await.problem("step-up-required");
    jane.step_up().await;
    rotate(&jane, "unknown", faulty()).await.problem("invalid-request");
    rotate(&jane, "unknown", ().into()).await.problem("not-found");
    rotate(&jane, "short", ().into()).await.problem("precondition-failed");
    jane.post("ME/api-key/short/rotate", ()).await.problem("key-not-active");
}

/// A person calls with no key, so `@self` is nothing: that is told after freshness and the request.
#[tokio::test]
async fn refusals_come_in_order_for_a_person_who_names_the_calling_key() {
    let world = World::start().await;
    let jane = world.jane().await;
    world.advance(600).await;
    let rotate = |body: Body| jane.post("ME/api-key/@self/rotate", body);
    rotate(json!({"surprise": 1}).into()).await.problem("step-up-required");
    jane.step_up().await;
    rotate(json!({"surprise": 1}).into()).await.invalid(&["/surprise"]);
    rotate(().into()).await.problem("not-found");
    for call in [jane.get("ME/api-key/@self"), jane.delete("ME/api-key/@self")] {
        call.clone().body(json!({})).await.problem("invalid-request");
        call.await.problem("not-found");
    }
}

#[tokio::test]
async fn refusals_come_in_order_for_a_new_key() {
    let world = World::start().await;
    let jane = world.jane().await;
    let (lacks_scope, narrow) = (jane.create_key("a", &["Tasks"]).await, jane.create_key("b", &["APIKey"]).await);
    world.advance(600).await;
    let faulty = || Body::from(json!({"name": "a", "scopes": []}));
    world.anyone().post("ME/api-key", faulty()).await.problem("unauthenticated");
    lacks_scope.post("ME/api-key", faulty()).await.problem("insufficient-scope");
    jane.post("ME/api-key", faulty()).await.problem("step-up-required");
    narrow.post("ME/api-key", faulty()).await.invalid(&["/scopes"]);
    narrow.post("ME/api-key", json!({"name": "a", "scopes": ["Tasks"]})).await.problem("insufficient-scope");
    narrow.post("ME/api-key", json!({"name": "a", "scopes": ["APIKey"]})).await.problem("name-taken");
}

#[tokio::test]
async fn refusals_come_in_order_for_single_sign_on() {
    let world = World::start().await;
    let sam = world.sam().await;
    sam.put("ME/password", json!({"current_password": "a"})).await.invalid(&["/new_password"]);
    sam.put("ME/password", json!({"current_password": "a", "new_password": "b"}))
        .await
        .problem("not-available-for-sso");
    sam.post("ME/mfa/totp/confirm", json!({})).await.invalid(&["/code"]);
    sam.post("ME/mfa/totp", Body::json_text("{}")).await.problem("invalid-request");
    sam.post("ME/mfa/totp", ()).await.problem("not-available-for-sso");
    world.advance(600).await;
    sam.post("ME/mfa/totp", ()).await.problem("step-up-required");
}

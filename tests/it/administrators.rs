//! Who administers: the role, the scope, what no key may do, fresh sessions, and the administrator who stays.

use http::Method;
use scenarios::{Body, Call, Caller, World};
use serde_json::{Value, json};

/// Every call that reads, but for settings and introspection.
const READS: [&str; 4] = ["/user", "/user/demo/ROOT/jane/info", "/environment", "/group"];

/// Every call that changes something and that keys may use.
fn changes(caller: &Caller) -> Vec<Call> {
    let kim = json!({"environment_name": "ROOT", "user_name": "kim"});
    vec![
        caller.post("/user", kim),
        caller.patch("/user/demo/ROOT/jane/info", json!({"full_name": "Jane"})),
        caller.delete("/user/demo/ROOT/jane/info"),
        caller.post("/environment", json!({"environment_name": "Lab"})),
        caller.delete("/environment/demo/Lab/info"),
        caller.post("/group", json!({"environment_name": "ROOT", "group_name": "Painters"})),
        caller.delete("/group/demo/ROOT/Painters/info"),
    ]
}

/// Every call that no key may use, whatever it says.
fn personal(caller: &Caller) -> Vec<Call> {
    vec![
        caller.post("/user/demo/ROOT/jane/invitation", ()),
        caller.post("/user/demo/ROOT/jane/mfa/reset", ()),
        caller.patch("/account/settings", json!({"mfa_policy": "off"})),
    ]
}

#[tokio::test]
async fn without_the_role_nothing_is_open() {
    let world = World::start().await;
    let publisher = world.new_user().groups(["App Publisher"]).create().await;
    let key = publisher.create_key("people", &["Authentication", "Account", "User"]).await;
    for caller in [&*publisher, &*key] {
        for path in READS {
            caller.get(path).await.problem("role-required");
        }
        for call in changes(caller) {
            call.await.problem("role-required");
        }
    }
    for call in personal(&publisher) {
        call.await.problem("role-required");
    }
    // The refusal is the same for what is not there, and comes before the request is looked at.
    publisher.get("/user/demo/ROOT/nobody/info").await.problem("role-required");
    publisher.post("/user", Body::of(Some("text/plain"), "x")).await.problem("role-required");
}

#[tokio::test]
async fn without_a_credential_nothing_is_open() {
    let world = World::start().await;
    let anyone = world.anyone();
    let reads = READS.map(|path| anyone.get(path));
    for call in reads.into_iter().chain(changes(&anyone)).chain(personal(&anyone)) {
        call.await.problem("unauthenticated");
    }
}

#[tokio::test]
async fn a_key_without_the_scope_opens_nothing() {
    let world = World::start().await;
    let scopes = ["PublishApp", "Tasks", "APIKey", "Session", "PublishAimms", "Secret", "User", "Account"];
    let key = world.admin().await.create_key("all but one", &scopes).await;
    let reads = READS.map(|path| key.get(path));
    for call in reads.into_iter().chain(changes(&key)) {
        assert_eq!(call.await.problem("insufficient-scope")["required_scopes"], json!(["Authentication"]));
    }
}

#[tokio::test]
async fn a_key_with_the_scope_administers_without_a_fresh_proof() {
    let world = World::start().await;
    let key = world.admin().await.create_key("people", &["Authentication"]).await;
    world.advance(24 * 60 * 60).await;
    for path in READS {
        key.get(path).await.expect(200);
    }
    for call in changes(&key) {
        let answer = call.await;
        assert!(matches!(answer.status(), 200 | 201 | 204), "{answer:?}");
    }
}

#[tokio::test]
async fn keys_lose_what_their_owner_loses() {
    let world = World::start().await;
    let admin = world.admin().await;
    let second = world.new_user().groups(["Admin"]).create().await;
    let key = second.create_key("people", &["Authentication"]).await;
    key.get("/user").await.expect(200);
    admin.patch(&second.path("info"), json!({"groups": []})).await.expect(200);
    key.get("/user").await.problem("role-required");
    key.get("ME/authorization").await.expect(200);
    second.get("/user").await.problem("role-required");
    admin.patch(&second.path("info"), json!({"groups": ["Admin"]})).await.expect(200);
    key.get("/user").await.expect(200);
}

#[tokio::test]
async fn no_key_invites_or_resets_a_second_factor() {
    let world = World::start().await;
    let admin = world.admin().await;
    let key = admin.create_key("people", &["Authentication", "Account"]).await;
    let other = admin.create_key("tasks", &["Tasks"]).await;
    let owner = world.jane().await;
    let without_role = owner.create_key("people", &["Authentication"]).await;
    // The kind of credential is refused before its scope and its owner's role.
    for caller in [&*key, &*other, &*without_role] {
        for call in personal(caller) {
            call.await.problem("session-required");
        }
    }
    key.post("/user/demo/ROOT/nobody/invitation", ()).await.problem("session-required");
    owner.get("ME/info").await.expect(200);
}

#[tokio::test]
async fn no_key_makes_an_administrator() {
    let world = World::start().await;
    let key = world.admin().await.create_key("people", &["Authentication"]).await;
    for (environment, group) in [("ROOT", "Admin"), ("root", "ADMIN")] {
        let body = json!({"environment_name": environment, "user_name": "kim", "groups": ["App Publisher", group]});
        key.post("/user", body).await.problem("session-required");
        let groups = json!({"groups": [group]});
        key.patch(&format!("/user/demo/{environment}/jane/info"), groups).await.problem("session-required");
    }
    assert_eq!(key.get("/user/demo/ROOT/jane/info").await["groups"], json!([]));
    key.get("/user/demo/ROOT/kim/info").await.problem("not-found");
    key.patch("/user/demo/ROOT/jane/info", json!({"groups": ["App Publisher"]})).await.expect(200);
}

#[tokio::test]
async fn no_key_changes_an_administrator() {
    let world = World::start().await;
    let second = world.new_user().groups(["Admin"]).create().await;
    let key = world.admin().await.create_key("people", &["Authentication"]).await;
    let changes = [
        json!({"groups": []}),
        json!({"groups": ["Admin", "App Publisher"]}),
        json!({"disabled": true}),
        json!({"email": "mallory@example.com"}),
        json!({"full_name": "X"}),
    ];
    let paths = [second.path("info"), second.path("info").to_lowercase(), "/user/demo/ROOT/admin/info".to_owned()];
    for path in &paths {
        for change in &changes {
            key.patch(path, change.clone()).await.problem("session-required");
        }
        key.delete(path).await.problem("session-required");
    }
    second.get("/user").await.expect(200);
    let info = key.get(&second.path("info")).await.expect(200);
    assert_eq!((&info["groups"], &info["email"]), (&json!(["Admin"]), &Value::Null));
}

#[tokio::test]
async fn a_key_changes_who_is_no_administrator() {
    let world = World::start().await;
    let (admin, jane) = (world.admin().await, world.jane().await);
    let key = admin.create_key("people", &["Authentication"]).await;
    let change = json!({"full_name": "Jane", "email": "jane@example.com", "disabled": true});
    assert_eq!(key.patch(&jane.path("info"), change).await.expect(200)["disabled"], true);
    jane.get("ME/info").await.problem("session-expired");
    key.delete(&jane.path("info")).await.expect(204);
}

#[tokio::test]
async fn changes_need_a_fresh_session() {
    let world = World::start().await;
    let admin = world.admin().await;
    world.advance(601).await;
    for path in READS {
        admin.get(path).await.expect(200);
    }
    for call in changes(&admin).into_iter().chain(personal(&admin)) {
        call.await.problem("step-up-required");
    }
    // The refusal comes before the request is looked at.
    admin.post("/user", Body::of(Some("text/plain"), "x")).await.problem("step-up-required");
    admin.delete("/user/demo/ROOT/nobody/info").await.problem("step-up-required");
    admin.step_up().await;
    for call in changes(&admin) {
        let answer = call.await;
        assert!(matches!(answer.status(), 200 | 201 | 204), "{answer:?}");
    }
}

#[tokio::test]
async fn an_administrator_of_single_sign_on_is_fresh_for_10_minutes() {
    let world = World::start().await;
    let boss = world.new_user().named("boss").with("identity_provider", "saml").groups(["Admin"]).create().await;
    let rename = || boss.patch("/user/demo/ROOT/jane/info", json!({"full_name": "Jane"}));
    rename().await.expect(200);
    world.advance(601).await;
    rename().await.problem("step-up-required");
    let again = world.single_sign_on("ROOT", "boss").await;
    again.patch("/user/demo/ROOT/jane/info", json!({"full_name": "Joan"})).await.expect(200);
}

#[tokio::test]
async fn a_page_of_another_site_changes_nothing() {
    let world = World::start().await;
    let admin = world.admin().await;
    for call in changes(&admin).into_iter().chain(personal(&admin)) {
        call.header("origin", "https://evil.example").await.problem("cross-site-request");
    }
    assert_eq!(admin.get("/user").await.of_items("user_name"), ["admin", "jane", "sam"]);
}

#[tokio::test]
async fn the_last_administrator_stays() {
    let world = World::start().await;
    let admin = world.admin().await;
    let info = admin.path("info");
    admin.delete(&info).await.problem("not-empty");
    for change in [json!({"disabled": true}), json!({"groups": []}), json!({"groups": ["App Publisher"]})] {
        admin.patch(&info, change).await.problem("not-empty");
    }
    let kept = json!({"groups": ["Admin", "App Publisher"], "full_name": "Boss", "disabled": false});
    admin.patch(&info, kept).await.expect(200);
    admin.get("/user").await.expect(200);
}

#[tokio::test]
async fn a_disabled_administrator_does_not_count() {
    let world = World::start().await;
    let admin = world.admin().await;
    let second = world.new_user().groups(["Admin"]).create().await;
    admin.patch(&second.path("info"), json!({"disabled": true})).await.expect(200);
    for change in [json!({"disabled": true}), json!({"groups": []})] {
        admin.patch(&admin.path("info"), change).await.problem("not-empty");
    }
    admin.delete(&admin.path("info")).await.problem("not-empty");
    // The disabled one may go: the last who can act stays.
    admin.delete(&second.path("info")).await.expect(204);
}

#[tokio::test]
async fn an_administrator_may_leave_when_another_stays() {
    let world = World::start().await;
    let ways = [
        (Method::PATCH, json!({"groups": []})),
        (Method::PATCH, json!({"disabled": true})),
        (Method::DELETE, Value::Null),
    ];
    for (method, body) in ways {
        let leaver = world.new_user().groups(["Admin"]).create().await;
        let call = leaver.call(method, &leaver.path("info"));
        let answer = if body.is_null() { call.await } else { call.body(body).await };
        assert!(matches!(answer.status(), 200 | 204), "{answer:?}");
        let refused = leaver.get("/user").await;
        assert!(matches!(refused.slug(), Some("role-required" | "session-expired")), "{refused:?}");
    }
    let admin = world.admin().await;
    admin.delete(&admin.path("info")).await.problem("not-empty");
}

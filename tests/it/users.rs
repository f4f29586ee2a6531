//! Users as administrators make, see, list and delete them.

use scenarios::{Body, World, at_once};
use serde_json::{Value, json};

/// Where administrators find a user of ROOT.
fn info(user_name: &str) -> String {
    format!("/user/demo/ROOT/{user_name}/info")
}

/// A user of this name in ROOT, with these members beside.
fn user(user_name: &str, more: &[(&str, Value)]) -> Value {
    let mut body = json!({"environment_name": "ROOT", "user_name": user_name});
    for (member, value) in more {
        body[*member] = value.clone();
    }
    body
}

#[tokio::test]
async fn a_local_user_is_made_with_an_invitation_and_found_again() {
    let world = World::start().await;
    let admin = world.admin().await;
    let kim =
        [("full_name", json!("Kim Doe")), ("email", json!("kim@example.com")), ("groups", json!(["App Publisher"]))];
    let made = admin.post("/user", user("Kim", &kim)).await.expect(201);
    assert_eq!(made["invitation"].as_object().map(serde_json::Map::len), Some(3), "{made:?}");
    let found = admin.get(&info("Kim")).await.expect(200);
    let mut shown = made.json().clone();
    shown.as_object_mut().expect("an object").remove("invitation");
    assert_eq!(*found.json(), shown);
    assert_eq!(
        shown,
        json!({
            "account_name": "demo", "environment_name": "ROOT", "user_name": "Kim", "full_name": "Kim Doe",
            "email": "kim@example.com", "email_verified": false, "pending_email": null, "identity_provider": "local",
            "roles": ["App Publisher"], "groups": ["App Publisher"], "disabled": false, "mfa_enabled": false,
        })
    );
    assert!(!found.etag().is_empty());
}

#[tokio::test]
async fn a_user_of_single_sign_on_is_made_without_an_invitation() {
    let world = World::start().await;
    let admin = world.admin().await;
    for provider in ["active_directory", "saml"] {
        let made = admin.post("/user", user(provider, &[("identity_provider", json!(provider))])).await.expect(201);
        assert_eq!(made["identity_provider"], provider);
        assert!(made.json().get("invitation").is_none(), "{made:?}");
        world.single_sign_on("ROOT", provider).await.get("ME/info").await.expect(200);
    }
}

#[tokio::test]
async fn a_faulty_user_is_refused_with_every_fault() {
    let world = World::start().await;
    let admin = world.admin().await;
    admin.post("/user", json!({})).await.invalid(&["/environment_name", "/user_name"]);
    let all = json!({
        "environment_name": "a/b", "user_name": "a b", "full_name": "", "email": "kim", "identity_provider": "ldap",
        "groups": ["Admin", 1, "#"], "password": "x",
    });
    let pointers =
        ["/environment_name", "/user_name", "/full_name", "/email", "/identity_provider", "/groups/1", "/password"];
    let answer = admin.post("/user", all).await.problem("invalid-request");
    for pointer in pointers {
        let errors = answer["errors"].as_array().expect("a list");
        assert!(errors.iter().any(|error| error["pointer"] == pointer), "{pointer}: {answer:?}");
    }
}

#[tokio::test]
async fn members_out_of_their_rules_are_refused_where_they_stand() {
    let world = World::start().await;
    let admin = world.admin().await;
    let (long, long_email) = ("x".repeat(65), format!("{}@example.com", "x".repeat(243)));
    for name in ["", "a b", "é", "a/b", "a#", long.as_str()] {
        admin.post("/user", user(name, &[])).await.invalid(&["/user_name"]);
    }
    let faults = [
        ("/full_name", json!("x".repeat(201))),
        ("/full_name", json!("a\nb")),
        ("/full_name", json!(null)),
        ("/full_name", json!(7)),
        ("/email", json!("a@b@c")),
        ("/email", json!(long_email)),
        ("/email", json!(null)),
        ("/identity_provider", json!("SAML")),
        ("/identity_provider", json!(null)),
        ("/groups", json!("Admin")),
        ("/groups", json!(null)),
        ("/disabled", json!(true)),
    ];
    for (pointer, value) in faults {
        admin.post("/user", user("kim", &[(&pointer[1..], value)])).await.invalid(&[pointer]);
    }
    let longest = "Az09._-@+".repeat(8)[..64].to_owned();
    let email = format!("{}@example.com", "x".repeat(242));
    let most = [("full_name", json!("é".repeat(200))), ("email", json!(email))];
    admin.post("/user", user(&longest, &most)).await.expect(201);
}

#[tokio::test]
async fn a_body_that_is_no_object_of_json_is_refused() {
    let world = World::start().await;
    let admin = world.admin().await;
    let twice = r#"{"environment_name":"ROOT","user_name":"a","user_name":"b"}"#;
    admin.post("/user", Body::json_text(twice)).await.invalid(&["/user_name"]);
    admin.post("/user", Body::json_text("[]")).await.problem("invalid-request");
    admin.post("/user", ()).await.problem("invalid-request");
    let text = user("kim", &[]).to_string();
    admin.post("/user", Body::of(Some("text/plain"), text.clone())).await.problem("unsupported-media-type");
    admin.post("/user", Body::of(None, text)).await.problem("unsupported-media-type");
    let large = user("kim", &[("full_name", json!("x".repeat(16 * 1024)))]);
    admin.post("/user", large).await.problem("payload-too-large");
    admin.get(&info("kim")).await.problem("not-found");
}

#[tokio::test]
async fn environment_and_groups_of_a_new_user_must_be_there() {
    let world = World::start().await;
    let admin = world.admin().await;
    admin.post("/environment", json!({"environment_name": "Lab"})).await.expect(201);
    let body = json!({"environment_name": "Nowhere", "user_name": "kim"});
    admin.post("/user", body).await.invalid(&["/environment_name"]);
    let groups = json!(["App Publisher", "Painters", "Admin", "Poets"]);
    admin.post("/user", user("kim", &[("groups", groups)])).await.invalid(&["/groups/1", "/groups/3"]);
    // A group of another environment is none of this one.
    let body = json!({"environment_name": "Lab", "user_name": "kim", "groups": ["Admin"]});
    admin.post("/user", body).await.invalid(&["/groups/0"]);
    assert!(admin.get("/user?user_name_contain_ci=kim").await.of_items("user_name").is_empty());
}

#[tokio::test]
async fn a_user_has_at_most_20_groups() {
    let world = World::start().await;
    let admin = world.admin().await;
    let names: Vec<_> = (0..21).map(|number| format!("group {number:02}")).collect();
    for name in &names {
        admin.post("/group", json!({"environment_name": "ROOT", "group_name": name})).await.expect(201);
    }
    admin.post("/user", user("kim", &[("groups", json!(names))])).await.invalid(&["/groups"]);
    let made = admin.post("/user", user("kim", &[("groups", json!(names[..20]))])).await.expect(201);
    assert_eq!(made["groups"], json!(names[..20]));
    admin.patch(&info("kim"), json!({"groups": names})).await.invalid(&["/groups"]);
    // All of them at once can be left for others.
    let after = admin.patch(&info("kim"), json!({"groups": ["group 20"]})).await.expect(200);
    assert_eq!(after["groups"], json!(["group 20"]));
}

#[tokio::test]
async fn a_user_name_is_unique_in_its_environment_without_regard_to_case() {
    let world = World::start().await;
    let admin = world.admin().await;
    admin.post("/user", user("Kim", &[])).await.expect(201);
    for name in ["Kim", "kim", "KIM"] {
        admin.post("/user", user(name, &[])).await.problem("name-taken");
    }
    admin.post("/environment", json!({"environment_name": "Lab"})).await.expect(201);
    admin.post("/user", json!({"environment_name": "Lab", "user_name": "KIM"})).await.expect(201);
    assert_eq!(admin.get("/user?user_name_contain_ci=kim").await.of_items("user_name"), ["KIM", "Kim"]);
}

#[tokio::test]
async fn users_are_filtered_by_part_of_the_name_and_by_environment() {
    let world = World::start().await;
    let admin = world.admin().await;
    for (environment, name) in [("Lab", "Jan"), ("Lab", "piet"), ("ROOT", "janneke")] {
        world.new_user().environment(environment).named(name).invite().await;
    }
    let found = async |query: &str| {
        let answer = admin.get(&format!("/user?{query}")).await.expect(200);
        assert_eq!(answer["next"], Value::Null);
        answer.of_items("user_name")
    };
    assert_eq!(found("").await, ["Jan", "piet", "admin", "jane", "janneke", "sam"]);
    assert_eq!(found("user_name_contain_ci=JAN").await, ["Jan", "jane", "janneke"]);
    assert_eq!(found("environment_name_equal_cs=Lab").await, ["Jan", "piet"]);
    assert_eq!(found("environment_name_equal_cs=ROOT&user_name_contain_ci=ann").await, ["janneke"]);
    assert!(found("user_name_contain_ci=nobody").await.is_empty());
    for other_case in ["lab", "root", "La", "Nowhere"] {
        assert!(found(&format!("environment_name_equal_cs={other_case}")).await.is_empty());
    }
    // In Normalization Form C and D.
    admin.post("/environment", json!({"environment_name": "Caf\u{e9}"})).await.expect(201);
    world.new_user().environment("Caf\u{e9}").named("zo").invite().await;
    for form in ["Caf%C3%A9", "Cafe%CC%81"] {
        assert_eq!(found(&format!("environment_name_equal_cs={form}")).await, ["zo"]);
    }
}

#[tokio::test]
async fn pages_hold_every_user_once_across_environments() {
    let world = World::start().await;
    let admin = world.admin().await;
    for environment in ["A", "Empty", "Z"] {
        admin.post("/environment", json!({"environment_name": environment})).await.expect(201);
    }
    for (environment, name) in [("A", "a1"), ("A", "a2"), ("Z", "z1"), ("Z", "z2"), ("Z", "z3")] {
        let body = json!({"environment_name": environment, "user_name": name, "identity_provider": "saml"});
        admin.post("/user", body).await.expect(201);
    }
    let all = ["a1", "a2", "admin", "jane", "sam", "z1", "z2", "z3"];
    for (filter, expected) in
        [("", &all[..]), ("&user_name_contain_ci=A", &all[..5]), ("&environment_name_equal_cs=Z", &all[5..])]
    {
        for limit in 1..=4 {
            let (mut seen, mut cursor) = (Vec::new(), String::new());
            loop {
                let page = admin.get(&format!("/user?limit={limit}{filter}{cursor}")).await.expect(200);
                assert!(page.of_items("user_name").len() <= limit);
                seen.extend(page.of_items("user_name"));
                let Some(next) = page["next"].as_str() else { break };
                cursor = format!("&cursor={next}");
            }
            assert_eq!(seen, expected, "limit {limit}{filter}");
        }
    }
}

#[tokio::test]
async fn a_user_is_found_behind_many_empty_environments() {
    let world = World::start().await;
    let admin = world.admin().await;
    let names: Vec<_> = (0..120).map(|number| json!({"environment_name": format!("a{number:03}")})).collect();
    for some in names.chunks(24) {
        for answer in at_once(some.iter().map(|body| admin.post("/environment", body.clone()))).await {
            answer.expect(201);
        }
    }
    for name in ["kim", "pat"] {
        world.new_user().environment("a119").named(name).invite().await;
    }
    let (mut seen, mut path) = (Vec::new(), "/user?limit=1".to_owned());
    loop {
        let page = admin.get(&path).await.expect(200);
        seen.extend(page.of_items("user_name"));
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/user?limit=1&cursor={next}");
    }
    assert_eq!(seen, ["kim", "pat", "admin", "jane", "sam"]);
}

#[tokio::test]
async fn a_page_out_of_range_is_refused() {
    let world = World::start().await;
    let admin = world.admin().await;
    for list in ["/user", "/group", "/environment"] {
        for limit in ["0", "101", "-1", "x", ""] {
            admin.get(&format!("{list}?limit={limit}")).await.invalid(&["?limit"]);
        }
        for cursor in ["x", "", "YWZ0ZXI6"] {
            admin.get(&format!("{list}?cursor={cursor}")).await.invalid(&["?cursor"]);
        }
    }
    let other = admin.get("/user?limit=1&environment_name_equal_cs=ROOT").await.text("next");
    admin.post("/environment", json!({"environment_name": "Lab"})).await.expect(201);
    admin.get(&format!("/user?environment_name_equal_cs=Lab&cursor={other}")).await.invalid(&["?cursor"]);
}

#[tokio::test]
async fn a_deleted_user_is_out_with_keys_and_sessions() {
    let world = World::start().await;
    let (admin, jane) = (world.admin().await, world.jane().await);
    let key = jane.create_key("nightly", &["Tasks"]).await;
    admin.delete(&jane.path("info")).await.expect(204);
    jane.get("ME/info").await.problem("session-expired");
    key.get("ME/authorization").await.problem("unauthenticated");
    world.browser().post("/session", jane.credentials()).await.problem("sign-in-failed");
    admin.get(&jane.path("info")).await.problem("not-found");
    admin.delete(&jane.path("info")).await.problem("not-found");
    assert_eq!(admin.get("/user").await.of_items("user_name"), ["admin", "sam"]);
}

#[tokio::test]
async fn the_name_of_a_deleted_user_is_free_for_somebody_new() {
    let world = World::start().await;
    let (admin, jane) = (world.admin().await, world.jane().await);
    let key = jane.create_key("nightly", &["Tasks"]).await;
    admin.delete(&jane.path("info")).await.expect(204);
    let heir = world.new_user().named("JANE").create().await;
    assert!(heir.get("ME/api-key?state=all").await.of_items("name").is_empty());
    world.run_cleanup().await;
    heir.create_key("nightly", &["Tasks"]).await.get("ME/authorization").await.expect(200);
    key.get("ME/authorization").await.problem("unauthenticated");
    jane.get("ME/info").await.problem("session-expired");
    assert_eq!(heir.get("ME/session").await.of_items("current"), [true]);
}

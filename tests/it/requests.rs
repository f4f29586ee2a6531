//! What every request must look like: bodies, media types, headers that were sent twice, paths.

use http::Method;
use scenarios::{Body, Call, Person, Response, World};
use serde_json::{Value, json};

use crate::operations::{OPERATIONS, Operation, Takes};

/// The operations of whose members none is required.
const ALL_OPTIONAL: [&str; 3] = ["UpdateProfile", "RotateApiKey", "UpdateUser"];

/// The operations whose body is JSON, each with one of its members.
fn with_json() -> impl Iterator<Item = (Operation, &'static str)> {
    OPERATIONS.into_iter().filter_map(|operation| match operation.takes {
        Takes::Json(member) | Takes::Patch(member) => Some((operation, member)),
        Takes::Nothing | Takes::Form => None,
    })
}

#[track_caller]
fn refused(operation: &Operation, answer: &Response, slug: &str) {
    assert_eq!(answer.slug(), Some(slug), "{}: {answer:?}", operation.name);
}

#[track_caller]
fn points_at(operation: &Operation, answer: &Response, pointer: &str) {
    refused(operation, answer, "invalid-request");
    let errors = answer["errors"].as_array().expect("a list");
    assert!(errors.iter().any(|error| error["pointer"] == pointer), "{}: {answer:?}", operation.name);
}

#[tokio::test]
async fn a_body_where_none_is_listed_is_refused() {
    let world = World::start().await;
    let admin = world.admin().await;
    for operation in OPERATIONS.into_iter().filter(|operation| operation.takes == Takes::Nothing) {
        for body in [Body::json_text("{}"), Body::of(None, "a"), Body::of(Some("text/plain"), " ")] {
            refused(&operation, &operation.call(&admin).body(body).await, "invalid-request");
        }
    }
}

#[tokio::test]
async fn no_operation_reads_more_than_16_kib() {
    let world = World::start().await;
    let admin = world.admin().await;
    for operation in OPERATIONS {
        let media_type =
            if operation.takes == Takes::Form { "application/x-www-form-urlencoded" } else { "application/json" };
        let body = Body::of(Some(media_type), " ".repeat(16 * 1_024 + 1));
        refused(&operation, &operation.call(&admin).body(body).await, "payload-too-large");
    }
}

#[tokio::test]
async fn a_body_of_16_kib_is_read() {
    let world = World::start().await;
    let name = r#"{"full_name":"Jane"#;
    let padded = |length: usize| Body::json_text(&format!("{name}\"{}}}", " ".repeat(length - name.len() - 2)));
    let jane = world.jane().await;
    jane.patch("ME/info", padded(16 * 1_024)).await.expect(200);
    jane.patch("ME/info", padded(16 * 1_024 + 1)).await.problem("payload-too-large");
}

#[tokio::test]
async fn json_is_taken_as_json_only() {
    let world = World::start().await;
    let admin = world.admin().await;
    for (operation, _) in with_json() {
        let other = [None, Some(""), Some("text/plain"), Some("application/x-www-form-urlencoded"), Some("text/json")];
        let latin = Some("application/json; charset=iso-8859-1");
        let patch = Some("application/merge-patch+json").filter(|_| !matches!(operation.takes, Takes::Patch(_)));
        for media_type in other.into_iter().chain([latin]).chain(patch.map(Some)) {
            let answer = operation.call(&admin).body(Body::of(media_type, "{}")).await;
            refused(&operation, &answer, "unsupported-media-type");
        }
    }
}

#[tokio::test]
async fn a_media_type_is_read_in_any_case_and_with_its_charset() {
    let world = World::start().await;
    let jane = world.jane().await;
    let body = r#"{"full_name":"Jane"}"#;
    for media_type in [
        "application/json",
        "Application/JSON",
        "application/json; charset=utf-8",
        "application/json;charset=\"UTF-8\"",
        "application/merge-patch+json",
    ] {
        jane.patch("ME/info", Body::of(Some(media_type), body)).await.expect(200);
    }
}

#[tokio::test]
async fn a_form_is_taken_as_a_form_only() {
    let world = World::start().await;
    let admin = world.admin().await;
    admin.post("/introspect", json!({"token": "a"})).await.problem("unsupported-media-type");
    admin.post("/introspect", Body::of(None, "token=a")).await.problem("unsupported-media-type");
    let form = |text: &str| Body::of(Some("application/x-www-form-urlencoded"), text.to_owned());
    admin.post("/introspect", form("token=a")).await.expect(200);
    admin.post("/introspect", form("")).await.invalid(&["/token"]);
    admin.post("/introspect", form("token=a&token=a")).await.invalid(&["/token"]);
    admin.post("/introspect", form("token=a&surprise=1")).await.invalid(&["/surprise"]);
}

#[tokio::test]
async fn a_media_type_without_a_body_is_not_looked_at() {
    let world = World::start().await;
    let jane = world.jane().await;
    jane.create_key("a", &["Tasks"]).await;
    jane.get("ME/info").header("content-type", "text/plain").await.expect(200);
    jane.post("ME/api-key/a/rotate", ()).header("content-type", "text/plain").await.expect(200);
    jane.delete("ME/api-key/a").header("content-type", "nonsense").await.expect(204);
}

#[tokio::test]
async fn what_is_not_listed_is_refused_by_name() {
    let world = World::start().await;
    let admin = world.admin().await;
    for (operation, _) in with_json() {
        let answer = operation.call(&admin).body(json!({"sur/pri~se": 1})).await;
        points_at(&operation, &answer, "/sur~1pri~0se");
    }
}

#[tokio::test]
async fn a_member_given_twice_is_refused_also_with_the_same_value() {
    let world = World::start().await;
    let admin = world.admin().await;
    for (operation, member) in with_json() {
        let twice = Body::json_text(&format!(r#"{{"{member}":"a","{member}":"a"}}"#));
        points_at(&operation, &operation.call(&admin).body(twice).await, &format!("/{member}"));
    }
}

#[tokio::test]
async fn null_is_no_value() {
    let world = World::start().await;
    let admin = world.admin().await;
    for (operation, member) in with_json().filter(|(operation, _)| operation.name != "UpdateProfile") {
        let answer = operation.call(&admin).body(json!({member: null})).await;
        points_at(&operation, &answer, &format!("/{member}"));
    }
    for member in ["environment_name", "identity_provider", "full_name", "email", "groups"] {
        let mut kim = json!({"environment_name": "ROOT", "user_name": "kim"});
        kim[member] = Value::Null;
        admin.post("/user", kim).await.invalid(&[&format!("/{member}")]);
    }
}

#[tokio::test]
async fn null_clears_what_may_be_empty_in_a_patch() {
    let world = World::start().await;
    let kim = world.new_user().with("full_name", "Kim").with("email", "kim@example.com").create().await;
    let admin = world.admin().await;
    let both = json!({"full_name": null, "email": null});
    let answer = kim.patch("ME/info", both.clone()).await.expect(200);
    assert_eq!((&answer["full_name"], &answer["email"]), (&Value::Null, &Value::Null));
    admin.patch(&kim.path("info"), json!({"full_name": "Kim", "email": "kim@example.com"})).await.expect(200);
    let answer = admin.patch(&kim.path("info"), both).await.expect(200);
    assert_eq!((&answer["full_name"], &answer["email"]), (&Value::Null, &Value::Null));
    admin.patch(&kim.path("info"), json!({"groups": null, "disabled": null})).await.invalid(&["/groups", "/disabled"]);
}

#[tokio::test]
async fn what_is_no_json_object_is_refused() {
    let world = World::start().await;
    let admin = world.admin().await;
    let deep = format!("{}{}", "[".repeat(8_000), "]".repeat(8_000));
    let deep_member = format!(r#"{{"a":{deep}}}"#);
    let bodies: [&[u8]; 12] = [
        b"",
        b" ",
        b"null",
        b"[]",
        b"\"a\"",
        b"{",
        b"{} {}",
        b"{\"a\":1,}",
        b"\xef\xbb\xbf{}",
        b"{\"a\":\"\xff\"}",
        deep.as_bytes(),
        deep_member.as_bytes(),
    ];
    for (operation, _) in with_json() {
        for body in bodies {
            if body.is_empty() && ALL_OPTIONAL.contains(&operation.name) {
                continue;
            }
            let answer = operation.call(&admin).body(Body::of(Some("application/json"), body.to_vec())).await;
            refused(&operation, &answer, "invalid-request");
        }
    }
}

#[tokio::test]
async fn an_empty_body_is_fine_where_every_member_may_be_left_out() {
    let world = World::start().await;
    let jane = world.jane().await;
    jane.create_key("a", &["Tasks"]).await;
    jane.post("ME/api-key/a/rotate", ()).await.expect(200);
    jane.post("ME/api-key/a/rotate", json!({})).await.expect(200);
    jane.patch("ME/info", ()).await.expect(200);
    jane.patch("ME/info", json!({})).await.expect(200);
    world.admin().await.patch(&jane.path("info"), ()).await.expect(200);
}

#[tokio::test]
async fn a_refusal_never_repeats_a_secret() {
    let world = World::start().await;
    let secret = "correct horse battery staple";
    for body in [
        format!(r#"{{"user_name":"jane","password":"{secret}""#),
        format!(r#"{{"user_name":"jane","password":["{secret}"]}}"#),
        format!(r#"{{"user_name":"{secret}","password":"{secret}","password":"{secret}"}}"#),
    ] {
        let answer = world.anyone().post("/session", Body::json_text(&body)).await.problem("invalid-request");
        assert!(!answer.json().to_string().contains(secret), "{answer:?}");
    }
}

/// A call that reads the header `name`, valid but for it.
fn reading(jane: &Person, name: &str) -> Call {
    match name {
        "if-match" => jane.patch("ME/info", json!({"full_name": "Jane"})),
        "idempotency-key" => jane.post("ME/api-key", json!({"name": "a", "scopes": ["Tasks"]})),
        _ => jane.patch("ME/info", Body::of(None, r#"{"full_name":"Jane"}"#)),
    }
}

#[tokio::test]
async fn a_header_sent_twice_with_different_values_is_refused() {
    let world = World::start().await;
    let jane = world.jane().await;
    let (own, tag) = (world.origin(), jane.get("ME/info").await.etag());
    for (name, one, other) in [
        ("if-match", tag.as_str(), "\"a\""),
        ("idempotency-key", "a", "b"),
        ("content-type", "application/json", "text/plain"),
    ] {
        reading(&jane, name).header(name, one).header(name, other).await.problem("invalid-request");
        reading(&jane, name).header(name, format!("{one}, {other}")).await.problem("invalid-request");
    }
    let change = || jane.delete("ME/email/pending");
    change().header("origin", &own).header("origin", "https://evil.example").await.problem("invalid-request");
}

#[tokio::test]
async fn a_header_sent_twice_with_one_value_is_that_value() {
    let world = World::start().await;
    let jane = world.jane().await;
    let (own, tag) = (world.origin(), jane.get("ME/info").await.etag());
    for (name, value, status) in
        [("if-match", tag.as_str(), 200), ("idempotency-key", "a", 201), ("content-type", "application/json", 200)]
    {
        reading(&jane, name).header(name, value).header(name, value).await.expect(status);
    }
    jane.delete("ME/email/pending").header("origin", &own).header("origin", &own).await.expect(204);
}

#[tokio::test]
async fn unknown_paths_are_not_found() {
    let world = World::start().await;
    let jane = world.jane().await;
    jane.create_key("a", &["Tasks"]).await;
    for target in [
        "/pro",
        "/pro/user-manager",
        "/pro/user-manager/v1",
        "/pro/user-manager/v1/",
        "/pro/user-manager/v1/sessions",
        "/pro/user-manager/v1/session/",
        "/pro/user-manager/v2/session",
        "/PRO/user-manager/v1/session",
        "//pro/user-manager/v1/session",
        "/pro/user-manager//v1/session",
        "/pro/user-manager/v1/user/@current",
        "/pro/user-manager/v1/user/@current/",
        "/pro/user-manager/v1/user//info",
        "/pro/user-manager/v1/user/@current/api-key/a/",
        "/pro/user-manager/v1/user/@current/api-key//",
        "/pro/user-manager/v1/user/@current/api-key/a%2Frotate",
        "/pro/user-manager/v1/user/@current/api-key/%2e%2e",
        "/pro/user-manager/v1/user/@current/api-key/.",
        "/pro/user-manager/v1/user/@current/api-key/%61%00",
        "/pro/user-manager/v1/user/@current/api-key/%2561",
        "/pro/user-manager/v1/user/@current/api-key/a%3Fb",
        "/pro/user-manager/v1/user/@current/api-key/a%23b",
        "/pro/user-manager/v1/user/@current/api-key/a%5Cb",
        "/pro/user-manager/v1/user/@current/api-key/100%",
        "/pro/user-manager/v1/user/@current/api-key/%C3",
        "/pro/user-manager/v1/user/other/demo/info",
    ] {
        jane.raw(Method::GET, target).await.problem("not-found");
    }
    jane.raw(Method::GET, "/pro/user-manager/v1/user/%40current/api-key/%61").await.expect(200);
}

#[tokio::test]
async fn what_the_gateway_refuses_has_the_gateways_form() {
    let world = World::start().await;
    let long = world.anyone().get("/session").header("x-long", "a".repeat(10_241));
    long.answered_by_gateway().await.expect(431);
}

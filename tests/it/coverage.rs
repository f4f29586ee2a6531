//! No operation is without its guards: each is driven for real, with every credential that must not open it.

use std::collections::BTreeSet;

use scenarios::{Response, World};
use serde_json::json;

use crate::operations::{Door, OPERATIONS, Operation, ROUTES, SCOPES, filled};

#[test]
fn every_operation_of_the_template_is_in_the_table() {
    let declared: BTreeSet<_> = ROUTES.iter().map(|route| route.operation).collect();
    let listed: BTreeSet<_> = OPERATIONS.iter().map(|operation| operation.name).collect();
    let missing: Vec<_> = declared.difference(&listed).collect();
    let unknown: Vec<_> = listed.difference(&declared).collect();
    assert!(missing.is_empty(), "add to OPERATIONS in operations.rs, with who may call: {missing:?}");
    assert!(unknown.is_empty(), "OPERATIONS has what infra/template.yaml does not declare: {unknown:?}");
}

/// The operations for which `applies` holds; a test of none is no test.
fn those(applies: impl Fn(&Operation) -> bool) -> Vec<Operation> {
    let found: Vec<_> = OPERATIONS.into_iter().filter(applies).collect();
    assert!(!found.is_empty(), "no operation is of this kind");
    found
}

#[track_caller]
fn refused(operation: &Operation, answer: &Response, slug: &str) {
    assert_eq!(answer.slug(), Some(slug), "{}: {answer:?}", operation.name);
}

fn all_but(scope: &str) -> Vec<&'static str> {
    SCOPES.into_iter().filter(|name| *name != scope).collect()
}

#[tokio::test]
async fn without_a_credential_only_open_operations_answer() {
    let world = World::start().await;
    for operation in OPERATIONS {
        let answer = operation.call(&world.anyone()).await;
        if operation.door == Door::Open {
            assert!(!matches!(answer.status(), 401 | 403), "{}: {answer:?}", operation.name);
        } else {
            refused(&operation, &answer, "unauthenticated");
        }
    }
}

#[tokio::test]
async fn an_open_operation_does_not_look_at_a_credential() {
    let world = World::start().await;
    for operation in those(|operation| operation.door == Door::Open) {
        let plain = operation.call(&world.anyone()).await;
        let two = operation.call(&world.anyone()).header("apikey", "a").header("authorization", "Bearer b").await;
        assert_eq!((two.status(), two.slug()), (plain.status(), plain.slug()), "{}: {two:?}", operation.name);
    }
}

#[tokio::test]
async fn what_differs_is_ambiguous_whoever_it_belongs_to() {
    let world = World::start().await;
    for operation in those(|operation| operation.door != Door::Open) {
        let answer = operation.call(&world.anyone()).header("apikey", "a").header("apikey", "b").await;
        refused(&operation, &answer, "ambiguous-credentials");
    }
}

#[tokio::test]
async fn ended_credentials_open_nothing() {
    let world = World::start().await;
    let admin = world.admin().await;
    let (key, deleted) = (admin.create_key("all", &SCOPES).await, admin.create_key("deleted", &SCOPES).await);
    admin.delete("ME/api-key/deleted").await.expect(204);
    let session = admin.cookie("__Host-session").expect("a session");
    admin.delete("/session").await.expect(204);
    admin.set_cookie("__Host-session", Some(&session));
    world.advance(90 * 24 * 60 * 60).await;
    for operation in those(|operation| operation.door != Door::Open) {
        refused(&operation, &operation.call(&admin).await, "session-expired");
        refused(&operation, &operation.call(&key).await, "key-expired");
        refused(&operation, &operation.call(&deleted).await, "unauthenticated");
    }
}

#[tokio::test]
async fn a_key_never_stands_in_for_a_person() {
    let world = World::start().await;
    let key = world.admin().await.create_key("all", &SCOPES).await;
    for operation in those(Operation::is_for_sessions_only) {
        refused(&operation, &operation.call(&key).await, "session-required");
    }
}

#[tokio::test]
async fn a_key_without_the_scope_is_refused_and_told_which() {
    let world = World::start().await;
    let admin = world.admin().await;
    for operation in those(|operation| operation.scope().is_some()) {
        let scope = operation.scope().expect("one");
        let key = admin.create_key(operation.name, &all_but(scope)).await;
        let answer = operation.call(&key).await;
        refused(&operation, &answer, "insufficient-scope");
        assert_eq!(answer["required_scopes"], json!([scope]), "{}", operation.name);
    }
}

#[tokio::test]
async fn only_administrators_administer() {
    let world = World::start().await;
    let jane = world.jane().await;
    let key = jane.create_key("all", &SCOPES).await;
    for operation in those(Operation::is_for_administrators) {
        refused(&operation, &operation.call(&jane).await, "role-required");
        let of_key = operation.call(&key).await;
        refused(
            &operation,
            &of_key,
            if operation.is_for_sessions_only() { "session-required" } else { "role-required" },
        );
    }
}

#[tokio::test]
async fn an_old_proof_is_not_enough_where_a_fresh_one_is_asked_for() {
    let world = World::start().await;
    let admin = world.admin().await;
    world.advance(600).await;
    for operation in those(|operation| operation.is_fresh) {
        refused(&operation, &operation.call(&admin).await, "step-up-required");
    }
}

#[tokio::test]
async fn who_must_set_up_mfa_reaches_nothing_else() {
    let world = World::start().await;
    let kim = world.new_user().groups(["Admin"]).create().await;
    world.set_mfa_policy("enforced").await;
    for operation in those(|operation| operation.door != Door::Open) {
        let answer = operation.call(&kim).await;
        if operation.door == Door::EnrollingSession {
            assert_ne!(answer.slug(), Some("mfa-enrolment-required"), "{}", operation.name);
        } else {
            refused(&operation, &answer, "mfa-enrolment-required");
        }
    }
}

#[tokio::test]
async fn no_change_is_made_for_a_page_of_another_site() {
    let world = World::start().await;
    let admin = world.admin().await;
    for operation in those(|operation| !operation.is_safe()) {
        let caller = if operation.door == Door::Open { &world.anyone() } else { &*admin };
        for (name, value) in [("origin", "https://evil.example"), ("origin", "null"), ("sec-fetch-site", "cross-site")]
        {
            refused(&operation, &operation.call(caller).header(name, value).await, "cross-site-request");
        }
    }
    admin.get("/session").await.expect(200);
}

#[tokio::test]
async fn reading_is_allowed_to_a_page_of_another_site_as_the_browser_allows_it() {
    let world = World::start().await;
    let admin = world.admin().await;
    for operation in those(Operation::is_safe) {
        let answer = operation.call(&admin).header("origin", "https://evil.example").await;
        assert_ne!(answer.status(), 403, "{}: {answer:?}", operation.name);
    }
}

/// What opens each operation does: without this, a call that nobody may make would pass all tests above.
#[tokio::test]
async fn the_right_credential_opens_every_operation() {
    let world = World::start().await;
    for operation in OPERATIONS {
        let admin = world.admin().await;
        let answer = operation.call(&admin).await;
        assert!(!matches!(answer.status(), 401 | 403), "{} by a person: {answer:?}", operation.name);
        world.advance(1).await;
    }
    let admin = world.admin().await;
    for operation in those(|operation| operation.scope().is_some()) {
        let scope = operation.scope().expect("one");
        let key = admin.create_key(operation.name, &[scope]).await;
        let answer = operation.call(&key).await;
        assert!(!matches!(answer.status(), 401 | 403), "{} by a key: {answer:?}", operation.name);
    }
}

#[tokio::test]
async fn only_the_caller_is_called_current() {
    let world = World::start().await;
    let admin = world.admin().await;
    let own = |operation: &Operation| operation.route().path.starts_with("/pro/user-manager/v1/user/{user}/");
    for operation in those(own) {
        for user in ["jane", "admin", "@CURRENT", "@self", "current"] {
            let target = filled(operation.route().path).replace("@current", user);
            let answer = admin.raw(operation.method(), &target).await;
            refused(&operation, &answer, "not-found");
        }
    }
}

#[tokio::test]
async fn a_known_path_names_the_methods_it_has() {
    let world = World::start().await;
    let admin = world.admin().await;
    let paths: BTreeSet<_> = ROUTES.iter().map(|route| route.path).collect();
    for path in paths {
        let here = ROUTES.iter().filter(|route| route.path == path);
        let methods: BTreeSet<_> = here.map(|route| route.method).collect();
        for other in ["GET", "POST", "PUT", "PATCH", "DELETE", "PROPFIND"] {
            if methods.contains(other) {
                continue;
            }
            let answer = admin.raw(other.parse().expect("a method"), &filled(path)).await.problem("method-not-allowed");
            let allow = answer.header("allow").unwrap_or_default();
            assert_eq!(allow.split(", ").collect::<BTreeSet<_>>(), methods, "{other} {path}");
        }
    }
}

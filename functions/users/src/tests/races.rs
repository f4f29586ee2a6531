//! Many at once: exactly one winner, and counts that stay right.

use http::{Method, StatusCode};
use serde_json::json;

use super::harness::{Service, user_path};

#[tokio::test]
async fn two_administrators_cannot_both_go() {
    for body in [None, Some(json!({"groups": []})), Some(json!({"disabled": true}))] {
        let service = Service::start().await;
        service.create("ROOT", "second", &["Admin"]).await;
        let method = if body.is_some() { Method::PATCH } else { Method::DELETE };
        let (admin, second) = (user_path("ROOT", "admin", "info"), user_path("ROOT", "second", "info"));
        let (first, other) = tokio::join!(
            service.send(method.clone(), &admin, body.clone()),
            service.send(method.clone(), &second, body.clone())
        );
        let done = [&first, &other].iter().filter(|(status, _)| status.is_success()).count();
        assert_eq!(done, 1, "{first:?} {other:?}");
        assert_eq!(service.enabled_admins().await, 1);
    }
}

#[tokio::test]
async fn one_of_many_gets_a_name() {
    let service = Service::start().await;
    let body = json!({"environment_name": "ROOT", "user_name": "jane"});
    let tries: Vec<_> = (0..8).map(|_| service.spawn(Method::POST, "/user".into(), Some(body.clone()))).collect();
    let mut statuses = Vec::new();
    for running in tries {
        statuses.push(running.await.expect("an answer").0);
    }
    assert_eq!(statuses.iter().filter(|status| **status == StatusCode::CREATED).count(), 1);
    assert_eq!(statuses.iter().filter(|status| **status == StatusCode::CONFLICT).count(), 7);
    assert_eq!(service.context.store.environment("root").await.expect("an answer").expect("ROOT").users, 2);
}

#[tokio::test]
async fn an_environment_is_not_deleted_under_a_new_user() {
    for round in 0..6 {
        let service = Service::start().await;
        service.make_environment("E").await;
        let body = json!({"environment_name": "E", "user_name": "jane"});
        let (created, deleted) = tokio::join!(
            service.send(Method::POST, "/user", Some(body)),
            service.send(Method::DELETE, "/environment/demo/E/info", None)
        );
        match (created.0, deleted.0) {
            (StatusCode::CREATED, StatusCode::CONFLICT) | (StatusCode::BAD_REQUEST, StatusCode::NO_CONTENT) => {}
            other => panic!("round {round}: {other:?}"),
        }
    }
}

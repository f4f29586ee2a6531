//! The function over an embedded store: what only the table's conditions can promise.

mod harness;
mod races;
mod secret_versions;

use http::{Method, StatusCode};
use serde_json::json;

use self::harness::{Service, user_path};

#[tokio::test]
async fn a_new_user_is_invited_shown_and_found_in_any_case() {
    let service = Service::start().await;
    let body = json!({"environment_name": "root", "user_name": "Jane", "email": "jane@example.com",
                      "groups": ["app publisher", "App Publisher"]});
    let (status, created) = service.send(Method::POST, "/user", Some(body.clone())).await;
    assert_eq!(status, StatusCode::CREATED);
    let token = created["invitation"]["token"].as_str().expect("a token");
    assert_eq!(created["invitation"]["url"], format!("https://portal.test/settings#invitation={token}"));
    let (status, shown) = service.send(Method::GET, &user_path("root", "jANE", "info"), None).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(
        shown,
        json!({"account_name": "demo", "environment_name": "ROOT", "user_name": "Jane", "full_name": null,
               "email": "jane@example.com", "email_verified": false, "pending_email": null,
               "identity_provider": "local", "roles": ["App Publisher"], "groups": ["App Publisher"],
               "disabled": false, "mfa_enabled": false})
    );
    let (status, refused) = service.send(Method::POST, "/user", Some(body)).await;
    assert_eq!((status, &refused["type"]), (StatusCode::CONFLICT, &json!("/problems/name-taken")));
}

#[tokio::test]
async fn what_is_not_there_is_told_with_its_place() {
    let service = Service::start().await;
    let body = json!({"environment_name": "ROOT", "user_name": "jane", "groups": ["Admin", "x", "y"]});
    let (status, refused) = service.send(Method::POST, "/user", Some(body)).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert_eq!(
        (&refused["errors"][0]["pointer"], &refused["errors"][1]["pointer"]),
        (&json!("/groups/1"), &json!("/groups/2"))
    );
    let body = json!({"environment_name": "elsewhere", "user_name": "jane"});
    let (_, refused) = service.send(Method::POST, "/user", Some(body)).await;
    assert_eq!(refused["errors"][0]["pointer"], "/environment_name");
    let (status, _) = service.send(Method::GET, "/user/other/ROOT/admin/info", None).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_stale_tag_is_refused_and_a_change_moves_it() {
    let service = Service::start().await;
    service.create("ROOT", "jane", &[]).await;
    let path = user_path("ROOT", "jane", "info");
    let tag = service.etag(&path).await;
    let change = json!({"full_name": "Jane Doe", "email": "jane@example.com", "groups": ["App Publisher"]});
    let (status, _) = service.patch_if(&path, &tag, change.clone()).await;
    assert_eq!(status, StatusCode::OK);
    let (status, _) = service.patch_if(&path, &tag, change.clone()).await;
    assert_eq!(status, StatusCode::PRECONDITION_FAILED);
    let again = service.etag(&path).await;
    let (status, _) = service.patch_if(&path, &again, change).await;
    assert_eq!((status, service.etag(&path).await), (StatusCode::OK, again));
}

#[tokio::test]
async fn pages_hold_every_user_once_in_order() {
    let service = Service::start().await;
    for environment in ["alpha", "Beta", "empty", "zeta"] {
        service.make_environment(environment).await;
    }
    let mut all = vec!["ROOT/admin".to_owned()];
    for (environment, names) in
        [("alpha", ["ann", "Bob", "eve"]), ("Beta", ["x1", "x2", "x3"]), ("zeta", ["a", "b", "c"])]
    {
        for name in names {
            service.create(environment, name, &[]).await;
            all.push(format!("{environment}/{name}"));
        }
    }
    all.sort_by_key(|name| name.to_lowercase());
    for limit in [1, 2, 3, 100] {
        assert_eq!(service.pages(&format!("/user?limit={limit}")).await, all, "limit {limit}");
    }
    let filtered = service.pages("/user?limit=1&user_name_contain_ci=B").await;
    assert_eq!(filtered, ["alpha/Bob", "zeta/b"]);
    let filtered = service.pages("/user?limit=2&environment_name_equal_cs=Beta").await;
    assert_eq!(filtered, ["Beta/x1", "Beta/x2", "Beta/x3"]);
    assert!(service.pages("/user?environment_name_equal_cs=beta").await.is_empty());
    let (status, _) = service.send(Method::DELETE, &user_path("alpha", "bob", "info"), None).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    assert_eq!(service.pages("/user?environment_name_equal_cs=alpha&limit=1").await, ["alpha/ann", "alpha/eve"]);
}

#[tokio::test]
async fn what_is_in_use_is_not_deleted() {
    let service = Service::start().await;
    service.make_environment("E").await;
    let (status, _) =
        service.send(Method::POST, "/group", Some(json!({"environment_name": "e", "group_name": "G"}))).await;
    assert_eq!(status, StatusCode::CREATED);
    service.create("E", "jane", &["g"]).await;
    let environment = "/environment/demo/E/info";
    let group = "/group/demo/E/G/info";
    for path in [environment, group, "/environment/demo/ROOT/info", "/group/demo/ROOT/Admin/info"] {
        let (status, refused) = service.send(Method::DELETE, path, None).await;
        assert_eq!((status, &refused["type"]), (StatusCode::CONFLICT, &json!("/problems/not-empty")), "{path}");
    }
    for path in [user_path("E", "jane", "info").as_str(), group, environment] {
        let (status, _) = service.send(Method::DELETE, path, None).await;
        assert_eq!(status, StatusCode::NO_CONTENT, "{path}");
        let (status, _) = service.send(Method::DELETE, path, None).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn the_last_enabled_administrator_stays() {
    let service = Service::start().await;
    let admin = user_path("ROOT", "admin", "info");
    service.create("ROOT", "second", &["Admin"]).await;
    let second = user_path("ROOT", "second", "info");
    let (status, _) = service.send(Method::PATCH, &second, Some(json!({"disabled": true}))).await;
    assert_eq!(status, StatusCode::OK);
    for body in [json!({"disabled": true}), json!({"groups": []})] {
        let (status, refused) = service.send(Method::PATCH, &admin, Some(body)).await;
        assert_eq!((status, &refused["type"]), (StatusCode::CONFLICT, &json!("/problems/not-empty")));
    }
    let (status, _) = service.send(Method::DELETE, &admin, None).await;
    assert_eq!(status, StatusCode::CONFLICT);
    let (status, _) = service.send(Method::DELETE, &second, None).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn mfa_is_reset_also_where_it_is_off() {
    let service = Service::start().await;
    service.create("ROOT", "jane", &[]).await;
    let (status, _) = service.send(Method::POST, &user_path("ROOT", "jane", "mfa/reset"), None).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    let (status, issued) = service.send(Method::POST, &user_path("ROOT", "jane", "invitation"), None).await;
    assert_eq!(status, StatusCode::CREATED);
    assert!(issued["token"].is_string());
    let saml = json!({"environment_name": "ROOT", "user_name": "sam", "identity_provider": "saml"});
    let (_, created) = service.send(Method::POST, "/user", Some(saml)).await;
    assert!(created.get("invitation").is_none());
    for action in ["mfa/reset", "invitation"] {
        let (_, refused) = service.send(Method::POST, &user_path("ROOT", "sam", action), None).await;
        assert_eq!(refused["type"], "/problems/not-available-for-sso");
    }
}

#[tokio::test]
async fn a_key_never_becomes_a_person() {
    let service = Service::start().await;
    let key = service.key().await;
    let jane = json!({"environment_name": "ROOT", "user_name": "jane", "email": "jane@example.com"});
    let (status, created) = service.send_with(&key, Method::POST, "/user", Some(jane)).await;
    assert_eq!((status, &created["invitation"]), (StatusCode::CREATED, &json!(null)));
    let refused = [
        (
            Method::POST,
            "/user".to_owned(),
            Some(json!({"environment_name": "root", "user_name": "x", "groups": ["admin"]})),
        ),
        (Method::PATCH, user_path("ROOT", "jane", "info"), Some(json!({"groups": ["ADMIN"]}))),
        (Method::PATCH, user_path("ROOT", "admin", "info"), Some(json!({"full_name": "X"}))),
        (Method::DELETE, user_path("ROOT", "admin", "info"), None),
        (Method::POST, user_path("ROOT", "jane", "invitation"), None),
        (Method::POST, user_path("ROOT", "jane", "mfa/reset"), None),
        (Method::PATCH, "/account/settings".to_owned(), Some(json!({"mfa_policy": "off"}))),
    ];
    for (method, path, body) in refused {
        let (_, answer) = service.send_with(&key, method, &path, body).await;
        assert_eq!(answer["type"], "/problems/session-required", "{path}");
    }
    let (_, answer) = service.send_with(&key, Method::GET, "/account/settings", None).await;
    assert_eq!(answer["required_scopes"], json!(["Account"]));
    let (status, _) = service.send_with(&key, Method::DELETE, &user_path("ROOT", "jane", "info"), None).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn settings_are_kept() {
    let service = Service::start().await;
    let (_, shown) = service.send(Method::GET, "/account/settings", None).await;
    assert_eq!(shown, json!({"account_name": "demo", "mfa_policy": "optional"}));
    let (status, _) = service.send(Method::PATCH, "/account/settings", Some(json!({"mfa_policy": "off"}))).await;
    assert_eq!(status, StatusCode::OK);
    let (_, shown) = service.send(Method::GET, "/account/settings", None).await;
    assert_eq!(shown["mfa_policy"], "off");
}

#[tokio::test]
async fn a_disabled_or_deleted_user_is_out_at_once() {
    let service = Service::start().await;
    service.create("ROOT", "second", &["Admin"]).await;
    let second = user_path("ROOT", "second", "info");
    let session = service.session_of("second").await;
    let (status, _) = service.send_with(&session, Method::GET, &second, None).await;
    assert_eq!(status, StatusCode::OK);
    // Enabled again, the user signs in anew.
    for disabled in [true, false] {
        let (status, _) = service.send(Method::PATCH, &second, Some(json!({"disabled": disabled}))).await;
        assert_eq!(status, StatusCode::OK);
        let (_, refused) = service.send_with(&session, Method::GET, &second, None).await;
        assert_eq!(refused["type"], "/problems/session-expired");
    }
    let session = service.session_of("second").await;
    let (status, _) = service.send(Method::DELETE, &second, None).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    let (_, refused) = service.send_with(&session, Method::GET, &second, None).await;
    assert_eq!(refused["type"], "/problems/session-expired");
    service.create("ROOT", "second", &["Admin"]).await;
}

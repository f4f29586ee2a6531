//! The central answers whole, as clients see them.

use scenarios::{PASSWORD, World, snapshot};
use serde_json::json;

#[tokio::test]
async fn signing_in_answers_who_it_is() {
    let world = World::start().await;
    let (browser, credentials) = (world.browser(), json!({"user_name": "jane", "password": PASSWORD}));
    insta::assert_json_snapshot!(snapshot(&browser.post("/session", credentials.clone()).await), @r#"
    {
      "body": {
        "expires_at": "[instant]",
        "status": "signed_in",
        "user": {
          "environment_name": "ROOT",
          "full_name": null,
          "user_name": "jane"
        }
      },
      "status": 201
    }
    "#);
    insta::assert_json_snapshot!(snapshot(&browser.get("/session").await), @r#"
    {
      "body": {
        "created_at": "[instant]",
        "expires_at": "[instant]",
        "factors": [
          "password"
        ],
        "fresh_until": "[instant]",
        "status": "signed_in",
        "user": {
          "environment_name": "ROOT",
          "full_name": null,
          "user_name": "jane"
        }
      },
      "status": 200
    }
    "#);
    insta::assert_json_snapshot!(snapshot(&browser.get("ME/session").await), @r#"
    {
      "body": {
        "items": [
          {
            "created_at": "[instant]",
            "current": true,
            "expires_at": "[instant]",
            "id": "[id]",
            "last_seen_at": "[instant]",
            "source_ip": "127.0.0.1",
            "user_agent": ""
          }
        ],
        "next": null
      },
      "status": 200
    }
    "#);
    insta::assert_json_snapshot!(snapshot(&browser.get("ME/info").await), @r#"
    {
      "body": {
        "account_name": "demo",
        "email": null,
        "email_verified": false,
        "environment_name": "ROOT",
        "full_name": null,
        "groups": [],
        "identity_provider": "local",
        "pending_email": null,
        "roles": [],
        "user_name": "jane"
      },
      "status": 200
    }
    "#);

    let wrong = json!({"user_name": "jane", "password": "wrong"});
    insta::assert_json_snapshot!(snapshot(&browser.post("/session", wrong).await), @r#"
    {
      "body": {
        "detail": "The user name, password or code is not right. Check them and try again.",
        "instance": "[request]",
        "status": 401,
        "title": "Sign-in failed",
        "type": "/problems/sign-in-failed"
      },
      "status": 401
    }
    "#);
}

#[tokio::test]
async fn a_second_factor_is_asked_for_by_a_challenge() {
    let world = World::start().await;
    let jane = world.jane().await;
    insta::assert_json_snapshot!(snapshot(&jane.get("ME/mfa").await), @r#"
    {
      "body": {
        "available": true,
        "enabled": false,
        "methods": [],
        "policy": "optional",
        "recovery_codes_remaining": 0
      },
      "status": 200
    }
    "#);
    insta::assert_json_snapshot!(snapshot(&jane.post("ME/mfa/totp", ()).await), @r#"
    {
      "body": {
        "expires_at": "[instant]",
        "otpauth_uri": "[otpauth]",
        "qr_svg": "[svg]",
        "secret": "[secret]"
      },
      "status": 201
    }
    "#);

    let authenticator = jane.enable_mfa().await;
    insta::assert_json_snapshot!(snapshot(&jane.get("ME/mfa").await), @r#"
    {
      "body": {
        "available": true,
        "enabled": true,
        "methods": [
          "totp",
          "recovery_code"
        ],
        "policy": "optional",
        "recovery_codes_remaining": 10
      },
      "status": 200
    }
    "#);
    let browser = world.browser();
    let challenge = browser.post("/session", jane.credentials()).await;
    insta::assert_json_snapshot!(snapshot(&challenge), @r#"
    {
      "body": {
        "challenge": "[token]",
        "expires_at": "[instant]",
        "methods": [
          "totp",
          "recovery_code"
        ],
        "status": "mfa_required"
      },
      "status": 200
    }
    "#);
    let answer = json!({"challenge": challenge["challenge"], "code": authenticator.code(&world).await});
    insta::assert_json_snapshot!(snapshot(&browser.post("/session/mfa", answer).await), @r#"
    {
      "body": {
        "expires_at": "[instant]",
        "status": "signed_in",
        "user": {
          "environment_name": "ROOT",
          "full_name": null,
          "user_name": "jane"
        }
      },
      "status": 201
    }
    "#);
    insta::assert_json_snapshot!(snapshot(&jane.post("ME/mfa/recovery-codes", ()).await), @r#"
    {
      "body": {
        "recovery_codes": "[ten codes]"
      },
      "status": 200
    }
    "#);
}

#[tokio::test]
async fn a_key_shows_its_value_once() {
    let world = World::start().await;
    let jane = world.jane().await;
    let key = json!({"name": "Nightly report", "scopes": ["task", "Authentication"]});
    insta::assert_json_snapshot!(snapshot(&jane.post("ME/api-key", key).await), @r#"
    {
      "body": {
        "created_at": "[instant]",
        "expiration_date": "[instant]",
        "hint": "[hint]",
        "last_used_at": null,
        "name": "Nightly report",
        "rotated_at": null,
        "scopes": [
          "Authentication",
          "Tasks"
        ],
        "status": "active",
        "value": "[key value]"
      },
      "status": 201
    }
    "#);
    insta::assert_json_snapshot!(snapshot(&jane.get("ME/api-key/nightly%20report").await), @r#"
    {
      "body": {
        "created_at": "[instant]",
        "expiration_date": "[instant]",
        "hint": "[hint]",
        "last_used_at": null,
        "name": "Nightly report",
        "rotated_at": null,
        "scopes": [
          "Authentication",
          "Tasks"
        ],
        "status": "active"
      },
      "status": 200
    }
    "#);
    insta::assert_json_snapshot!(snapshot(&jane.get("ME/api-key").await), @r#"
    {
      "body": {
        "items": [
          {
            "created_at": "[instant]",
            "expiration_date": "[instant]",
            "hint": "[hint]",
            "last_used_at": null,
            "name": "Nightly report",
            "rotated_at": null,
            "scopes": [
              "Authentication",
              "Tasks"
            ],
            "status": "active"
          }
        ],
        "next": null
      },
      "status": 200
    }
    "#);
    let rotation = json!({"overlap_seconds": 60});
    insta::assert_json_snapshot!(snapshot(&jane.post("ME/api-key/nightly%20report/rotate", rotation).await), @r#"
    {
      "body": {
        "created_at": "[instant]",
        "expiration_date": "[instant]",
        "hint": "[hint]",
        "last_used_at": null,
        "name": "Nightly report",
        "rotated_at": "[instant]",
        "scopes": [
          "Authentication",
          "Tasks"
        ],
        "status": "active",
        "value": "[key value]"
      },
      "status": 200
    }
    "#);
}

#[tokio::test]
async fn a_refusal_names_every_fault() {
    let world = World::start().await;
    let faulty = json!({"name": "@a", "scopes": ["Tasks", "Everything"], "expires": 1});
    insta::assert_json_snapshot!(snapshot(&world.jane().await.post("ME/api-key", faulty).await), @r#"
    {
      "body": {
        "detail": "/name must not begin with @",
        "errors": [
          {
            "detail": "must not begin with @",
            "pointer": "/name"
          },
          {
            "detail": "is no scope; see authorization-scopes",
            "pointer": "/scopes/1"
          },
          {
            "detail": "is not a member of this request",
            "pointer": "/expires"
          }
        ],
        "instance": "[request]",
        "status": 400,
        "title": "The request is not valid",
        "type": "/problems/invalid-request"
      },
      "status": 400
    }
    "#);
}

#[tokio::test]
async fn an_administrator_sees_users_and_hands_out_invitations() {
    let world = World::start().await;
    let admin = world.admin().await;
    let kim = json!({"environment_name": "ROOT", "user_name": "kim", "email": "kim@example.com"});
    insta::assert_json_snapshot!(snapshot(&admin.post("/user", kim).await), @r#"
    {
      "body": {
        "account_name": "demo",
        "disabled": false,
        "email": "kim@example.com",
        "email_verified": false,
        "environment_name": "ROOT",
        "full_name": null,
        "groups": [],
        "identity_provider": "local",
        "invitation": {
          "expires_at": "[instant]",
          "token": "[token]",
          "url": "[url]"
        },
        "mfa_enabled": false,
        "pending_email": null,
        "roles": [],
        "user_name": "kim"
      },
      "status": 201
    }
    "#);
    insta::assert_json_snapshot!(snapshot(&admin.get("/user?user_name_contain_ci=KI").await), @r#"
    {
      "body": {
        "items": [
          {
            "account_name": "demo",
            "disabled": false,
            "email": "kim@example.com",
            "email_verified": false,
            "environment_name": "ROOT",
            "full_name": null,
            "groups": [],
            "identity_provider": "local",
            "mfa_enabled": false,
            "pending_email": null,
            "roles": [],
            "user_name": "kim"
          }
        ],
        "next": null
      },
      "status": 200
    }
    "#);
    insta::assert_json_snapshot!(snapshot(&admin.get("/account/settings").await), @r#"
    {
      "body": {
        "account_name": "demo",
        "mfa_policy": "optional"
      },
      "status": 200
    }
    "#);
}

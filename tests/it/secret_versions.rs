//! What an operator is told before a version of the secret is removed.

use local::secret::SecretChange;
use scenarios::World;
use serde_json::{Value, json};

async fn report(world: &World, order: Value) -> Value {
    let answer = world.invoke_users(json!({"secret_versions": order})).await;
    assert!(answer["passwords"].is_object(), "{answer}");
    answer
}

#[tokio::test]
async fn it_counts_what_each_version_protects_and_names_who_is_behind() {
    let world = World::start().await;
    let kim = world.new_user().named("Kim").environment("Lab").create().await;
    let jane = world.jane().await;
    let mfa = jane.enable_mfa().await;
    world.new_user().named("invited").invite().await;
    let all_old = report(&world, json!({})).await;
    // Who signs in elsewhere, and who has set no password yet, depends on nothing.
    let expected = json!({"passwords": {"1": 3}, "totp_secrets": {"1": 1}, "users": [], "next": null});
    assert_eq!(all_old, expected);

    world.rotate_secret_from(1).await;
    let challenge = world.browser().post("/session", jane.credentials()).await.expect(200);
    let behind = |name: &str, environment: &str, password: Value, totp: Value| json!({"environment_name": environment, "user_name": name, "password": password, "totp_secret": totp});
    let expected = json!({
        "passwords": {"1": 2, "2": 1}, "totp_secrets": {"1": 1}, "next": null,
        "users": [
            behind("Kim", "Lab", json!(1), Value::Null),
            behind("admin", "ROOT", json!(1), Value::Null),
            behind("jane", "ROOT", Value::Null, json!(1)),
        ],
    });
    assert_eq!(report(&world, json!({"before": 2})).await, expected);

    let code = mfa.code(&world).await;
    let answer = json!({"challenge": challenge["challenge"], "code": code});
    world.browser().post("/session/mfa", answer).await.expect(201);
    world.browser().post("/session", kim.credentials()).await.expect(201);
    world.admin().await;
    let expected = json!({"passwords": {"2": 3}, "totp_secrets": {"2": 1}, "users": [], "next": null});
    assert_eq!(report(&world, json!({"before": 2})).await, expected);
    world.change_secret(SecretChange::Remove(1));
    world.advance(600).await;
    world.browser().post("/session", kim.credentials()).await.expect(201);
}

#[tokio::test]
async fn it_shows_neither_hash_nor_secret() {
    let world = World::start().await;
    let jane = world.jane().await;
    let mfa = jane.enable_mfa().await;
    let told = report(&world, json!({"before": 2})).await.to_string();
    for secret in ["argon2", "phc", "sealed", mfa.secret.as_str(), jane.password.as_str()] {
        assert!(!told.contains(secret), "{told}");
    }
}

#[tokio::test]
async fn deleted_users_are_not_counted() {
    let world = World::start().await;
    let (admin, jane) = (world.admin().await, world.jane().await);
    jane.enable_mfa().await;
    admin.delete(&jane.path("info")).await.expect(204);
    let expected = json!({"passwords": {"1": 1}, "totp_secrets": {}, "users": [], "next": null});
    assert_eq!(report(&world, json!({})).await, expected);
}

//! Least privilege: the local stack refuses a function what the template does not grant it, so a missing grant fails
//! every scenario that needs it, by the answer or at the world's end. Here, each function uses all that it is granted,
//! so an unused grant fails too.

use scenarios::{PASSWORD, World};
use serde_json::json;

use crate::email::verify;
use crate::password_reset::{ADDRESS, ask_for_reset};

const HOUR: u32 = 3_600;

#[tokio::test]
async fn each_function_uses_all_that_the_template_grants_it() {
    let declared = World::start().await;
    for function in declared.stack().roles().functions() {
        // The notifier's mail needs the stream; without it, all others start faster.
        let world = if mails(function) { World::with_mail().await } else { World::start().await };
        if function != "portal" {
            world.stack().warm_up(function).await.unwrap_or_else(|error| panic!("{function}: {error:?}"));
        }
        Box::pin(drive(&world, function)).await;
        let role = world.stack().roles().of(function).expect("a declared function");
        let used = role.used();
        let unused: Vec<_> = role.granted().difference(&used).map(ToString::to_string).collect();
        assert!(
            unused.is_empty(),
            "{function} is granted what nothing here uses; drive what needs it, or take it from the template: {unused:#?}"
        );
    }
}

fn mails(function: &str) -> bool {
    ["notifier", "profile"].contains(&function)
}

/// Makes `function` use everything that it is granted, beside what its init phase reads.
async fn drive(world: &World, function: &str) {
    match function {
        "sign-in" => drive_sign_in(world).await,
        "sessions" => drive_sessions(world).await,
        "profile" => drive_profile(world).await,
        "password" => drive_password(world).await,
        "mfa" => drive_mfa(world).await,
        "api-keys" => drive_api_keys(world).await,
        "authorizer" => drive_authorizer(world).await,
        "users" => drive_users(world).await,
        "cleanup" => drive_cleanup(world).await,
        "notifier" => drive_notifier(world).await,
        // It reaches nothing: it is granted nothing.
        "portal" => {}
        other => panic!("say here what {other} uses"),
    }
}

/// The code is used up for a session that holds.
async fn drive_sign_in(world: &World) {
    let authenticator = world.jane().await.enable_mfa().await;
    world.advance(30).await;
    world.sign_in_with_code("ROOT", "jane", &authenticator).await;
}

/// Reads, records that the session was used, lists, and ends.
async fn drive_sessions(world: &World) {
    let jane = world.jane().await;
    world.advance(6 * 60).await;
    jane.get("/session").await.expect(200);
    jane.get("ME/session").await.expect(200);
    jane.delete("/session").await.expect(204);
}

/// Confirms an address, and records that the session was used.
async fn drive_profile(world: &World) {
    let jane = world.jane().await;
    verify(world, &jane, ADDRESS).await;
    world.advance(6 * 60).await;
    jane.get("ME/info").await.expect(200);
}

async fn drive_password(world: &World) {
    let passwords = json!({"current_password": PASSWORD, "new_password": "gravel-Otter-93-lantern"});
    world.jane().await.put("ME/password", passwords).await.expect(204);
}

/// Turning it off deletes the factor and the codes.
async fn drive_mfa(world: &World) {
    let jane = world.jane().await;
    jane.enable_mfa().await;
    jane.delete("ME/mfa/totp").await.expect(204);
}

async fn drive_api_keys(world: &World) {
    let jane = world.jane().await;
    jane.create_key("nightly", &["Tasks"]).await;
    jane.post("ME/api-key/nightly/rotate", json!({})).await.expect(200);
    jane.delete("ME/api-key/nightly").await.expect(204);
}

/// A first use is recorded.
async fn drive_authorizer(world: &World) {
    let key = world.jane().await.create_key("nightly", &["Tasks"]).await;
    let question = json!({"method": "GET", "path": "/pro-api/v1/tasks", "headers": {"apikey": key.value}});
    assert_eq!(world.anyone().post("/_local/authorize", question).await.expect(200)["status"], 200);
}

async fn drive_users(world: &World) {
    let kim = world.new_user().groups(["App Publisher"]).create().await;
    let admin = world.admin().await;
    admin.get("/user").await.expect(200);
    admin.delete(&kim.path("info")).await.expect(204);
}

/// A key whose time is over, and a user who was deleted.
async fn drive_cleanup(world: &World) {
    let jane = world.jane().await;
    jane.create_key_until("short", &["Tasks"], world.now().await.plus(HOUR)).await;
    let kim = world.new_user().create().await;
    world.admin().await.delete(&kim.path("info")).await.expect(204);
    world.advance(8 * 24 * HOUR).await;
    assert_eq!(world.run_cleanup().await["deleted"], 1);
}

/// A reset is kept with its count, and a former address is forgotten once it was told.
async fn drive_notifier(world: &World) {
    let jane = world.jane().await;
    verify(world, &jane, ADDRESS).await;
    ask_for_reset(world, "jane").await;
    world.mail().await;
    jane.patch("ME/info", json!({"email": null})).await.expect(200);
    world.mail().await;
}

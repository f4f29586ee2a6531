//! The secret has a version that a function does not know: not yet, or no more.

use std::time::Instant;

use aws_sdk_dynamodb::types::AttributeValue;
use local::options::Options;
use local::secret::SecretChange;
use scenarios::World;
use scenarios::lambda::{Platform, build};
use serde_json::{Value, json};
use shared::store::layout;

use crate::email::verify;
use crate::password_reset::{ADDRESS, NEW_PASSWORD, RESET, accept, ask_for_reset, tokens};
use crate::secret_rotation::{answer_with_code, id_of, remove_first, sign_in, stored_version};

/// Makes the next version current in a hurry: no function has read the secret in between.
fn hurry(world: &World, version: u32) {
    for step in [SecretChange::Add(version), SecretChange::MakeCurrent(version)] {
        world.change_secret(step);
    }
}

#[tokio::test]
async fn a_function_that_meets_a_version_it_does_not_know_reads_the_secret_at_once() {
    let world = World::start().await;
    let jane = world.jane().await;
    // `sign-in` has read the secret a moment ago, `mfa` and `password` have not: the next version reaches them first.
    hurry(&world, 2);
    let mfa = jane.enable_mfa().await;
    assert_eq!(stored_version(&world, "jane", "totp").await.as_deref(), Some("2"));
    assert_eq!(stored_version(&world, "jane", "password").await.as_deref(), Some("1"));
    answer_with_code(&world, &jane, &mfa).await.expect(201);
    assert_eq!(stored_version(&world, "jane", "totp").await.as_deref(), Some("2"));
}

#[tokio::test]
async fn a_password_of_a_version_that_is_not_known_yet_is_right_at_once() {
    let world = World::start().await;
    let jane = world.jane().await;
    hurry(&world, 2);
    let change = json!({"current_password": jane.password, "new_password": NEW_PASSWORD});
    jane.put("ME/password", change).await.expect(204);
    assert_eq!(stored_version(&world, "jane", "password").await.as_deref(), Some("2"));
    let new = json!({"user_name": "jane", "password": NEW_PASSWORD});
    world.browser().post("/session", new).await.expect(201);
}

#[tokio::test]
async fn a_mailed_token_of_a_version_that_is_not_known_yet_opens_at_once() {
    let world = World::with_mail().await;
    let jane = world.jane().await;
    // `profile` and the notifier read the first version.
    verify(&world, &jane, ADDRESS).await;
    hurry(&world, 2);
    world.advance(600).await;
    sign_in(&world, &jane).await.expect(201);
    hurry(&world, 3);
    world.advance(590).await;
    // The notifier last read the secret before `sign-in` did, and now reads what `sign-in` has not.
    ask_for_reset(&world, "jane").await;
    let token = tokens(&world, RESET).await.remove(0);
    accept(&world, &token, NEW_PASSWORD).await.expect(201);
}

#[tokio::test]
async fn a_version_that_is_gone_costs_no_other_user_a_sign_in() {
    let world = World::start().await;
    let (jane, kim) = (world.jane().await, world.new_user().named("kim").create().await);
    world.rotate_secret_from(1).await;
    sign_in(&world, &jane).await.expect(201);
    remove_first(&world).await;
    for _ in 0..3 {
        sign_in(&world, &kim).await.problem("internal");
        sign_in(&world, &jane).await.expect(201);
    }
    // The attempts were counted as any other's, so a stranger cannot try names without end.
    for _ in 0..2 {
        sign_in(&world, &kim).await.problem("internal");
    }
    sign_in(&world, &kim).await.problem("too-many-attempts");
    let back: Value = json!({"user_name": "jane", "password": jane.password});
    world.browser().post("/session", back).await.expect(201);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_binary_asks_secrets_manager_for_what_it_meets_and_no_item_makes_it_ask_on() {
    let programs = build("dev", &["scenarios", "sign-in", "password"]);
    let deploy = |deployment: &_| Platform::new(deployment, &programs);
    let (world, platform) = World::on_platform(Options::in_memory(), deploy).await;
    let reads = || platform.services().secret_reads();
    let jane = world.jane().await;
    assert_eq!(reads(), 1, "one environment of one function");
    hurry(&world, 2);
    let change = json!({"current_password": jane.password, "new_password": NEW_PASSWORD});
    jane.put("ME/password", change).await.expect(204);
    assert_eq!((reads(), stored_version(&world, "jane", "password").await.as_deref()), (2, Some("2")));
    let new = json!({"user_name": "jane", "password": NEW_PASSWORD});
    let sign_in = || world.browser().post("/session", new.clone());
    for _ in 0..2 {
        sign_in().await.expect(201);
        assert_eq!(reads(), 3, "asked once, at once");
    }

    // An item that names a version which never was.
    let key = layout::password(id_of(&world, "jane").await);
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let client = world.stack().store_client();
    let update =
        client.update_item().table_name(world.stack().table_name()).key("PK", text(&key.pk)).key("SK", text(&key.sk));
    let update = update.update_expression("SET secret_version = :nine").expression_attribute_values(":nine", text("9"));
    update.send().await.expect("an update");
    let begin = Instant::now();
    for _ in 0..4 {
        sign_in().await.problem("internal");
    }
    assert!(reads() - 3 <= 1 + begin.elapsed().as_secs() / 5, "{} in {:?}", reads() - 3, begin.elapsed());
    let [environment] = &platform.lambda().environments("sign-in")[..] else { panic!("one environment") };
    let log = environment.log().join("\n");
    let told = format!("the secret holds no version 9, which protects a password or a TOTP secret of user {}", key.pk);
    assert!(log.contains(&told.replace("USER#", "")), "{log}");
}

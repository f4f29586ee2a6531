//! The secret goes on to its next version: nobody is signed out, and what is used moves along.

use aws_sdk_dynamodb::types::AttributeValue;
use local::secret::SecretChange;
use scenarios::{Authenticator, Call, Person, Response, World};
use serde_json::json;
use shared::id::UserId;
use shared::store::factors::PasswordRecord;
use shared::store::layout;

use crate::password_reset::{ADDRESS, NEW_PASSWORD, RESET, accept, ask_for_reset, reachable_jane, tokens};

/// Takes the first version away, and lets every function know.
pub(crate) async fn remove_first(world: &World) {
    world.change_secret(SecretChange::Remove(1));
    world.advance(600).await;
}

pub(crate) async fn sign_in(world: &World, person: &Person) -> Response {
    world.browser().post("/session", person.credentials()).await
}

/// Answers a new challenge, in a new browser, with a member of the body: `code` or `recovery_code`.
async fn answer_challenge(world: &World, person: &Person, answer: (&str, &str)) -> Response {
    let browser = world.browser();
    let challenge = browser.post("/session", person.credentials()).await.expect(200);
    browser.post("/session/mfa", json!({"challenge": challenge["challenge"], answer.0: answer.1})).await
}

pub(crate) async fn answer_with_code(world: &World, person: &Person, mfa: &Authenticator) -> Response {
    let code = mfa.code(world).await;
    answer_challenge(world, person, ("code", &code)).await
}

pub(crate) async fn id_of(world: &World, user_name: &str) -> UserId {
    let found = world.stack().context().store.user_id_by_name("root", user_name).await;
    found.expect("an answer").expect("a user")
}

/// The version of the secret that the item `kind` of a user is under, as the table holds it.
pub(crate) async fn stored_version(world: &World, user_name: &str, kind: &str) -> Option<String> {
    let user = id_of(world, user_name).await;
    let key = if kind == "password" { layout::password(user) } else { layout::totp(user) };
    let item = world.stack().context().store.get(&key).await.expect("an answer")?;
    let name = if kind == "pending" { "pending_secret_version" } else { "secret_version" };
    item.text_opt(name).expect("a text").map(str::to_owned)
}

#[tokio::test]
async fn a_rotation_ends_no_session_and_no_key() {
    let world = World::start().await;
    let jane = world.jane().await;
    let mfa = jane.enable_mfa().await;
    let key = jane.create_key("nightly", &["Tasks"]).await;
    world.rotate_secret_from(1).await;
    for step in ["both versions", "the new one alone"] {
        jane.get("ME/info").await.expect(200);
        key.get("ME/authorization").await.expect(200);
        if step == "both versions" {
            jane.step_up_with(&mfa.code(&world).await).await;
            sign_in(&world, &jane).await.expect(200);
            remove_first(&world).await;
        }
    }
}

#[tokio::test]
async fn a_sign_in_moves_the_password_along() {
    let world = World::start().await;
    let (admin, jane, kim) = (world.admin().await, world.jane().await, world.new_user().named("kim").create().await);
    world.rotate_secret_from(1).await;
    let wrong = json!({"user_name": "kim", "password": "wrong-Quagmire-7-tundra"});
    world.browser().post("/session", wrong).await.problem("sign-in-failed");
    for moved in [&jane, &admin] {
        sign_in(&world, moved).await.expect(201);
    }
    for (name, version) in [("jane", "2"), ("admin", "2"), ("kim", "1")] {
        assert_eq!(stored_version(&world, name, "password").await.as_deref(), Some(version), "{name}");
    }
    remove_first(&world).await;
    sign_in(&world, &jane).await.expect(201);
    // Who never came is a fault to be mended, not a wrong password; the invitation mends it.
    sign_in(&world, &kim).await.problem("internal");
    admin.step_up().await;
    let invitation = admin.post(&kim.path("invitation"), ()).await.expect(201);
    accept(&world, &invitation.text("token"), NEW_PASSWORD).await.expect(201);
}

#[tokio::test]
async fn a_changed_password_is_under_the_current_version() {
    let world = World::start().await;
    let jane = world.jane().await;
    world.rotate_secret_from(1).await;
    let change = json!({"current_password": jane.password, "new_password": NEW_PASSWORD});
    jane.put("ME/password", change).await.expect(204);
    assert_eq!(stored_version(&world, "jane", "password").await.as_deref(), Some("2"));
}

#[tokio::test]
async fn a_new_hash_never_undoes_a_change_of_the_password() {
    let world = World::start().await;
    let jane = world.jane().await;
    let context = world.stack().context();
    let user = id_of(&world, "jane").await;
    let item = context.store.get(&layout::password(user)).await.expect("an answer").expect("a password");
    let before = PasswordRecord::from_item(&item).expect("a password");
    // A sign-in has verified the password and hashes it anew, while its user changes it.
    let late = before.rehash(user, &before.stored);
    let change = json!({"current_password": jane.password, "new_password": NEW_PASSWORD});
    jane.put("ME/password", change).await.expect(204);
    assert!(!context.store.write(late).await.expect("an answer").is_done());
    sign_in(&world, &jane).await.problem("sign-in-failed");
    let new = json!({"user_name": "jane", "password": NEW_PASSWORD});
    world.browser().post("/session", new).await.expect(201);
}

/// Makes an item so large that nothing more fits into it.
async fn fill(world: &World, key: &layout::Key) {
    let client = world.stack().store_client();
    let text = |text: &str| AttributeValue::S(text.to_owned());
    // An item may have 400 KB; the smallest thing that a write adds has 24 bytes.
    for length in (0..400 * 1_024).rev().step_by(16) {
        let update = client
            .update_item()
            .table_name(world.stack().table_name())
            .key("PK", text(&key.pk))
            .key("SK", text(&key.sk));
        let update = update.update_expression("SET filler = :filler");
        if update.expression_attribute_values(":filler", text(&"x".repeat(length))).send().await.is_ok() {
            return;
        }
    }
    panic!("the item takes nothing at all");
}

#[tokio::test]
async fn a_new_hash_that_cannot_be_kept_fails_no_sign_in() {
    let world = World::start().await;
    let jane = world.jane().await;
    world.rotate_secret_from(1).await;
    fill(&world, &layout::password(id_of(&world, "jane").await)).await;
    sign_in(&world, &jane).await.expect(201);
    assert_eq!(stored_version(&world, "jane", "password").await.as_deref(), Some("1"));
}

#[tokio::test]
async fn sixteen_sign_ins_at_once_move_the_password_once_and_all_come_in() {
    let world = World::start().await;
    let jane = world.jane().await;
    world.rotate_secret_from(1).await;
    // Each from an address of its own: nobody has to wait for the attempts of others.
    let browser = |number| world.browser().at([127, 0, 0, number]);
    let calls = (2..18).map(|number| browser(number).post("/session", jane.credentials()));
    for answer in scenarios::at_once(calls).await {
        answer.expect(201);
    }
    remove_first(&world).await;
    sign_in(&world, &jane).await.expect(201);
}

/// Requests to the table that `call` takes.
async fn requests(world: &World, call: Call, status: u16) -> u64 {
    let meter = world.stack().context().store.meter();
    let before = meter.read().requests;
    call.await.expect(status);
    meter.read().requests - before
}

#[tokio::test]
async fn a_code_moves_its_secret_in_the_write_that_accepts_it() {
    let world = World::start().await;
    let jane = world.jane().await;
    let mfa = jane.enable_mfa().await;
    let step_up = async |code: String| {
        let body = json!({"password": jane.password, "code": code});
        requests(&world, jane.post("/session/step-up", body), 204).await
    };
    let usual = step_up(mfa.code(&world).await).await;
    world.rotate_secret_from(1).await;
    sign_in(&world, &jane).await.expect(200);
    // Records that the session was seen, so that the step-up does not.
    jane.get("ME/info").await.expect(200);
    assert_eq!(stored_version(&world, "jane", "totp").await.as_deref(), Some("1"));
    assert_eq!(step_up(mfa.code(&world).await).await, usual);
    assert_eq!(stored_version(&world, "jane", "totp").await.as_deref(), Some("2"));
    remove_first(&world).await;
    let code = mfa.code(&world).await;
    answer_challenge(&world, &jane, ("code", &code)).await.expect(201);
    answer_challenge(&world, &jane, ("code", &code)).await.problem("sign-in-failed");
}

#[tokio::test]
async fn a_code_that_is_refused_moves_nothing() {
    let world = World::start().await;
    let jane = world.jane().await;
    let mfa = jane.enable_mfa().await;
    world.rotate_secret_from(1).await;
    let wrong = mfa.wrong_code_at(world.now().await);
    answer_challenge(&world, &jane, ("code", &wrong)).await.problem("sign-in-failed");
    assert_eq!(stored_version(&world, "jane", "totp").await.as_deref(), Some("1"));
    answer_with_code(&world, &jane, &mfa).await.expect(201);
    assert_eq!(stored_version(&world, "jane", "totp").await.as_deref(), Some("2"));
}

#[tokio::test]
async fn recovery_codes_depend_on_no_version() {
    let world = World::start().await;
    let jane = world.jane().await;
    let mfa = jane.enable_mfa().await;
    world.rotate_secret_from(1).await;
    sign_in(&world, &jane).await.expect(200);
    remove_first(&world).await;
    // The TOTP secret was not used in time; the codes are there for who has lost it.
    answer_with_code(&world, &jane, &mfa).await.problem("internal");
    answer_challenge(&world, &jane, ("recovery_code", &mfa.recovery_codes[0])).await.expect(201);
}

#[tokio::test]
async fn a_factor_that_waits_is_confirmed_under_the_current_version() {
    let world = World::start().await;
    let jane = world.jane().await;
    world.change_secret(SecretChange::Add(2));
    // `mfa` reads the secret now, and not again for ten minutes.
    world.new_user().create().await.enable_mfa().await;
    world.advance(300).await;
    let mfa = Authenticator::new(&jane.post("ME/mfa/totp", ()).await.expect(201).text("secret"));
    assert_eq!(stored_version(&world, "jane", "pending").await.as_deref(), Some("1"));
    world.change_secret(SecretChange::MakeCurrent(2));
    let now = world.advance(310).await;
    jane.post("ME/mfa/totp/confirm", json!({"code": mfa.code_at(now)})).await.expect(200);
    assert_eq!(stored_version(&world, "jane", "totp").await.as_deref(), Some("2"));
    sign_in(&world, &jane).await.expect(200);
    remove_first(&world).await;
    answer_with_code(&world, &jane, &mfa).await.expect(201);
}

#[tokio::test]
async fn a_challenge_of_the_earlier_version_is_answered_under_the_next() {
    let world = World::start().await;
    let jane = world.jane().await;
    let mfa = jane.enable_mfa().await;
    world.advance(400).await;
    let browser = world.browser();
    let challenge = browser.post("/session", jane.credentials()).await.expect(200).text("challenge");
    world.change_secret(SecretChange::Add(2));
    world.change_secret(SecretChange::MakeCurrent(2));
    // The secret is read anew after ten minutes, a challenge lives five.
    world.advance(250).await;
    let next = world.browser().post("/session", jane.credentials()).await.expect(200).text("challenge");
    let version = |text: &str| data_encoding::BASE64URL_NOPAD.decode(text.as_bytes()).expect("base64url")[32];
    assert_eq!((version(&challenge), version(&next)), (1, 2));
    let code = mfa.code(&world).await;
    browser.post("/session/mfa", json!({"challenge": challenge, "code": code})).await.expect(201);
}

#[tokio::test]
async fn mailed_tokens_of_the_earlier_version_still_open() {
    let world = World::with_mail().await;
    let jane = reachable_jane(&world).await;
    let admin = world.admin().await;
    let key = admin.create_key("script", &["Authentication"]).await;
    let kim = json!({"environment_name": "ROOT", "user_name": "kim", "email": "kim@example.com"});
    key.post("/user", kim).await.expect(201);
    ask_for_reset(&world, "jane").await;
    jane.patch("ME/info", json!({"email": "other@example.com"})).await.expect(200);
    let mails = world.mail().await;
    let token_for = |to: &str, of: &str| {
        let mail = mails.iter().find(|mail| mail.to == to && (of.is_empty() || mail.subject == of));
        mail.and_then(scenarios::Mail::token).unwrap_or_else(|| panic!("{mails:?}")).to_owned()
    };
    world.rotate_secret_from(1).await;
    // The same event mailed again would carry the token of the new version; both open until one is used.
    let confirm = json!({"token": token_for("other@example.com", "")});
    assert_eq!(jane.post("ME/email/confirm", confirm).await.expect(200)["email"], "other@example.com");
    accept(&world, &token_for("kim@example.com", ""), NEW_PASSWORD).await.expect(201);
    ask_for_reset(&world, "jane").await;
    let new = tokens(&world, RESET).await;
    accept(&world, &new[0], NEW_PASSWORD).await.expect(201);
    // A change of the address ended this one, as it does without a rotation.
    accept(&world, &token_for(ADDRESS, RESET), NEW_PASSWORD).await.problem("token-expired");
}

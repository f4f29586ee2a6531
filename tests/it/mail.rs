//! Mail: invitations and notices, each once, and to nobody but the address's owner.

use std::collections::BTreeSet;

use scenarios::{ApiKey, Authenticator, Mail, PASSWORD, World};
use serde_json::{Value, json};

use crate::password_reset::{ADDRESS, HOUR, NEW_PASSWORD, RESET, accept, ask_for_reset, reachable_jane, tokens};

const INVITATION: &str = "Your account at demo";

/// A key of an administrator.
async fn admin_key(world: &World) -> ApiKey {
    world.admin().await.create_key("directory", &["Authentication"]).await
}

/// Makes kim, whose address is [`ADDRESS`], with that key.
async fn make_kim(key: &ApiKey) {
    let kim = json!({"environment_name": "ROOT", "user_name": "kim", "email": ADDRESS});
    assert_eq!(key.post("/user", kim).await.expect(201)["invitation"], Value::Null);
}

#[tokio::test]
async fn an_invitation_made_by_a_key_goes_by_mail_and_verifies_the_address() {
    let world = World::with_mail().await;
    make_kim(&admin_key(&world).await).await;
    let invitations = tokens(&world, INVITATION).await;
    assert_eq!(invitations.len(), 1);
    let browser = world.browser();
    let accepted = json!({"token": invitations[0], "password": PASSWORD});
    browser.post("/session/invitation", accepted.clone()).await.expect(201);
    let info = browser.get("ME/info").await.expect(200);
    assert_eq!((&info["user_name"], &info["email_verified"]), (&json!("kim"), &json!(true)));
    browser.post("/session/invitation", accepted).await.problem("token-expired");
}

#[tokio::test]
async fn a_mailed_invitation_ends_after_72_hours_with_a_new_one_and_with_the_address() {
    let world = World::with_mail().await;
    let key = admin_key(&world).await;
    make_kim(&key).await;
    let late = tokens(&world, INVITATION).await.remove(0);
    world.advance(72 * HOUR).await;
    accept(&world, &late, NEW_PASSWORD).await.problem("token-expired");

    let lee = json!({"environment_name": "ROOT", "user_name": "lee", "email": "lee@example.com"});
    key.post("/user", lee).await.expect(201);
    let voided = tokens(&world, INVITATION).await.remove(0);
    let shown = world.admin().await.post("/user/demo/ROOT/lee/invitation", ()).await.expect(201);
    accept(&world, &voided, NEW_PASSWORD).await.problem("token-expired");
    key.patch("/user/demo/ROOT/lee/info", json!({"email": "lee@example.org"})).await.expect(200);
    accept(&world, &shown.text("token"), NEW_PASSWORD).await.problem("token-expired");
}

#[tokio::test]
async fn an_invitation_that_was_shown_is_not_mailed() {
    let world = World::with_mail().await;
    world.new_user().with("email", ADDRESS).invite().await;
    assert_eq!(world.mail().await, []);
}

#[tokio::test]
async fn an_unverified_address_gets_no_notice() {
    let world = World::with_mail().await;
    let kim = world.new_user().with("email", ADDRESS).create().await;
    kim.enable_mfa().await;
    kim.create_key("nightly", &["Tasks"]).await;
    assert_eq!(world.mail().await, []);
}

/// What jane does in [`every_change_that_matters_is_told_once_and_no_secret_with_it`], and what must stay unsaid.
async fn change_everything(world: &World) -> Vec<String> {
    let jane = reachable_jane(world).await;
    let key = jane.create_key("nightly", &["Tasks"]).await;
    let rotated = jane.post("ME/api-key/nightly/rotate", ()).await.expect(200);
    let mut secrets = vec![PASSWORD.to_owned(), NEW_PASSWORD.to_owned(), key.value, rotated.text("value")];
    let mfa = jane.enable_mfa().await;
    let step_up = json!({"password": jane.password, "recovery_code": mfa.recovery_codes[0]});
    jane.post("/session/step-up", step_up).await.expect(204);
    let codes = jane.post("ME/mfa/recovery-codes", ()).await.expect(200);
    let reset = jane.post("ME/mfa/totp/reset", ()).await.expect(201).text("secret");
    let code = Authenticator::new(&reset).code_at(world.now().await);
    let confirmed = jane.post("ME/mfa/totp/confirm", json!({"code": code})).await.expect(200);
    jane.delete("ME/mfa/totp").await.expect(204);
    let change = json!({"current_password": PASSWORD, "new_password": NEW_PASSWORD});
    jane.put("ME/password", change).await.expect(204);
    secrets.extend([mfa.secret, reset]);
    secrets.extend(mfa.recovery_codes);
    for answer in [codes, confirmed] {
        secrets.extend(
            answer["recovery_codes"].as_array().expect("a list").iter().filter_map(Value::as_str).map(str::to_owned),
        );
    }
    secrets
}

#[tokio::test]
async fn every_change_that_matters_is_told_once_and_no_secret_with_it() {
    let world = World::with_mail().await;
    let secrets = change_everything(&world).await;
    let mails = world.mail().await;
    let mut subjects: Vec<_> = mails.iter().map(|mail| mail.subject.as_str()).collect();
    subjects.sort_unstable();
    let wanted = [
        "A recovery code was used",
        "An API key was created",
        "An API key was rotated",
        "Confirm your e-mail address",
        "Multi-factor authentication is off",
        "Multi-factor authentication is on",
        "Your authenticator was replaced",
        "Your password was changed",
        "Your recovery codes were replaced",
    ];
    assert_eq!(subjects, wanted);
    for mail in &mails {
        assert_eq!((mail.to.as_str(), mail.text.contains("jane (ROOT) at demo")), (ADDRESS, true), "{mail:?}");
        assert_eq!(mail.token().is_some(), mail.subject.starts_with("Confirm"), "{mail:?}");
        assert!(!secrets.iter().any(|secret| mail.text.contains(secret)), "{mail:?}");
    }
    assert_eq!(world.mail().await, mails, "no mail comes twice");
}

#[tokio::test]
async fn what_an_administrator_or_a_link_changed_is_told() {
    let world = World::with_mail().await;
    let jane = reachable_jane(&world).await;
    jane.enable_mfa().await;
    world.admin().await.post(&jane.path("mfa/reset"), ()).await.expect(204);
    ask_for_reset(&world, "jane").await;
    accept(&world, &tokens(&world, RESET).await[0], NEW_PASSWORD).await.expect(201);
    let subjects: BTreeSet<String> = world.mail().await.into_iter().map(|mail| mail.subject).collect();
    for wanted in ["Multi-factor authentication was reset", "Your password was set"] {
        assert!(subjects.contains(wanted), "{subjects:?}");
    }
}

#[tokio::test]
async fn a_token_stands_in_the_fragment_of_a_link_and_nowhere_else() {
    let world = World::with_mail().await;
    reachable_jane(&world).await;
    ask_for_reset(&world, "jane").await;
    let kim = json!({"environment_name": "ROOT", "user_name": "kim", "email": "kim@example.com"});
    admin_key(&world).await.post("/user", kim).await.expect(201);
    let mails: Vec<Mail> = world.mail().await.into_iter().filter(|mail| mail.token().is_some()).collect();
    assert_eq!(mails.len(), 3);
    for mail in mails {
        let token = mail.token().expect("a token");
        assert_eq!((mail.text.matches(token).count(), mail.subject.contains(token)), (1, false), "{mail:?}");
        let line = mail.text.lines().find(|line| line.contains(token)).expect("a line");
        let (page, fragment) = line.split_once('#').expect("a fragment");
        assert!(page.starts_with(&world.context().config.portal_origin) && !page.contains('?'), "{mail:?}");
        assert!(fragment.ends_with(&format!("={token}")), "{mail:?}");
    }
}

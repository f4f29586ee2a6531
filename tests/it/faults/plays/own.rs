//! The operations of `profile`, `password` and `mfa`: a user's own settings.

use scenarios::{Authenticator, PASSWORD, Person, World};
use serde_json::json;
use shared::name::fold;
use shared::token::{Locator, OpaqueToken, TokenKind};

use crate::faults::play::{Play, Sender};

pub(crate) async fn profile(world: &World) -> Vec<Play> {
    let (jane, kim) = (world.jane().await, world.new_user().create().await);
    let key = Sender::key(world, &jane.create_key("script", &["Authentication"]).await.value);
    kim.patch("ME/info", json!({"email": "new@example.com"})).await.expect(200);
    let token = address_token(world, &kim).await;
    let (jane, kim) = (Sender::session(world, &jane), Sender::session(world, &kim));
    let asked = "asking again sends the mail again";
    vec![
        Play::new("GetProfile", jane.get("ME/info")),
        Play::new("GetProfile", key.get("ME/info")).case("by a key, its first use"),
        Play::new("UpdateProfile", jane.patch("ME/info", json!({"full_name": "Another Name"}))),
        Play::new("UpdateProfile", jane.patch("ME/info", json!({"email": "new@example.com"})))
            .case("the address")
            .then_once_more(asked),
        Play::new("ConfirmEmail", kim.post("ME/email/confirm", json!({"token": token}))).then_refused("token-expired"),
        Play::new("CancelPendingEmail", kim.delete("ME/email/pending")),
    ]
}

/// The token that a mail would carry, were mail sent here.
pub(crate) async fn address_token(world: &World, person: &Person) -> String {
    let context = world.stack().context();
    let (environment, name) = (fold(&person.environment_name), fold(&person.user_name));
    let id = context.store.user_id_by_name(&environment, &name).await.expect("an answer").expect("a user");
    let profile = context.store.profile(id).await.expect("an answer").expect("a profile");
    let locator = Locator { user: id, item: profile.pending_email.expect("an address that waits").token };
    let keyring = context.keyring(world.now().await).await.expect("the keys");
    let token = OpaqueToken::mailed(TokenKind::MailedAddress, locator, &keyring.current().expect("a key").mail);
    token.expect("a key of 256 bits").expose().to_owned()
}

pub(crate) async fn password(world: &World) -> Vec<Play> {
    let jane = Sender::session(world, &world.jane().await);
    let passwords = json!({"current_password": PASSWORD, "new_password": "amber-Turnstile-31-osprey"});
    vec![
        Play::new("GetPassword", jane.get("ME/password")),
        Play::new("ChangePassword", jane.put("ME/password", passwords)).then_refused("password-incorrect"),
    ]
}

pub(crate) async fn mfa(world: &World) -> Vec<Play> {
    let (jane, mona, nora) = (world.jane().await, world.new_user().create().await, world.new_user().create().await);
    let waiting = Authenticator::new(&nora.post("ME/mfa/totp", ()).await.expect(201).text("secret"));
    mona.enable_mfa().await;
    let newer = Authenticator::new(&mona.post("ME/mfa/totp/reset", ()).await.expect(201).text("secret"));
    let [jane, mona, nora] = [&jane, &mona, &nora].map(|person| Sender::session(world, person));
    let clock = world.stack().context().clock.clone();
    let confirm = move |sender: &Sender, authenticator: Authenticator| {
        let (sender, clock) = (sender.clone(), clock.clone());
        move || sender.post("ME/mfa/totp/confirm", json!({"code": authenticator.code_at(clock.now())}))
    };
    let replaced = "each answer shows what is new, and what was before is void";
    vec![
        Play::new("GetMfa", jane.get("ME/mfa")),
        Play::new("GetMfa", mona.get("ME/mfa")).case("with MFA"),
        Play::new("EnrolTotp", jane.post("ME/mfa/totp", ())),
        Play::with("ConfirmTotp", confirm(&nora, waiting)).then_refused("token-expired"),
        Play::with("ConfirmTotp", confirm(&mona, newer)).case("with MFA").then_refused("token-expired"),
        Play::new("DisableTotp", mona.delete("ME/mfa/totp")).then_refused("mfa-not-enabled"),
        Play::new("ResetTotp", mona.post("ME/mfa/totp/reset", ())),
        Play::new("ReplaceRecoveryCodes", mona.post("ME/mfa/recovery-codes", ())).then_once_more(replaced),
    ]
}

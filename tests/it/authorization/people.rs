//! The people whose sessions and keys call: one of each provider, with MFA or not, administrator or not.

use std::sync::Arc;

use scenarios::{ApiKey, Authenticator, Person, World};
use serde_json::json;
use shared::id::UserId;
use shared::name::fold;
use shared::store::layout;
use shared::token::{Locator, OpaqueToken, TokenKind};

/// Seconds after which a proof is fresh no more.
const STALE_AFTER_SECONDS: u32 = 601;
/// The key that each of them has, to be read, rotated and deleted.
pub(super) const OWN_KEY: &str = "own";
/// The key of each that has expired.
pub(super) const EXPIRED_KEY: &str = "expired";

/// What a request needs to know of the user who makes it.
#[derive(Clone, Default)]
pub(super) struct User {
    /// Where the table keeps what is the user's own.
    pub(super) partition: String,
    pub(super) provider: &'static str,
    pub(super) is_admin: bool,
    /// The authenticator in force.
    pub(super) authenticator: Option<Authenticator>,
    /// The one that waits for its first code.
    pub(super) pending: Option<Authenticator>,
    /// The token that confirms the address that waits.
    pub(super) address_token: String,
    /// Ids of the older and the newer session.
    pub(super) session_ids: [String; 2],
}

impl User {
    pub(super) fn is_local(&self) -> bool {
        self.provider == "local"
    }

    pub(super) const fn has_mfa(&self) -> bool {
        self.authenticator.is_some()
    }
}

/// A user with an old session and one that is fresh.
pub(super) struct Somebody {
    pub(super) user: Arc<User>,
    pub(super) old: Person,
    pub(super) new: Person,
}

/// All eight, at a time when the old sessions are fresh no more.
pub(super) async fn gather(world: &World) -> Vec<Somebody> {
    let mut met = Vec::new();
    for (provider, has_mfa) in [("local", false), ("local", true), ("active_directory", false), ("saml", false)] {
        for is_admin in [false, true] {
            met.push(sign_up(world, provider, has_mfa, is_admin).await);
        }
    }
    world.advance(STALE_AFTER_SECONDS).await;
    let mut people = Vec::new();
    for (user, old) in met {
        people.push(come_back(world, user, old).await);
    }
    people
}

async fn sign_up(world: &World, provider: &'static str, has_mfa: bool, is_admin: bool) -> (User, Person) {
    let groups = if is_admin { vec!["Admin"] } else { vec![] };
    let person = world.new_user().groups(groups).with("identity_provider", provider).create().await;
    let authenticator = if has_mfa { Some(person.enable_mfa().await) } else { None };
    person.create_key(OWN_KEY, &["APIKey"]).await;
    person.create_key_until(EXPIRED_KEY, &["APIKey"], world.now().await.plus(60)).await;
    person.patch("ME/info", json!({"email": "new@example.com"})).await.expect(200);
    let id = id(world, &person).await;
    let (partition, address_token) = (layout::user_partition(id), address_token(world, id).await);
    (User { partition, provider, is_admin, authenticator, address_token, ..User::default() }, person)
}

async fn id(world: &World, person: &Person) -> UserId {
    let (environment, name) = (fold(&person.environment_name), fold(&person.user_name));
    let found = world.stack().context().store.user_id_by_name(&environment, &name).await;
    found.expect("the table answers").expect("a user")
}

/// The token that a mail would carry, were mail sent here.
async fn address_token(world: &World, id: UserId) -> String {
    let context = world.stack().context();
    let profile = context.store.profile(id).await.expect("the table answers").expect("a profile");
    let locator = Locator { user: id, item: profile.pending_email.expect("an address that waits").token };
    let keyring = context.keyring(world.now().await).await.expect("the keys");
    let token = OpaqueToken::mailed(TokenKind::MailedAddress, locator, &keyring.current().expect("a key").mail);
    token.expect("a key of 256 bits").expose().to_owned()
}

/// A second session; local users start to enrol another authenticator in it.
async fn come_back(world: &World, mut user: User, old: Person) -> Somebody {
    let (environment, name) = (old.environment_name.clone(), old.user_name.clone());
    let new = match &user.authenticator {
        _ if !user.is_local() => world.single_sign_on(&environment, &name).await,
        None => world.sign_in(&environment, &name).await,
        Some(authenticator) => world.sign_in_with_code(&environment, &name, authenticator).await,
    };
    if user.is_local() {
        let enrol = if user.has_mfa() { "ME/mfa/totp/reset" } else { "ME/mfa/totp" };
        user.pending = Some(Authenticator::new(&new.post(enrol, ()).await.expect(201).text("secret")));
    }
    let sessions = new.get("ME/session").await.expect(200);
    let id_of = |is_current: bool| {
        let mut listed = sessions["items"].as_array().expect("a list").iter();
        let session = listed.find(|session| session["current"] == is_current).expect("two sessions");
        session["id"].as_str().expect("an id").to_owned()
    };
    user.session_ids = [id_of(false), id_of(true)];
    Somebody { user: Arc::new(user), old, new }
}

/// The value in force and the one before it, of a key whose old value works for `overlap_seconds`.
pub(super) async fn rotated(person: &Person, name: &str, scopes: &[&str], overlap_seconds: u32) -> [String; 2] {
    let ApiKey { value, .. } = person.create_key(name, scopes).await;
    let body = json!({"overlap_seconds": overlap_seconds});
    let answer = person.post(&format!("ME/api-key/{name}/rotate"), body).await.expect(200);
    [answer.text("value"), value]
}

//! What is done with the service and has a price.

use std::future::Future;
use std::pin::Pin;

use scenarios::{ApiKey, Call, PASSWORD, Person, World};
use serde_json::json;

/// One deed, ready to be done.
pub(crate) type Deed = Pin<Box<dyn Future<Output = ()>>>;

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    KeyCheck,
    ProfileRead,
    ProfileReadWithKey,
    KeyList,
    KeyCreation,
    KeyRotation,
    KeyDeletion,
    SignIn,
    SignInWithTotp,
    PasswordChange,
}

impl Kind {
    pub(crate) const ALL: [Self; 10] = [
        Self::KeyCheck,
        Self::ProfileRead,
        Self::ProfileReadWithKey,
        Self::KeyList,
        Self::KeyCreation,
        Self::KeyRotation,
        Self::KeyDeletion,
        Self::SignIn,
        Self::SignInWithTotp,
        Self::PasswordChange,
    ];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::KeyCheck => "key check by the authorizer",
            Self::ProfileRead => "profile read, session",
            Self::ProfileReadWithKey => "profile read, key",
            Self::KeyList => "list of ten keys",
            Self::KeyCreation => "key creation",
            Self::KeyRotation => "key rotation",
            Self::KeyDeletion => "key deletion",
            Self::SignIn => "sign-in by password",
            Self::SignInWithTotp => "sign-in with TOTP",
            Self::PasswordChange => "password change",
        }
    }

    /// The function that does it.
    pub(crate) const fn function(self) -> &'static str {
        match self {
            Self::KeyCheck => "authorizer",
            Self::ProfileRead | Self::ProfileReadWithKey => "profile",
            Self::KeyList | Self::KeyCreation | Self::KeyRotation | Self::KeyDeletion => "api-keys",
            Self::SignIn | Self::SignInWithTotp => "sign-in",
            Self::PasswordChange => "password",
        }
    }

    /// Invocations of the function.
    pub(crate) const fn invocations(self) -> u32 {
        if matches!(self, Self::SignInWithTotp) { 2 } else { 1 }
    }

    /// Requests that pass through this service's gateway: the authorizer is asked by another's.
    pub(crate) const fn gateway_requests(self) -> u32 {
        if matches!(self, Self::KeyCheck) { 0 } else { self.invocations() }
    }

    /// The least read and write units that its guarantees can have, and what they are for. What is read counts once, what
    /// is written once, and twice in a transaction; each for an item of up to 4 KB read and 1 KB written.
    pub(crate) const fn least(self) -> (f64, f64, &'static str) {
        match self {
            Self::KeyCheck | Self::ProfileReadWithKey => (2.0, 0.0, "key, owner"),
            Self::ProfileRead => (2.0, 0.0, "session, user"),
            Self::KeyList => (3.0, 0.0, "session, user, the keys (4 KB a unit)"),
            Self::KeyCreation => (
                3.0,
                7.0,
                "session, user, the keys there are (4 KB a unit); key, its place and an event at once, the key's expiry",
            ),
            Self::KeyRotation => (3.0, 4.0, "session, user, key; key and event at once"),
            Self::KeyDeletion => {
                (3.0, 7.0, "session, user, key; key, its place and an event at once, the key's expiry")
            }
            Self::SignIn => (
                6.0,
                3.0,
                "name, source, user, browsers, attempts, password; the attempt counted and forgotten, the session",
            ),
            Self::SignInWithTotp => (
                12.0,
                10.0,
                "the same but the session, then session, user, factor, browsers, attempts, source; the attempt counted \
                 and forgotten; session, step and the user's epoch at once",
            ),
            Self::PasswordChange => (
                6.0,
                10.0,
                "session, user, password, browsers, attempts, source; the attempt counted and forgotten; password, \
                 epoch, session and event at once",
            ),
        }
    }

    /// Dollars for a million, at most.
    pub(crate) const fn goal(self) -> Option<f64> {
        match self {
            Self::KeyCheck => Some(0.48),
            Self::ProfileRead => Some(1.50),
            Self::SignInWithTotp => Some(12.0),
            _ => None,
        }
    }

    /// How often it is done, for a figure that is no accident.
    pub(crate) const fn count(self) -> usize {
        match self {
            Self::KeyCheck | Self::ProfileRead | Self::ProfileReadWithKey | Self::KeyList => 1_000,
            Self::KeyCreation | Self::KeyRotation | Self::KeyDeletion => 40,
            Self::SignIn | Self::SignInWithTotp | Self::PasswordChange => 20,
        }
    }

    /// As many deeds of this kind as are counted, all prepared.
    pub(crate) async fn deeds(self, world: &World) -> Vec<Deed> {
        let user = world.new_user().create().await;
        let count = self.count();
        match self {
            Self::KeyCheck => {
                let key = used_key(&user).await;
                let asked = json!({"method": "GET", "path": "/pro-api/v1/tasks", "headers": {"apikey": key.value}});
                each(count, |_| done(world.anyone().post("/_local/authorize", asked.clone()), 200))
            }
            Self::ProfileRead => each(count, |_| done(user.get("ME/info"), 200)),
            Self::ProfileReadWithKey => {
                let key = used_key(&user).await;
                each(count, |_| done(key.get("ME/info"), 200))
            }
            Self::KeyList => {
                make_keys(&user, 10).await;
                each(count, |_| done(user.get("ME/api-key"), 200))
            }
            Self::KeyCreation => {
                each(count, |at| done(user.post("ME/api-key", json!({"name": name(at), "scopes": ["Tasks"]})), 201))
            }
            Self::KeyRotation => {
                make_keys(&user, count).await;
                each(count, |at| done(user.post(&format!("ME/api-key/{}/rotate", name(at)), json!({})), 200))
            }
            Self::KeyDeletion => {
                make_keys(&user, count).await;
                each(count, |at| done(user.delete(&format!("ME/api-key/{}", name(at))), 204))
            }
            Self::SignIn => {
                let known = user.post("/session", user.credentials()).await;
                assert_eq!(known.status(), 201, "the browser is recognised from now on");
                each(count, |_| done(user.post("/session", user.credentials()), 201))
            }
            Self::SignInWithTotp => {
                let mut deeds = Vec::new();
                for _ in 0..count {
                    deeds.push(sign_in_with_totp(world).await);
                }
                deeds
            }
            Self::PasswordChange => each(count, |at| {
                let new = |at: usize| if at == 0 { PASSWORD.to_owned() } else { format!("{PASSWORD}-{at}") };
                let body = json!({"current_password": new(at), "new_password": new(at + 1)});
                done(user.put("ME/password", body), 204)
            }),
        }
    }
}

fn each(count: usize, deed: impl Fn(usize) -> Deed) -> Vec<Deed> {
    (0..count).map(deed).collect()
}

fn done(call: Call, status: u16) -> Deed {
    Box::pin(async move {
        call.await.expect(status);
    })
}

fn name(at: usize) -> String {
    format!("key-{at}")
}

async fn make_keys(user: &Person, count: usize) {
    for at in 0..count {
        user.create_key(&name(at), &["Tasks"]).await;
    }
}

/// A key whose first use is recorded already.
async fn used_key(user: &Person) -> ApiKey {
    let key = user.create_key("used", &["Authentication", "Tasks"]).await;
    key.get("ME/info").await.expect(200);
    key
}

/// A user with MFA in a recognised browser, with a code that was not used yet.
async fn sign_in_with_totp(world: &World) -> Deed {
    let user = world.new_user().create().await;
    let code = user.enable_mfa().await.code_ahead(world).await;
    Box::pin(async move {
        let challenge = user.post("/session", user.credentials()).await.expect(200).text("challenge");
        user.post("/session/mfa", json!({"challenge": challenge, "code": code})).await.expect(201);
    })
}

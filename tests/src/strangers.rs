//! Everybody whose sign-in is refused, and who must not be told apart.

use serde_json::{Value, json};

use crate::person::PASSWORD;
use crate::world::World;

/// The password that is wrong for all of them.
const WRONG: &str = "wrong-Quagmire-7-tundra";

/// Somebody who is refused.
#[derive(Clone, Debug)]
pub struct Stranger {
    /// In words, for reports.
    pub name: &'static str,
    /// The name that is typed.
    pub user_name: &'static str,
    /// The password that is typed.
    pub password: &'static str,
}

impl Stranger {
    /// What `POST /session` takes.
    #[must_use]
    pub fn credentials(&self) -> Value {
        json!({"user_name": self.user_name, "password": self.password})
    }
}

/// One of each kind, all in ROOT; whoever has no password, or may not use it, types the right one of the others.
pub async fn strangers(world: &World) -> Vec<Stranger> {
    for name in ["dora", "dirk"] {
        let disabled = world.new_user().named(name).create().await;
        world.admin().await.patch(&disabled.path("info"), json!({"disabled": true})).await.expect(200);
    }
    world.new_user().named("iris").invite().await;
    world.new_user().named("mona").create().await.enable_mfa().await;
    world.new_user().named("jack").create().await;
    let stranger = |name, user_name, password| Stranger { name, user_name, password };
    vec![
        stranger("unknown user", "nora", PASSWORD),
        stranger("what cannot be a name", "no one", PASSWORD),
        stranger("wrong password", "jack", WRONG),
        stranger("wrong password with MFA", "mona", WRONG),
        stranger("disabled user", "dora", PASSWORD),
        stranger("wrong password of a disabled user", "dirk", WRONG),
        stranger("SSO user", "sam", PASSWORD),
        stranger("invited user", "iris", PASSWORD),
    ]
}

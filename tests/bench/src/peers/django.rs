//! Django with django-allauth and djangorestframework-api-key, under gunicorn.

use std::process::Command;

use scenarios::PASSWORD;
use serde_json::{Value, json};
use shared::clock::Clock;

use super::contender::{Challenge, Contender, Key, Keys, Person, Place, Session, Work, installed};
use super::process::lines_of_figures;
use super::seed;
use super::told::ask;
use crate::connection::{Connection, Header};

const KEY_SECONDS: u32 = 90 * 86_400;

/// One gunicorn with two workers.
pub(crate) struct Django {
    pub(crate) place: Place,
}

impl Django {
    fn python(&self, program: &str) -> Command {
        let installed = installed("django");
        let mut command = Command::new(installed.join("venv/bin").join(program));
        command.current_dir(installed.join("app")).env("DATABASE", self.place.database()).env("SECRET", seed::SECRET);
        command
    }

    async fn prove_password(&self, connection: &mut Connection, person: &Person) -> Session {
        let call = ("POST", "/_allauth/app/v1/auth/login");
        let body = json!({"username": person.name, "password": PASSWORD});
        // With a second factor the answer is 401: go on with this session.
        let status = if person.secret.is_some() { 401 } else { 200 };
        let told = ask(connection, call, &[], body, status).await;
        vec![("x-session-token", told.text("/meta/session_token"))]
    }
}

/// Milliseconds of Argon2id by the reference in C, where Django is installed: it comes with it.
pub(super) fn hash_in_c(count: usize) -> Option<Vec<f64>> {
    let installed = installed("django");
    let python = installed.join("venv/bin/python");
    python
        .exists()
        .then(|| lines_of_figures(Command::new(python).arg(installed.join("app/hash.py")).arg(count.to_string())))
}

impl Contender for Django {
    fn name(&self) -> &'static str {
        "Django"
    }

    fn place(&self) -> &Place {
        &self.place
    }

    fn prepare(&self, with_codes: usize) {
        let mut script = self.python("python");
        script.arg("seed.py");
        seed::run(script, &self.place, with_codes);
    }

    fn server(&self) -> Command {
        let mut command = self.python("gunicorn");
        command.args(["peer.wsgi", "--bind", &self.place.address.to_string(), "--log-level", "warning"]);
        // A worker a core, and a thread for each of the most connections that are open at once.
        command.args(["--workers", "2", "--worker-class", "gthread", "--threads", "16", "--keep-alive", "75"]);
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
        let call = ("POST", "/_allauth/app/v1/auth/2fa/authenticate");
        Box::pin(async move {
            ask(connection, call, &challenge.session, json!({"code": code}), 200).await;
        })
    }

    fn keys(&self) -> Option<&dyn Keys> {
        Some(self)
    }
}

impl Keys for Django {
    fn header(&self, value: &str) -> Header {
        ("authorization", format!("Api-Key {value}"))
    }

    fn create<'a>(&'a self, connection: &'a mut Connection, session: &'a Session, name: &'a str) -> Work<'a, Key> {
        let end = Clock::system().now().plus(KEY_SECONDS);
        let body = json!({"name": name, "scopes": ["Tasks"], "expires_at": end});
        Box::pin(async move {
            let told = ask(connection, ("POST", "/keys"), session, body, 201).await;
            Key { id: told.text("/id"), value: told.text("/value") }
        })
    }

    fn list<'a>(&'a self, connection: &'a mut Connection, session: &'a Session) -> Work<'a, usize> {
        Box::pin(async move {
            let told = ask(connection, ("GET", "/keys"), session, Value::Null, 200).await;
            told.body["items"].as_array().map_or(0, Vec::len)
        })
    }

    fn delete<'a>(&'a self, connection: &'a mut Connection, session: &'a Session, key: &'a Key) -> Work<'a, ()> {
        Box::pin(async move {
            ask(connection, ("DELETE", &format!("/keys/{}", key.id)), session, Value::Null, 204).await;
        })
    }
}

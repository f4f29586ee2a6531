//! Ory Kratos. It has no API keys: the token of a session is what is checked.

use std::process::Command;

use scenarios::PASSWORD;
use serde_json::{Value, json};

use super::code;
use super::contender::{Challenge, Contender, Person, Place, Session, Work, installed};
use super::seed;
use super::told::{Told, ask};
use crate::connection::Connection;

const LOGIN: &str = "/self-service/login";
const SETTINGS: &str = "/self-service/settings";

/// One process of Go.
pub(crate) struct Kratos {
    pub(crate) place: Place,
}

impl Kratos {
    fn kratos(&self, arguments: &[&str]) -> Command {
        let Place { address, admin, .. } = &self.place;
        let mut command = Command::new(installed("kratos").join("kratos"));
        command.args(arguments).current_dir(installed("kratos").join("app"));
        let options = "_fk=true&_journal_mode=WAL&_synchronous=FULL&_busy_timeout=5000";
        command.env("DSN", format!("sqlite://{}?{options}", self.place.database()));
        command.envs([("SERVE_PUBLIC_HOST", "127.0.0.1"), ("SERVE_ADMIN_HOST", "127.0.0.1")]);
        command.env("SERVE_PUBLIC_PORT", address.port().to_string()).env("SERVE_ADMIN_PORT", admin.port().to_string());
        command.env("SERVE_PUBLIC_BASE_URL", self.place.origin());
        command.env("SECRETS_DEFAULT", seed::SECRET).env("SQA_OPT_OUT", "true");
        command
    }
}

/// Begins a flow, and ends it with `body`.
async fn flow(connection: &mut Connection, path: &str, query: &str, session: &Session, body: Value) -> Told {
    let flow = ask(connection, ("GET", &format!("{path}/api{query}")), session, Value::Null, 200).await.text("/id");
    ask(connection, ("POST", &format!("{path}?flow={flow}")), session, body, 200).await
}

impl Contender for Kratos {
    fn name(&self) -> &'static str {
        "Kratos"
    }

    fn place(&self) -> &Place {
        &self.place
    }

    fn prepare(&self, _with_codes: usize) {
        let status = self.kratos(&["migrate", "sql", "--read-from-env", "--yes"]).output().expect("it is installed");
        assert!(status.status.success(), "{}", String::from_utf8_lossy(&status.stderr));
    }

    fn server(&self) -> Command {
        self.kratos(&["serve", "--config", "kratos.yml"])
    }

    fn people<'a>(&'a self, connection: &'a mut Connection, with_codes: usize) -> Work<'a, Vec<Person>> {
        Box::pin(async move {
            let mut admin = Connection::open(self.place.admin).await;
            let mut people = Vec::new();
            for name in std::iter::once("jane".to_owned()).chain((0..with_codes).map(|number| format!("user{number}")))
            {
                let credentials = json!({"password": {"config": {"password": PASSWORD}}});
                let body = json!({"schema_id": "person", "traits": {"name": name}, "credentials": credentials});
                ask(&mut admin, ("POST", "/admin/identities"), &[], body, 201).await;
                people.push(Person::new(&name, None));
            }
            for person in people.iter_mut().skip(1) {
                let session = self.sign_in(connection, person).await;
                person.secret = Some(enrol(connection, &session).await);
            }
            people
        })
    }

    fn check_path(&self) -> &'static str {
        "/sessions/whoami"
    }

    fn sign_in<'a>(&'a self, connection: &'a mut Connection, person: &'a Person) -> Work<'a, Session> {
        let body = json!({"method": "password", "identifier": person.name, "password": PASSWORD});
        Box::pin(async move {
            let told = flow(connection, LOGIN, "", &Session::new(), body).await;
            vec![("x-session-token", told.text("/session_token"))]
        })
    }

    fn begin<'a>(&'a self, connection: &'a mut Connection, person: &'a Person) -> Work<'a, Challenge> {
        Box::pin(async move {
            let session = self.sign_in(connection, person).await;
            Challenge { session, token: String::new() }
        })
    }

    fn finish<'a>(&'a self, connection: &'a mut Connection, challenge: &'a Challenge, code: &'a str) -> Work<'a, ()> {
        let body = json!({"method": "totp", "totp_code": code});
        Box::pin(async move {
            flow(connection, LOGIN, "?aal=aal2", &challenge.session, body).await;
        })
    }
}

/// Sets up an authenticator; its secret.
async fn enrol(connection: &mut Connection, session: &Session) -> String {
    let begun = ask(connection, ("GET", &format!("{SETTINGS}/api")), session, Value::Null, 200).await;
    let nodes = begun.body["ui"]["nodes"].as_array().expect("nodes");
    let secret = nodes.iter().find(|node| node["attributes"]["id"] == "totp_secret_key").expect("a secret");
    let secret = secret["attributes"]["text"]["text"].as_str().expect("a text").to_owned();
    let person = Person::new("", Some(&secret));
    let body = json!({"method": "totp", "totp_code": code::unused(&person).await});
    ask(connection, ("POST", &format!("{SETTINGS}?flow={}", begun.text("/id"))), session, body, 200).await;
    secret
}

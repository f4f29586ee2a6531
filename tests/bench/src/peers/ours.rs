//! This service: the local stack with its data on the disk.

use std::cell::RefCell;
use std::path::PathBuf;
use std::process::Command;

use scenarios::PASSWORD;
use serde_json::{Value, json};

use super::code;
use super::contender::{Challenge, Contender, Key, Keys, Person, Place, Session, Work};
use super::told::{Told, ask};
use crate::connection::{Connection, Header};

pub(crate) const CHECK_PATH: &str = "/pro/user-manager/v1/user/@current/authorization";
const SESSION: &str = "/pro/user-manager/v1/session";
const MFA: &str = "/pro/user-manager/v1/user/@current/mfa/totp";
const KEYS: &str = "/pro/user-manager/v1/user/@current/api-key";

/// The local stack under a name of its own, since it is measured twice.
pub(crate) struct Ours {
    pub(crate) name: &'static str,
    pub(crate) program: PathBuf,
    pub(crate) place: Place,
}

/// What a browser sends.
fn cookies(cookies: &str) -> Session {
    vec![("cookie", cookies.to_owned())]
}

/// Signs in as a browser does that keeps its cookies: from the second time on it is recognised.
async fn prove(connection: &mut Connection, person: &Person, path: &str, body: Value, status: u16) -> Told {
    let told = ask(connection, ("POST", path), &recognised(person), body, status).await;
    if let Some(device) = device_of(&told) {
        person.device.replace(Some(device));
    }
    told
}

/// By what a person's browser is recognised, once it is.
fn recognised(person: &Person) -> Session {
    person.device.borrow().iter().flat_map(|device| cookies(device)).collect()
}

fn device_of(told: &Told) -> Option<String> {
    told.cookies.split("; ").find(|cookie| cookie.starts_with("__Host-device=")).map(str::to_owned)
}

impl Contender for Ours {
    fn name(&self) -> &'static str {
        self.name
    }

    fn place(&self) -> &Place {
        &self.place
    }

    fn prepare(&self, _with_codes: usize) {}

    fn server(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.args(["--listen", &self.place.address.to_string(), "--demo-password", PASSWORD]);
        command.arg("--data").arg(self.place.folder.join("data"));
        command
    }

    fn people<'a>(&'a self, connection: &'a mut Connection, with_codes: usize) -> Work<'a, Vec<Person>> {
        Box::pin(async move {
            let admin = self.sign_in(connection, &Person::new("admin", None)).await;
            let mut people = vec![Person::new("jane", None)];
            for number in 0..with_codes {
                people.push(invited(connection, &admin, &format!("user{number}")).await);
            }
            people
        })
    }

    fn check_path(&self) -> &'static str {
        CHECK_PATH
    }

    fn sign_in<'a>(&'a self, connection: &'a mut Connection, person: &'a Person) -> Work<'a, Session> {
        let body = json!({"user_name": person.name, "password": PASSWORD});
        Box::pin(async move { cookies(&prove(connection, person, SESSION, body, 201).await.cookies) })
    }

    fn begin<'a>(&'a self, connection: &'a mut Connection, person: &'a Person) -> Work<'a, Challenge> {
        let body = json!({"user_name": person.name, "password": PASSWORD});
        Box::pin(async move {
            let token = prove(connection, person, SESSION, body, 200).await.text("/challenge");
            Challenge { session: recognised(person), token }
        })
    }

    fn finish<'a>(&'a self, connection: &'a mut Connection, challenge: &'a Challenge, code: &'a str) -> Work<'a, ()> {
        let body = json!({"challenge": challenge.token, "code": code});
        Box::pin(async move {
            ask(connection, ("POST", &format!("{SESSION}/mfa")), &challenge.session, body, 201).await;
        })
    }

    fn keys(&self) -> Option<&dyn Keys> {
        Some(self)
    }
}

/// A new user, who takes the invitation and sets up an authenticator.
async fn invited(connection: &mut Connection, admin: &Session, name: &str) -> Person {
    let body = json!({"environment_name": "ROOT", "user_name": name});
    let token =
        ask(connection, ("POST", "/pro/user-manager/v1/user"), admin, body, 201).await.text("/invitation/token");
    let body = json!({"token": token, "password": PASSWORD});
    let accepted = ask(connection, ("POST", &format!("{SESSION}/invitation")), &[], body, 201).await;
    let session = cookies(&accepted.cookies);
    let secret = ask(connection, ("POST", MFA), &session, Value::Null, 201).await.text("/secret");
    let person = Person { device: RefCell::new(device_of(&accepted)), ..Person::new(name, Some(&secret)) };
    let body = json!({"code": code::unused(&person).await});
    ask(connection, ("POST", &format!("{MFA}/confirm")), &session, body, 200).await;
    person
}

impl Keys for Ours {
    fn header(&self, value: &str) -> Header {
        ("apikey", value.to_owned())
    }

    fn create<'a>(&'a self, connection: &'a mut Connection, session: &'a Session, name: &'a str) -> Work<'a, Key> {
        let body = json!({"name": name, "scopes": ["Tasks"]});
        Box::pin(async move {
            let value = ask(connection, ("POST", KEYS), session, body, 201).await.text("/value");
            Key { id: name.to_owned(), value }
        })
    }

    fn list<'a>(&'a self, connection: &'a mut Connection, session: &'a Session) -> Work<'a, usize> {
        Box::pin(async move {
            let told = ask(connection, ("GET", KEYS), session, Value::Null, 200).await;
            told.body["items"].as_array().map_or(0, Vec::len)
        })
    }

    fn rotate<'a>(
        &'a self,
        connection: &'a mut Connection,
        session: &'a Session,
        key: &'a Key,
    ) -> Option<Work<'a, Key>> {
        Some(Box::pin(async move {
            let path = format!("{KEYS}/{}/rotate", key.id);
            let value = ask(connection, ("POST", &path), session, json!({}), 200).await.text("/value");
            Key { id: key.id.clone(), value }
        }))
    }

    fn delete<'a>(&'a self, connection: &'a mut Connection, session: &'a Session, key: &'a Key) -> Work<'a, ()> {
        Box::pin(async move {
            ask(connection, ("DELETE", &format!("{KEYS}/{}", key.id)), session, Value::Null, 204).await;
        })
    }
}

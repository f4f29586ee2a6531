//! More users than the demo account has.

use serde_json::{Map, Value, json};

use crate::caller::Caller;
use crate::person::{PASSWORD, Person};
use crate::response::Response;

/// A user to be made: local, in ROOT, in no group, under a name of its own, unless something else is said.
#[must_use]
pub struct NewUser {
    anyone: Caller,
    environment_name: String,
    user_name: String,
    groups: Vec<String>,
    more: Map<String, Value>,
}

impl NewUser {
    pub(crate) fn new(anyone: &Caller, user_name: String) -> Self {
        let environment_name = "ROOT".to_owned();
        Self { anyone: anyone.clone(), environment_name, user_name, groups: Vec::new(), more: Map::new() }
    }

    /// Of this name.
    pub fn named(self, user_name: &str) -> Self {
        Self { user_name: user_name.to_owned(), ..self }
    }

    /// In this environment, which is made where it is not there.
    pub fn environment(self, name: &str) -> Self {
        Self { environment_name: name.to_owned(), ..self }
    }

    /// In these groups, which are made where they are not there.
    pub fn groups<'a>(self, names: impl IntoIterator<Item = &'a str>) -> Self {
        Self { groups: names.into_iter().map(str::to_owned).collect(), ..self }
    }

    /// With one more member of the body: `full_name`, `email`, `identity_provider`.
    pub fn with(mut self, member: &str, value: impl Into<Value>) -> Self {
        self.more.insert(member.to_owned(), value.into());
        self
    }

    /// Makes the user and signs in, by the invitation or by the provider.
    pub async fn create(self) -> Person {
        let browser = Caller::browser(self.anyone.wire.clone());
        let is_local = self.more.get("identity_provider").is_none_or(|provider| provider == "local");
        let made = self.invite().await;
        if !is_local {
            return Person::single_sign_on(browser, &made.text("environment_name"), &made.text("user_name")).await;
        }
        let token = made["invitation"]["token"].as_str().unwrap_or_else(|| panic!("{made:?}"));
        let accepted = json!({"token": token, "password": PASSWORD});
        let answer = browser.post("/session/invitation", accepted).await.expect(201);
        Person::signed_in(browser, &answer, PASSWORD)
    }

    /// Makes the user and no more; the answer holds the invitation.
    pub async fn invite(self) -> Response {
        let admin = Person::sign_in(Caller::browser(self.anyone.wire.clone()), "ROOT", "admin").await;
        let place = json!({"environment_name": self.environment_name});
        make_sure(&admin, "/environment", place).await;
        for group in &self.groups {
            let group = json!({"environment_name": self.environment_name, "group_name": group});
            make_sure(&admin, "/group", group).await;
        }
        let mut body = self.more;
        body.insert("environment_name".to_owned(), self.environment_name.into());
        body.insert("user_name".to_owned(), self.user_name.into());
        body.insert("groups".to_owned(), self.groups.into());
        admin.post("/user", Value::Object(body)).await.expect(201)
    }
}

async fn make_sure(admin: &Caller, path: &str, body: Value) {
    let answer = admin.post(path, body).await;
    assert!(answer.status() == 201 || answer.slug() == Some("name-taken"), "{answer:?}");
}

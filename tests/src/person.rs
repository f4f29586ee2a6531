//! A signed-in user, and the keys they make.

use std::ops::Deref;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};
use shared::clock::Timestamp;

use crate::authenticator::Authenticator;
use crate::caller::Caller;
use crate::response::Response;

/// The password of `admin`, `jane` and all users made here: 15 characters or more, and hard to guess.
pub const PASSWORD: &str = "plover-Quagmire-7-tundra";

/// A user with a browser of their own. Calls are made as on [`Caller`].
#[derive(Clone)]
pub struct Person {
    caller: Caller,
    /// Where the name is unique.
    pub environment_name: String,
    /// The name.
    pub user_name: String,
    /// Empty for users of single sign-on.
    pub password: String,
}

impl Deref for Person {
    type Target = Caller;

    fn deref(&self) -> &Caller {
        &self.caller
    }
}

impl Person {
    /// A user without MFA whose password is [`PASSWORD`], in `browser`.
    pub(crate) async fn sign_in(browser: Caller, environment_name: &str, user_name: &str) -> Self {
        let body = json!({"environment_name": environment_name, "user_name": user_name, "password": PASSWORD});
        let answer = browser.post("/session", body).await.expect(201);
        Self::signed_in(browser, &answer, PASSWORD)
    }

    /// A user with MFA whose password is [`PASSWORD`], in `browser`.
    pub(crate) async fn sign_in_with_code(
        browser: Caller,
        environment_name: &str,
        user_name: &str,
        code: &str,
    ) -> Self {
        let body = json!({"environment_name": environment_name, "user_name": user_name, "password": PASSWORD});
        let challenge = browser.post("/session", body).await.expect(200).text("challenge");
        let answer = browser.post("/session/mfa", json!({"challenge": challenge, "code": code})).await.expect(201);
        Self::signed_in(browser, &answer, PASSWORD)
    }

    /// A user whom the provider signs in, in `browser`.
    pub(crate) async fn single_sign_on(browser: Caller, environment_name: &str, user_name: &str) -> Self {
        let body = json!({"environment_name": environment_name, "user_name": user_name});
        let answer = browser.post("/_local/sso", body).await.expect(201);
        Self::signed_in(browser, &answer, "")
    }

    /// Whoever the browser of `caller` has just signed in, as `answer` says.
    pub(crate) fn signed_in(caller: Caller, answer: &Response, password: &str) -> Self {
        let member = |name: &str| answer["user"][name].as_str().unwrap_or_else(|| panic!("{answer:?}")).to_owned();
        let (environment_name, user_name) = (member("environment_name"), member("user_name"));
        Self { caller, environment_name, user_name, password: password.to_owned() }
    }

    /// What `POST /session` takes from this user.
    #[must_use]
    pub fn credentials(&self) -> Value {
        json!({
            "environment_name": self.environment_name,
            "user_name": self.user_name,
            "password": self.password,
        })
    }

    /// The path under which administrators find this user, with `what` at its end: `info`, `invitation`, `mfa/reset`.
    #[must_use]
    pub fn path(&self, what: &str) -> String {
        let names = [&self.environment_name, &self.user_name];
        let [environment, user] = names.map(|name| utf8_percent_encode(name, NON_ALPHANUMERIC));
        format!("/user/demo/{environment}/{user}/{what}")
    }

    /// Makes a key with these scopes; it ends in 90 days.
    pub async fn create_key(&self, name: &str, scopes: &[&str]) -> ApiKey {
        let answer = self.post("ME/api-key", json!({"name": name, "scopes": scopes})).await.expect(201);
        ApiKey::of(self, &answer)
    }

    /// Makes a key that ends at `expiry`.
    pub async fn create_key_until(&self, name: &str, scopes: &[&str], expiry: Timestamp) -> ApiKey {
        let body = json!({"name": name, "scopes": scopes, "expiration_date": expiry});
        ApiKey::of(self, &self.post("ME/api-key", body).await.expect(201))
    }

    /// Proves the password once more, so that this session is fresh. With MFA on, see [`Person::step_up_with`].
    pub async fn step_up(&self) -> Response {
        self.post("/session/step-up", json!({"password": self.password})).await.expect(204)
    }

    /// Proves password and one-time code once more.
    pub async fn step_up_with(&self, code: &str) -> Response {
        self.post("/session/step-up", json!({"password": self.password, "code": code})).await.expect(204)
    }

    /// Turns MFA on; needs a fresh session.
    pub async fn enable_mfa(&self) -> Authenticator {
        let enrolment = self.post("ME/mfa/totp", ()).await.expect(201);
        let mut authenticator = Authenticator::new(&enrolment.text("secret"));
        let code = authenticator.first_code(self).await;
        let confirmed = self.post("ME/mfa/totp/confirm", json!({"code": code})).await.expect(200);
        let codes = confirmed["recovery_codes"].as_array().expect("a list").iter();
        authenticator.recovery_codes = codes.map(|code| code.as_str().expect("a text").to_owned()).collect();
        authenticator
    }
}

/// A key with its value. Calls are made with it, as on [`Caller`].
#[derive(Clone)]
pub struct ApiKey {
    caller: Caller,
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
}

impl Deref for ApiKey {
    type Target = Caller;

    fn deref(&self) -> &Caller {
        &self.caller
    }
}

impl ApiKey {
    /// The key that `answer` shows, for calls to the service that `caller` calls.
    #[must_use]
    pub fn of(caller: &Caller, answer: &Response) -> Self {
        let value = answer.text("value");
        Self { caller: Caller::key(caller.wire.clone(), &value), name: answer.text("name"), value }
    }
}

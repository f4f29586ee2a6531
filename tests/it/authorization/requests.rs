//! A valid request for each row, and the faults that can be put into it.

use http::Method;
use scenarios::{Authenticator, Body, Call, Form, PASSWORD, World};
use serde_json::{Value, json};
use shared::clock::Clock;

use super::cast::{Caller, Standing};
use super::people::{EXPIRED_KEY, OWN_KEY};
use super::table::Row;

/// What the requests name, beside the callers themselves.
pub(super) struct Props {
    clock: Clock,
    /// A challenge that waits for its code.
    challenge: String,
    challenged: Authenticator,
    invitation: Value,
    /// Of somebody who calls nothing.
    foreign_session: String,
    foreign_key: String,
    /// The policy in force.
    pub(super) policy: &'static str,
}

/// The key that only somebody else has.
const FOREIGN_KEY: &str = "of another";

impl Props {
    /// Makes them. Their time is the service's own, which goes on by seconds while everybody calls.
    pub(super) async fn make(world: &World) -> Self {
        let admin = world.admin().await;
        admin.post("/environment", json!({"environment_name": "Empty"})).await.expect(201);
        admin.post("/group", json!({"environment_name": "ROOT", "group_name": "Empty"})).await.expect(201);
        world.new_user().named("tess").invite().await;
        world.new_user().named("tara").groups(["Admin"]).invite().await;
        let invitation = world.new_user().named("ivy").invite().await["invitation"]["token"].clone();
        let jane = world.jane().await;
        let foreign_key = jane.create_key(FOREIGN_KEY, &["APIKey"]).await.value;
        let sessions = jane.get("ME/session").await.expect(200);
        let foreign_session = sessions["items"][0]["id"].as_str().expect("an id").to_owned();
        let mona = world.new_user().named("mona").create().await;
        let challenged = mona.enable_mfa().await;
        world.advance(30).await;
        let challenge = world.browser().post("/session", mona.credentials()).await.expect(200).text("challenge");
        let clock = world.stack().context().clock.clone();
        Self { clock, challenge, challenged, invitation, foreign_session, foreign_key, policy: "optional" }
    }

    /// The code that `authenticator` shows now.
    fn code(&self, authenticator: &Authenticator) -> String {
        authenticator.code_at(self.clock.now())
    }
}

/// A request with a fault or none.
pub(super) struct Request {
    method: Method,
    target: String,
    headers: Vec<(&'static str, String)>,
    content: Content,
}

enum Content {
    Nothing,
    Json(Value),
    Form(Vec<(&'static str, String)>),
    Other(Body),
}

impl Request {
    /// The valid request for `row` by `caller`.
    pub(super) fn of(row: &Row, caller: &Caller, props: &Props) -> Self {
        Self {
            method: row.method.clone(),
            target: target(row, caller, props),
            headers: caller.headers.clone(),
            content: content(row, caller, props),
        }
    }

    /// With a member that is not listed, or a body where there is none.
    pub(super) fn with_surprise(mut self) -> Self {
        match &mut self.content {
            Content::Json(body) => body["surprise"] = 1.into(),
            Content::Form(pairs) => pairs.push(("surprise", "1".to_owned())),
            Content::Nothing | Content::Other(_) => self.content = Content::Json(json!({})),
        }
        self
    }

    /// With a body of a type that no call takes.
    pub(super) fn of_another_type(self) -> Self {
        Self { content: Content::Other(Body::of(Some("text/plain"), "{}")), ..self }
    }

    /// With a body over the limit.
    pub(super) fn over_the_limit(self) -> Self {
        Self { content: Content::Other(Body::json_text(&" ".repeat(16 * 1_024 + 1))), ..self }
    }

    /// About what is not there; `None` where the path names nothing.
    pub(super) fn about_nothing(self, row: &Row) -> Option<Self> {
        let (before, after) = row.path.rsplit_once('{')?;
        let after = after.split_once('}').expect("a variable").1;
        let named = row.case != "@self";
        let target = format!("{}nobody{after}", before.replace("{account}", "demo").replace("{environment}", "ROOT"));
        named.then_some(Self { target, ..self })
    }

    /// Where the state asked for is another one.
    pub(super) fn if_stale(mut self) -> Self {
        self.headers.push(("if-match", "\"stale\"".to_owned()));
        self
    }

    pub(super) const fn has_body(&self) -> bool {
        !matches!(self.content, Content::Nothing)
    }

    pub(super) fn call(&self, world: &World) -> Call {
        let body = match &self.content {
            Content::Nothing => Body::default(),
            Content::Json(body) => body.clone().into(),
            Content::Form(pairs) => {
                let pairs: Vec<_> = pairs.iter().map(|(name, value)| (*name, value.as_str())).collect();
                Form(&pairs).into()
            }
            Content::Other(body) => body.clone(),
        };
        let call = world.anyone().call(self.method.clone(), &self.target).body(body);
        self.headers.iter().fold(call, |call, (name, value)| call.header(name, value))
    }
}

/// The path with what the row is about.
fn target(row: &Row, caller: &Caller, props: &Props) -> String {
    let key = match row.case.as_str() {
        "@self" => "@self",
        "another user's" => "of%20another",
        "an expired one" => EXPIRED_KEY,
        _ => OWN_KEY,
    };
    let [old, new] = &caller.user.session_ids;
    let session = match (&caller.standing, row.case.as_str()) {
        (_, "another user's") => &props.foreign_session,
        (Standing::Session { is_fresh: true, .. }, _) => old,
        _ if new.is_empty() => &props.foreign_session,
        _ => new,
    };
    let user = match row.case.as_str() {
        "an administrator" | "removing Admin" => "tara",
        _ => "tess",
    };
    let environment = if row.path.starts_with("/environment") { "Empty" } else { "ROOT" };
    [
        ("{account}", "demo"),
        ("{environment}", environment),
        ("{user}", user),
        ("{group}", "Empty"),
        ("{name}", key),
        ("{id}", session),
    ]
    .into_iter()
    .fold(row.path.clone(), |path, (variable, value)| path.replace(variable, value))
}

/// The body that the row takes from this caller.
fn content(row: &Row, caller: &Caller, props: &Props) -> Content {
    let call = row.call();
    let call = call.replace("/user/{account}/{environment}/{user}", "…");
    Content::Json(match (call.as_str(), row.case.as_str()) {
        ("POST /session", _) => json!({"user_name": "jane", "password": PASSWORD}),
        ("POST /session/mfa", _) => json!({"challenge": props.challenge, "code": props.code(&props.challenged)}),
        ("POST /session/step-up", _) => step_up(caller, props),
        ("POST /session/password-reset", _) => json!({"user_name": "jane"}),
        ("POST /session/invitation", _) => json!({"token": props.invitation, "password": PASSWORD}),
        ("PATCH ME/info", "the address") => json!({"email": "newer@example.com"}),
        ("POST ME/email/confirm", _) => json!({"token": caller.user.address_token}),
        ("PUT ME/password", _) => {
            json!({"current_password": PASSWORD, "new_password": "amber-Turnstile-31-osprey"})
        }
        ("POST ME/mfa/totp/confirm", _) => {
            let code = caller.user.pending.as_ref().map(|pending| props.code(pending));
            json!({"code": code.unwrap_or_else(|| "000000".to_owned())})
        }
        ("POST ME/api-key", _) => json!({"name": "another", "scopes": ["APIKey"]}),
        ("POST ME/api-key/{name}/rotate", _) => json!({"overlap_seconds": 60}),
        ("POST /user", "") => json!({"environment_name": "ROOT", "user_name": "newcomer"}),
        ("POST /user", _) => json!({"environment_name": "ROOT", "user_name": "newcomer", "groups": ["Admin"]}),
        ("PATCH …/info", "adding Admin") => json!({"groups": ["Admin"]}),
        ("PATCH …/info", "removing Admin") => json!({"groups": []}),
        ("PATCH ME/info" | "PATCH …/info", _) => json!({"full_name": "Another Name"}),
        ("POST /environment", _) => json!({"environment_name": "Another"}),
        ("POST /group", _) => json!({"environment_name": "ROOT", "group_name": "Another"}),
        ("POST /introspect", _) => return Content::Form(vec![("token", props.foreign_key.clone())]),
        ("PATCH /account/settings", _) => json!({"mfa_policy": props.policy}),
        _ => return Content::Nothing,
    })
}

fn step_up(caller: &Caller, props: &Props) -> Value {
    let mut body = json!({"password": PASSWORD});
    if let Some(authenticator) = &caller.user.authenticator {
        body["code"] = props.code(authenticator).into();
    }
    body
}

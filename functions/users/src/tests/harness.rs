//! One service with one administrator on a table of its own.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use http::{Method, Request, StatusCode};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use shared::clock::{Clock, Timestamp};
use shared::context::{Config, Context};
use shared::http::call::Facts;
use shared::id::ItemId;
use shared::keyring::Keyring;
use shared::name::{EnvironmentName, GroupName, KeyName, UserName};
use shared::password::Hasher;
use shared::scope::{Scope, ScopeSet};
use shared::secrets::{SecretSource, Secrets};
use shared::store::Store;
use shared::store::keys::{ApiKey, key_id};
use shared::store::sessions::{Factor, Session};
use shared::store::settings::MfaPolicy;
use shared::store::users::{Profile, Provider};
use shared::token::{ApiKeyValue, Locator, OpaqueToken, TokenKind};
use table::testing::TestTable;
use tokio::task::JoinHandle;
use tower::ServiceExt;

use crate::bootstrap::{self, NewUser};

const BASE: &str = "/pro/user-manager/v1";
pub(super) const NOW: Timestamp = Timestamp::from_unix_seconds(1_800_000_000);

/// The path of one user.
pub(super) fn user_path(environment: &str, user: &str, rest: &str) -> String {
    format!("/user/demo/{environment}/{user}/{rest}")
}

/// How a caller proves itself.
pub(super) type Header = (&'static str, String);

/// The function, and an administrator's session.
pub(super) struct Service {
    pub(super) context: Context,
    router: Router,
    admin: Profile,
    session: Header,
    _table: TestTable,
}

impl Service {
    pub(super) async fn start() -> Self {
        let table = TestTable::start().await;
        let context = context(&table);
        bootstrap::ensure_account(&context).await.expect("an account");
        bootstrap::ensure_account(&context).await.expect("the same account");
        let admin = new_user("ROOT", "admin", &["Admin"]);
        let admin = bootstrap::insert_user(&context, admin, NOW).await.expect("an administrator");
        let session = session(&context, &admin).await;
        Self { router: crate::router(context.clone()), context, admin, session, _table: table }
    }

    pub(super) async fn send(&self, method: Method, path: &str, body: Option<Value>) -> (StatusCode, Value) {
        self.send_with(&self.session, method, path, body).await
    }

    pub(super) async fn send_with(
        &self,
        credential: &Header,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> (StatusCode, Value) {
        let (status, _, body) = answer(self.router.clone(), request(credential, method, path, None, body)).await;
        (status, body)
    }

    pub(super) async fn patch_if(&self, path: &str, tag: &str, body: Value) -> (StatusCode, Value) {
        let request = request(&self.session, Method::PATCH, path, Some(tag), Some(body));
        let (status, _, body) = answer(self.router.clone(), request).await;
        (status, body)
    }

    pub(super) async fn etag(&self, path: &str) -> String {
        answer(self.router.clone(), request(&self.session, Method::GET, path, None, None)).await.1
    }

    pub(super) fn spawn(&self, method: Method, path: String, body: Option<Value>) -> JoinHandle<(StatusCode, Value)> {
        let (router, session) = (self.router.clone(), self.session.clone());
        tokio::spawn(async move {
            let (status, _, body) = answer(router, request(&session, method, &path, None, body)).await;
            (status, body)
        })
    }

    pub(super) async fn make_environment(&self, name: &str) {
        let body = json!({"environment_name": name});
        assert_eq!(self.send(Method::POST, "/environment", Some(body)).await.0, StatusCode::CREATED);
    }

    pub(super) async fn create(&self, environment: &str, name: &str, groups: &[&str]) {
        let body = json!({"environment_name": environment, "user_name": name, "groups": groups});
        let (status, answer) = self.send(Method::POST, "/user", Some(body)).await;
        assert_eq!(status, StatusCode::CREATED, "{answer}");
    }

    /// `environment/name` of every user that the pages of `path` hold.
    pub(super) async fn pages(&self, path: &str) -> Vec<String> {
        let mut names = Vec::new();
        let mut at = path.to_owned();
        loop {
            let (status, page) = self.send(Method::GET, &at, None).await;
            assert_eq!(status, StatusCode::OK, "{page}");
            for item in page["items"].as_array().expect("items") {
                let part = |name: &str| item[name].as_str().expect("a name").to_owned();
                names.push(format!("{}/{}", part("environment_name"), part("user_name")));
            }
            let Some(next) = page["next"].as_str() else { return names };
            at = format!("{path}&cursor={next}");
        }
    }

    pub(super) async fn enabled_admins(&self) -> u64 {
        self.context.store.group("root", "admin").await.expect("an answer").expect("a group").enabled_members
    }

    /// A session of a user of ROOT.
    pub(super) async fn session_of(&self, name: &str) -> Header {
        let id = self.context.store.user_id_by_name("root", name).await.expect("an answer").expect("a user");
        let user = self.context.store.profile(id).await.expect("an answer").expect("a profile");
        session(&self.context, &user).await
    }

    /// A key of the administrator with the scope `Authentication`.
    pub(super) async fn key(&self) -> Header {
        let name = KeyName::parse("script").expect("a name");
        let locator = Locator { user: self.admin.id, item: key_id(&name) };
        let value = ApiKeyValue::generate(locator).expect("randomness");
        let key = ApiKey {
            user: self.admin.id,
            name,
            creation: ItemId::generate().expect("randomness"),
            place: 0,
            digest: value.digest(),
            previous: None,
            scopes: ScopeSet::from(Scope::Authentication),
            expires_at: NOW.plus(1_000_000),
            created_at: NOW,
            rotated_at: None,
            last_used_at: None,
            hint: value.hint(),
        };
        let outcome = self.context.store.write(key.insert(NOW).expect("a write")).await.expect("an answer");
        assert!(outcome.is_done());
        ("apikey", value.expose().to_owned())
    }
}

/// A local user to be made.
pub(super) fn new_user(environment: &str, name: &str, groups: &[&str]) -> NewUser {
    NewUser {
        environment: EnvironmentName::parse(environment).expect("a name"),
        user_name: UserName::parse(name).expect("a name"),
        full_name: None,
        email: None,
        provider: Provider::Local,
        groups: groups.iter().map(|group| GroupName::parse(group).expect("a name")).collect(),
    }
}

fn request(
    (header, value): &Header,
    method: Method,
    path: &str,
    if_match: Option<&str>,
    body: Option<Value>,
) -> Request<Body> {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let facts = Facts {
        now: NOW,
        request_id: "r".into(),
        source_ip: "192.0.2.1".into(),
        path_parameters: path_parameters(path),
        raw_path: String::new(),
        query: query.into(),
    };
    let mut request = Request::builder().method(method).uri(format!("{BASE}{path}")).header(*header, value);
    if let Some(tag) = if_match {
        request = request.header("if-match", tag);
    }
    if body.is_some() {
        request = request.header("content-type", "application/json");
    }
    let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
    request.extension(facts).body(body).expect("a request")
}

/// What the gateway would put into the event.
fn path_parameters(path: &str) -> HashMap<String, String> {
    let parts: Vec<&str> = path.split('/').skip(1).collect();
    let names = match parts.first() {
        Some(&"user") => ["account", "environment", "user"],
        Some(&"group") => ["account", "environment", "group"],
        _ => ["account", "environment", ""],
    };
    let values = parts.iter().skip(1);
    names.iter().zip(values).map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

async fn answer(router: Router, request: Request<Body>) -> (StatusCode, String, Value) {
    let response = router.oneshot(request).await.expect("an answer");
    let status = response.status();
    let tag = response.headers().get("etag").map(|tag| tag.to_str().expect("ASCII").to_owned()).unwrap_or_default();
    let body = response.into_body().collect().await.expect("a body").to_bytes();
    (status, tag, serde_json::from_slice(&body).unwrap_or_default())
}

async fn session(context: &Context, user: &Profile) -> Header {
    let id = ItemId::generate().expect("randomness");
    let token = OpaqueToken::generate(TokenKind::Session, Locator { user: user.id, item: id }).expect("randomness");
    let session = Session {
        user: user.id,
        id,
        digest: token.digest(),
        epoch: user.session_epoch,
        factors: vec![Factor::Password],
        fresh_until: NOW.plus(600),
        created_at: NOW,
        last_seen_at: NOW,
        expires_at: NOW.plus(3_600),
        user_agent: String::new(),
        source_ip: String::new(),
    };
    let outcome = context.store.write(session.insert().expect("a write")).await.expect("an answer");
    assert!(outcome.is_done());
    ("cookie", format!("__Host-session={}", token.expose()))
}

fn context(table: &TestTable) -> Context {
    let secret = format!(r#"{{"current":"1","1":"{}"}}"#, "s".repeat(64));
    let keyring = Arc::new(Keyring::parse(&secret).expect("a secret"));
    let config = Config {
        account_name: "demo".into(),
        mfa_policy_default: MfaPolicy::Optional,
        expired_key_retention_seconds: 0,
        mail_from: String::new(),
        refusal_time_min: Duration::ZERO,
        portal_origin: "https://portal.test".into(),
    };
    let hasher = Hasher::with_params(8, 1).expect("valid costs");
    let store = Store::new(table.client.clone(), &*table.name);
    Context::new(store, Clock::system(), Secrets::new(SecretSource::Given(keyring)), hasher, config)
}

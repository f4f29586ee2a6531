//! Somebody who calls, with one credential or none.

use std::collections::BTreeMap;
use std::fmt;
use std::future::{Future, IntoFuture};
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request};
use serde_json::{Map, Value, json};
use shared::http::BASE_PATH;

use crate::check;
use crate::deployed;
use crate::exchange::{self, Sent};
use crate::response::Response;
use crate::site::emulator_differs;
use crate::wire::Wire;

/// Somebody who calls. Clones are the same caller: they share their cookies.
#[derive(Clone)]
pub struct Caller {
    pub(crate) wire: Wire,
    credential: Credential,
}

#[derive(Clone)]
enum Credential {
    None,
    Key(String),
    Cookies(Arc<Mutex<BTreeMap<String, String>>>),
}

impl Caller {
    pub(crate) const fn anyone(wire: Wire) -> Self {
        Self { wire, credential: Credential::None }
    }

    pub(crate) fn browser(wire: Wire) -> Self {
        Self { wire, credential: Credential::Cookies(Arc::default()) }
    }

    pub(crate) fn key(wire: Wire, value: &str) -> Self {
        Self { wire, credential: Credential::Key(value.to_owned()) }
    }

    /// The same caller from another address, as `127.0.0.2`.
    #[must_use]
    pub fn at(&self, source: impl Into<IpAddr>) -> Self {
        Self { wire: self.wire.with_source(source.into()), credential: self.credential.clone() }
    }

    /// Whether the service is in the deployment, and no local stack.
    pub(crate) const fn is_deployed(&self) -> bool {
        self.wire.site().is_some()
    }

    /// `GET path`, where `path` is `ME/…`, `/…` below the base path, or `/_local/…`.
    #[must_use]
    pub fn get(&self, path: &str) -> Call {
        self.call(Method::GET, path)
    }

    /// `POST path`; `()` is no body.
    #[must_use]
    pub fn post(&self, path: &str, body: impl Into<Body>) -> Call {
        self.call(Method::POST, path).body(body)
    }

    /// `PUT path`.
    #[must_use]
    pub fn put(&self, path: &str, body: impl Into<Body>) -> Call {
        self.call(Method::PUT, path).body(body)
    }

    /// `PATCH path`.
    #[must_use]
    pub fn patch(&self, path: &str, body: impl Into<Body>) -> Call {
        self.call(Method::PATCH, path).body(body)
    }

    /// `DELETE path`.
    #[must_use]
    pub fn delete(&self, path: &str) -> Call {
        self.call(Method::DELETE, path)
    }

    /// Any method.
    #[must_use]
    pub fn call(&self, method: Method, path: &str) -> Call {
        self.raw(method, &expand(path))
    }

    /// Any method on a target that is sent as it stands.
    #[must_use]
    pub fn raw(&self, method: Method, target: &str) -> Call {
        let (caller, target) = (self.clone(), target.to_owned());
        Call { caller, method, target, headers: HeaderMap::new(), body: Bytes::new(), by: Answerer::Service }
    }

    /// The value of one of its cookies.
    #[must_use]
    pub fn cookie(&self, name: &str) -> Option<String> {
        match &self.credential {
            Credential::Cookies(jar) => jar.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned(),
            Credential::None | Credential::Key(_) => None,
        }
    }

    /// Sets a cookie, or takes it away.
    pub fn set_cookie(&self, name: &str, value: Option<&str>) {
        let Credential::Cookies(jar) = &self.credential else { panic!("only a browser keeps cookies") };
        let mut jar = jar.lock().unwrap_or_else(PoisonError::into_inner);
        match value {
            Some(value) => drop(jar.insert(name.to_owned(), value.to_owned())),
            None => drop(jar.remove(name)),
        }
    }

    /// What this caller sends by itself.
    fn headers(&self) -> Option<(HeaderName, String)> {
        match &self.credential {
            Credential::None => None,
            Credential::Key(value) => Some((HeaderName::from_static("apikey"), value.clone())),
            Credential::Cookies(jar) => {
                let jar = jar.lock().unwrap_or_else(PoisonError::into_inner);
                let pairs: Vec<_> = jar.iter().map(|(name, value)| format!("{name}={value}")).collect();
                (!pairs.is_empty()).then(|| (http::header::COOKIE, pairs.join("; ")))
            }
        }
    }

    fn keep_cookies(&self, response: &Response) {
        if !matches!(self.credential, Credential::Cookies(_)) {
            return;
        }
        for (name, value, attributes) in response.cookies() {
            let is_gone = value.is_empty() || attributes.contains("Max-Age=0");
            self.set_cookie(name, Some(value).filter(|_| !is_gone));
        }
    }
}

/// `ME/info` is the caller's own, `/_local/…` a door, and all else stands below the base path.
fn expand(path: &str) -> String {
    match path.strip_prefix("ME") {
        Some(rest) => format!("{BASE_PATH}/user/@current{rest}"),
        None if path.starts_with("/_local/") => path.to_owned(),
        None => format!("{BASE_PATH}{path}"),
    }
}

/// A body with its media type.
#[derive(Clone, Debug, Default)]
pub struct Body {
    media_type: Option<String>,
    bytes: Bytes,
}

impl Body {
    /// Any bytes under any type, or none.
    #[must_use]
    pub fn of(media_type: Option<&str>, bytes: impl Into<Bytes>) -> Self {
        Self { media_type: media_type.map(str::to_owned), bytes: bytes.into() }
    }

    /// JSON exactly as it is written here.
    #[must_use]
    pub fn json_text(text: &str) -> Self {
        Self::of(Some("application/json"), text.to_owned())
    }
}

/// A form's pairs.
#[derive(Clone, Copy, Debug)]
pub struct Form<'a>(pub &'a [(&'a str, &'a str)]);

impl From<()> for Body {
    fn from((): ()) -> Self {
        Self::default()
    }
}

impl From<Value> for Body {
    fn from(value: Value) -> Self {
        Self::json_text(&value.to_string())
    }
}

impl From<Form<'_>> for Body {
    fn from(Form(pairs): Form<'_>) -> Self {
        let text = serde_urlencoded::to_string(pairs).expect("texts can be encoded");
        Self::of(Some("application/x-www-form-urlencoded"), text)
    }
}

/// A call that is sent when it is awaited.
#[derive(Clone)]
pub struct Call {
    caller: Caller,
    method: Method,
    target: String,
    headers: HeaderMap,
    body: Bytes,
    by: Answerer,
}

/// Who is to answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answerer {
    Service,
    Gateway,
    Either,
}

impl Call {
    /// With one more header; the same name twice is sent twice.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        let name: HeaderName = name.parse().expect("a header's name");
        self.headers.append(name, HeaderValue::from_bytes(value.as_ref()).expect("a header's value"));
        self
    }

    /// With this body.
    #[must_use]
    pub fn body(mut self, body: impl Into<Body>) -> Self {
        let Body { media_type, bytes } = body.into();
        self.body = bytes;
        match media_type {
            Some(media_type) => self.header("content-type", media_type),
            None => self,
        }
    }

    /// Expects an answer that Amazon's gateway gives by itself, which has its own form.
    #[must_use]
    pub fn answered_by_gateway(mut self) -> Self {
        if self.caller.is_deployed() {
            emulator_differs("the gateway's own limits");
        }
        self.by = Answerer::Gateway;
        self
    }

    /// Expects that the function may come to its end or take too long, so that the gateway answers for it.
    #[must_use]
    pub fn perhaps_answered_by_gateway(mut self) -> Self {
        self.by = Answerer::Either;
        self
    }

    /// Headers and body, for tests that look for parts of them elsewhere.
    #[must_use]
    pub fn content(&self) -> Value {
        let own = self.headers.iter().filter_map(|(name, value)| Some((name.clone(), value.to_str().ok()?.to_owned())));
        let headers = own.chain(self.caller.headers());
        let headers: Map<_, _> = headers.map(|(name, value)| (name.to_string(), value.into())).collect();
        let body = serde_json::from_slice(&self.body).unwrap_or(Value::Null);
        json!({"headers": headers, "body": body})
    }

    async fn send(self) -> Response {
        let Self { caller, method, target, mut headers, body, by } = self;
        if let Some((name, value)) = caller.headers() {
            let value = HeaderValue::from_str(&value).expect("a credential in ASCII");
            headers.append(name, value);
        }
        let asked = format!("{method} {target}\n   {}", String::from_utf8_lossy(&body));
        let mut request = Request::new(body.clone());
        *request.method_mut() = method.clone();
        *request.headers_mut() = headers.clone();
        let response = Response::new(asked, exchange_over(&caller.wire, request, &target).await);
        let is_of_gateway = match by {
            Answerer::Service => false,
            Answerer::Gateway => true,
            Answerer::Either => matches!(response.status(), 500 | 503) && response.slug().is_none(),
        };
        if is_of_gateway {
            assert!(response["message"].is_string(), "not an answer of the gateway: {response:?}");
        } else {
            check::check(&response, method.as_str(), &target);
            exchange::check(Sent { method: &method, target: &target, headers: &headers, body: &body }, &response);
        }
        caller.keep_cookies(&response);
        let sets_policy = method == Method::PATCH && target == format!("{BASE_PATH}/account/settings");
        if let Some(site) = caller.wire.site().filter(|_| sets_policy && response.status.is_success()) {
            deployed::forget_policy(site, &caller.wire).await;
        }
        response
    }
}

/// Sends `request` to the service, or to the door behind `/_local/`.
async fn exchange_over(wire: &Wire, request: Request<Bytes>, target: &str) -> http::Response<Bytes> {
    let Some(site) = wire.site() else { return wire.send(request, target).await };
    if let Some(door) = target.strip_prefix("/_local/") {
        return deployed::open_door(site, wire, door, request).await;
    }
    deployed::check_request(request.method(), target, request.headers());
    deployed::correct_response(wire.send(request, target).await)
}

impl IntoFuture for Call {
    type Output = Response;
    type IntoFuture = Pin<Box<dyn Future<Output = Response> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.target)
    }
}

/// Sends all calls at once; their answers, in the order of the calls.
pub async fn at_once(calls: impl IntoIterator<Item = Call>) -> Vec<Response> {
    let sent: Vec<_> = calls.into_iter().map(|call| tokio::spawn(call.into_future())).collect();
    let mut answers = Vec::with_capacity(sent.len());
    for answer in sent {
        answers.push(answer.await.expect("every answer is as the contract says"));
    }
    answers
}

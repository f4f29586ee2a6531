//! Lambda authorizer (payload 2.0, simple response): lets API keys with the right scope through to other services'
//! HTTP APIs. Keys only; a session's cookie is not looked at.

pub mod doors;

use std::collections::BTreeMap;

use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderName, HeaderValue};
use serde::{Deserialize, Serialize};
use shared::access::KeyCaller;
use shared::context::Context;
use shared::http::credential::Credential;
use shared::scope::{Scope, ScopeSet};
use shared::{Error, Result};

/// What the gateway sends, as far as it is looked at.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Request {
    /// The path, decoded once by the gateway.
    pub raw_path: String,
    /// The headers; one that came twice holds both values with a comma between.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// What the gateway says of the request.
    pub request_context: RequestContext,
}

/// What the gateway says of a request.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RequestContext {
    /// The stage that was called; a named one stands in front of the path.
    #[serde(default)]
    pub stage: String,
    /// The gateway's id of the request.
    #[serde(default)]
    pub request_id: String,
    /// The request line.
    pub http: RequestLine,
}

/// A request line.
#[derive(Clone, Debug, Deserialize)]
pub struct RequestLine {
    /// The method, in capitals.
    pub method: String,
}

/// What became of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It goes on, with what the service behind is told.
    Allowed(Identity),
    /// No key, or one that is unknown or expired: the gateway answers 401.
    Unauthorized,
    /// A key that does not open this door, or no such door: the gateway answers 403.
    Forbidden,
}

/// Who calls, for the service behind the gateway.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Identity {
    /// The account.
    pub account_name: String,
    /// The key owner's environment.
    pub environment_name: String,
    /// The key's owner.
    pub user_name: String,
    /// The owner's id, which no one else ever gets.
    pub user_id: String,
    /// The key.
    pub key_name: String,
    /// All scopes of the key, with a blank between.
    pub scopes: String,
}

/// The simple response.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Answer {
    is_authorized: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    context: Option<Identity>,
}

impl Verdict {
    /// As the gateway takes it.
    ///
    /// # Errors
    /// `Unauthorized`, by which word the gateway knows to answer 401.
    pub fn answer(self) -> Result<Answer, Unauthorized> {
        match self {
            Self::Allowed(identity) => Ok(Answer { is_authorized: true, context: Some(identity) }),
            Self::Forbidden => Ok(Answer { is_authorized: false, context: None }),
            Self::Unauthorized => Err(Unauthorized),
        }
    }
}

/// The function's failure that the gateway takes for a 401.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unauthorized;

impl std::fmt::Display for Unauthorized {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Unauthorized")
    }
}

impl std::error::Error for Unauthorized {}

/// Decides on one request; the reason of a refusal is in the log alone.
///
/// # Errors
/// `Unavailable` and `Internal` where the table is at fault: the gateway then answers 500, and no door opens.
pub async fn authorize(context: &Context, request: &Request) -> Result<Verdict> {
    let refuse = |verdict, reason: &str| {
        let RequestContext { request_id, http, .. } = &request.request_context;
        tracing::info!(event = "request_refused", reason, request.id = request_id, http.method = http.method);
        Ok(verdict)
    };
    let caller = match caller(context, request).await {
        Ok(caller) => caller,
        Err(Error::Unauthenticated) => return refuse(Verdict::Unauthorized, "no key that is in force"),
        Err(Error::KeyExpired) => return refuse(Verdict::Unauthorized, "the key has expired"),
        Err(Error::AmbiguousCredentials) => return refuse(Verdict::Forbidden, "two credentials that differ"),
        Err(error) => {
            let RequestContext { request_id, .. } = &request.request_context;
            let cause = error.with_causes();
            tracing::error!(event = "authorization_failed", request.id = request_id, error = %cause);
            return Err(error);
        }
    };
    let RequestContext { stage, http, .. } = &request.request_context;
    let Some(any_of) = doors::scopes(&http.method, &request.raw_path, stage) else {
        return refuse(Verdict::Forbidden, "no such door");
    };
    if !opens(caller.key.scopes, any_of) {
        return refuse(Verdict::Forbidden, "the key lacks the scope");
    }
    Ok(Verdict::Allowed(identity(context, &caller)))
}

fn opens(held: ScopeSet, any_of: &[Scope]) -> bool {
    any_of.iter().any(|scope| held.contains(*scope))
}

/// The key of either header. A cookie is none of this gateway's business, so it is left out.
async fn caller(context: &Context, request: &Request) -> Result<KeyCaller> {
    let named = |name: &HeaderName| {
        let value = request.headers.iter().find(|(other, _)| other.eq_ignore_ascii_case(name.as_str()))?.1;
        Some((name.clone(), HeaderValue::from_bytes(value.as_bytes()).ok()?))
    };
    let headers: HeaderMap = [HeaderName::from_static("apikey"), AUTHORIZATION].iter().filter_map(named).collect();
    match Credential::of(&headers)? {
        Credential::ApiKey(value) => context.key_caller(&value, context.clock.now()).await,
        Credential::Session(_) => Err(Error::Unauthenticated),
    }
}

fn identity(context: &Context, caller: &KeyCaller) -> Identity {
    let scopes: Vec<_> = caller.key.scopes.iter().map(Scope::as_str).collect();
    Identity {
        account_name: context.config.account_name.clone(),
        environment_name: caller.profile.environment.to_string(),
        user_name: caller.profile.user_name.to_string(),
        user_id: caller.profile.id.to_string(),
        key_name: caller.key.name.to_string(),
        scopes: scopes.join(" "),
    }
}

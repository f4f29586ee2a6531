//! Errors as RFC 9457 problem details: the one place that knows status codes and slugs.

use std::sync::Arc;

use axum::response::{IntoResponse, Response};
use http::header::{ALLOW, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};
use serde_json::{Map, Value, json};

use crate::error::Error;

/// The media type of every error.
pub const MEDIA_TYPE: &str = "application/problem+json";
/// Seconds after which a client may try again when the store was out of reach.
const RETRY_AFTER_SECONDS: u32 = 2;
const CHALLENGE: &str = r#"Bearer realm="user-manager""#;

/// How one kind of error is sent.
struct Problem {
    status: StatusCode,
    slug: &'static str,
    title: &'static str,
    detail: String,
    extra: Map<String, Value>,
    headers: Vec<(http::HeaderName, String)>,
}

impl Problem {
    fn new(status: StatusCode, slug: &'static str, title: &'static str, detail: impl Into<String>) -> Self {
        Self { status, slug, title, detail: detail.into(), extra: Map::new(), headers: Vec::new() }
    }

    fn with(mut self, name: &str, value: Value) -> Self {
        self.extra.insert(name.into(), value);
        self
    }

    fn header(mut self, name: http::HeaderName, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

/// The error behind an answer, for the layer that logs it once.
#[derive(Clone, Debug)]
pub struct Cause(pub Arc<Error>);

impl IntoResponse for Error {
    /// Without `instance`, which [`finish`] adds where the request's id is known.
    fn into_response(self) -> Response {
        let problem = describe(&self);
        let mut body = json!({
            "type": format!("/problems/{}", problem.slug),
            "title": problem.title,
            "status": problem.status.as_u16(),
            "detail": problem.detail,
        });
        if let Value::Object(body) = &mut body {
            body.extend(problem.extra);
        }
        let mut response = (problem.status, body.to_string()).into_response();
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
        for (name, value) in problem.headers {
            if let Ok(value) = HeaderValue::from_str(&value) {
                response.headers_mut().insert(name, value);
            }
        }
        response.extensions_mut().insert(Cause(Arc::new(self)));
        response
    }
}

/// The error's name in `type`, in logs too.
#[must_use]
pub fn slug(error: &Error) -> &'static str {
    describe(error).slug
}

/// Adds `instance` to a problem's body.
#[must_use]
pub fn finish(body: &[u8], request_id: &str) -> Vec<u8> {
    let mut problem: Map<String, Value> = serde_json::from_slice(body).unwrap_or_default();
    problem.insert("instance".into(), format!("urn:request:{request_id}").into());
    Value::Object(problem).to_string().into_bytes()
}

#[expect(clippy::too_many_lines, reason = "one match with one arm for each error is what makes it easy to check")]
fn describe(error: &Error) -> Problem {
    use StatusCode as S;

    match error {
        Error::InvalidRequest(errors) => {
            let list: Vec<Value> =
                errors.iter().map(|error| json!({ "pointer": error.pointer, "detail": error.detail })).collect();
            let detail = match errors.first() {
                Some(first) if first.pointer.is_empty() => first.detail.clone(),
                Some(first) => format!("{} {}", first.pointer, first.detail),
                None => "the request is not well formed".into(),
            };
            Problem::new(S::BAD_REQUEST, "invalid-request", "The request is not valid", detail)
                .with("errors", list.into())
        }
        Error::AmbiguousCredentials => Problem::new(
            S::BAD_REQUEST,
            "ambiguous-credentials",
            "More than one credential",
            "Send one credential: the session cookie, the apikey header or a bearer token.",
        ),
        Error::Unauthenticated => Problem::new(
            S::UNAUTHORIZED,
            "unauthenticated",
            "Not signed in",
            "Sign in, or send a valid API key in the apikey header.",
        )
        .header(WWW_AUTHENTICATE, CHALLENGE),
        Error::KeyExpired => Problem::new(
            S::UNAUTHORIZED,
            "key-expired",
            "The API key has expired",
            "Create a new API key and use its value.",
        )
        .header(WWW_AUTHENTICATE, format!(r#"{CHALLENGE}, error="invalid_token""#)),
        Error::SessionExpired => {
            Problem::new(S::UNAUTHORIZED, "session-expired", "The session is over", "Sign in again to continue.")
                .header(WWW_AUTHENTICATE, CHALLENGE)
        }
        Error::SignInFailed => Problem::new(
            S::UNAUTHORIZED,
            "sign-in-failed",
            "Sign-in failed",
            "The user name, password or code is not right. Check them and try again.",
        )
        .header(WWW_AUTHENTICATE, CHALLENGE),
        Error::InsufficientScope(scopes) => {
            let names: Vec<&str> = scopes.iter().map(crate::scope::Scope::as_str).collect();
            Problem::new(
                S::FORBIDDEN,
                "insufficient-scope",
                "The API key lacks a scope",
                format!("Use an API key with: {}.", names.join(", ")),
            )
            .with("required_scopes", names.into())
            .header(WWW_AUTHENTICATE, r#"Bearer error="insufficient_scope""#)
        }
        Error::SessionRequired => Problem::new(
            S::FORBIDDEN,
            "session-required",
            "A signed-in user is needed",
            "An API key cannot do this. Sign in with the page.",
        ),
        Error::StepUpRequired => Problem::new(
            S::FORBIDDEN,
            "step-up-required",
            "Confirm that it is you",
            "Confirm your password, and your code where MFA is on, then repeat the request.",
        ),
        Error::RoleRequired => Problem::new(
            S::FORBIDDEN,
            "role-required",
            "An administrator is needed",
            "Ask a member of the group Admin of the environment ROOT.",
        ),
        Error::CrossSiteRequest => Problem::new(
            S::FORBIDDEN,
            "cross-site-request",
            "The request came from another site",
            "Make this change from the portal's own page.",
        ),
        Error::MfaEnrolmentRequired => Problem::new(
            S::FORBIDDEN,
            "mfa-enrolment-required",
            "MFA must be set up first",
            "The account asks every user for MFA. Set it up to continue.",
        ),
        Error::NotFound => {
            Problem::new(S::NOT_FOUND, "not-found", "Not found", "There is nothing here. Check the path and the name.")
        }
        Error::MethodNotAllowed(allowed) => Problem::new(
            S::METHOD_NOT_ALLOWED,
            "method-not-allowed",
            "The method is not allowed here",
            format!("Use one of: {allowed}."),
        )
        .header(ALLOW, allowed.as_str()),
        Error::NameTaken => Problem::new(
            S::CONFLICT,
            "name-taken",
            "The name is taken",
            "Choose another name, or delete what has this one.",
        ),
        Error::LimitReached(limit) => Problem::new(
            S::CONFLICT,
            "limit-reached",
            "The limit is reached",
            format!("There can be at most {limit}. Delete one that is not needed."),
        )
        .with("limit", (*limit).into()),
        Error::NotAvailableForSso => Problem::new(
            S::CONFLICT,
            "not-available-for-sso",
            "Kept by the identity provider",
            "Your organisation's identity provider keeps your password and MFA. Change them there.",
        ),
        Error::MfaAlreadyEnabled => Problem::new(
            S::CONFLICT,
            "mfa-already-enabled",
            "MFA is already on",
            "Reset it to use another authenticator.",
        ),
        Error::MfaNotEnabled => Problem::new(S::CONFLICT, "mfa-not-enabled", "MFA is not on", "Enable MFA first."),
        Error::MfaEnforced => Problem::new(
            S::CONFLICT,
            "mfa-enforced",
            "The account enforces MFA",
            "MFA cannot be disabled. Reset it to use another authenticator.",
        ),
        Error::MfaNotOffered => Problem::new(
            S::CONFLICT,
            "mfa-not-offered",
            "The account does not offer MFA",
            "Ask an administrator to change the account's MFA policy.",
        ),
        Error::KeyNotActive(detail) => {
            Problem::new(S::CONFLICT, "key-not-active", "The API key is not active", *detail)
        }
        Error::NotEmpty(detail) => Problem::new(S::CONFLICT, "not-empty", "Something still depends on it", *detail),
        Error::TokenExpired => Problem::new(
            S::GONE,
            "token-expired",
            "The link or code is over",
            "It was used, has ended or is unknown. Start again.",
        ),
        Error::PreconditionFailed => Problem::new(
            S::PRECONDITION_FAILED,
            "precondition-failed",
            "It was changed meanwhile",
            "Read it again and repeat the change with the new ETag.",
        ),
        Error::PayloadTooLarge => {
            Problem::new(S::PAYLOAD_TOO_LARGE, "payload-too-large", "The body is too large", "Send at most 16 KiB.")
        }
        Error::UnsupportedMediaType => Problem::new(
            S::UNSUPPORTED_MEDIA_TYPE,
            "unsupported-media-type",
            "The media type is not supported",
            "Send the body as the Content-Type that this call takes, in UTF-8.",
        ),
        Error::PasswordRejected(reasons) => {
            let names: Vec<&str> = reasons.iter().map(|reason| reason.as_str()).collect();
            Problem::new(
                S::UNPROCESSABLE_ENTITY,
                "password-rejected",
                "Choose another password",
                "Use a longer password that is hard to guess and holds no name of yours.",
            )
            .with("reasons", names.into())
        }
        Error::PasswordIncorrect => Problem::new(
            S::UNPROCESSABLE_ENTITY,
            "password-incorrect",
            "The password is not right",
            "Type your current password again.",
        ),
        Error::CodeRejected => Problem::new(
            S::UNPROCESSABLE_ENTITY,
            "code-rejected",
            "The code is not right",
            "Wait for the next code of your authenticator and type it; each code works once.",
        ),
        Error::IdempotencyKeyReused => Problem::new(
            S::UNPROCESSABLE_ENTITY,
            "idempotency-key-reused",
            "The Idempotency-Key belongs to another request",
            "Use a new Idempotency-Key for a new request.",
        ),
        Error::TooManyAttempts(seconds) => Problem::new(
            S::TOO_MANY_REQUESTS,
            "too-many-attempts",
            "Too many attempts",
            format!("Wait {seconds} seconds, then try again."),
        )
        .header(RETRY_AFTER, seconds.to_string()),
        Error::Internal(_) => Problem::new(
            S::INTERNAL_SERVER_ERROR,
            "internal",
            "Something went wrong here",
            "Nothing you did. If it stays so, tell your administrator the request's id.",
        ),
        Error::Unavailable(_) => Problem::new(
            S::SERVICE_UNAVAILABLE,
            "unavailable",
            "The service is not available just now",
            "Nothing was lost. Try again in a moment.",
        )
        .header(RETRY_AFTER, RETRY_AFTER_SECONDS.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scope::{Scope, ScopeSet};

    #[test]
    fn a_source_is_never_in_the_answer() {
        let problem = describe(&Error::internal("item USER#1: attribute digest is corrupt"));
        assert!(!problem.detail.contains("USER#1"));
    }

    #[test]
    fn a_lacking_scope_is_named_in_body_and_header() {
        let response = Error::InsufficientScope(ScopeSet::from(Scope::ApiKey)).into_response();
        assert_eq!(response.status(), StatusCode::FORBIDDEN);
        assert_eq!(response.headers()[WWW_AUTHENTICATE], r#"Bearer error="insufficient_scope""#);
    }

    #[test]
    fn instance_names_the_request() {
        let body = finish(br#"{"status":404}"#, "abc");
        assert_eq!(String::from_utf8_lossy(&body), r#"{"instance":"urn:request:abc","status":404}"#);
    }
}

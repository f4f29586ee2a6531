//! Token introspection (RFC 7662) for services that no gateway guards; keys only.

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use serde::Serialize;
use shared::Result;
use shared::context::Context;
use shared::error::Error;
use shared::http::answer::json;
use shared::http::call::Call;
use shared::http::fields::escape;
use shared::scope::Scope;
use shared::token::ApiKeyValue;

/// RFC 7662 §2.2; of an inactive token, nothing but that.
#[derive(Serialize)]
#[serde(untagged)]
enum Introspection {
    Active { active: bool, scope: String, sub: String, username: String, exp: i64, iat: i64, client_id: String },
    Inactive { active: bool },
}

pub(crate) async fn introspect_token(State(context): State<Context>, call: Call) -> Result<Response> {
    let caller = context.caller_with(&call, Scope::Authentication).await?;
    caller.require_admin()?;
    let token = read(&call)?;
    let found = match ApiKeyValue::parse(&token) {
        None => Err(Error::Unauthenticated),
        Some(value) => context.key_owner(&value, call.now).await,
    };
    let introspection = match found {
        Ok(found) => Introspection::Active {
            active: true,
            scope: found.key.scopes.to_scope_string(),
            sub: found.profile.id.to_string(),
            username: found.profile.user_name.to_string(),
            exp: found.ends_at().unix_seconds(),
            iat: found.issued_at().unix_seconds(),
            client_id: found.key.name.to_string(),
        },
        Err(Error::Unauthenticated | Error::KeyExpired) => Introspection::Inactive { active: false },
        Err(error) => return Err(error),
    };
    json(StatusCode::OK, &introspection)
}

fn read(call: &Call) -> Result<String> {
    let mut token = None;
    for (name, value) in call.form()? {
        match name.as_str() {
            "token" if token.is_some() => return Err(Error::invalid("/token", "must be given once")),
            "token" => token = Some(value),
            // RFC 7662 §2.1 lets a client send it and a server ignore it.
            "token_type_hint" => {}
            _ => return Err(Error::invalid(format!("/{}", escape(&name)), "is not a member of this request")),
        }
    }
    token.ok_or_else(|| Error::invalid("/token", "is required"))
}

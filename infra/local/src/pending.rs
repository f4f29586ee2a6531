//! Stands in for functions that are not linked yet, and goes with the last of them.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Instant;

use aws_lambda_events::dynamodb::Event;
use axum::Router;
use serde_json::{Value, json};
use shared::Error;
use shared::context::Context;

/// Where mail goes.
pub enum Mailer {
    /// Into files of this folder, each `{to, subject, text, at}`.
    Outbox(PathBuf),
}

/// The HTTP functions; each answers `unavailable`.
#[must_use]
pub fn routers(_context: &Context) -> BTreeMap<&'static str, Router> {
    let names = ["sign-in", "sessions", "profile", "password", "mfa", "api-keys", "users"];
    let router = || Router::new().fallback(|| async { Error::unavailable("not linked yet") });
    names.map(|name| (name, router())).into()
}

/// The clean-up.
///
/// # Errors
/// None yet.
pub async fn cleanup_run(_context: &Context, _deadline: Instant) -> Result<Value, Error> {
    Ok(json!({}))
}

/// The notifier.
///
/// # Errors
/// `Unavailable` where there is mail to send, so that none is lost.
pub async fn notifier_handle(_context: &Context, _mailer: &Mailer, event: Event) -> Result<Value, Error> {
    if event.records.is_empty() { Ok(json!({})) } else { Err(Error::unavailable("not linked yet")) }
}

//! Whether MFA is on, and whether it may or must be.

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use serde::Serialize;
use shared::Result;
use shared::context::Context;
use shared::http::answer::json;
use shared::http::call::Call;
use shared::store::factors::recovery_from_item;
use shared::store::layout;

#[derive(Serialize)]
struct MfaView {
    available: bool,
    policy: &'static str,
    enabled: bool,
    methods: Vec<&'static str>,
    recovery_codes_remaining: usize,
}

pub(crate) async fn get_mfa(State(context): State<Context>, call: Call) -> Result<Response> {
    let caller = context.enrolling_session(&call).await?;
    call.no_body()?;
    let policy = context.mfa_policy(call.now).await?.as_str();
    let profile = &caller.profile;
    let enabled = profile.is_local() && profile.is_mfa_enabled;
    let mut recovery_codes_remaining = 0;
    if enabled && let Some(item) = context.store.get(&layout::recovery(profile.id)).await? {
        recovery_codes_remaining = recovery_from_item(&item)?.digests.len();
    }
    let methods = if enabled { vec!["totp", "recovery_code"] } else { Vec::new() };
    let view = MfaView { available: profile.is_local(), policy, enabled, methods, recovery_codes_remaining };
    json(StatusCode::OK, &view)
}

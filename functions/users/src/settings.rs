//! The account's settings.

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use serde_json::json;
use shared::Result;
use shared::context::Context;
use shared::http::answer;
use shared::http::call::Call;
use shared::http::fields::text;
use shared::scope::Scope;
use shared::store::settings::MfaPolicy;

use crate::administrator;

pub(crate) async fn get_account_settings(State(context): State<Context>, call: Call) -> Result<Response> {
    administrator::reader(&context, &call, Scope::Account).await?;
    call.no_body()?;
    // What was set, not what this instance remembers of it.
    let policy = context.store.mfa_policy().await?.unwrap_or(context.config.mfa_policy_default);
    settings(&context, policy)
}

pub(crate) async fn update_account_settings(State(context): State<Context>, call: Call) -> Result<Response> {
    let by = administrator::person(&context, &call).await?;
    let mut fields = call.patch()?;
    let policy =
        fields.required("mfa_policy", text(|name| MfaPolicy::parse(name).ok_or("must be off, optional or enforced")));
    let policy = fields.finish(policy)?;
    context.store.set_mfa_policy(policy).await?;
    context.remember_mfa_policy(policy, call.now);
    let mfa_policy = policy.as_str();
    tracing::info!(event = "account_settings_updated", mfa_policy, by.id = %by, request.id = call.request_id);
    settings(&context, policy)
}

fn settings(context: &Context, policy: MfaPolicy) -> Result<Response> {
    let body = json!({ "account_name": context.config.account_name, "mfa_policy": policy.as_str() });
    answer::json(StatusCode::OK, &body)
}

//! A user's second factor: shown, enrolled, replaced, disabled; and its recovery codes.

mod disable;
mod enrol;
mod status;

use axum::Router;
use axum::routing::{get, post};
use shared::context::Context;

/// The routes of this function.
pub fn router(context: Context) -> Router {
    Router::new()
        .route("/pro/user-manager/v1/user/{user}/mfa", get(status::get_mfa))
        .route("/pro/user-manager/v1/user/{user}/mfa/totp", post(enrol::enrol_totp).delete(disable::disable_totp))
        .route("/pro/user-manager/v1/user/{user}/mfa/totp/confirm", post(enrol::confirm_totp))
        .route("/pro/user-manager/v1/user/{user}/mfa/totp/reset", post(enrol::reset_totp))
        .route("/pro/user-manager/v1/user/{user}/mfa/recovery-codes", post(disable::replace_recovery_codes))
        .with_state(context)
}

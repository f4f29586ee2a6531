//! Sign-in, second factor, step-up, password reset and invitation: what hashes, and what starts a session.

mod challenge;
mod identity;
mod invitation;
mod password;
mod provider;
mod reset;
mod second_factor;
mod start;
mod step_up;

use axum::Router;
use axum::routing::post;
use shared::context::Context;

pub use provider::sign_in_with_provider;

/// The routes of this function.
pub fn router(context: Context) -> Router {
    Router::new()
        .route("/pro/user-manager/v1/session", post(password::sign_in))
        .route("/pro/user-manager/v1/session/mfa", post(challenge::answer_challenge))
        .route("/pro/user-manager/v1/session/step-up", post(step_up::step_up))
        .route("/pro/user-manager/v1/session/password-reset", post(reset::request_password_reset))
        .route("/pro/user-manager/v1/session/invitation", post(invitation::accept_invitation))
        .with_state(context)
}

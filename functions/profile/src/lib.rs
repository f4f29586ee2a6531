//! A user's own profile: names and e-mail address.

mod email;
mod info;

use axum::Router;
use axum::routing::{delete, get, post};
use shared::context::Context;

/// The routes of this function.
pub fn router(context: Context) -> Router {
    Router::new()
        .route("/pro/user-manager/v1/user/{user}/info", get(info::get_profile).patch(info::update_profile))
        .route("/pro/user-manager/v1/user/{user}/email/confirm", post(email::confirm_email))
        .route("/pro/user-manager/v1/user/{user}/email/pending", delete(email::cancel_pending_email))
        .with_state(context)
}

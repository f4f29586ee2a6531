//! Sessions and what the caller holds: shown, listed, ended.

mod current;
mod list;
mod view;

use axum::Router;
use axum::routing::{delete, get};
use shared::context::Context;

/// The routes of this function.
pub fn router(context: Context) -> Router {
    Router::new()
        .route("/pro/user-manager/v1/session", get(current::get_session).delete(current::sign_out))
        .route("/pro/user-manager/v1/user/{user}/session", get(list::list_sessions).delete(list::end_other_sessions))
        .route("/pro/user-manager/v1/user/{user}/session/{id}", delete(list::end_session))
        .route("/pro/user-manager/v1/user/{user}/authorization", get(current::get_authorization))
        .with_state(context)
}

//! API keys: listed, made, read, rotated, deleted and introspected.

mod create;
mod expiry;
mod introspect;
mod list;
mod one;
mod rotate;
mod view;

use axum::Router;
use axum::routing::{get, post};
use shared::context::Context;

/// The routes of this function.
pub fn router(context: Context) -> Router {
    Router::new()
        .route("/pro/user-manager/v1/user/{user}/api-key", get(list::list_api_keys).post(create::create_api_key))
        .route("/pro/user-manager/v1/user/{user}/api-key/{name}", get(one::get_api_key).delete(one::delete_api_key))
        .route("/pro/user-manager/v1/user/{user}/api-key/{name}/rotate", post(rotate::rotate_api_key))
        .route("/pro/user-manager/v1/user/{user}/authorization-scopes", get(list::list_authorization_scopes))
        .route("/pro/user-manager/v1/introspect", post(introspect::introspect_token))
        .with_state(context)
}

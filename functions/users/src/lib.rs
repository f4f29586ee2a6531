//! Administration: users, environments, groups and the account's settings.

mod administrator;
pub mod bootstrap;
mod create;
mod delete;
mod environments;
mod groups;
mod invitation;
mod list;
mod mfa;
mod settings;
mod target;
mod update;
mod view;

#[cfg(test)]
mod tests;

use axum::Router;
use axum::routing::{delete, get, post};
use shared::context::Context;

/// The routes of this function.
pub fn router(context: Context) -> Router {
    Router::new()
        .route("/pro/user-manager/v1/user", get(list::list_users).post(create::create_user))
        .route(
            "/pro/user-manager/v1/user/{account}/{environment}/{user}/info",
            get(target::get_user).patch(update::update_user).delete(delete::delete_user),
        )
        .route("/pro/user-manager/v1/user/{account}/{environment}/{user}/invitation", post(invitation::invite_user))
        .route("/pro/user-manager/v1/user/{account}/{environment}/{user}/mfa/reset", post(mfa::reset_user_mfa))
        .route(
            "/pro/user-manager/v1/environment",
            get(environments::list_environments).post(environments::create_environment),
        )
        .route(
            "/pro/user-manager/v1/environment/{account}/{environment}/info",
            delete(environments::delete_environment),
        )
        .route("/pro/user-manager/v1/group", get(groups::list_groups).post(groups::create_group))
        .route("/pro/user-manager/v1/group/{account}/{environment}/{group}/info", delete(groups::delete_group))
        .route(
            "/pro/user-manager/v1/account/settings",
            get(settings::get_account_settings).patch(settings::update_account_settings),
        )
        .with_state(context)
}

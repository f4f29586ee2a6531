//! Administration: users, environments, groups and the account's settings; and, called directly, what an operator needs
//! before there is an administrator or a version of the secret may go.

mod account;
mod administrator;
pub mod bootstrap;
mod create;
mod delete;
mod direct;
mod environments;
mod first_administrator;
mod groups;
mod invitation;
mod list;
mod mfa;
mod secret_versions;
mod settings;
mod target;
mod update;
mod view;

#[cfg(test)]
mod tests;

use axum::Router;
use axum::routing::{delete, get, post};
use shared::context::Context;

pub use direct::{DirectCall, answer_directly};

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

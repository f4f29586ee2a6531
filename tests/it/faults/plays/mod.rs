//! Every operation, as it is driven.

mod alone;
mod api_keys;
mod own;
mod sessions;
mod sign_in;
mod users;

pub(super) use alone::{authorizer, cleanup, first_administrator, invited_again, secret_versions};
pub(super) use api_keys::api_keys;
pub(super) use own::{address_token, mfa, password, profile};
pub(super) use sessions::sessions;
pub(super) use sign_in::{second_factor, sign_in};
pub(super) use users::{directory, users};

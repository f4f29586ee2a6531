//! A user as administrators see it.

use axum::response::Response;
use http::StatusCode;
use serde::Serialize;
use shared::clock::Timestamp;
use shared::context::Context;
use shared::error::{Error, Result};
use shared::http::answer::{json, with_etag};
use shared::http::etag::ETag;
use shared::store::users::Profile;
use shared::view::UserInfo;

/// USER of the contract.
#[derive(Debug, Serialize)]
pub(crate) struct User<'a> {
    #[serde(flatten)]
    info: UserInfo<'a>,
    disabled: bool,
    mfa_enabled: bool,
}

impl<'a> User<'a> {
    pub(crate) fn new(profile: &'a Profile, context: &'a Context, now: Timestamp) -> Self {
        Self {
            info: UserInfo::new(profile, &context.config.account_name, now),
            disabled: profile.is_disabled,
            mfa_enabled: profile.is_mfa_enabled,
        }
    }

    /// Moves with whatever this view shows, and with nothing else.
    pub(crate) fn etag(&self) -> Result<ETag> {
        Ok(ETag::of(&[&serde_json::to_string(self).map_err(Error::internal)?]))
    }

    /// The user with its tag.
    pub(crate) fn answer(&self) -> Result<Response> {
        Ok(with_etag(json(StatusCode::OK, self)?, &self.etag()?))
    }
}

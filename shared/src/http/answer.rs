//! Answers of the happy path.

use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_TYPE, ETAG, SET_COOKIE};
use http::{HeaderValue, StatusCode};
use serde::Serialize;

use super::etag::ETag;
use crate::error::{Error, Result};

/// A JSON body.
///
/// # Errors
/// `Internal` when `body` cannot be written as JSON.
pub fn json(status: StatusCode, body: &impl Serialize) -> Result<Response> {
    let text = serde_json::to_string(body).map_err(Error::internal)?;
    let mut response = (status, text).into_response();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(response)
}

/// Nothing to say: 204.
#[must_use]
pub fn no_content() -> Response {
    StatusCode::NO_CONTENT.into_response()
}

/// With an entity tag.
#[must_use]
pub fn with_etag(mut response: Response, tag: &ETag) -> Response {
    response.headers_mut().insert(ETAG, tag.header());
    response
}

/// With one more cookie.
#[must_use]
pub fn with_cookie(mut response: Response, cookie: HeaderValue) -> Response {
    response.headers_mut().append(SET_COOKIE, cookie);
    response
}

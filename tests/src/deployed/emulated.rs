//! Where the emulator's gateway does otherwise than Amazon's, each by its name in the table of `tests/deployed/README.md`.

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HOST};
use http::{HeaderMap, HeaderValue, Method, Response};

use crate::site::emulator_differs;

/// Ends a scenario whose request does not reach a function here, or reaches it as another one.
pub(crate) fn check_request(method: &Method, target: &str, headers: &HeaderMap) {
    let path = target.split('?').next().unwrap_or_default();
    let is_segment = path.strip_suffix('/').and_then(|rest| rest.strip_prefix('/')).is_some_and(|one| !one.is_empty());
    if method == Method::OPTIONS {
        emulator_differs("OPTIONS");
    }
    if path.starts_with("//") || (is_segment && path.matches('/').count() == 2) {
        emulator_differs("slashes as they were sent");
    }
    if headers.contains_key(HOST) {
        emulator_differs("another name of the host");
    }
}

/// Takes away the media type that the emulator's gateway gives to an answer without a body.
pub(crate) fn correct_response(mut response: Response<Bytes>) -> Response<Bytes> {
    let json = HeaderValue::from_static("application/json");
    if response.body().is_empty() && response.headers().get(CONTENT_TYPE) == Some(&json) {
        response.headers_mut().remove(CONTENT_TYPE);
    }
    response
}

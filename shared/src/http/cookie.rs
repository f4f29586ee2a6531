//! The two cookies: the session, and the browser that signed in before.

use http::HeaderValue;

/// The session's cookie.
pub const SESSION: &str = "__Host-session";
/// The recognised browser's cookie.
pub const DEVICE: &str = "__Host-device";

/// A `Set-Cookie` that lives as long as the browser, or `max_age_seconds` (RFC 6265bis §4.1.3.2 for the prefix).
#[must_use]
pub fn set(name: &str, value: &str, max_age_seconds: Option<u32>) -> HeaderValue {
    let age = max_age_seconds.map(|seconds| format!("; Max-Age={seconds}")).unwrap_or_default();
    let text = format!("{name}={value}; Path=/; Secure; HttpOnly; SameSite=Strict{age}");
    HeaderValue::from_str(&text).unwrap_or_else(|_| HeaderValue::from_static(""))
}

/// A `Set-Cookie` that removes the cookie.
#[must_use]
pub fn clear(name: &str) -> HeaderValue {
    set(name, "", Some(0))
}

/// Every value of the cookie `name` in a `Cookie` header. Only the blanks of a header (RFC 9110 §5.6.3) are left out: were
/// any blank of Unicode, a site beside this one could set a cookie whose name is taken for one with the prefix.
pub fn values<'a>(header: &'a str, name: &'a str) -> impl Iterator<Item = &'a str> {
    header.split(';').filter_map(move |pair| {
        let (key, value) = pair.trim_matches([' ', '\t']).split_once('=')?;
        (key == name).then_some(value)
    })
}

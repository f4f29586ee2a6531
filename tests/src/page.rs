//! What holds for all that a browser is shown: the page, its assets, what problems mean.

use shared::http::BASE_PATH;

use crate::response::Response;

/// What keeps a browser within bounds, on each answer.
const BOUNDS: [(&str, &[&str]); 6] = [
    (
        "content-security-policy",
        &[
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "connect-src 'self'",
            "form-action 'none'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        ],
    ),
    ("cross-origin-embedder-policy", &["require-corp"]),
    ("cross-origin-opener-policy", &["same-origin"]),
    ("cross-origin-resource-policy", &["same-origin"]),
    ("permissions-policy", &["camera=()", "clipboard-write=(self)", "publickey-credentials-get=()"]),
    ("referrer-policy", &["no-referrer"]),
];
const KEPT: [&str; 3] = ["no-store", "public, max-age=86400", "public, max-age=31536000, immutable"];

/// Whether `target` is none of the API's, nor a door of the local stack.
pub(crate) fn serves(target: &str) -> bool {
    !target.starts_with(BASE_PATH) && !target.starts_with("/_local/")
}

/// Whether it is for programs; then it is as the contract says of all problems.
pub(crate) fn is_problem_document(response: &Response) -> bool {
    response.header("content-type") == Some("application/problem+json")
}

/// Fails where a browser may do more with `response` than the page needs, or does not know what it is.
pub(crate) fn check(response: &Response) {
    for (name, parts) in BOUNDS {
        let value = response.header(name).unwrap_or_else(|| panic!("no {name}: {response:?}"));
        let found: Vec<_> = value.split([';', ',']).map(str::trim).collect();
        let missing: Vec<_> = parts.iter().filter(|part| !found.contains(part)).collect();
        assert!(missing.is_empty(), "{name} without {missing:?}: {response:?}");
        assert!(!value.contains("unsafe") && !value.contains('*'), "{name}: {response:?}");
    }
    let kept = response.header("cache-control").unwrap_or_default();
    assert!(KEPT.contains(&kept), "cache-control: {response:?}");
    if response.status() >= 400 {
        assert_eq!(kept, "no-store", "{response:?}");
        assert_eq!(response.header("allow").is_some(), response.status() == 405, "Allow: {response:?}");
    }
    assert!(response.header("set-cookie").is_none(), "a cookie: {response:?}");
    if !response.body.is_empty() {
        check_body(response);
    }
}

fn check_body(response: &Response) {
    let media_type = response.header("content-type").unwrap_or_else(|| panic!("no content-type: {response:?}"));
    let is_text = media_type.starts_with("text/");
    assert_eq!(is_text, media_type.ends_with("; charset=utf-8"), "charset: {response:?}");
    if media_type.starts_with("text/html") {
        let language = response.header("content-language").unwrap_or_default();
        assert!(["en", "nl"].contains(&language), "content-language: {response:?}");
        let vary = response.header("vary").unwrap_or_default();
        assert!(vary.contains("accept-language"), "vary: {response:?}");
        if response.header("content-encoding").is_none() {
            let start = format!("<!doctype html>\n<html lang=\"{language}\"");
            assert!(response.page().starts_with(&start), "another language than it says: {response:?}");
        }
    }
}

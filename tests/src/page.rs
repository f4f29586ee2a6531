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

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    const PAGE: &str = "<!doctype html>\n<html lang=\"en\">";

    /// Whether an answer with all that is asked for passes, but for what `changes` change; an empty value is none.
    fn passes(status: u16, changes: &[(&str, &str)], body: &'static str) -> bool {
        let usual = [
            ("cache-control", "no-store"),
            ("content-type", "text/html; charset=utf-8"),
            ("content-language", "en"),
            ("vary", "accept-language"),
        ];
        let bounds = BOUNDS.map(|(name, parts)| (name, parts.join("; ")));
        let bounds = bounds.iter().map(|(name, value)| (*name, value.as_str()));
        let all = usual.into_iter().chain(bounds).filter(|(name, _)| changes.iter().all(|(other, _)| other != name));
        let mut answer = http::Response::builder().status(status);
        for (name, value) in all.chain(changes.iter().copied()).filter(|(_, value)| !value.is_empty()) {
            answer = answer.header(name, value);
        }
        let answer = answer.body(Bytes::from_static(body.as_bytes())).expect("an answer");
        let response = Response::new("GET /".to_owned(), answer);
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| check(&response))).is_ok()
    }

    #[test]
    fn a_browser_is_kept_within_bounds() {
        assert!(passes(200, &[], PAGE));
        for (name, _) in BOUNDS {
            assert!(!passes(200, &[(name, "")], PAGE), "{name}");
        }
        let lax = "default-src 'none'; script-src 'self' 'unsafe-inline'";
        assert!(!passes(200, &[("content-security-policy", lax)], PAGE));
        assert!(!passes(200, &[("set-cookie", "a=b")], PAGE));
    }

    #[test]
    fn a_page_says_what_it_is_and_in_which_language() {
        for name in ["content-type", "content-language", "vary", "cache-control"] {
            assert!(!passes(200, &[(name, "")], PAGE), "{name}");
        }
        assert!(!passes(200, &[("content-type", "text/html")], PAGE), "no charset");
        assert!(!passes(200, &[("content-language", "nl")], PAGE), "another language than the page's");
        assert!(
            passes(200, &[("content-language", "nl"), ("content-encoding", "br")], PAGE),
            "packed: not looked into"
        );
    }

    #[test]
    fn a_refusal_is_not_kept_and_names_the_methods_there_are() {
        assert!(passes(404, &[], PAGE));
        assert!(!passes(404, &[("cache-control", "public, max-age=86400")], PAGE));
        assert!(!passes(404, &[("allow", "GET, HEAD")], PAGE));
        assert!(passes(405, &[("allow", "GET, HEAD")], PAGE));
        assert!(!passes(405, &[], PAGE));
    }
}

//! A page that says what a problem means. Nothing in it comes from the request.

use axum::response::Response;
use http::HeaderValue;
use http::header::{CONTENT_LANGUAGE, CONTENT_TYPE};

use crate::content::DIGEST;
use crate::explanation::Explanation;
use crate::negotiation::Language;

/// What decides between a page and a document, and on the page's language.
pub(crate) const VARY: &str = "accept, accept-language";

/// Makes the page the body of `response`.
pub(crate) fn put(response: &mut Response, explanation: &Explanation, language: Language) {
    *response.body_mut() = text(explanation, language).into();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(CONTENT_LANGUAGE, HeaderValue::from_static(language.tag()));
}

/// The page, in the style of the portal.
fn text(explanation: &Explanation, language: Language) -> String {
    let (words, tag) = (explanation.words(language), language.tag());
    let (name, back) = match language {
        Language::English => ("User Settings", "Go to User Settings"),
        Language::Dutch => ("Gebruikersinstellingen", "Naar Gebruikersinstellingen"),
    };
    let (status, slug) = (explanation.status, explanation.slug);
    let (title, meaning, advice) = (words.title, words.meaning, words.advice);
    format!(
        r#"<!doctype html>
<html lang="{tag}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title} · {name}</title>
<link rel="icon" href="/favicon.ico" type="image/svg+xml">
<link rel="stylesheet" href="/assets/{DIGEST}/style.css">
</head>
<body>
<header class="top"><p class="brand">{name}</p></header>
<div class="frame">
<main>
<section class="card narrow view">
<p class="aside">{status} <code>{slug}</code></p>
<h1>{title}</h1>
<p>{meaning}</p>
<p>{advice}</p>
<p><a href="/settings">{back}</a></p>
</section>
</main>
</div>
</body>
</html>
"#
    )
}

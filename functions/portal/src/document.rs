//! A page that says what a problem means. Nothing in it comes from the request.

use crate::content::DIGEST;
use crate::explanation::Explanation;
use crate::negotiation::Language;

/// Of what [`of`] makes.
pub(crate) const MEDIA_TYPE: &str = "text/html; charset=utf-8";

/// The page, in the style of the portal.
pub(crate) fn of(explanation: &Explanation, language: Language) -> String {
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
<body class="problem">
<main>
<p>{status} · {slug}</p>
<h1>{title}</h1>
<p>{meaning}</p>
<p>{advice}</p>
<p><a href="/settings">{back}</a></p>
</main>
</body>
</html>
"#
    )
}

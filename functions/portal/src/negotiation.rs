//! What a browser would rather have (RFC 9110 §12): a page or a document, in which language, in which coding.

use http::header::{ACCEPT, ACCEPT_ENCODING, ACCEPT_LANGUAGE};
use http::{HeaderMap, HeaderName};

/// A language of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    /// Where nothing else is asked for.
    English,
    /// Dutch.
    Dutch,
}

impl Language {
    /// As BCP 47 writes it.
    pub(crate) const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Dutch => "nl",
        }
    }
}

/// A coding that content was made in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Coding {
    /// RFC 7932.
    Brotli,
    /// RFC 1952.
    Gzip,
    /// As it is.
    Identity,
}

impl Coding {
    /// As `Content-Encoding` says it; what is sent as it is has none.
    pub(crate) const fn name(self) -> Option<&'static str> {
        match self {
            Self::Brotli => Some("br"),
            Self::Gzip => Some("gzip"),
            Self::Identity => None,
        }
    }
}

/// Whether a page is wanted more than `other`, a media type: who takes anything gets `other`.
pub(crate) fn prefers_page(headers: &HeaderMap, other: &str) -> bool {
    media_weight(headers, "text/html") > media_weight(headers, other)
}

/// Whether a page is not wanted less than `other`, a media type: who takes anything gets the page.
pub(crate) fn accepts_page(headers: &HeaderMap, other: &str) -> bool {
    media_weight(headers, "text/html") >= media_weight(headers, other)
}

/// The most precise member decides; a browser that says nothing takes anything.
fn media_weight(headers: &HeaderMap, media_type: &str) -> u16 {
    let kind = media_type.split_once('/').map_or("", |(kind, _)| kind);
    let accepted = members(headers, &ACCEPT);
    if accepted.is_empty() {
        return 1_000;
    }
    let weight = |wanted: &str| accepted.iter().find(|(name, _)| name == wanted).map(|(_, weight)| *weight);
    weight(media_type).or_else(|| weight(&format!("{kind}/*"))).or_else(|| weight("*/*")).unwrap_or(0)
}

/// The language that is wanted most, English where none is known.
pub(crate) fn language(headers: &HeaderMap) -> Language {
    let accepted = members(headers, &ACCEPT_LANGUAGE);
    let weight = |language: Language| {
        let is_meant = |range: &str| range.split('-').next() == Some(language.tag());
        let named = accepted.iter().filter(|(range, _)| is_meant(range)).map(|(_, weight)| *weight).max();
        let rest = accepted.iter().find(|(range, _)| range == "*").map(|(_, weight)| *weight);
        named.or(rest).unwrap_or(0)
    };
    let (english, dutch) = (weight(Language::English), weight(Language::Dutch));
    let position = |language: Language| accepted.iter().position(|(range, _)| range.starts_with(language.tag()));
    let is_dutch_first = position(Language::Dutch) < position(Language::English);
    if dutch > english || (dutch == english && dutch > 0 && is_dutch_first) {
        Language::Dutch
    } else {
        Language::English
    }
}

/// The coding of `made` that is wanted most; of several alike, the first.
pub(crate) fn coding(headers: &HeaderMap, made: impl Iterator<Item = Coding>) -> Coding {
    let accepted = members(headers, &ACCEPT_ENCODING);
    let weight_of = |name: &str| accepted.iter().find(|(known, _)| known == name).map(|(_, weight)| *weight);
    // What is not named: identity may always be sent, and is wanted less than anything that is named.
    let weight = |coding: Coding| match coding.name() {
        Some(name) => weight_of(name).or_else(|| weight_of("*")).unwrap_or(0),
        None => weight_of("identity").unwrap_or(0),
    };
    let best = made.map(|coding| (coding, weight(coding))).filter(|(_, weight)| *weight > 0);
    best.reduce(|best, next| if next.1 > best.1 { next } else { best }).map_or(Coding::Identity, |(coding, _)| coding)
}

/// The members of a list header in lower case without parameters, each with its weight in thousandths.
fn members(headers: &HeaderMap, name: &HeaderName) -> Vec<(String, u16)> {
    let values = headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).filter_map(member).collect()
}

fn member(text: &str) -> Option<(String, u16)> {
    let mut parts = text.split(';').map(str::trim);
    let name = parts.next().filter(|name| !name.is_empty())?.to_ascii_lowercase();
    let weight = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
    Some((name, weight.map_or(Some(1_000), thousandths)?))
}

/// Reads `0.5` (RFC 9110 §12.4.2); at most three digits after the point, never above 1.
fn thousandths(text: &str) -> Option<u16> {
    let (whole, digits) = text.split_once('.').unwrap_or((text, ""));
    if digits.len() > 3 || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let fraction: u16 = format!("{digits:0<3}").parse().ok()?;
    match whole {
        "0" => Some(fraction),
        "1" if fraction == 0 => Some(1_000),
        _ => None,
    }
}

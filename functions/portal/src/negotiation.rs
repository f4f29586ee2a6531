//! What a browser would rather have (RFC 9110 §12): a page or a document, in which language, in which coding.

use std::cmp::{Ordering, Reverse};

use http::header::{ACCEPT, ACCEPT_ENCODING, ACCEPT_LANGUAGE};
use http::{HeaderMap, HeaderName};

/// A language of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    /// Where nothing else is asked for.
    English,
    /// Where it is asked for.
    Dutch,
}

/// All of them.
pub(crate) const LANGUAGES: [Language; 2] = [Language::English, Language::Dutch];

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

/// The form of an answer that exists in two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// HTML, for a person.
    Page,
    /// JSON, for a program.
    Document,
}

/// The form that is wanted more; `otherwise` where both are wanted alike.
pub(crate) fn form(headers: &HeaderMap, otherwise: Form) -> Form {
    let accepted = members(headers, &ACCEPT);
    let document = ["application/json", "application/problem+json"].map(|kind| media_weight(&accepted, kind));
    match media_weight(&accepted, "text/html").cmp(&document.into_iter().max().unwrap_or(0)) {
        Ordering::Greater => Form::Page,
        Ordering::Equal => otherwise,
        Ordering::Less => Form::Document,
    }
}

/// The most precise member decides.
fn media_weight(accepted: &[(String, u16)], media_type: &str) -> u16 {
    let kind = media_type.split_once('/').map_or("", |(kind, _)| kind);
    let weight = |wanted: &str| accepted.iter().find(|(name, _)| name == wanted).map(|(_, weight)| *weight);
    weight(media_type).or_else(|| weight(&format!("{kind}/*"))).or_else(|| weight("*/*")).unwrap_or(0)
}

/// The language that is wanted most (RFC 4647 §3.4, by its first part), English where none is known.
pub(crate) fn language(headers: &HeaderMap) -> Language {
    let mut accepted = members(headers, &ACCEPT_LANGUAGE);
    accepted.retain(|(_, weight)| *weight > 0);
    accepted.sort_by_key(|(_, weight)| Reverse(*weight));
    let known = |range: &str| LANGUAGES.into_iter().find(|language| range.split('-').next() == Some(language.tag()));
    accepted.iter().find_map(|(range, _)| known(range)).unwrap_or(Language::English)
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

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn headers(name: HeaderName, value: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(name, HeaderValue::from_str(value).expect("a header's value"));
        headers
    }

    #[test]
    fn the_language_with_the_greatest_weight_is_taken() {
        for (accepted, language) in [
            ("nl", Language::Dutch),
            ("nl-BE", Language::Dutch),
            ("NL-nl, en;q=0.9", Language::Dutch),
            ("en, nl", Language::English),
            ("nl, en", Language::Dutch),
            ("en;q=0.5, nl;q=0.501", Language::Dutch),
            ("de, fr;q=0.9, nl;q=0.2, en;q=0.1", Language::Dutch),
            ("nl;q=0", Language::English),
            ("nl;q=0, *", Language::English),
            ("nlx", Language::English),
            ("*", Language::English),
            ("en, *", Language::English),
            ("de", Language::English),
            ("", Language::English),
            ("nl;q=1.1", Language::English),
            ("nl;q=bad, en;q=0.1", Language::English),
            (", ,nl , ", Language::Dutch),
        ] {
            assert_eq!(super::language(&headers(ACCEPT_LANGUAGE, accepted)), language, "{accepted}");
        }
        assert_eq!(super::language(&HeaderMap::new()), Language::English);
    }

    #[test]
    fn the_coding_with_the_greatest_weight_is_taken_and_of_several_the_first() {
        use Coding::{Brotli, Gzip, Identity};
        for (accepted, coding) in [
            ("gzip, deflate, br, zstd", Brotli),
            ("gzip", Gzip),
            ("GZIP", Gzip),
            ("br;q=0.5, gzip", Gzip),
            ("br;q=0, *", Gzip),
            ("br;q=0, gzip;q=0", Identity),
            ("*", Brotli),
            ("*;q=0", Identity),
            ("identity, br;q=0.5", Identity),
            ("identity;q=0.5, br", Brotli),
            ("identity;q=0", Identity),
            ("deflate", Identity),
            ("", Identity),
            ("br;q=2", Identity),
        ] {
            let made = [Brotli, Gzip, Identity].into_iter();
            assert_eq!(super::coding(&headers(ACCEPT_ENCODING, accepted), made), coding, "{accepted}");
        }
        assert_eq!(super::coding(&headers(ACCEPT_ENCODING, "gzip, br"), [Gzip, Brotli].into_iter()), Gzip);
        assert_eq!(super::coding(&HeaderMap::new(), [Brotli, Identity].into_iter()), Identity);
    }

    #[test]
    fn a_page_is_for_those_who_want_one_more_than_a_document() {
        use Form::{Document, Page};
        let browser = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8";
        for (accepted, form) in [
            (browser, Some(Page)),
            ("text/html", Some(Page)),
            ("text/*", Some(Page)),
            ("text/html;level=1", Some(Page)),
            ("text/html;q=0.5, */*;q=0.4", Some(Page)),
            ("application/json", Some(Document)),
            ("application/problem+json", Some(Document)),
            ("application/*, text/html;q=0.9", Some(Document)),
            ("text/html;q=0, */*", Some(Document)),
            ("*/*", None),
            ("application/json, text/html", None),
            ("image/png", None),
            ("", None),
            ("nonsense;;;q=,/", None),
        ] {
            let headers = headers(ACCEPT, accepted);
            for otherwise in [Page, Document] {
                assert_eq!(super::form(&headers, otherwise), form.unwrap_or(otherwise), "{accepted}");
            }
        }
        assert_eq!(super::form(&HeaderMap::new(), Document), Document);
    }
}

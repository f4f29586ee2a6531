//! Which credential a request carries, before anybody knows whether it is good.

use http::HeaderMap;
use http::header::{AUTHORIZATION, COOKIE};

use super::cookie;
use crate::error::{Error, Result};
use crate::id::UserId;
use crate::token::{ApiKeyValue, OpaqueToken, TokenKind};

/// The header of an API key.
const API_KEY_HEADER: &str = "apikey";

/// What a request carries.
#[derive(Debug)]
pub enum Credential {
    /// A session's cookie.
    Session(OpaqueToken),
    /// An API key.
    ApiKey(ApiKeyValue),
}

impl Credential {
    /// Whom it names; whether it is good is not known yet.
    #[must_use]
    pub const fn user(&self) -> UserId {
        match self {
            Self::Session(token) => token.locator.user,
            Self::ApiKey(value) => value.locator.user,
        }
    }

    /// The one credential of a request.
    ///
    /// # Errors
    /// `Unauthenticated` for none or a malformed one, `AmbiguousCredentials` for two that differ.
    pub fn of(headers: &HeaderMap) -> Result<Self> {
        let mut found = presented(headers);
        found.dedup();
        match found.as_slice() {
            [Presented::Session(value)] => OpaqueToken::parse_kind(TokenKind::Session, value).map(Self::Session),
            [Presented::Key(value)] => ApiKeyValue::parse(value).map(Self::ApiKey),
            [] | [Presented::Other] => None,
            _ => return Err(Error::AmbiguousCredentials),
        }
        .ok_or(Error::Unauthenticated)
    }
}

/// The session of the cookie, whatever else the request carries: for ending it. `None` where there are several: a
/// browser has one.
#[must_use]
pub fn session_cookie(headers: &HeaderMap) -> Option<OpaqueToken> {
    let mut found = presented(headers);
    found.retain(|presented| matches!(presented, Presented::Session(_)));
    found.dedup();
    match found.as_slice() {
        [Presented::Session(value)] => OpaqueToken::parse_kind(TokenKind::Session, value),
        _ => None,
    }
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Presented {
    Session(String),
    Key(String),
    Other,
}

fn presented(headers: &HeaderMap) -> Vec<Presented> {
    let texts = |name| headers.get_all(name).into_iter().map(|value| String::from_utf8_lossy(value.as_bytes()));
    let mut found = Vec::new();
    for header in texts(COOKIE.as_str()) {
        found.extend(
            cookie::values(&header, cookie::SESSION).filter(|v| !v.is_empty()).map(|v| Presented::Session(v.into())),
        );
    }
    for header in texts(API_KEY_HEADER) {
        found.extend(header.split(',').map(str::trim).filter(|v| !v.is_empty()).map(|v| Presented::Key(v.into())));
    }
    for header in texts(AUTHORIZATION.as_str()) {
        found.extend(header.split(',').map(str::trim).filter(|v| !v.is_empty()).map(bearer));
    }
    found.sort();
    found
}

/// RFC 6750 §2.1; the scheme in any case (RFC 9110 §11.1).
fn bearer(value: &str) -> Presented {
    match value.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("Bearer") => Presented::Key(token.trim().to_owned()),
        _ => Presented::Other,
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;
    use crate::id::ItemId;
    use crate::token::Locator;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, HeaderValue::from_str(value).expect("a valid value"));
        }
        headers
    }

    fn key() -> String {
        let locator = Locator { user: UserId::of_text("u"), item: ItemId::of_text("k") };
        ApiKeyValue::generate(locator).expect("randomness").expose().to_owned()
    }

    #[test]
    fn a_key_is_read_from_either_header() {
        let key = key();
        for (name, value) in [("apikey", key.clone()), ("authorization", format!("bearer {key}"))] {
            assert!(matches!(Credential::of(&headers(&[(name, &value)])), Ok(Credential::ApiKey(_))));
        }
        let both = headers(&[("apikey", &key), ("authorization", &format!("Bearer {key}"))]);
        assert!(matches!(Credential::of(&both), Ok(Credential::ApiKey(_))));
    }

    #[test]
    fn two_that_differ_are_refused() {
        let (a, b) = (key(), key());
        for pairs in [
            vec![("apikey", format!("{a},{b}"))],
            vec![("apikey", a.clone()), ("authorization", format!("Bearer {b}"))],
            vec![("apikey", a.clone()), ("cookie", "__Host-session=x".to_owned())],
            vec![("apikey", a.clone()), ("authorization", "Basic eDp5".to_owned())],
            vec![("cookie", "__Host-session=x; __Host-session=y".to_owned())],
        ] {
            let pairs: Vec<_> = pairs.iter().map(|(name, value)| (*name, value.as_str())).collect();
            assert!(matches!(Credential::of(&headers(&pairs)), Err(Error::AmbiguousCredentials)), "{pairs:?}");
        }
    }

    #[test]
    fn no_blank_but_those_of_a_header_hides_a_cookies_name() {
        let locator = Locator { user: UserId::of_text("u"), item: ItemId::of_text("s") };
        let session = OpaqueToken::generate(TokenKind::Session, locator).expect("randomness");
        let pair = format!("__Host-session={}", session.expose());
        for imitation in ["\u{2000}__Host-session=x", "\u{a0}__Host-session=x", "\u{3000}__Host-session=x"] {
            let both = headers(&[("cookie", &format!("{imitation}; {pair}"))]);
            assert!(matches!(Credential::of(&both), Ok(Credential::Session(_))), "{imitation:?}");
            assert!(matches!(Credential::of(&headers(&[("cookie", imitation)])), Err(Error::Unauthenticated)));
        }
    }

    #[test]
    fn none_and_malformed_ones_are_unauthenticated() {
        for pairs in [
            vec![],
            vec![("apikey", "upk_x")],
            vec![("cookie", "__Host-session=x")],
            vec![("cookie", "other=1")],
            vec![("authorization", "Basic eDp5")],
            vec![("authorization", "Bearer ")],
        ] {
            assert!(matches!(Credential::of(&headers(&pairs)), Err(Error::Unauthenticated)), "{pairs:?}");
        }
    }
}

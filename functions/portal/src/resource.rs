//! What there is to see, by its path.

use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_LANGUAGE, CONTENT_TYPE, LOCATION, VARY};
use http::{HeaderMap, HeaderValue, StatusCode};
use shared::Error;
use shared::http::answer;

use crate::content::{self, DUTCH, ENGLISH};
use crate::negotiation::{self, Form, Language};
use crate::{document, explanation};

/// Where the page changes a password.
const PASSWORD_PLACE: &str = "/settings#password";
/// A year, and no question in between: another build has other addresses.
const FOR_EVER: &str = "public, max-age=31536000, immutable";
/// The icon changes seldom and has a fixed address.
const FOR_A_DAY: &str = "public, max-age=86400";
const ICON: &str = "icon.svg";
/// Nothing here is worth finding.
const ROBOTS: &str = "User-agent: *\nDisallow: /\n";

/// Something that can be seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Resource<'a> {
    /// The page itself.
    Page,
    /// A script, a style sheet or a picture of one build.
    Asset { digest: &'a str, name: &'a str },
    /// What a problem means.
    Problem(&'a str),
    /// Where to change a password (W3C, A Well-Known URL for Changing Passwords).
    PasswordChange,
    /// The icon under its old name.
    Icon,
    /// What robots may read.
    Robots,
}

impl<'a> Resource<'a> {
    /// What stands at `path`, which the gateway has decoded.
    pub(crate) fn at(path: &'a str) -> Option<Self> {
        let is_name = |name: &str| !name.is_empty() && !name.contains('/');
        match path {
            "/" | "/settings" => return Some(Self::Page),
            "/.well-known/change-password" => return Some(Self::PasswordChange),
            "/favicon.ico" => return Some(Self::Icon),
            "/robots.txt" => return Some(Self::Robots),
            _ => {}
        }
        if let Some(slug) = path.strip_prefix("/problems/") {
            return is_name(slug).then_some(Self::Problem(slug));
        }
        let (digest, name) = path.strip_prefix("/assets/")?.split_once('/')?;
        (is_name(digest) && is_name(name)).then_some(Self::Asset { digest, name })
    }

    /// The answer to whoever asks with these headers.
    ///
    /// # Errors
    /// `NotFound` for an asset of another build and for a problem that there is not.
    pub(crate) fn show(self, headers: &HeaderMap) -> Result<Response, Error> {
        match self {
            Self::Page => Ok(page(headers)),
            Self::Asset { digest, name } => asset(digest, name, FOR_EVER, headers),
            Self::Problem(slug) => problem(slug, headers),
            Self::PasswordChange => Ok((StatusCode::FOUND, [(LOCATION, PASSWORD_PLACE)]).into_response()),
            Self::Icon => asset(content::DIGEST, ICON, FOR_A_DAY, headers),
            Self::Robots => Ok(([(CONTENT_TYPE, "text/plain; charset=utf-8")], ROBOTS).into_response()),
        }
    }
}

fn page(headers: &HeaderMap) -> Response {
    let language = negotiation::language(headers);
    let page = match language {
        Language::English => &ENGLISH,
        Language::Dutch => &DUTCH,
    };
    let mut response = page.answer(headers);
    response.headers_mut().insert(CONTENT_LANGUAGE, HeaderValue::from_static(language.tag()));
    response.headers_mut().insert(VARY, HeaderValue::from_static("accept-encoding, accept-language"));
    response
}

fn asset(digest: &str, name: &str, kept: &'static str, headers: &HeaderMap) -> Result<Response, Error> {
    let content = content::asset(digest, name).ok_or(Error::NotFound)?;
    let mut response = content.answer_kept(headers);
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static(kept));
    Ok(response)
}

fn problem(slug: &str, headers: &HeaderMap) -> Result<Response, Error> {
    let explanation = explanation::of(slug).ok_or(Error::NotFound)?;
    let language = negotiation::language(headers);
    let mut response = match negotiation::form(headers, Form::Page) {
        Form::Page => {
            let mut response = StatusCode::OK.into_response();
            document::put(&mut response, &explanation, language);
            response
        }
        Form::Document => answer::json(StatusCode::OK, &explanation.json(language))?,
    };
    response.headers_mut().insert(CONTENT_LANGUAGE, HeaderValue::from_static(language.tag()));
    response.headers_mut().insert(VARY, HeaderValue::from_static(document::VARY));
    Ok(response)
}

#[cfg(test)]
mod tests {
    use shared::http::BASE_PATH;
    use shared::http::route::{Found, RequestPath};

    use super::*;
    use crate::{ROUTES, TABLE};

    /// Everything there is to see; one more variant is missed here by the compiler.
    fn all() -> [(&'static str, Resource<'static>); 7] {
        let all = [
            ("/", Resource::Page),
            ("/settings", Resource::Page),
            ("/assets/a/b", Resource::Asset { digest: "a", name: "b" }),
            ("/problems/a", Resource::Problem("a")),
            ("/.well-known/change-password", Resource::PasswordChange),
            ("/favicon.ico", Resource::Icon),
            ("/robots.txt", Resource::Robots),
        ];
        for (_, resource) in all {
            match resource {
                Resource::Page
                | Resource::Asset { .. }
                | Resource::Problem(_)
                | Resource::PasswordChange
                | Resource::Icon
                | Resource::Robots => {}
            }
        }
        all
    }

    #[test]
    fn what_there_is_to_see_and_what_the_template_declares_are_the_same() {
        for (path, resource) in all() {
            assert_eq!(Resource::at(path), Some(resource));
            let found = TABLE.find("GET", &RequestPath::decoded(path));
            assert!(matches!(found, Found::Route(route, _) if route.function == "portal"), "{path}: {found:?}");
        }
        let declared = ROUTES.iter().filter(|route| !route.path.starts_with(BASE_PATH));
        assert_eq!(declared.map(|route| route.method).collect::<Vec<_>>(), ["GET"; 7]);
    }

    #[test]
    fn another_way_to_write_a_path_leads_nowhere() {
        for path in [
            "",
            "//",
            "/settings/",
            "/Settings",
            "/./settings",
            "//settings",
            "/assets",
            "/assets/",
            "/assets/a",
            "/assets/a/",
            "/assets//b",
            "/assets/a/b/c",
            "/assets/../settings",
            "/problems",
            "/problems/",
            "/problems/a/b",
            "/robots.txt/",
        ] {
            let found = Resource::at(path);
            let is_none_or_named = matches!(found, None | Some(Resource::Asset { digest: "..", .. }));
            assert!(is_none_or_named, "{path}: {found:?}");
        }
    }
}

//! The explanations against the problems that the service sends.

use std::collections::BTreeSet;

use axum::response::IntoResponse;
use shared::Error;
use shared::http::problem;
use shared::scope::{Scope, ScopeSet};

use super::*;
use crate::negotiation::LANGUAGES;

/// One error of each kind.
fn errors() -> Vec<Error> {
    let first = Error::InvalidRequest(Vec::new());
    std::iter::successors(Some(first), next).collect()
}

/// The kind after this one; one that has no place here does not compile.
fn next(error: &Error) -> Option<Error> {
    Some(match error {
        Error::InvalidRequest(_) => Error::AmbiguousCredentials,
        Error::AmbiguousCredentials => Error::Unauthenticated,
        Error::Unauthenticated => Error::KeyExpired,
        Error::KeyExpired => Error::SessionExpired,
        Error::SessionExpired => Error::SignInFailed,
        Error::SignInFailed => Error::InsufficientScope(ScopeSet::from(Scope::ApiKey)),
        Error::InsufficientScope(_) => Error::SessionRequired,
        Error::SessionRequired => Error::StepUpRequired,
        Error::StepUpRequired => Error::RoleRequired,
        Error::RoleRequired => Error::CrossSiteRequest,
        Error::CrossSiteRequest => Error::MfaEnrolmentRequired,
        Error::MfaEnrolmentRequired => Error::NotFound,
        Error::NotFound => Error::MethodNotAllowed(String::new()),
        Error::MethodNotAllowed(_) => Error::NameTaken,
        Error::NameTaken => Error::LimitReached(1),
        Error::LimitReached(_) => Error::NotAvailableForSso,
        Error::NotAvailableForSso => Error::MfaAlreadyEnabled,
        Error::MfaAlreadyEnabled => Error::MfaNotEnabled,
        Error::MfaNotEnabled => Error::MfaEnforced,
        Error::MfaEnforced => Error::MfaNotOffered,
        Error::MfaNotOffered => Error::KeyNotActive(""),
        Error::KeyNotActive(_) => Error::NotEmpty(""),
        Error::NotEmpty(_) => Error::TokenExpired,
        Error::TokenExpired => Error::PreconditionFailed,
        Error::PreconditionFailed => Error::PayloadTooLarge,
        Error::PayloadTooLarge => Error::UnsupportedMediaType,
        Error::UnsupportedMediaType => Error::PasswordRejected(Vec::new()),
        Error::PasswordRejected(_) => Error::PasswordIncorrect,
        Error::PasswordIncorrect => Error::CodeRejected,
        Error::CodeRejected => Error::IdempotencyKeyReused,
        Error::IdempotencyKeyReused => Error::TooManyAttempts(1),
        Error::TooManyAttempts(_) => Error::internal("a"),
        Error::Internal(_) => Error::unavailable("a"),
        Error::Unavailable(_) => return None,
    })
}

#[tokio::test]
async fn every_problem_is_explained_under_its_status_and_title() {
    let mut slugs = BTreeSet::new();
    for error in errors() {
        let slug = problem::slug(&error);
        let explanation = of(slug).unwrap_or_else(|| panic!("{slug} is not explained"));
        let response = error.into_response();
        assert_eq!(explanation.status, response.status().as_u16(), "{slug}");
        let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.expect("a body");
        let document: Value = serde_json::from_slice(&body).expect("a problem document");
        assert_eq!(document["title"], explanation.words(Language::English).title, "{slug}");
        slugs.insert(slug);
    }
    let explained = english::WORDS.map(|(_, slug, _)| slug);
    assert_eq!(slugs, BTreeSet::from(explained), "a problem is explained that there is not");
    assert_eq!(explained, dutch::WORDS.map(|(slug, _)| slug));
}

/// The words go into HTML as they are.
#[test]
fn words_are_whole_sentences_without_markup() {
    for explanation in english::WORDS.iter().filter_map(|(_, slug, _)| of(slug)) {
        for language in LANGUAGES {
            let Words { title, meaning, advice } = explanation.words(language);
            for text in [title, meaning, advice] {
                assert!(!text.contains(['<', '>', '&', '"', '\'', '\n']), "{text}");
                assert!(text.starts_with(char::is_uppercase) && !text.contains("  "), "{text}");
            }
            assert!(meaning.ends_with('.') && advice.ends_with('.') && !title.ends_with('.'), "{title}");
        }
    }
}

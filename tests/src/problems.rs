//! The contract's table of problems, written down a second time: the service must agree with it.

/// What the contract says of one problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) status: u16,
    pub(crate) slug: &'static str,
    /// The member it has beside those of every problem.
    pub(crate) extra: Option<&'static str>,
    /// The value of `WWW-Authenticate`.
    pub(crate) challenge: Option<&'static str>,
}

/// The problem of that slug.
pub(crate) fn by_slug(slug: &str) -> Option<Problem> {
    PROBLEMS.into_iter().find(|problem| problem.slug == slug)
}

/// Every slug of the contract, with its status.
pub fn problems() -> impl Iterator<Item = (&'static str, u16)> {
    PROBLEMS.into_iter().map(|problem| (problem.slug, problem.status))
}

const fn plain(status: u16, slug: &'static str) -> Problem {
    Problem { status, slug, extra: None, challenge: None }
}

const fn with(extra: &'static str, problem: Problem) -> Problem {
    Problem { extra: Some(extra), ..problem }
}

const fn challenged(challenge: &'static str, problem: Problem) -> Problem {
    Problem { challenge: Some(challenge), ..problem }
}

const BEARER: &str = r#"Bearer realm="user-manager""#;

const PROBLEMS: [Problem; 34] = [
    with("errors", plain(400, "invalid-request")),
    plain(400, "ambiguous-credentials"),
    challenged(BEARER, plain(401, "unauthenticated")),
    challenged(r#"Bearer realm="user-manager", error="invalid_token""#, plain(401, "key-expired")),
    challenged(BEARER, plain(401, "session-expired")),
    challenged(BEARER, plain(401, "sign-in-failed")),
    challenged(r#"Bearer error="insufficient_scope""#, with("required_scopes", plain(403, "insufficient-scope"))),
    plain(403, "session-required"),
    plain(403, "step-up-required"),
    plain(403, "role-required"),
    plain(403, "cross-site-request"),
    plain(403, "mfa-enrolment-required"),
    plain(404, "not-found"),
    plain(405, "method-not-allowed"),
    plain(409, "name-taken"),
    with("limit", plain(409, "limit-reached")),
    plain(409, "not-available-for-sso"),
    plain(409, "mfa-already-enabled"),
    plain(409, "mfa-not-enabled"),
    plain(409, "mfa-enforced"),
    plain(409, "mfa-not-offered"),
    plain(409, "key-not-active"),
    plain(409, "not-empty"),
    plain(410, "token-expired"),
    plain(412, "precondition-failed"),
    plain(413, "payload-too-large"),
    plain(415, "unsupported-media-type"),
    with("reasons", plain(422, "password-rejected")),
    plain(422, "password-incorrect"),
    plain(422, "code-rejected"),
    plain(422, "idempotency-key-reused"),
    plain(429, "too-many-attempts"),
    plain(500, "internal"),
    plain(503, "unavailable"),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::document::Node;

    fn described() -> BTreeMap<String, Node> {
        let kinds = Node::at("/components/schemas/Problem/oneOf").expect("all problems").members();
        let slug = |kind: &Node| kind.value()["properties"]["type"]["const"].as_str().expect("a type").to_owned();
        kinds.into_values().map(|kind| (slug(&kind), kind)).collect()
    }

    #[test]
    fn the_document_describes_the_same_problems() {
        let described = described();
        assert_eq!(described.len(), PROBLEMS.len());
        for problem in PROBLEMS {
            let kind = &described[&format!("/problems/{}", problem.slug)];
            assert_eq!(kind.value()["properties"]["status"]["const"], problem.status, "{}", problem.slug);
            let extra = kind.get("required").map(|required| required.value().clone());
            assert_eq!(extra, problem.extra.map(|extra| serde_json::json!([extra])), "{}", problem.slug);
        }
    }

    #[test]
    fn the_document_describes_the_same_challenges() {
        for (name, status) in [("Challenge", 401), ("ScopeChallenge", 403)] {
            let schema = Node::at(&format!("/components/headers/{name}/schema")).expect("a header");
            let takes =
                |problem: &Problem| problem.challenge.is_some_and(|text| schema.faults(&text.into()).is_empty());
            for problem in PROBLEMS {
                let is_sent = problem.status == status && problem.challenge.is_some();
                assert_eq!(takes(&problem), is_sent, "{}", problem.slug);
            }
        }
    }
}

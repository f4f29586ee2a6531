//! Scenarios against another DynamoDB than the embedded one.

use local::elsewhere::Endpoint;

/// Where it is, as `http://127.0.0.1:8000`.
const VARIABLE: &str = "SCENARIOS_DYNAMODB";

/// The DynamoDB in which every world makes a table of its own; the embedded one where none is named.
pub(crate) fn dynamodb() -> Option<Endpoint> {
    #[expect(
        clippy::disallowed_methods,
        reason = "a test binary has no command line of its own; this is the one place"
    )]
    let endpoint = std::env::var(VARIABLE).ok()?;
    Some(endpoint.parse().unwrap_or_else(|error| panic!("{VARIABLE}: {error}")))
}

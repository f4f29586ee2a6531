//! Events of the gateway, from bytes to an answer of the function whose route they name. The table does not answer, so
//! nothing opens: all that needs it is `unavailable`, and no event is a fault of ours.

use std::collections::BTreeMap;
use std::sync::LazyLock;
use std::time::Duration;

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use axum::Router;
use serde_json::Value;
use serde_json::value::RawValue;
use shared::clock::Clock;
use shared::context::{Config, Context};
use shared::keyring::Keyring;
use shared::password::Hasher;
use shared::runtime::{Invocation, handle_event, handle_http};
use shared::secrets::{SecretSource, Secrets};
use shared::store::settings::MfaPolicy;

use crate::block_on;
use crate::table::Table;

/// What answers well without the table: signing out without a session.
const WITHOUT_TABLE: &str = "SignOut";

static CONTEXT: LazyLock<Context> = LazyLock::new(|| {
    let keyring = Keyring::parse(&format!(r#"{{"current":"1","1":"{}"}}"#, "k".repeat(64))).expect("a valid secret");
    let config = Config {
        account_name: "demo".to_owned(),
        mfa_policy_default: MfaPolicy::Optional,
        expired_key_retention_seconds: 0,
        mail_from: String::new(),
        refusal_time_min: Duration::ZERO,
        portal_origin: String::new(),
    };
    let secrets = Secrets::new(SecretSource::Given(keyring.into()));
    let hasher = Hasher::with_params(8, 1).expect("valid parameters");
    Context::new(Table::default().store(), Clock::system(), secrets, hasher, config)
});

static ROUTERS: LazyLock<BTreeMap<&str, Router>> = LazyLock::new(|| {
    BTreeMap::from([
        ("sign-in", sign_in::router(CONTEXT.clone())),
        ("sessions", sessions::router(CONTEXT.clone())),
        ("profile", profile::router(CONTEXT.clone())),
        ("password", password::router(CONTEXT.clone())),
        ("mfa", mfa::router(CONTEXT.clone())),
        ("api-keys", api_keys::router(CONTEXT.clone())),
        ("users", users::router(CONTEXT.clone())),
        ("portal", portal::router()),
    ])
});

pub(crate) fn check(input: &[u8]) {
    if let Ok(event) = serde_json::from_slice::<&RawValue>(input) {
        assert_direct_call_opens_nothing(event);
    }
    let Ok(event) = serde_json::from_slice::<ApiGatewayV2httpRequest>(input) else { return };
    let key = event.route_key.clone().unwrap_or_default();
    let request_id = event.request_context.request_id.clone().unwrap_or_default();
    let route = portal::ROUTES.iter().find(|route| route.key() == key);
    let (operation, function) = route.map_or(("", "portal"), |route| (route.operation, route.function));
    let answer = block_on(handle_http(&ROUTERS[function], &CONTEXT.clock, event));
    let status = assert_answer(&answer, &request_id);
    let is_open = function == "portal" || operation == WITHOUT_TABLE;
    assert!(status >= 400 || is_open, "{operation} answered without the table: {answer}");
}

/// The status of an answer that the gateway can pass on.
fn assert_answer(answer: &Value, request_id: &str) -> u64 {
    let status = answer["statusCode"].as_u64().expect("a status");
    assert!((200..600).contains(&status) && status != 500, "{answer}");
    let headers = answer["headers"].as_object().expect("headers");
    for name in ["cache-control", "strict-transport-security", "x-content-type-options"] {
        assert!(headers.contains_key(name), "{name}: {answer}");
    }
    let body = answer["body"].as_str().unwrap_or_default();
    if status >= 400 && !body.is_empty() && headers["content-type"] == "application/problem+json" {
        let problem: Value = serde_json::from_str(body).expect("a problem");
        assert_eq!(problem["status"], status);
        assert_eq!(problem["instance"], format!("urn:request:{request_id}"));
    }
    status
}

/// The one function that takes other events too: what is no gateway's is refused, and quotes no secret.
fn assert_direct_call_opens_nothing(event: &RawValue) {
    let invocation = Invocation { request_id: "r".to_owned(), time_left: Duration::from_secs(1) };
    let direct = |call, invocation| users::answer_directly(CONTEXT.clone(), call, invocation);
    let answer = block_on(handle_event(&ROUTERS["users"], &CONTEXT.clock, event, invocation, direct));
    match answer {
        Ok(answer) => assert!(answer["statusCode"].is_u64(), "a direct call was answered without the table: {answer}"),
        Err(failure) => assert!(!failure.error_type.is_empty() && failure.error_type != "internal", "{failure:?}"),
    }
}

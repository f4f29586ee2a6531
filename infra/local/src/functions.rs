//! The functions behind the gateway, in this process.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use axum::Router;
use http::StatusCode;
use shared::clock::Clock;
use shared::context::Context;
use shared::http::route::{DEFAULT_KEY, Routes};
use shared::runtime;

use crate::error::StartError;
use crate::provider;
use crate::reply::{self, Reply};
use crate::roles::Roles;

/// How long Amazon's gateway waits for a function.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);

/// Every function that a route leads to, by its folder.
pub struct Functions {
    routers: BTreeMap<&'static str, Router>,
    clock: Clock,
}

impl Functions {
    /// All of them, each with its own role; the provider's stand-in has the operator's `context`.
    ///
    /// # Errors
    /// `Template` when a route leads to a function that is not here, or one here is not declared.
    pub fn new(roles: &Roles, context: &Context, routes: &Routes) -> Result<Self, StartError> {
        let functions = Self { routers: routers(roles, context)?, clock: context.clock.clone() };
        let needed = routes.iter().map(|route| (route.function, route.key()));
        let mut needed = needed.chain([(portal::DEFAULT_FUNCTION, DEFAULT_KEY.to_owned())]);
        match needed.find(|(function, _)| !functions.routers.contains_key(function)) {
            Some((function, key)) => Err(StartError::Template(format!("no function {function} for {key}"))),
            None => Ok(functions),
        }
    }

    /// Invokes one. A panic ends this invocation alone, and what takes too long runs on unheard, as in the cloud.
    pub async fn invoke(&self, function: &str, event: ApiGatewayV2httpRequest) -> Reply {
        let Some(router) = self.routers.get(function).cloned() else {
            return reply::of_gateway(StatusCode::INTERNAL_SERVER_ERROR);
        };
        let clock = self.clock.clone();
        let running = tokio::spawn(async move { runtime::handle_http(&router, &clock, event).await });
        match tokio::time::timeout(ANSWER_WITHIN, running).await {
            Ok(Ok(response)) => reply::of_function(response),
            Ok(Err(_)) => reply::of_gateway(StatusCode::INTERNAL_SERVER_ERROR),
            Err(_) => reply::of_gateway(StatusCode::SERVICE_UNAVAILABLE),
        }
    }
}

/// The one list of functions in this process; the template names the same, but for the provider's stand-in.
fn routers(roles: &Roles, context: &Context) -> Result<BTreeMap<&'static str, Router>, StartError> {
    let of = |function| roles.context(function);
    Ok(BTreeMap::from([
        ("sign-in", sign_in::router(of("sign-in")?)),
        ("sessions", sessions::router(of("sessions")?)),
        ("profile", profile::router(of("profile")?)),
        ("password", password::router(of("password")?)),
        ("mfa", mfa::router(of("mfa")?)),
        ("api-keys", api_keys::router(of("api-keys")?)),
        ("users", users::router(of("users")?)),
        ("portal", portal::router()),
        (provider::FUNCTION, provider::router(context.clone())),
    ]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_ends_one_invocation_with_the_gateways_500() {
        let crashing = Router::new().fallback(|| async { panic!("on purpose") as &str });
        let working = Router::new().fallback(|| async { "ok" });
        let routers = BTreeMap::from([("crashing", crashing), ("working", working)]);
        let functions = Functions { routers, clock: Clock::system() };
        let mut event = ApiGatewayV2httpRequest::default();
        event.route_key = Some("GET /".to_owned());
        let invoke = async |function| functions.invoke(function, event.clone()).await.status();
        assert_eq!(invoke("crashing").await, StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(invoke("working").await, StatusCode::OK);
    }
}

//! Stands in for the identity provider of Active Directory and SAML users: it authenticates whoever is named.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::post;
use serde_json::Value;
use shared::Error;
use shared::context::Context;
use shared::http::call::Call;
use shared::http::fields::text;
use shared::http::route::Route;
use shared::runtime;
use shared::store::users::ROOT_ENVIRONMENT;

use crate::functions::Failure;

/// Its name among the functions.
pub const FUNCTION: &str = "identity-provider";

/// Its route, which no template declares.
#[must_use]
pub const fn route() -> Route {
    Route { operation: "SignInWithProvider", method: "POST", path: "/_local/sso", function: FUNCTION }
}

/// Serves [`route`], and nothing else; always in this process.
pub struct Provider {
    context: Context,
    router: Router,
}

impl Provider {
    /// Works with the service's own context.
    #[must_use]
    pub fn new(context: Context) -> Self {
        // Outside the base path a router is asked at `/`.
        let router = Router::new().route("/", post(sign_in_with_provider)).with_state(context.clone());
        Self { context, router }
    }

    /// Answers an event as a function does.
    ///
    /// # Errors
    /// When the event is none of the gateway's.
    pub async fn invoke(&self, event: Value) -> Result<Value, Failure> {
        let event = serde_json::from_value(event).map_err(|error| Failure::failed("event", error.to_string()))?;
        Ok(runtime::handle_http(&self.router, &self.context.clock, event).await)
    }
}

async fn sign_in_with_provider(State(context): State<Context>, call: Call) -> Result<Response, Error> {
    call.check_same_site()?;
    let mut fields = call.json()?;
    let any = |name: &str| Ok::<_, &str>(name.to_owned());
    let environment = fields.optional("environment_name", text(any));
    let user_name = fields.required("user_name", text(any));
    let user_name = fields.finish(user_name)?;
    let environment = environment.as_deref().unwrap_or(ROOT_ENVIRONMENT);
    sign_in::sign_in_with_provider(&context, &call, environment, &user_name).await
}

//! Environments: where the names of users and groups are unique.

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use serde::Serialize;
use shared::context::Context;
use shared::error::{Error, Result};
use shared::http::answer::{json, no_content};
use shared::http::call::Call;
use shared::http::fields::text;
use shared::http::page::Page;
use shared::name::{Description, EnvironmentName};
use shared::scope::Scope;
use shared::store::directory::Environment;
use shared::store::users::ROOT_ENVIRONMENT;

use crate::administrator;
use crate::target::{self};
use shared::store::Retries;

#[derive(Serialize)]
struct View {
    environment_name: EnvironmentName,
    description: Option<Description>,
}

impl From<Environment> for View {
    fn from(environment: Environment) -> Self {
        Self { environment_name: environment.name, description: environment.description }
    }
}

pub(crate) async fn list_environments(State(context): State<Context>, call: Call) -> Result<Response> {
    administrator::reader(&context, &call, Scope::Authentication).await?;
    call.no_body()?;
    let wanted = call.page()?;
    // One more tells whether there is a next page.
    let found = context.store.list_environments(wanted.after.as_deref(), wanted.limit + 1, call.now).await?;
    let page = wanted.cut(found, |environment| environment.name.folded());
    let items: Vec<_> = page.items.into_iter().map(View::from).collect();
    json(StatusCode::OK, &Page { items, next: page.next })
}

pub(crate) async fn create_environment(State(context): State<Context>, call: Call) -> Result<Response> {
    let caller = administrator::editor(&context, &call).await?;
    let mut fields = call.json()?;
    let name = fields.required("environment_name", text(EnvironmentName::parse));
    let description = fields.optional("description", text(Description::parse));
    let environment = Environment::new(fields.finish(name)?, description);
    if !context.store.insert_environment(&environment).await?.is_done() {
        return Err(Error::NameTaken);
    }
    let by = caller.profile().id;
    tracing::info!(event = "environment_created", by.id = %by, request.id = call.request_id);
    json(StatusCode::CREATED, &View::from(environment))
}

pub(crate) async fn delete_environment(State(context): State<Context>, call: Call) -> Result<Response> {
    let caller = administrator::editor(&context, &call).await?;
    call.no_body()?;
    let name = target::environment_name(&context, &call)?;
    let mut retries = Retries::default();
    loop {
        retries.begin().await?;
        let environment = context.store.environment(&name.folded()).await?.ok_or(Error::NotFound)?;
        if environment.name.as_str() == ROOT_ENVIRONMENT {
            return Err(Error::NotEmpty("The environment ROOT cannot be deleted."));
        }
        if !environment.is_empty() {
            return Err(Error::NotEmpty("Delete the environment's users and groups first."));
        }
        if context.store.delete_environment(&environment.name).await?.is_done() {
            let by = caller.profile().id;
            tracing::info!(event = "environment_deleted", by.id = %by, request.id = call.request_id);
            return Ok(no_content());
        }
    }
}

//! Groups of an environment.

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use serde::Serialize;
use shared::context::Context;
use shared::error::{Error, Result};
use shared::http::answer::{json, no_content};
use shared::http::call::Call;
use shared::http::fields::text;
use shared::http::page::{Page, PageRequest};
use shared::name::{Description, EnvironmentName, GroupName};
use shared::scope::Scope;
use shared::store::directory::Group;
use shared::store::users::{ADMIN_GROUP, PUBLISHER_GROUP, ROOT_ENVIRONMENT};

use crate::administrator;
use crate::target::{self};
use shared::store::Retries;

#[derive(Serialize)]
struct View {
    environment_name: EnvironmentName,
    group_name: GroupName,
    description: Option<Description>,
}

impl From<Group> for View {
    fn from(group: Group) -> Self {
        Self { environment_name: group.environment, group_name: group.name, description: group.description }
    }
}

pub(crate) async fn list_groups(State(context): State<Context>, call: Call) -> Result<Response> {
    administrator::reader(&context, &call, Scope::Authentication).await?;
    call.no_body()?;
    let wanted = call.page()?;
    let found = match call.query("environment_name_equal_cs")? {
        None => read(&context, &call, None, &wanted).await?,
        Some(name) => match target::environment_named(&context, &name).await? {
            None => Vec::new(),
            Some(environment) => read(&context, &call, Some(environment.name.folded()), &wanted).await?,
        },
    };
    let page = wanted.cut(found, Group::sort_key);
    let items: Vec<_> = page.items.into_iter().map(View::from).collect();
    json(StatusCode::OK, &Page { items, next: page.next })
}

/// One more than the page holds, which tells whether there is a next one.
async fn read(context: &Context, call: &Call, environment: Option<String>, wanted: &PageRequest) -> Result<Vec<Group>> {
    let after = wanted.after.as_deref();
    let is_within = |after: &str| environment.as_ref().is_none_or(|name| after.starts_with(&format!("{name}#")));
    if !after.is_none_or(is_within) {
        return Err(Error::invalid("?cursor", "must be the next of an earlier page of the same list"));
    }
    context.store.list_groups(environment.as_deref(), after, wanted.limit + 1, call.now).await
}

pub(crate) async fn create_group(State(context): State<Context>, call: Call) -> Result<Response> {
    let caller = administrator::editor(&context, &call).await?;
    let mut fields = call.json()?;
    let environment = fields.required("environment_name", text(EnvironmentName::parse));
    let name = fields.required("group_name", text(GroupName::parse));
    let description = fields.optional("description", text(Description::parse));
    let (environment, name) = fields.finish(environment.zip(name))?;
    let mut retries = Retries::default();
    loop {
        retries.begin().await?;
        let environment = context.store.environment(&environment.folded()).await?;
        let environment = environment.ok_or_else(|| Error::invalid("/environment_name", "is no environment"))?.name;
        let (folded, folded_name) = (environment.folded(), name.folded());
        if retries.is_repeated() && context.store.group(&folded, &folded_name).await?.is_some() {
            return Err(Error::NameTaken);
        }
        let group = Group::new(environment, name.clone(), description.clone());
        if context.store.insert_group(&group).await?.is_done() {
            let by = caller.profile().id;
            tracing::info!(event = "group_created", by.id = %by, request.id = call.request_id);
            return json(StatusCode::CREATED, &View::from(group));
        }
    }
}

pub(crate) async fn delete_group(State(context): State<Context>, call: Call) -> Result<Response> {
    let caller = administrator::editor(&context, &call).await?;
    call.no_body()?;
    let environment = target::environment_name(&context, &call)?.folded();
    let name = GroupName::parse(call.path_parameter("group")?).map_err(|_| Error::NotFound)?.folded();
    let mut retries = Retries::default();
    loop {
        retries.begin().await?;
        let group = context.store.group(&environment, &name).await?.ok_or(Error::NotFound)?;
        if is_fixed(&group) {
            return Err(Error::NotEmpty("The groups Admin and App Publisher of ROOT cannot be deleted."));
        }
        if group.members > 0 {
            return Err(Error::NotEmpty("Remove the group's members first."));
        }
        if context.store.delete_group(&group).await?.is_done() {
            let by = caller.profile().id;
            tracing::info!(event = "group_deleted", by.id = %by, request.id = call.request_id);
            return Ok(no_content());
        }
    }
}

fn is_fixed(group: &Group) -> bool {
    group.environment.as_str() == ROOT_ENVIRONMENT && [ADMIN_GROUP, PUBLISHER_GROUP].contains(&group.name.as_str())
}

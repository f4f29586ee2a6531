//! Direct calls: what an operator asks of this function with AWS credentials. No request of a client comes here.

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use shared::context::Context;
use shared::error::Error;
use shared::http::fields::Fields;
use shared::runtime::{DirectError, Invocation};

use crate::{first_administrator, secret_versions};

/// What may be asked, one at a time, as the only member of the event.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DirectCall {
    /// Makes the first administrator.
    FirstAdministrator(Box<RawValue>),
    /// Tells what each version of the secret still protects.
    SecretVersions(Box<RawValue>),
}

/// Answers a direct call.
///
/// # Errors
/// Why it did nothing.
pub async fn answer_directly(context: Context, call: DirectCall, invocation: Invocation) -> Result<Value, DirectError> {
    let answer = match call {
        DirectCall::FirstAdministrator(order) => {
            let issued = first_administrator::answer(&context, fields(&order)?, &invocation.request_id).await?;
            serde_json::to_value(issued)
        }
        DirectCall::SecretVersions(order) => {
            let report = secret_versions::answer(&context, fields(&order)?, invocation.time_left).await?;
            serde_json::to_value(report)
        }
    };
    answer.map_err(Error::internal).map_err(Into::into)
}

fn fields(order: &RawValue) -> Result<Fields, Error> {
    Fields::parse(order.get().as_bytes())
}

//! What the stand-ins for AWS services share: an answer as the SDKs read it.

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use serde_json::{Value, json};

/// An answer in AWS's JSON; a refusal goes by the name of its exception.
///
/// # Errors
/// Never in practice: both status codes are valid.
pub fn answer(outcome: Result<Value, &'static str>) -> Result<HttpResponse, ConnectorError> {
    let (status, body) = match outcome {
        Ok(body) => (200, body),
        Err(exception) => (400, json!({"__type": exception, "message": exception})),
    };
    let status = StatusCode::try_from(status).map_err(|error| ConnectorError::other(error.into(), None))?;
    Ok(HttpResponse::new(status, SdkBody::from(body.to_string())))
}

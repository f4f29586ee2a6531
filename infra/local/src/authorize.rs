//! Asks the authorizer as the gateway of another service would.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use shared::Error;
use shared::http::route::RequestPath;

use crate::functions::{Failure, Functions};

/// A request to another service.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    method: String,
    /// As in a request line.
    path: String,
    #[serde(default)]
    headers: BTreeMap<String, Values>,
}

/// The values of one header.
#[derive(Deserialize)]
#[serde(untagged)]
enum Values {
    One(String),
    Many(Vec<String>),
}

/// The authorizer's answer, and the status with which the gateway would let the request pass or refuse it.
///
/// # Errors
/// `Unavailable` when the authorizer failed.
pub async fn answer(functions: &dyn Functions, question: Question) -> Result<Value, Error> {
    match functions.invoke("authorizer", question.event()).await {
        Ok(answer) => {
            let answer: Answer = serde_json::from_value(answer).map_err(Error::internal)?;
            let status = if answer.is_authorized { 200 } else { 403 };
            serde_json::to_value(Told { status, answer }).map_err(Error::internal)
        }
        // By this word the gateway knows.
        Err(Failure::Failed { message, .. }) if message == "Unauthorized" => {
            Ok(json!({"status": 401, "isAuthorized": false, "errorMessage": message}))
        }
        Err(failure) => Err(failure.into()),
    }
}

/// The simple response.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    is_authorized: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    context: Option<Value>,
}

#[derive(Serialize)]
struct Told {
    status: u16,
    #[serde(flatten)]
    answer: Answer,
}

impl Question {
    fn event(self) -> Value {
        let path = self.path.split(['?', '#']).next().unwrap_or_default();
        let mut headers: BTreeMap<String, String> = BTreeMap::new();
        for (name, values) in self.headers {
            let values = match values {
                Values::One(value) => value,
                Values::Many(values) => values.join(","),
            };
            let joined = headers.entry(name.to_ascii_lowercase());
            joined.and_modify(|before| *before = format!("{before},{values}")).or_insert(values);
        }
        json!({
            "version": "2.0",
            "type": "REQUEST",
            "rawPath": RequestPath::parse(path).raw(),
            "headers": headers,
            "requestContext": {"stage": "$default", "requestId": "local", "http": {"method": self.method}},
        })
    }
}

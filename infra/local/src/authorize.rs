//! Asks the authorizer as the gateway of another service would.

use std::collections::BTreeMap;

use authorizer::{Answer, Request, RequestContext, RequestLine, Verdict};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use shared::Error;
use shared::context::Context;
use shared::http::route::RequestPath;

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
/// The authorizer's.
pub async fn answer(context: &Context, question: Question) -> Result<Value, Error> {
    let verdict = authorizer::authorize(context, &question.event()).await?;
    let status = match verdict {
        Verdict::Allowed(_) => 200,
        Verdict::Unauthorized => 401,
        Verdict::Forbidden => 403,
    };
    match verdict.answer() {
        Ok(answer) => serde_json::to_value(Told { status, answer }).map_err(Error::internal),
        Err(unauthorized) => {
            Ok(json!({"status": status, "isAuthorized": false, "errorMessage": unauthorized.to_string()}))
        }
    }
}

#[derive(Serialize)]
struct Told {
    status: u16,
    #[serde(flatten)]
    answer: Answer,
}

impl Question {
    fn event(self) -> Request {
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
        Request {
            raw_path: RequestPath::parse(path).raw(),
            headers,
            request_context: RequestContext {
                stage: "$default".to_owned(),
                request_id: "local".to_owned(),
                http: RequestLine { method: self.method },
            },
        }
    }
}

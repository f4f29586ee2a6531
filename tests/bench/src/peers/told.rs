//! A call in JSON, and what was told.

use bytes::Bytes;
use serde_json::Value;

use crate::connection::{Connection, Header};

/// The parts of an answer that are of use.
pub(crate) struct Told {
    pub(crate) body: Value,
    /// All cookies that were set, as they are sent back.
    pub(crate) cookies: String,
}

impl Told {
    /// The text at this JSON pointer.
    pub(crate) fn text(&self, pointer: &str) -> String {
        let text = self.body.pointer(pointer).and_then(Value::as_str);
        text.unwrap_or_else(|| panic!("no text at {pointer} in {}", self.body)).to_owned()
    }
}

/// Sends `body`, where it is not `null`, and expects `status`.
pub(crate) async fn ask(
    connection: &mut Connection,
    (method, path): (&str, &str),
    headers: &[Header],
    body: Value,
    status: u16,
) -> Told {
    let body = if body.is_null() { Bytes::new() } else { Bytes::from(body.to_string()) };
    let headers = headers.iter().map(|(name, value)| (*name, value.as_str()));
    let answer = connection.send(method, path, headers, body).await;
    assert_eq!(answer.status.as_u16(), status, "{method} {path}: {answer:?}");
    let cookies =
        answer.headers.get_all("set-cookie").iter().filter_map(|value| value.to_str().ok()?.split(';').next());
    let cookies = cookies.collect::<Vec<_>>().join("; ");
    Told { body: serde_json::from_slice(&answer.body).unwrap_or_default(), cookies }
}

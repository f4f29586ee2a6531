//! What the table answers where something goes wrong.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use aws_smithy_runtime_api::client::http::{HttpConnector, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use bytes::Bytes;
use hyper::body::{Body, Frame};
use serde_json::{Value, json};

use super::request::Request;

pub(super) fn answer(status: u16, body: &Value) -> HttpResponse {
    let status = status.try_into().expect("a status");
    HttpResponse::new(status, SdkBody::from(body.to_string()))
}

pub(super) fn refusal(status: u16, name: &str) -> HttpResponse {
    answer(status, &json!({"__type": format!("com.amazonaws.dynamodb.v20120810#{name}"), "message": "a fault"}))
}

pub(super) fn conflict(about: &Request) -> HttpResponse {
    match about.action.as_str() {
        "TransactWriteItems" => cancelled(about, "TransactionConflict"),
        _ => refusal(400, "TransactionConflictException"),
    }
}

pub(super) fn busy(about: &Request) -> HttpResponse {
    let is_transaction = about.action == "TransactWriteItems";
    refusal(400, if is_transaction { "TransactionInProgressException" } else { "TransactionConflictException" })
}

/// The last of the transaction's parts met something.
pub(super) fn cancelled(about: &Request, code: &str) -> HttpResponse {
    let mut reasons = vec![json!({"Code": "None"}); about.about.split('+').count()];
    *reasons.last_mut().expect("a part") = json!({"Code": code, "Message": "a fault"});
    let kind = "com.amazonaws.dynamodb.v20120810#TransactionCanceledException";
    answer(400, &json!({"__type": kind, "message": "a fault", "CancellationReasons": reasons}))
}

async fn whole(answer: HttpResponse) -> Vec<u8> {
    let body = ByteStream::new(answer.into_body()).collect().await;
    body.expect("the table's answer").into_bytes().to_vec()
}

/// Half of it, which passes for a whole one.
pub(super) async fn halved(answer: HttpResponse) -> Result<HttpResponse, ConnectorError> {
    let status = answer.status();
    let mut bytes = whole(answer).await;
    bytes.truncate(bytes.len() / 2);
    Ok(HttpResponse::new(status, SdkBody::from(bytes)))
}

/// Half of it, and then the connection ends.
pub(super) async fn broken_off(answer: HttpResponse) -> Result<HttpResponse, ConnectorError> {
    let status = answer.status();
    let mut bytes = whole(answer).await;
    bytes.truncate(bytes.len() / 2);
    Ok(HttpResponse::new(status, SdkBody::from_body_1_x(Half(Some(bytes.into())))))
}

/// A body that ends too early.
struct Half(Option<Bytes>);

impl Body for Half {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        Poll::Ready(Some(match self.0.take() {
            Some(half) => Ok(Frame::data(half)),
            None => Err(io::ErrorKind::UnexpectedEof.into()),
        }))
    }
}

/// With a key that is gone.
pub(super) async fn lingering(answered: HttpResponse) -> Result<HttpResponse, ConnectorError> {
    let mut body: Value = serde_json::from_slice(&whole(answered).await).expect("an answer in JSON");
    let gone = json!({"PK": {"S": "USER#000000000000000000000000"}, "SK": {"S": "KEY#0000000000000000"}});
    body["Items"].as_array_mut().expect("items").push(gone);
    Ok(answer(200, &body))
}

fn body_of(request: &HttpRequest) -> Value {
    serde_json::from_slice(request.body().bytes().expect("a body in memory")).expect("a body in JSON")
}

pub(super) fn with_body(mut request: HttpRequest, change: impl FnOnce(&mut Value)) -> HttpRequest {
    let mut body = body_of(&request);
    change(&mut body);
    let body = body.to_string();
    request.headers_mut().insert("content-length", body.len().to_string());
    *request.body_mut() = SdkBody::from(body);
    request
}

pub(super) fn nothing_processed(request: &HttpRequest) -> HttpResponse {
    let asked = &body_of(request)["RequestItems"];
    match request.headers().get("x-amz-target") {
        Some(target) if target.ends_with("BatchWriteItem") => answer(200, &json!({"UnprocessedItems": asked})),
        _ => answer(200, &json!({"Responses": {}, "UnprocessedKeys": asked})),
    }
}

/// Takes the last key out, and says so.
pub(super) async fn part_processed(
    inner: SharedHttpConnector,
    request: HttpRequest,
) -> Result<HttpResponse, ConnectorError> {
    let is_write = request.headers().get("x-amz-target").is_some_and(|target| target.ends_with("BatchWriteItem"));
    let mut left = body_of(&request)["RequestItems"].clone();
    let request = with_body(request, |body| {
        for (name, table) in body["RequestItems"].as_object_mut().expect("tables") {
            let (asked, left) =
                if is_write { (table, &mut left[name]) } else { (&mut table["Keys"], &mut left[name]["Keys"]) };
            let last = asked.as_array_mut().expect("a list").pop().expect("more than one");
            *left = json!([last]);
        }
    });
    let answered = inner.call(request).await?;
    let member = if is_write { "UnprocessedItems" } else { "UnprocessedKeys" };
    let bytes = whole(answered).await;
    let mut body: Value = serde_json::from_slice(&bytes).expect("an answer in JSON");
    body[member] = left;
    Ok(answer(200, &body))
}

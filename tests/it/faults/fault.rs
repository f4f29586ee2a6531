//! What can go wrong with a request, and what the SDK then sees.

use std::io;
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{HttpConnector, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use serde_json::{Value, json};

use super::request::Request;

/// How late a slow answer is: far within the SDK's limits.
const SLOWLY: Duration = Duration::from_millis(20);

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fault {
    /// Nobody listens.
    Refused,
    /// The connection ends before the request is carried out.
    ResetBefore,
    /// It is carried out, and the connection ends before the answer.
    ResetAfter,
    /// No answer in time, and nothing done.
    TimeoutBefore,
    /// It is carried out, and there is no answer in time.
    TimeoutAfter,
    /// 400: the table's throughput is used up.
    Throttled,
    /// 400: too many requests.
    TooManyRequests,
    /// 500, and nothing done.
    FailedBefore,
    /// It is carried out, and answered with 500 all the same.
    FailedAfter,
    /// Half an answer.
    Truncated,
    /// A late answer.
    Slow,
    /// 400: another transaction is at the same item.
    Conflict,
    /// 400: a transaction cancelled because of throughput.
    Cancelled,
    /// It is carried out, its answer is lost, and whoever asks again is told that it is still under way.
    LostThenBusy,
    /// 200, and no key was processed.
    NothingProcessed,
    /// 200, and one key was left out.
    PartProcessed,
    /// 200, and a page with one item, as after a megabyte.
    ShortPage,
    /// 200, and the answer of a while ago: nothing was there yet.
    Early,
    /// 200, and the answer of a while ago: something was there that is gone.
    Late,
    /// No answer at all, and nothing done, until the SDK waits no longer.
    Hangs,
    /// It is carried out, and there is no answer at all.
    HangsAfter,
}

use Fault::{
    Cancelled, Conflict, Early, FailedAfter, FailedBefore, Hangs, HangsAfter, Late, LostThenBusy, NothingProcessed,
    PartProcessed, Refused, ResetAfter, ResetBefore, ShortPage, Slow, Throttled, TimeoutAfter, TimeoutBefore,
    TooManyRequests, Truncated,
};

/// All but those that take seconds each.
const ALL: [Fault; 19] = [
    Refused,
    ResetBefore,
    ResetAfter,
    TimeoutBefore,
    TimeoutAfter,
    Throttled,
    TooManyRequests,
    FailedBefore,
    FailedAfter,
    Truncated,
    Slow,
    Conflict,
    Cancelled,
    LostThenBusy,
    NothingProcessed,
    PartProcessed,
    ShortPage,
    Early,
    Late,
];

/// Longer than the SDK waits for anything.
const NEVER: Duration = Duration::from_mins(1);

impl Fault {
    /// Those that can meet `request`.
    pub(super) fn of(request: &Request) -> impl Iterator<Item = Self> {
        ALL.into_iter().filter(|fault| fault.meets(request))
    }

    /// Whether it can meet `request`.
    pub(super) fn meets(self, request: &Request) -> bool {
        let action = request.action.as_str();
        match self {
            Refused | ResetBefore | ResetAfter | TimeoutBefore | TimeoutAfter | TooManyRequests | FailedBefore
            | Truncated | Slow | Hangs => true,
            Throttled => action != "GetSecretValue",
            FailedAfter | HangsAfter => request.is_write(),
            Conflict | LostThenBusy => request.is_write() && action != "BatchWriteItem",
            Cancelled => action == "TransactWriteItems",
            NothingProcessed => ["BatchGetItem", "BatchWriteItem"].contains(&action),
            PartProcessed => NothingProcessed.meets(request) && request.about.contains('+'),
            ShortPage => action == "Query",
            Early | Late => request.is_consistent == Some(false),
        }
    }

    /// Whether the service itself asks again for seconds: such a fault is costly where it lasts.
    pub(super) const fn is_asked_again(self) -> bool {
        matches!(self, Conflict | Cancelled | LostThenBusy | NothingProcessed)
    }

    /// Those that take the SDK's own time limits to end.
    pub(super) fn hanging(request: &Request) -> impl Iterator<Item = Self> {
        [Hangs, HangsAfter].into_iter().filter(|fault| fault.meets(request))
    }

    /// Whether it is tried as one that lasts and is over at once. The others would be the same to the service: no answer,
    /// or none that is any use, before or after the request was carried out.
    pub(super) const fn is_tried_lasting(self) -> bool {
        matches!(self, Refused | ResetAfter | Throttled | Truncated)
    }

    /// How many requests meet it where it does not last: one, or all that the SDK makes of one.
    pub(super) const fn meets_once(self) -> usize {
        if matches!(self, LostThenBusy) { 3 } else { 1 }
    }

    /// What becomes of `request`, which meets this fault for the first time, or once more.
    pub(super) async fn play(
        self,
        inner: SharedHttpConnector,
        request: HttpRequest,
        about: Request,
        is_first: bool,
    ) -> Result<HttpResponse, ConnectorError> {
        match self {
            Refused => Err(io(io::ErrorKind::ConnectionRefused)),
            ResetBefore => Err(io(io::ErrorKind::ConnectionReset)),
            TimeoutBefore => Err(late()),
            Throttled => Ok(refusal(400, "ProvisionedThroughputExceededException")),
            TooManyRequests => Ok(refusal(400, "ThrottlingException")),
            FailedBefore => Ok(refusal(500, "InternalServerError")),
            Conflict => Ok(conflict(&about)),
            Cancelled => Ok(cancelled(&about, "ProvisionedThroughputExceeded")),
            LostThenBusy if !is_first => Ok(busy(&about)),
            ResetAfter | LostThenBusy => carried_out(inner, request).await.and(Err(io(io::ErrorKind::ConnectionReset))),
            TimeoutAfter => carried_out(inner, request).await.and(Err(late())),
            FailedAfter => carried_out(inner, request).await.and(Ok(refusal(500, "InternalServerError"))),
            Truncated => halved(inner.call(request).await?).await,
            Slow => {
                tokio::time::sleep(SLOWLY).await;
                inner.call(request).await
            }
            NothingProcessed => Ok(nothing_processed(&request)),
            PartProcessed => part_processed(inner, request).await,
            ShortPage => inner.call(with_body(request, |body| body["Limit"] = 1.into())).await,
            Early => Ok(answer(200, &json!({"Items": [], "Count": 0, "ScannedCount": 0}))),
            Late => lingering(inner.call(request).await?).await,
            Hangs => Err(silence().await),
            HangsAfter => {
                carried_out(inner, request).await?;
                Err(silence().await)
            }
        }
    }
}

/// Sends it on and reads the answer, so that it is known to be carried out.
async fn carried_out(inner: SharedHttpConnector, request: HttpRequest) -> Result<(), ConnectorError> {
    inner.call(request).await.map(drop)
}

fn io(kind: io::ErrorKind) -> ConnectorError {
    ConnectorError::io(io::Error::from(kind).into())
}

fn late() -> ConnectorError {
    ConnectorError::timeout(io::Error::from(io::ErrorKind::TimedOut).into())
}

fn answer(status: u16, body: &Value) -> HttpResponse {
    let status = status.try_into().expect("a status");
    HttpResponse::new(status, SdkBody::from(body.to_string()))
}

fn refusal(status: u16, name: &str) -> HttpResponse {
    answer(status, &json!({"__type": format!("com.amazonaws.dynamodb.v20120810#{name}"), "message": "a fault"}))
}

fn conflict(about: &Request) -> HttpResponse {
    match about.action.as_str() {
        "TransactWriteItems" => cancelled(about, "TransactionConflict"),
        _ => refusal(400, "TransactionConflictException"),
    }
}

fn busy(about: &Request) -> HttpResponse {
    let is_transaction = about.action == "TransactWriteItems";
    refusal(400, if is_transaction { "TransactionInProgressException" } else { "TransactionConflictException" })
}

/// The last of the transaction's parts met something.
fn cancelled(about: &Request, code: &str) -> HttpResponse {
    let mut reasons = vec![json!({"Code": "None"}); about.about.split('+').count()];
    *reasons.last_mut().expect("a part") = json!({"Code": code, "Message": "a fault"});
    let kind = "com.amazonaws.dynamodb.v20120810#TransactionCanceledException";
    answer(400, &json!({"__type": kind, "message": "a fault", "CancellationReasons": reasons}))
}

async fn whole(answer: HttpResponse) -> Vec<u8> {
    let body = ByteStream::new(answer.into_body()).collect().await;
    body.expect("the table's answer").into_bytes().to_vec()
}

async fn halved(answer: HttpResponse) -> Result<HttpResponse, ConnectorError> {
    let status = answer.status();
    let mut bytes = whole(answer).await;
    bytes.truncate(bytes.len() / 2);
    Ok(HttpResponse::new(status, SdkBody::from(bytes)))
}

/// With a key that is gone.
async fn lingering(answered: HttpResponse) -> Result<HttpResponse, ConnectorError> {
    let mut body: Value = serde_json::from_slice(&whole(answered).await).expect("an answer in JSON");
    let gone = json!({"PK": {"S": "USER#000000000000000000000000"}, "SK": {"S": "KEY#0000000000000000"}});
    body["Items"].as_array_mut().expect("items").push(gone);
    Ok(answer(200, &body))
}

async fn silence() -> ConnectorError {
    tokio::time::sleep(NEVER).await;
    late()
}

fn body_of(request: &HttpRequest) -> Value {
    serde_json::from_slice(request.body().bytes().expect("a body in memory")).expect("a body in JSON")
}

fn with_body(mut request: HttpRequest, change: impl FnOnce(&mut Value)) -> HttpRequest {
    let mut body = body_of(&request);
    change(&mut body);
    let body = body.to_string();
    request.headers_mut().insert("content-length", body.len().to_string());
    *request.body_mut() = SdkBody::from(body);
    request
}

fn nothing_processed(request: &HttpRequest) -> HttpResponse {
    let asked = &body_of(request)["RequestItems"];
    match request.headers().get("x-amz-target") {
        Some(target) if target.ends_with("BatchWriteItem") => answer(200, &json!({"UnprocessedItems": asked})),
        _ => answer(200, &json!({"Responses": {}, "UnprocessedKeys": asked})),
    }
}

/// Takes the last key out, and says so.
async fn part_processed(inner: SharedHttpConnector, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
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

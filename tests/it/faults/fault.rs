//! What can go wrong with a request, and what the SDK then sees.

use std::io;
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{HttpConnector, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use serde_json::json;

use super::answers::{
    answer, broken_off, busy, cancelled, conflict, halved, lingering, nothing_processed, part_processed, refusal,
    with_body,
};
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
    /// It is carried out, and the connection ends within the answer.
    BrokenOff,
    /// It is carried out, and half the answer passes for a whole one.
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
    BrokenOff, Cancelled, Conflict, Early, FailedAfter, FailedBefore, Hangs, HangsAfter, Late, LostThenBusy,
    NothingProcessed, PartProcessed, Refused, ResetAfter, ResetBefore, ShortPage, Slow, Throttled, TimeoutAfter,
    TimeoutBefore, TooManyRequests, Truncated,
};

/// All but those that take seconds each.
const ALL: [Fault; 20] = [
    Refused,
    ResetBefore,
    ResetAfter,
    TimeoutBefore,
    TimeoutAfter,
    Throttled,
    TooManyRequests,
    FailedBefore,
    FailedAfter,
    BrokenOff,
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
            | BrokenOff | Truncated | Slow | Hangs => true,
            Throttled => request.is_for_table(),
            FailedAfter | HangsAfter => request.is_write(),
            Conflict | LostThenBusy => request.is_for_table() && request.is_write() && action != "BatchWriteItem",
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
        matches!(self, Refused | ResetAfter | Throttled | BrokenOff)
    }

    /// Whether a request that meets it may have been carried out without an answer that says so.
    pub(super) const fn hides_what_was_done(self) -> bool {
        matches!(self, ResetAfter | TimeoutAfter | FailedAfter | BrokenOff | Truncated | LostThenBusy | HangsAfter)
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
            BrokenOff => broken_off(inner.call(request).await?).await,
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

/// Sends it on: once there is an answer, it is carried out.
async fn carried_out(inner: SharedHttpConnector, request: HttpRequest) -> Result<(), ConnectorError> {
    inner.call(request).await.map(drop)
}

fn io(kind: io::ErrorKind) -> ConnectorError {
    ConnectorError::io(io::Error::from(kind).into())
}

fn late() -> ConnectorError {
    ConnectorError::timeout(io::Error::from(io::ErrorKind::TimedOut).into())
}

async fn silence() -> ConnectorError {
    tokio::time::sleep(NEVER).await;
    late()
}

//! The service's clock.

use serde_json::json;
use shared::clock::Timestamp;

use crate::caller::Caller;

/// The time of the service that `caller` calls.
pub(crate) async fn now(caller: &Caller) -> Timestamp {
    advance(caller, 0).await
}

/// Puts that service's clock ahead; its time then.
pub(crate) async fn advance(caller: &Caller, seconds: u32) -> Timestamp {
    let answer = caller.post("/_local/clock", json!({"advance_seconds": seconds})).await.expect(200);
    Timestamp::parse_rfc3339(&answer.text("now")).expect("an instant")
}

//! The service's clock.

use std::time::Duration;

use serde_json::json;
use shared::clock::Timestamp;

use crate::caller::Caller;
use crate::site::missing_door;

/// Seconds within which a code that is about to be sent has arrived.
const ON_ITS_WAY_SECONDS: u32 = 5;
/// Seconds of one step of a time-based one-time code.
pub(crate) const STEP_SECONDS: u32 = 30;

/// The time of the service that `caller` calls.
pub(crate) async fn now(caller: &Caller) -> Timestamp {
    advance(caller, 0).await
}

/// Puts that service's clock ahead; its time then.
pub(crate) async fn advance(caller: &Caller, seconds: u32) -> Timestamp {
    let answer = caller.post("/_local/clock", json!({"advance_seconds": seconds})).await.expect(200);
    Timestamp::parse_rfc3339(&answer.text("now")).expect("an instant")
}

/// The first step after `last` whose code a deployed service takes: it takes one step back and one ahead.
pub(crate) async fn unused_step(caller: &Caller, last: i64) -> i64 {
    loop {
        let now = now(caller).await;
        let earliest = step_of(now.plus(ON_ITS_WAY_SECONDS)) - 1;
        let wanted = earliest.max(last + 1);
        if wanted <= step_of(now) + 1 {
            return wanted;
        }
        if wanted > step_of(now.plus(ON_ITS_WAY_SECONDS)) + 1 {
            missing_door("the clock");
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

const fn step_of(now: Timestamp) -> i64 {
    now.unix_seconds() / STEP_SECONDS as i64
}

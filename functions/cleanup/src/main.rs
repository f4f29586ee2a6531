//! The Lambda binary.

use serde_json::Value;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    // What the schedule says matters less than that it calls.
    shared::runtime::serve_event(|context, _: Value, time_left| async move {
        Box::pin(cleanup::run(&context, time_left)).await
    })
    .await
}

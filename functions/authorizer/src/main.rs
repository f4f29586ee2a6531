//! The Lambda binary.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    shared::runtime::serve_event(|context, request, _time_left| async move {
        Ok::<_, lambda_runtime::Error>(Box::pin(authorizer::authorize(&context, &request)).await?.answer()?)
    })
    .await
}

//! The Lambda binary.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    shared::runtime::serve_http_and_direct(users::router, |context, call, invocation| {
        Box::pin(users::answer_directly(context, call, invocation))
    })
    .await
}

//! The Lambda binary.

use std::sync::Arc;

use aws_sdk_sesv2::Client;
use notifier::Mailer;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    let mailer = Arc::new(Mailer::new(Client::new(&shared::runtime::sdk_config()?)));
    shared::runtime::serve_event(|context, event, _time_left| {
        let mailer = Arc::clone(&mailer);
        async move { Box::pin(notifier::handle(&context, &mailer, event)).await }
    })
    .await
}

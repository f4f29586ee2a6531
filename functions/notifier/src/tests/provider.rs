//! The notifier against a mail provider that refuses.

use aws_sdk_sesv2::config::retry::RetryConfig;
use aws_sdk_sesv2::config::{BehaviorVersion, Credentials, Region};
use shared::store::events::EventKind;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::failures;
use super::support::{Bench, address, inserted};
use crate::{Mail, Mailer};

/// A provider that gives every request the same answer.
async fn provider(status: &'static str, code: &'static str) -> Mailer {
    provider_of(status, code, "jane@example.com").await
}

/// A provider that refuses because it knows nobody of this address.
async fn provider_of(status: &'static str, code: &'static str, unverified: &'static str) -> Mailer {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let endpoint = format!("http://{}", listener.local_addr().expect("an address"));
    tokio::spawn(async move {
        let identities = "The following identities failed the check in region EU-CENTRAL-1";
        let body = format!(r#"{{"message":"Email address is not verified. {identities}: {unverified}"}}"#);
        let length = body.len();
        let answer = format!(
            "HTTP/1.1 {status}\r\nx-amzn-errortype: {code}\r\ncontent-type: application/json\r\n\
             content-length: {length}\r\nconnection: close\r\n\r\n{body}"
        );
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = [0; 16 * 1024];
            let _ = stream.read(&mut request).await;
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    let config = aws_sdk_sesv2::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .endpoint_url(endpoint)
        .region(Region::from_static("eu-central-1"))
        .retry_config(RetryConfig::disabled())
        .credentials_provider(Credentials::new("test", "test", None, None, "test"));
    Mailer::new(aws_sdk_sesv2::Client::from_conf(config.build()))
}

#[tokio::test]
async fn what_the_provider_refuses_for_good_is_not_tried_again() {
    let bench = Bench::start().await;
    let jane = bench.make_user(|_| ()).await;
    let event = bench.happen(&jane, EventKind::PasswordChanged).await.key();
    let refusing = provider("400 Bad Request", "MessageRejected").await;
    let response = crate::handle(&bench.context, &refusing, inserted([&event])).await.expect("a response");
    assert!(failures(&response).is_empty());
    bench.tell([&event]).await;
    assert!(bench.mails().is_empty());
}

#[tokio::test]
async fn mail_waits_until_its_sender_is_verified() {
    let bench = Bench::start().await;
    let jane = bench.make_user(|_| ()).await;
    let event = bench.happen(&jane, EventKind::PasswordChanged).await.key();
    let early = provider_of("400 Bad Request", "MessageRejected", "Portal@Example.com").await;
    let response = crate::handle(&bench.context, &early, inserted([&event])).await.expect("a response");
    assert_eq!(failures(&response), ["0"]);
    assert!(failures(&bench.tell([&event]).await).is_empty());
    assert_eq!(bench.recipients(), ["jane@example.com"]);
}

#[tokio::test]
async fn a_recipient_whose_address_holds_the_senders_holds_up_nothing() {
    let bench = Bench::start().await;
    let jane = bench.make_user(|_| ()).await;
    let event = bench.happen(&jane, EventKind::PasswordChanged).await.key();
    let refusing =
        provider_of("400 Bad Request", "MessageRejected", "my-portal@example.com, portal@example.community").await;
    let response = crate::handle(&bench.context, &refusing, inserted([&event])).await.expect("a response");
    assert!(failures(&response).is_empty());
}

#[tokio::test]
async fn a_notice_that_is_tried_again_and_again_counts_once() {
    let bench = Bench::start().await;
    let jane = bench.make_user(|_| ()).await;
    let event = bench.happen(&jane, EventKind::ApiKeyCreated).await.key();
    let busy = provider("429 Too Many Requests", "TooManyRequestsException").await;
    for _ in 0..25 {
        let response = crate::handle(&bench.context, &busy, inserted([&event])).await.expect("a response");
        assert_eq!(failures(&response), ["0"]);
    }
    assert!(failures(&bench.tell([&event]).await).is_empty());
    assert_eq!(bench.recipients(), ["jane@example.com"]);
}

#[tokio::test]
async fn what_may_pass_comes_again_at_once() {
    let bench = Bench::start().await;
    let jane = bench.make_user(|_| ()).await;
    let event = bench.happen(&jane, EventKind::PasswordChanged).await.key();
    let busy = provider("429 Too Many Requests", "TooManyRequestsException").await;
    let response = crate::handle(&bench.context, &busy, inserted([&event])).await.expect("a response");
    assert_eq!(failures(&response), ["0"]);
    assert!(failures(&bench.tell([&event]).await).is_empty());
    assert_eq!(bench.recipients(), ["jane@example.com"]);
}

#[tokio::test]
async fn a_failure_names_no_recipient() {
    let mail = Mail { to: address("jane@example.com"), subject: "subject".to_owned(), text: "secret".to_owned() };
    for code in ["MessageRejected", "TooManyRequestsException", "Unknown"] {
        let error = provider("400 Bad Request", code).await.send("portal@example.com", &mail).await;
        let text = format!("{error:?} {mail:?}");
        assert!(error.is_err() && !text.contains("jane") && !text.contains("secret"), "{text}");
    }
}

//! The stack from outside, over plain TCP: what the gateway and the doors answer by themselves.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::Stack;
use crate::options::Options;

async fn stack() -> Stack {
    Stack::start(Options::in_memory()).await.expect("a stack")
}

/// Sends `head` and `body` on a connection of their own; gives the whole answer.
async fn send(stack: &Stack, head: &str, body: &[u8]) -> String {
    let mut stream = TcpStream::connect(stack.address()).await.expect("a connection");
    let length = body.len();
    let head = format!("{head}\r\nhost: {}\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n", stack.address());
    stream.write_all(&[head.as_bytes(), body].concat()).await.expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("an answer in UTF-8");
    answer
}

fn status(answer: &str) -> &str {
    answer.split(' ').nth(1).unwrap_or_default()
}

#[tokio::test]
async fn paths_that_no_function_serves_are_problems() {
    let stack = stack().await;
    for (request, expected) in [
        ("GET /nothing HTTP/1.1", "404"),
        ("GET /pro/user-manager/v1/user/@current/api-key/ HTTP/1.1", "404"),
        ("OPTIONS * HTTP/1.1", "404"),
        ("GET /_local/ HTTP/1.1", "404"),
        ("PUT /pro/user-manager/v1/session HTTP/1.1", "405"),
        ("HEAD /pro/user-manager/v1/session HTTP/1.1", "405"),
        ("DELETE /settings HTTP/1.1", "405"),
        ("GET /_local/clock HTTP/1.1", "405"),
    ] {
        let answer = send(&stack, request, b"").await;
        assert_eq!(status(&answer), expected, "{request}");
        assert!(answer.contains("content-type: application/problem+json"), "{answer}");
        assert!(answer.contains("x-request-id: "), "{answer}");
    }
    let answer = send(&stack, "PUT /pro/user-manager/v1/session HTTP/1.1", b"").await;
    assert!(answer.contains("allow: DELETE, GET, POST"), "{answer}");
    stack.shutdown().await;
}

#[tokio::test]
async fn what_is_over_the_gateways_limits_has_the_gateways_form() {
    let stack = stack().await;
    let session = "POST /pro/user-manager/v1/session HTTP/1.1";
    let answer = send(&stack, &format!("{session}\r\nx-long: {}", "a".repeat(10_240)), b"").await;
    assert_eq!(status(&answer), "431");
    let answer = send(&stack, session, &vec![b'a'; 11 * 1_024 * 1_024]).await;
    assert_eq!(status(&answer), "413");
    assert!(answer.ends_with(r#"{"message":"Payload Too Large"}"#), "{answer}");
    stack.shutdown().await;
}

#[tokio::test]
async fn the_clock_goes_ahead_for_tests_only() {
    let advance = "POST /_local/clock HTTP/1.1";
    let open = stack().await;
    let answer = send(&open, advance, br#"{"advance_seconds":60}"#).await;
    assert_eq!(status(&answer), "200", "{answer}");
    assert_eq!(status(&send(&open, advance, br#"{"advance_seconds":-60}"#).await), "400");
    open.shutdown().await;

    let closed = Stack::start(Options { test_doors: false, ..Options::in_memory() }).await.expect("a stack");
    assert_eq!(status(&send(&closed, advance, br#"{"advance_seconds":60}"#).await), "404");
    closed.shutdown().await;
}

#[tokio::test]
async fn a_page_of_another_site_opens_no_door() {
    let stack = stack().await;
    let answer = send(&stack, "GET /_local/mail HTTP/1.1\r\nsec-fetch-site: cross-site", b"").await;
    assert_eq!(status(&answer), "403");
    assert!(send(&stack, "GET /_local/mail HTTP/1.1", b"").await.ends_with(r#"{"items":[]}"#));
    stack.shutdown().await;
}

#[tokio::test]
async fn every_answer_of_a_function_comes_through_the_event_with_its_headers() {
    let stack = stack().await;
    let answer = send(&stack, "GET /pro/user-manager/v1/user/%40current/api-key HTTP/1.1", b"").await;
    assert!(answer.contains("x-content-type-options: nosniff"), "{answer}");
    let answer = send(&stack, "GET /pro/user-manager/v1/user/@current/api-key/a%23b HTTP/1.1", b"").await;
    assert_eq!(status(&answer), "404", "{answer}");
    stack.shutdown().await;
}

#[tokio::test]
async fn two_stacks_share_nothing() {
    let (one, other) = (stack().await, stack().await);
    let put = one.store_client().put_item().table_name(crate::store::TABLE);
    let text = |text: &str| aws_sdk_dynamodb::types::AttributeValue::S(text.to_owned());
    put.item("PK", text("a")).item("SK", text("b")).send().await.expect("a write");
    let scan = other.store_client().scan().table_name(crate::store::TABLE).send().await.expect("a read");
    let is_there = scan.items().iter().any(|item| item.get("PK") == Some(&text("a")));
    assert!(!is_there);
    one.shutdown().await;
    other.shutdown().await;
}

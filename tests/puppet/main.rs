//! A function that does what its event tells it, for tests of the stand-in for Lambda.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::ExitCode;
use std::time::Duration;

use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde::Deserialize;
use serde_json::{Value, json};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match variable("PUPPET_START").as_str() {
        "exit" => return ExitCode::FAILURE,
        "refuse" => {
            let _ = refuse();
            return ExitCode::FAILURE;
        }
        _ => {}
    }
    match lambda_runtime::run(service_fn(obey)).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

/// What an event may tell it to do.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Order {
    write: Option<String>,
    rest_milliseconds: u64,
    fail: Option<String>,
    panic: bool,
}

async fn obey(event: LambdaEvent<Order>) -> Result<Value, Error> {
    let LambdaEvent { payload: order, context } = event;
    if let Some(line) = order.write {
        writeln!(std::io::stderr(), "{line}")?;
    }
    tokio::time::sleep(Duration::from_millis(order.rest_milliseconds)).await;
    assert!(!order.panic, "told so");
    if let Some(why) = order.fail {
        return Err(why.into());
    }
    let variables: std::collections::BTreeMap<_, _> = std::env::vars().collect();
    Ok(json!({"process_id": std::process::id(), "context": context, "variables": variables}))
}

/// Tells the runtime API that this function cannot start.
fn refuse() -> std::io::Result<()> {
    let body = r#"{"errorType":"Puppet.Refused","errorMessage":"told so"}"#;
    let mut stream = TcpStream::connect(variable("AWS_LAMBDA_RUNTIME_API"))?;
    let length = body.len();
    let head = "POST /2018-06-01/runtime/init/error HTTP/1.1\r\nhost: runtime\r\nconnection: close";
    write!(stream, "{head}\r\ncontent-length: {length}\r\n\r\n{body}")?;
    stream.read_to_end(&mut Vec::new()).map(|_| ())
}

#[expect(clippy::disallowed_methods, reason = "as a function's runtime does")]
fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_default()
}

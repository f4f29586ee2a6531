//! `cargo run`: the service on this machine, until Ctrl-C.

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser;
use local::error::StartError;
use local::options::Options;
use local::seed::{self, FirstStart};
use local::stack::Stack;
use tokio::signal::unix::{SignalKind, signal};

#[tokio::main]
async fn main() -> ExitCode {
    tracing_subscriber::fmt().with_max_level(tracing::Level::WARN).with_writer(io::stderr).init();
    match run(Options::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(options: Options) -> Result<(), StartError> {
    let mut interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
    let stack = Stack::start(options).await?;
    announce(&stack).map_err(failed)?;
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    stack.shutdown().await;
    Ok(())
}

fn announce(stack: &Stack) -> io::Result<()> {
    let mut out = io::stdout().lock();
    if let Some(FirstStart { generated_password }) = stack.first_start() {
        let users = seed::LOCAL_USERS.join(" and ");
        match generated_password {
            Some(password) => writeln!(out, "first start: users {users} with password {}", password.expose())?,
            None => writeln!(out, "first start: users {users} with the password given")?,
        }
        writeln!(out, "first start: user {} by single sign-on, POST /_local/sso", seed::SSO_USER)?;
    }
    writeln!(out, "listening on http://{}", stack.address())?;
    out.flush()
}

fn failed(source: io::Error) -> StartError {
    StartError::Io { what: "standard output or signals".to_owned(), source }
}

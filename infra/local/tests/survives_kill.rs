//! The real program, killed under load: every acknowledged write is there after a restart on the same data.

#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking, its helpers too; load takes time"
)]

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

const BASE: &str = "/pro/user-manager/v1";
const PASSWORD: &str = "plover-Quagmire-7-tundra";
const WRITERS: usize = 4;
const LOAD_FOR: Duration = Duration::from_millis(700);

struct Service {
    child: Child,
    address: String,
}

impl Service {
    fn start(data: &Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_local"))
            .args(["--listen", "127.0.0.1:0", "--demo-password", PASSWORD, "--data"])
            .arg(data)
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        let address = lines
            .map(|line| line.expect("text"))
            .find_map(|line| line.strip_prefix("listening on http://").map(str::to_owned))
            .expect("it says where it listens");
        Self { child, address }
    }

    fn kill(mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it is gone");
    }

    fn sign_in(&self) -> String {
        let body = json!({"user_name": "admin", "password": PASSWORD});
        let answer = call(&self.address, "POST", "/session", "", Some(&body)).expect("answered");
        assert_eq!(answer.status, 201, "{}", answer.text);
        let session = answer.text.lines().find(|line| line.contains("__Host-session=")).expect("a cookie");
        let value = session.split_once(": ").expect("a header").1;
        value.split(';').next().expect("a pair").to_owned()
    }

    fn environments(&self, session: &str) -> BTreeSet<String> {
        let (mut names, mut cursor) = (BTreeSet::new(), String::new());
        loop {
            let answer = call(&self.address, "GET", &format!("/environment{cursor}"), session, None).expect("answered");
            assert_eq!(answer.status, 200, "{}", answer.text);
            let page = answer.json();
            let items = page["items"].as_array().expect("a list");
            names.extend(items.iter().map(|item| item["environment_name"].as_str().expect("a name").to_owned()));
            match page["next"].as_str() {
                Some(next) => cursor = format!("?cursor={next}"),
                None => return names,
            }
        }
    }
}

struct Answer {
    status: u16,
    text: String,
}

impl Answer {
    fn json(&self) -> Value {
        let body = self.text.split_once("\r\n\r\n").expect("a body").1;
        serde_json::from_str(body).expect("JSON")
    }
}

/// One request on a connection of its own; `None` when the service went away.
fn call(address: &str, method: &str, path: &str, session: &str, body: Option<&Value>) -> Option<Answer> {
    let body = body.map(Value::to_string).unwrap_or_default();
    let mut stream = TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(10))).ok()?;
    let media_type = if body.is_empty() { "" } else { "Content-Type: application/json\r\n" };
    write!(
        stream,
        "{method} {BASE}{path} HTTP/1.1\r\nHost: {address}\r\nCookie: {session}\r\n{media_type}\
         Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
    .ok()?;
    let mut text = String::new();
    stream.read_to_string(&mut text).ok()?;
    let status = text.get(9..12)?.parse().ok()?;
    Some(Answer { status, text })
}

/// Makes environments until the service goes away; those it acknowledged.
fn write_until_killed(address: &str, session: &str, name: &str) -> Vec<String> {
    let mut acknowledged = Vec::new();
    loop {
        let environment = format!("{name}-{}", acknowledged.len());
        let body = json!({"environment_name": environment});
        let Some(answer) = call(address, "POST", "/environment", session, Some(&body)) else { return acknowledged };
        assert_eq!(answer.status, 201, "{}", answer.text);
        acknowledged.push(environment);
    }
}

#[test]
fn every_acknowledged_write_survives_a_kill_under_load() {
    let data = tempfile::TempDir::new().expect("a temporary folder");
    let mut acknowledged = BTreeSet::new();
    for round in 0..3 {
        let service = Service::start(data.path());
        let session = service.sign_in();
        assert!(service.environments(&session).is_superset(&acknowledged), "round {round}");
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| {
                let (address, session) = (service.address.clone(), session.clone());
                std::thread::spawn(move || write_until_killed(&address, &session, &format!("{round}-{writer}")))
            })
            .collect();
        std::thread::sleep(LOAD_FOR);
        service.kill();
        for writer in writers {
            acknowledged.extend(writer.join().expect("only the kill ends it"));
        }
        assert!(acknowledged.len() > round, "there was load");
    }
    let service = Service::start(data.path());
    let there = service.environments(&service.sign_in());
    let lost: Vec<_> = acknowledged.difference(&there).collect();
    assert!(lost.is_empty(), "lost {lost:?} of {}", acknowledged.len());
    service.kill();
}

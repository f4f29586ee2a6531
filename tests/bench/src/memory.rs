//! How much memory the local stack holds after many sign-ins.

use std::fmt::Write;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use bytes::Bytes;
use scenarios::PASSWORD;
use scenarios::lambda::build;
use serde_json::json;

use crate::connection::Connection;

/// In MiB.
const RESIDENT_MAX: f64 = 150.0;

/// The program that `cargo run --profile dist` runs.
pub(crate) struct Program {
    child: Child,
    address: SocketAddr,
}

impl Program {
    pub(crate) fn start(path: &Path, data: &Path, more: &[&str]) -> Self {
        let mut command = Command::new(path);
        command.args(["--listen", "127.0.0.1:0", "--demo-password", PASSWORD, "--data"]).arg(data).args(more);
        let mut child = command.stdout(Stdio::piped()).spawn().expect("the program starts");
        let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines().map_while(Result::ok);
        let address = lines.find_map(|line| line.strip_prefix("listening on http://")?.parse().ok());
        Self { child, address: address.expect("it says where it listens") }
    }

    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// A line of what the system tells of the process, in MiB.
    pub(crate) fn memory(&self, line: &str) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("it runs");
        let value = status.lines().find_map(|found| found.strip_prefix(line)?.strip_prefix(':'));
        let kilobytes = value.and_then(|value| value.trim().strip_suffix(" kB")?.parse::<f64>().ok());
        kilobytes.expect("a size") / 1024.0
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Signs in `sign_ins` times with a password, and gives the section for the results.
pub(crate) async fn measure(sign_ins: usize) -> String {
    let programs = build("dist", &["local"]);
    let folder = tempfile::tempdir().expect("a folder");
    let program = Program::start(&programs["local"], folder.path(), &[]);
    let at_start = program.memory("VmRSS");
    let body = Bytes::from(json!({"user_name": "jane", "password": PASSWORD}).to_string());
    let mut connection = Connection::open(program.address).await;
    for _ in 0..sign_ins {
        let answer = connection.call("POST", "/pro/user-manager/v1/session", ("accept", "*/*"), body.clone()).await;
        assert_eq!(answer.status, 201, "{:?}", answer.body);
    }
    let [resident, peak] = ["VmRSS", "VmHWM"].map(|line| program.memory(line));
    let verdict = if resident < RESIDENT_MAX { "met" } else { "not met" };
    let mut text = String::new();
    let _ = write!(
        text,
        "The local stack, built with the profile `dist`, data on the disk, mail on; passwords hashed at full cost; one client.\n\n\
         | | resident, MiB |\n|---|---|\n| started | {at_start:.1} |\n| after {sign_ins} sign-ins | {resident:.1} |\n\
         | at most | {peak:.1} |\n\nGoal: under {RESIDENT_MAX} MiB after 1,000 sign-ins: {verdict}.\n"
    );
    text
}

//! A server as one or more processes.

use std::fs::{self, File};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use bytes::Bytes;

use crate::connection::{Connection, Header};

/// How long a server may take to answer at all.
const START_WITHIN: Duration = Duration::from_mins(1);
/// How long it may take to end when it is asked to.
const END_WITHIN: Duration = Duration::from_secs(10);
const POLL: Duration = Duration::from_millis(1);

/// What a program prints, a line a figure, before it ends.
pub(super) fn lines_of_figures(command: &mut Command) -> Vec<f64> {
    let output = command.output().expect("it starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let lines = String::from_utf8(output.stdout).expect("figures");
    lines.lines().map(|line| line.parse().expect("a figure")).collect()
}

/// A server that runs. With it end all processes that it started.
pub(crate) struct Process {
    child: Child,
    log: PathBuf,
}

impl Process {
    /// Starts the server; what it says goes into a file of `folder`.
    pub(crate) fn start(mut command: Command, folder: &Path) -> Self {
        let log = folder.join("log");
        let file = File::options().create(true).append(true).open(&log).expect("the folder is writable");
        let output = file.try_clone().expect("a file");
        command.stdin(Stdio::null()).stdout(output).stderr(file);
        Self { child: command.spawn().expect("it is installed"), log }
    }

    /// Waits until it listens.
    pub(crate) async fn connection(&mut self, address: SocketAddr) -> Connection {
        let begun = Instant::now();
        loop {
            if let Some(connection) = Connection::try_open(address).await {
                return connection;
            }
            let has_ended = self.child.try_wait().expect("a process").is_some();
            assert!(!has_ended && begun.elapsed() < START_WITHIN, "no answer; see {}", self.log.display());
            tokio::time::sleep(POLL).await;
        }
    }

    /// Waits until it says who holds the credential.
    pub(crate) async fn first_answer(&mut self, address: SocketAddr, path: &str, credential: &Header) {
        let header = (credential.0, credential.1.as_str());
        let answer = self.connection(address).await.call("GET", path, header, Bytes::new()).await;
        assert_eq!(answer.status, 200, "{answer:?}; see {}", self.log.display());
    }

    /// What all its processes hold.
    pub(crate) fn memory(&self) -> Memory {
        family(self.child.id()).into_iter().map(Memory::of).fold(Memory::default(), Memory::and)
    }

    /// Asks it to end, and waits until it has.
    pub(crate) async fn end(mut self) {
        let status = Command::new("kill").arg(self.child.id().to_string()).status().expect("kill is a program");
        assert!(status.success(), "it had ended before; see {}", self.log.display());
        let begun = Instant::now();
        while self.child.try_wait().expect("a process").is_none() && begun.elapsed() < END_WITHIN {
            tokio::time::sleep(POLL).await;
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            for process_id in family(self.child.id()) {
                drop(Command::new("kill").args(["-KILL", &process_id.to_string()]).status());
            }
            drop(self.child.wait());
        }
    }
}

/// In MiB.
#[derive(Clone, Copy, Default)]
pub(crate) struct Memory {
    /// Resident; what processes share is counted in each of them.
    pub(crate) resident: f64,
    /// Resident; what processes share is divided among them.
    pub(crate) proportional: f64,
}

impl Memory {
    /// Of one process.
    pub(crate) fn of(process_id: u32) -> Self {
        let text = fs::read_to_string(format!("/proc/{process_id}/smaps_rollup")).expect("it runs");
        let size = |name: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).expect("a line");
            let kilobytes = line.trim().strip_suffix(" kB").and_then(|size| size.parse::<f64>().ok());
            kilobytes.expect("a size") / 1_024.0
        };
        Self { resident: size("Rss"), proportional: size("Pss") }
    }

    fn and(self, other: Self) -> Self {
        Self { resident: self.resident + other.resident, proportional: self.proportional + other.proportional }
    }
}

/// The process and all that it started, directly or not.
fn family(process_id: u32) -> Vec<u32> {
    let mut found = vec![process_id];
    let mut at = 0;
    while let Some(parent) = found.get(at).copied() {
        let threads = fs::read_dir(format!("/proc/{parent}/task")).into_iter().flatten().flatten();
        let children = threads.filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok());
        let children: Vec<u32> = children
            .flat_map(|text| text.split_whitespace().filter_map(|id| id.parse().ok()).collect::<Vec<_>>())
            .collect();
        found.extend(children);
        at += 1;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_family_is_counted_whole() {
        let mut child = Command::new("sh").args(["-c", "sleep 60 & wait"]).spawn().expect("a shell");
        let begun = Instant::now();
        let mut all = family(child.id());
        while all.len() < 2 && begun.elapsed() < START_WITHIN {
            all = family(child.id());
        }
        let memory = all.iter().copied().map(Memory::of).fold(Memory::default(), Memory::and);
        for process_id in &all {
            drop(Command::new("kill").arg(process_id.to_string()).status());
        }
        drop(child.wait());
        assert_eq!(all.len(), 2);
        assert!(memory.proportional > 0.0 && memory.resident > memory.proportional);
    }
}

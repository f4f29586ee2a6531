//! One execution environment: a process of one function, and the runtime API that it is told of.

use std::fs;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use local::functions::Failure;
use serde_json::Value;
use shared::secret::random_bytes;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::{mpsc, oneshot, watch};

use super::program::Program;
use super::runtime_api::{Invocation, RuntimeApi};

const REGION: &str = "eu-central-1";
const ACCOUNT_ID: &str = "000000000000";

/// A process of one function. It is killed when this is dropped.
#[derive(Debug)]
pub struct Environment {
    name: String,
    process_id: u32,
    timeout: Duration,
    started: Instant,
    api: RuntimeApi,
    /// One invocation at a time.
    queue: tokio::sync::Mutex<mpsc::Sender<Invocation>>,
    kill: Mutex<Option<oneshot::Sender<()>>>,
    /// How the process ended.
    ended: watch::Receiver<Option<String>>,
    log: Arc<Mutex<Vec<String>>>,
    peak_memory_bytes: Mutex<u64>,
}

impl Environment {
    /// Starts a process; it need not be ready yet when this returns.
    #[must_use]
    pub fn start(program: &Program) -> Self {
        let (queue, queued) = mpsc::channel(1);
        let arn = format!("arn:aws:lambda:{REGION}:{ACCOUNT_ID}:function:{}", program.name);
        let api = RuntimeApi::start(arn, queued);
        let mut command = command(program, &api.authority());
        let started = Instant::now();
        let spawned = command.spawn();
        let mut child = spawned.unwrap_or_else(|error| panic!("{}: {error}", program.path.display()));
        let log = Arc::default();
        follow(child.stdout.take(), &log);
        follow(child.stderr.take(), &log);
        let (kill, killed) = oneshot::channel();
        let (ending, ended) = watch::channel(None);
        let process_id = child.id().expect("it was not waited for");
        tokio::spawn(wait(child, killed, ending));
        Self {
            name: program.name.clone(),
            process_id,
            timeout: program.timeout,
            started,
            api,
            queue: queue.into(),
            kill: Mutex::new(Some(kill)),
            ended,
            log,
            peak_memory_bytes: Mutex::default(),
        }
    }

    /// Its function's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its process.
    #[must_use]
    pub const fn process_id(&self) -> u32 {
        self.process_id
    }

    /// When the process was started.
    #[must_use]
    pub const fn started(&self) -> Instant {
        self.started
    }

    /// How long it took from its start until the function first asked for an event; waits for it.
    ///
    /// # Errors
    /// When the function ended instead.
    pub async fn ready(&self) -> Result<Duration, Failure> {
        tokio::select! {
            at = self.api.ready() => Ok(at.duration_since(self.started)),
            failure = self.failure() => Err(failure),
        }
    }

    /// Invokes the function and waits for the answer, at most as long as it may take; then it is killed, as by Lambda.
    ///
    /// # Errors
    /// What the function answers as an error; `TimedOut`; when the process ends meanwhile, or has ended.
    pub async fn invoke(&self, event: Value) -> Result<Value, Failure> {
        let queue = self.queue.lock().await;
        let (invocation, answered) = Invocation::new(event, self.timeout);
        let answer = async {
            // The process that would take it has ended where it is not taken.
            let _ = queue.send(invocation).await;
            match answered.await {
                Ok(outcome) => outcome,
                Err(_) => Err(self.failure().await),
            }
        };
        let outcome = tokio::select! {
            outcome = answer => outcome,
            failure = self.failure() => Err(failure),
            () = tokio::time::sleep(self.timeout) => Err(Failure::TimedOut),
        };
        if outcome == Err(Failure::TimedOut) {
            self.kill().await;
        }
        outcome
    }

    /// Waits until the process has ended; why.
    async fn failure(&self) -> Failure {
        let mut ended = self.ended.clone();
        let status = ended.wait_for(Option::is_some).await.map(|status| status.clone().unwrap_or_default());
        let exit = || Failure::failed("Runtime.ExitError", status.unwrap_or_default());
        self.api.init_error().unwrap_or_else(exit)
    }

    /// Whether the process runs.
    #[must_use]
    pub fn is_alive(&self) -> bool {
        self.ended.borrow().is_none()
    }

    /// Ends the process at once (SIGKILL), whatever it does; returns when it is gone.
    pub async fn kill(&self) {
        self.peak_memory_bytes();
        drop(self.kill.lock().unwrap_or_else(PoisonError::into_inner).take());
        let _ = self.ended.clone().wait_for(Option::is_some).await;
    }

    /// Stops the process where it stands, as Lambda does between invocations (SIGSTOP).
    pub fn freeze(&self) {
        self.signal("STOP");
    }

    /// Lets a frozen process go on.
    pub fn thaw(&self) {
        self.signal("CONT");
    }

    fn signal(&self, name: &str) {
        let line = format!("kill -{name} {}", self.process_id);
        let status = std::process::Command::new("sh").args(["-c", &line]).status().expect("a shell");
        assert!(status.success(), "{line}");
    }

    /// What it wrote until now, a line each, standard output and standard error together.
    #[must_use]
    pub fn log(&self) -> Vec<String> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How long a processor has worked for it until now, in all its threads.
    ///
    /// # Panics
    /// When the process is gone.
    #[must_use]
    pub fn processor_time(&self) -> Duration {
        let threads = fs::read_dir(format!("/proc/{}/task", self.process_id)).expect("a process");
        let nanoseconds = threads.flatten().filter_map(|thread| {
            // A thread may end meanwhile. The first figure is its time on a processor.
            let text = fs::read_to_string(thread.path().join("schedstat")).ok()?;
            text.split_whitespace().next()?.parse::<u64>().ok()
        });
        Duration::from_nanos(nanoseconds.sum())
    }

    /// The most memory that the process had resident until now, or when it was killed.
    pub fn peak_memory_bytes(&self) -> u64 {
        let mut peak = self.peak_memory_bytes.lock().unwrap_or_else(PoisonError::into_inner);
        *peak = resident_peak_bytes(self.process_id).unwrap_or_default().max(*peak);
        *peak
    }
}

/// The process with the environment that Lambda gives it, and no other.
fn command(program: &Program, runtime_api: &str) -> Command {
    let Program { name, memory_megabytes, .. } = program;
    let stream = data_encoding::HEXLOWER.encode(&random_bytes::<16>().expect("the system has randomness"));
    let mut command = Command::new(&program.path);
    command.env_clear().kill_on_drop(true).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.envs([
        ("AWS_LAMBDA_RUNTIME_API", runtime_api),
        ("AWS_LAMBDA_FUNCTION_NAME", name),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", &memory_megabytes.to_string()),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"),
        ("AWS_LAMBDA_LOG_GROUP_NAME", &format!("/aws/lambda/{name}")),
        ("AWS_LAMBDA_LOG_STREAM_NAME", &format!("2027/01/01/[$LATEST]{stream}")),
        ("AWS_REGION", REGION),
        ("AWS_DEFAULT_REGION", REGION),
        ("AWS_ACCESS_KEY_ID", "ASIALOCAL"),
        ("AWS_SECRET_ACCESS_KEY", "local"),
        ("AWS_SESSION_TOKEN", "local"),
        ("AWS_XRAY_CONTEXT_MISSING", "LOG_ERROR"),
        ("_HANDLER", "bootstrap"),
        ("LAMBDA_TASK_ROOT", "/var/task"),
        ("LAMBDA_RUNTIME_DIR", "/var/runtime"),
        ("LANG", "en_US.UTF-8"),
        ("PATH", "/usr/local/bin:/usr/bin/:/bin:/opt/bin"),
        ("TZ", ":UTC"),
    ]);
    command.envs(&program.variables);
    command
}

/// Keeps what the process writes.
fn follow(stream: Option<impl AsyncRead + Unpin + Send + 'static>, log: &Arc<Mutex<Vec<String>>>) {
    let (stream, log) = (stream.expect("piped"), Arc::clone(log));
    tokio::spawn(async move {
        let mut lines = BufReader::new(stream).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            log.lock().unwrap_or_else(PoisonError::into_inner).push(line);
        }
    });
}

/// Waits for the end of the process, or brings it about once `killed` is dropped.
async fn wait(mut child: Child, killed: oneshot::Receiver<()>, ended: watch::Sender<Option<String>>) {
    let status = tokio::select! {
        status = child.wait() => status,
        _ = killed => match child.kill().await {
            Ok(()) => child.wait().await,
            Err(error) => Err(error),
        },
    };
    let text = status.map_or_else(|error| error.to_string(), |status| format!("the process ended: {status}"));
    let _ = ended.send(Some(text));
}

/// `VmHWM` of the process, which counts its own pages and those of its binary.
fn resident_peak_bytes(process_id: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process_id}/status")).ok()?;
    let kilobytes = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?.split_whitespace().next()?;
    kilobytes.parse::<u64>().ok().map(|kilobytes| kilobytes * 1_024)
}

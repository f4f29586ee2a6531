//! The local stack under a mixed load that goes on: is anything refused, does anything grow, how long does it take.

mod report;

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::header::SET_COOKIE;
use scenarios::PASSWORD;
use scenarios::lambda::build;
use serde_json::{Value, json};
use shared::clock::Clock;
use shared::secret::random_bytes;
use tokio::task::JoinSet;
use tokio::time::{Instant, interval, sleep_until};

use crate::connection::{Answer, Connection};
use crate::memory::Program;

const BASE: &str = "/pro/user-manager/v1";
const USERS: usize = 40;
/// Connections; a request waits for one of them where all are busy, and that time counts.
const CONNECTIONS: usize = 64;
/// How long the keys live that the load makes.
const KEY_SECONDS: u32 = 30;
const CLEANUP_EVERY: Duration = Duration::from_secs(10);
const SAMPLE_EVERY: Duration = Duration::from_secs(5);

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ask {
    KeyCheck,
    Profile,
    Keys,
    Rename,
    Create,
    Rotate,
    SignIn,
}

impl Ask {
    /// Each with its share of a thousand.
    const SHARES: [(Self, u16); 7] = [
        (Self::KeyCheck, 750),
        (Self::Profile, 130),
        (Self::Keys, 80),
        (Self::Rename, 14),
        (Self::Create, 12),
        (Self::Rotate, 12),
        (Self::SignIn, 2),
    ];

    /// By chance.
    fn any() -> Self {
        let chance = u16::from_le_bytes(random_bytes().expect("randomness")) % 1_000;
        let mut sum = 0;
        let found = Self::SHARES.into_iter().find(|(_, share)| {
            sum += share;
            chance < sum
        });
        found.expect("shares of a thousand").0
    }

    const fn name(self) -> &'static str {
        match self {
            Self::KeyCheck => "key check",
            Self::Profile => "profile read, session",
            Self::Keys => "list of keys",
            Self::Rename => "profile change",
            Self::Create => "key creation",
            Self::Rotate => "key rotation, and a check of the new value",
            Self::SignIn => "sign-in",
        }
    }
}

/// A user of the load.
struct User {
    name: String,
    /// The value of a key that stays.
    key: String,
    /// What the last sign-in set.
    cookie: Mutex<String>,
}

impl User {
    fn cookie(&self) -> String {
        self.cookie.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// What one request took, from when it was due.
struct Sample {
    ask: Ask,
    due: Duration,
    took: Duration,
}

/// What all connections share.
struct Load {
    address: SocketAddr,
    users: Vec<User>,
    begun: Instant,
    /// Requests in a second.
    rate: u32,
    total: usize,
    next: AtomicUsize,
    /// Keys that the clean-up has removed.
    removed: AtomicU64,
    samples: Mutex<Vec<Sample>>,
    /// What was not answered as it should be.
    faults: Mutex<Vec<String>>,
}

async fn send(connection: &mut Connection, target: (&str, &str), header: (&str, &str), body: Option<Value>) -> Answer {
    let body = body.map_or_else(Bytes::new, |body| Bytes::from(body.to_string()));
    connection.call(target.0, &format!("{BASE}{}", target.1), header, body).await
}

/// The cookies that an answer sets, as a browser sends them back.
fn cookies(answer: &Answer) -> String {
    let set = answer.headers.get_all(SET_COOKIE).iter().filter_map(|value| value.to_str().ok()?.split(';').next());
    set.collect::<Vec<_>>().join("; ")
}

fn json_of(answer: &Answer) -> Value {
    serde_json::from_slice(&answer.body).unwrap_or_default()
}

impl User {
    async fn new(connection: &mut Connection, admin: &str, name: String) -> Self {
        let body = json!({"environment_name": "ROOT", "user_name": name});
        let made = send(connection, ("POST", "/user"), ("cookie", admin), Some(body)).await;
        assert_eq!(made.status, 201, "{made:?}");
        let token = json_of(&made)["invitation"]["token"].as_str().expect("an invitation").to_owned();
        let body = json!({"token": token, "password": PASSWORD});
        let accepted = send(connection, ("POST", "/session/invitation"), ("accept", "*/*"), Some(body)).await;
        let user = Self { name, key: String::new(), cookie: cookies(&accepted).into() };
        let mut value = String::new();
        for key in ["stays", "rotates"] {
            let body = json!({"name": key, "scopes": ["Authentication", "Tasks"]});
            let target = ("POST", "/user/@current/api-key");
            let made = send(connection, target, ("cookie", &user.cookie()), Some(body)).await;
            assert_eq!(made.status, 201, "{made:?}");
            if key == "stays" {
                json_of(&made)["value"].as_str().expect("a value").clone_into(&mut value);
            }
        }
        Self { key: value, ..user }
    }
}

impl Load {
    async fn users(address: SocketAddr) -> Vec<User> {
        let mut connection = Connection::open(address).await;
        let body = json!({"user_name": "admin", "password": PASSWORD});
        let admin = cookies(&send(&mut connection, ("POST", "/session"), ("accept", "*/*"), Some(body)).await);
        let mut users = Vec::new();
        for number in 0..USERS {
            users.push(User::new(&mut connection, &admin, format!("load-{number}")).await);
        }
        users
    }

    /// Takes one request after the other, each when it is due, until all are made.
    async fn work(self: Arc<Self>) {
        let mut connection = Connection::open(self.address).await;
        loop {
            let at = self.next.fetch_add(1, Ordering::Relaxed);
            if at >= self.total {
                return;
            }
            let due = Duration::from_secs_f64(f64::from(u32::try_from(at).expect("an hour")) / f64::from(self.rate));
            sleep_until(self.begun + due).await;
            let ask = Ask::any();
            let user = &self.users[at % USERS];
            let fault = self.ask(&mut connection, ask, user, at).await;
            let took = self.begun.elapsed().saturating_sub(due);
            self.samples.lock().unwrap_or_else(PoisonError::into_inner).push(Sample { ask, due, took });
            if let Some(fault) = fault {
                let fault = format!("{}: {fault:?}", ask.name());
                self.faults.lock().unwrap_or_else(PoisonError::into_inner).push(fault);
            }
        }
    }

    /// What came back, where it is not what should.
    async fn ask(&self, connection: &mut Connection, ask: Ask, user: &User, at: usize) -> Option<Answer> {
        let cookie = user.cookie();
        let session = ("cookie", cookie.as_str());
        let (answer, status) = match ask {
            Ask::KeyCheck => {
                let target = ("GET", "/user/@current/authorization");
                (send(connection, target, ("apikey", &user.key), None).await, 200)
            }
            Ask::Profile => (send(connection, ("GET", "/user/@current/info"), session, None).await, 200),
            Ask::Keys => (send(connection, ("GET", "/user/@current/api-key"), session, None).await, 200),
            Ask::Rename => {
                let body = json!({"full_name": format!("Load {at}")});
                (send(connection, ("PATCH", "/user/@current/info"), session, Some(body)).await, 200)
            }
            Ask::Create => {
                let ends = Clock::system().now().plus(KEY_SECONDS).to_string();
                let body = json!({"name": format!("key-{at}"), "scopes": ["Tasks"], "expiration_date": ends});
                (send(connection, ("POST", "/user/@current/api-key"), session, Some(body)).await, 201)
            }
            Ask::Rotate => {
                let target = ("POST", "/user/@current/api-key/rotates/rotate");
                let rotated = send(connection, target, session, Some(json!({"overlap_seconds": 60}))).await;
                let value = json_of(&rotated)["value"].as_str().unwrap_or_default().to_owned();
                if rotated.status != 200 {
                    return Some(rotated);
                }
                let target = ("GET", "/user/@current/authorization");
                (send(connection, target, ("apikey", &value), None).await, 200)
            }
            Ask::SignIn => {
                let body = json!({"user_name": user.name, "password": PASSWORD});
                let answer = send(connection, ("POST", "/session"), session, Some(body)).await;
                if answer.status == 201 {
                    // The cookie of a recognised browser is set once and stays.
                    let kept = cookie.split("; ").filter(|pair| !cookies(&answer).contains(name_of(pair)));
                    let set = cookies(&answer);
                    let all: Vec<_> = kept.chain([set.as_str()]).collect();
                    *user.cookie.lock().unwrap_or_else(PoisonError::into_inner) = all.join("; ");
                }
                (answer, 201)
            }
        };
        Some(answer).filter(|answer| answer.status != status)
    }
}

/// The name of `name=value`.
fn name_of(pair: &str) -> &str {
    pair.split('=').next().unwrap_or(pair)
}

impl Load {
    /// Runs the clean-up again and again.
    async fn clean_up(self: Arc<Self>) {
        let mut connection = Connection::open(self.address).await;
        let mut turns = interval(CLEANUP_EVERY);
        loop {
            turns.tick().await;
            let answer = connection.call("POST", "/_local/run/cleanup", ("accept", "*/*"), Bytes::new()).await;
            match json_of(&answer)["deleted"].as_u64() {
                Some(deleted) => self.removed.fetch_add(deleted, Ordering::Relaxed),
                None => panic!("{answer:?}"),
            };
        }
    }
}

/// What the program holds in MiB, again and again, and when.
async fn watch(program: &Program, begun: Instant, sizes: &mut Vec<(Duration, f64)>) {
    let mut turns = interval(SAMPLE_EVERY);
    loop {
        turns.tick().await;
        sizes.push((begun.elapsed(), program.memory("VmRSS")));
    }
}

/// Asks `rate` times a second for `seconds`, and gives the section for the results.
pub(crate) async fn measure(seconds: u32, rate: u32) -> String {
    let programs = build("dist", &["local"]);
    let folder = tempfile::tempdir().expect("a folder");
    let program = Program::start(&programs["local"], folder.path(), &["--expired-key-retention", "0"]);
    let address = program.address();
    let users = Load::users(address).await;
    let begun = Instant::now();
    let total = usize::try_from(u64::from(rate) * u64::from(seconds)).expect("an hour");
    let load = Arc::new(Load {
        address,
        users,
        begun,
        rate,
        total,
        next: AtomicUsize::new(0),
        removed: AtomicU64::new(0),
        samples: Mutex::new(Vec::with_capacity(total)),
        faults: Mutex::default(),
    });
    let cleanup = tokio::spawn(Arc::clone(&load).clean_up());
    let workers: JoinSet<()> = (0..CONNECTIONS).map(|_| Arc::clone(&load).work()).collect();
    let mut sizes = Vec::new();
    tokio::select! {
        _ = workers.join_all() => {}
        () = watch(&program, begun, &mut sizes) => {}
    }
    let took = begun.elapsed();
    assert!(!cleanup.is_finished(), "the clean-up has failed");
    cleanup.abort();
    report::plot(&load, &sizes);
    report::section(&load, took, &sizes)
}

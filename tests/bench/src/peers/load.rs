//! Times calls, one after the other or over several connections at once.

use std::future::Future;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use bytes::Bytes;

use crate::connection::{Connection, Header};
use crate::spread::Spread;

/// Where a credential is checked, and which one.
#[derive(Clone)]
pub(crate) struct Check {
    pub(crate) address: SocketAddr,
    pub(crate) path: &'static str,
    pub(crate) credential: Header,
}

/// Times in milliseconds.
pub(crate) struct Times(Vec<f64>);

impl Times {
    /// Of these calls.
    pub(crate) fn of(durations: impl IntoIterator<Item = Duration>) -> Self {
        let mut times: Vec<_> = durations.into_iter().map(milliseconds).collect();
        times.sort_by(f64::total_cmp);
        Self(times)
    }

    /// Half are below.
    pub(crate) fn median(&self) -> f64 {
        Spread::of(self.0.iter().copied()).median
    }

    /// One in a hundred is above.
    pub(crate) fn tail(&self) -> f64 {
        self.0[self.0.len() * 99 / 100]
    }
}

/// In milliseconds.
pub(crate) fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1_000.0
}

/// Does the work, and says how long it took.
pub(crate) async fn timed<T>(work: impl Future<Output = T>) -> (Duration, T) {
    let begun = Instant::now();
    let done = work.await;
    (begun.elapsed(), done)
}

impl Check {
    /// `calls` calls in all, over `connections` connections at once.
    pub(crate) async fn times(&self, connections: usize, calls: usize) -> Times {
        let tasks: Vec<_> = (0..connections).map(|_| tokio::spawn(self.clone().call(calls / connections))).collect();
        let mut all = Vec::with_capacity(calls);
        for task in tasks {
            all.extend(task.await.expect("every call is answered"));
        }
        Times::of(all)
    }

    async fn call(self, calls: usize) -> Vec<Duration> {
        let mut connection = Connection::open(self.address).await;
        let header = (self.credential.0, self.credential.1.as_str());
        let mut times = Vec::with_capacity(calls);
        for _ in 0..calls {
            let (took, answer) = timed(connection.call("GET", self.path, header, Bytes::new())).await;
            assert_eq!(answer.status, 200, "{answer:?}");
            times.push(took);
        }
        times
    }
}

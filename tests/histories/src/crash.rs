//! Functions as processes that are killed while clients are at work.
//!
//! A history of these clients must have an order as any other: what was acknowledged is there, and of what nobody was
//! told either all took place or nothing. The table itself must hold nothing that is half done.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use fastrand::Rng;
use local::options::Options;
use scenarios::World;
use scenarios::lambda::{Platform, Programs, build};

use crate::directory;
use crate::history::History;
use crate::run::{INTERRUPTED, Plan, Run, Service};
use crate::table::Table;

/// What is killed.
pub const FUNCTIONS: [&str; 6] = ["sign-in", "sessions", "password", "mfa", "api-keys", "users"];
/// Milliseconds between two kills, at most.
const PAUSE_MILLISECONDS_MAX: u64 = 60;

/// What a crashed run came to.
#[derive(Debug)]
pub struct Crashed {
    /// What clients saw.
    pub history: History,
    /// Processes that were killed.
    pub kills: usize,
    /// Calls that the gateway answered for a function that was killed under way.
    pub interrupted: usize,
    /// What is wrong with the table, or with users.
    pub faults: Vec<String>,
}

/// The functions' binaries, built as other tests build them.
#[must_use]
pub fn programs() -> Programs {
    build("dev", &[&["scenarios"], FUNCTIONS.as_slice()].concat())
}

/// Lets clients work while functions are killed.
pub async fn run(programs: &Programs, plan: Plan) -> Crashed {
    let (world, platform) =
        World::on_platform(Options::in_memory(), |deployment| Platform::new(deployment, programs)).await;
    let operator = directory::operator(&world).await;
    let mut run = Run::prepare(&world, Plan { service: Service::Killed, ..plan }).await;
    let is_over = Arc::new(AtomicBool::new(false));
    let killing = tokio::spawn(kill(Arc::clone(&platform), plan.seed, Arc::clone(&is_over)));
    let administering = tokio::spawn(directory::work(operator.clone(), plan.seed, Arc::clone(&is_over)));
    run.play().await;
    is_over.store(true, Ordering::SeqCst);
    let kills = killing.await.expect("it ends");
    let ledger = administering.await.expect("it ends");
    let history = run.finish().await;
    let mut faults = ledger.faults(&operator).await;
    faults.extend(Table::new(world.items().await).faults(world.now().await.unix_seconds()));
    let interrupted = history.counts().get(INTERRUPTED).copied().unwrap_or_default() + ledger.interrupted();
    Crashed { history, kills, interrupted, faults }
}

/// Kills a process at random, after a random while, until it is over; how many.
async fn kill(platform: Arc<Platform>, seed: u64, is_over: Arc<AtomicBool>) -> usize {
    let (mut rng, mut kills) = (Rng::with_seed(seed), 0);
    while !is_over.load(Ordering::SeqCst) {
        tokio::time::sleep(Duration::from_millis(rng.u64(..PAUSE_MILLISECONDS_MAX))).await;
        let running: Vec<_> = FUNCTIONS.iter().flat_map(|name| platform.lambda().environments(name)).collect();
        if let Some(environment) = rng.choice(&running) {
            environment.kill().await;
            kills += 1;
        }
    }
    kills
}

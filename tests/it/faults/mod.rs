//! Faults below the SDK, at its HTTP connector, so that its retries are real: every request of every operation meets
//! every fault that it can meet.

mod answers;
mod confidence;
mod drive;
mod effects;
mod fault;
mod limits;
mod notifier;
mod play;
mod plays;
mod request;
mod script;
mod stage;
mod start;
mod verdict;

use std::collections::BTreeSet;
use std::time::Instant;

use drive::{Drive, Part, Report};
use shared::http::route::Route;
use stage::Stage;

use tokio::runtime::{Builder, Runtime};

use crate::logs::Log;
use crate::operations::ROUTES;

/// Reads that are not strongly consistent: an index cannot be read otherwise. The clean-up reads each key that it names
/// once more, and finishes no day sooner than the index can lag.
const STALE_READS: [&str; 1] = ["Query expiry"];

/// What is driven together: a function, or a part of it.
fn shard_of(route: &Route) -> &'static str {
    match route.function {
        "sign-in" if ["AnswerChallenge", "StepUp"].contains(&route.operation) => "second-factor",
        "users" if ["/environment", "/group"].iter().any(|path| route.path.contains(&format!("/v1{path}"))) => {
            "directory"
        }
        function => function,
    }
}

/// The operations of a shard. What no request starts is one by itself.
fn operations_of(shard: &'static str) -> BTreeSet<&'static str> {
    let operations: BTreeSet<_> =
        ROUTES.iter().filter(|route| shard_of(route) == shard).map(|route| route.operation).collect();
    if operations.is_empty() { [shard].into() } else { operations }
}

/// Where a shard is driven: with the demo account, unless an administrator is made, which takes that there is none.
async fn stage_of(shard: &str) -> Stage {
    match shard {
        "first-administrator" | "invited-again" => Stage::empty().await,
        _ => Stage::start().await,
    }
}

/// Tells how much was driven.
#[expect(clippy::print_stdout, reason = "figures for tests/README.md")]
fn tell(shard: &str, [sites, cases]: [usize; 2], begin: Instant) {
    println!("{shard}: {sites} requests, {cases} cases, {:?}", begin.elapsed());
}

/// Holds what was driven of a shard to all that there is, and to the contract.
fn check(shard: &'static str, report: &Report, log: &Log, [sites_min, cases_min]: [usize; 2]) {
    assert!(report.faults.is_empty(), "{} of {} cases: {:#?}", report.faults.len(), report.cases, report.faults);
    assert_eq!(report.operations, operations_of(shard), "the operations that are driven");
    let is_known = |read: &String| STALE_READS.iter().any(|known| read.starts_with(known));
    assert!(report.stale_reads.iter().all(is_known), "reads that may be stale: {:#?}", report.stale_reads);
    assert!(
        report.sites >= sites_min && report.cases >= cases_min,
        "{} requests, {} cases",
        report.sites,
        report.cases
    );
    let (found, [secrets, _, lines]) = report.confidence.findings(log);
    assert!(found.is_empty(), "{} secrets got out: {found:#?}", found.len());
    let is_told_nothing = ["cleanup", "secret-versions"].contains(&shard);
    assert!(lines > 0 && (secrets > 0 || is_told_nothing), "{secrets} secrets, {lines} lines");
}

/// A runtime whose threads are all logged.
fn logged() -> (Runtime, Log) {
    let log = Log::start();
    let threads = log.clone();
    let mut runtime = Builder::new_multi_thread();
    let runtime = runtime.worker_threads(2).enable_all().on_thread_start(move || threads.keep());
    (runtime.build().expect("a runtime"), log)
}

/// A test for each shard, with the least number of requests and cases, and a list of all shards.
macro_rules! shards {
    ($($test:ident: $shard:literal, $function:literal, $minima:expr;)*) => {
        const SHARDS: &[&str] = &[$($shard),*];

        $(
            #[test]
            fn $test() {
                let (begin, (runtime, log)) = (Instant::now(), logged());
                let part = async |part| {
                    let stage = stage_of($shard).await;
                    let plays = plays::$test(&stage.world).await;
                    Drive::new(&stage, $function, part).all(&plays).await
                };
                let (quick, waiting) =
                    runtime.block_on(async { tokio::join!(part(Part::Quick), part(Part::Waiting)) });
                let report = quick.with(waiting);
                tell($shard, [report.sites, report.cases], begin);
                check($shard, &report, &log, $minima);
            }
        )*
    };
}

shards! {
    sign_in: "sign-in", "sign-in", [37, 641];
    second_factor: "second-factor", "sign-in", [52, 909];
    sessions: "sessions", "sessions", [26, 441];
    profile: "profile", "profile", [19, 330];
    password: "password", "password", [13, 224];
    mfa: "mfa", "mfa", [37, 638];
    api_keys: "api-keys", "api-keys", [35, 593];
    users: "users", "users", [60, 1_009];
    directory: "directory", "users", [25, 419];
    authorizer: "authorizer", "authorizer", [5, 90];
    cleanup: "cleanup", "cleanup", [11, 192];
    first_administrator: "first-administrator", "users", [6, 113];
    invited_again: "invited-again", "users", [4, 70];
    secret_versions: "secret-versions", "users", [9, 146];
}

#[test]
fn every_operation_is_in_a_shard() {
    let without: Vec<_> = ROUTES.iter().filter(|route| !SHARDS.contains(&shard_of(route))).collect();
    assert!(without.is_empty(), "{without:#?}");
}

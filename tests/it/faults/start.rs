//! The init phase under faults: whatever it meets, it ends in time, and the first request reads what it could not.

use std::time::{Duration, Instant};

use shared::Error;
use shared::runtime::warm_up;
use tokio::time::timeout;

use super::drive::quick_cases;
use super::fault::Fault;
use super::script::{Site, Stay};
use super::stage::Stage;

/// What Lambda grants the init phase.
const READY_WITHIN: Duration = Duration::from_secs(10);
/// Reaches for nothing when it starts.
const ALONE: &str = "portal";
/// Meets what takes seconds, for all: every function starts with the same two requests at most.
const PATIENT: &str = "sign-in";

/// One start; what is wrong about how it ended.
async fn with_fault(stage: &Stage, function: &str, site: &Site, fault: Fault, stay: Stay) -> Option<String> {
    let context = stage.context(function);
    stage.script.plan(function, site, fault, stay);
    let ended = timeout(READY_WITHIN, warm_up(&context)).await;
    let met = stage.script.end_fault();
    let is_passed_over = stay == Stay::Once && fault != Fault::Truncated;
    match ended {
        _ if met == 0 => Some("the request was not made".to_owned()),
        Err(_) => Some("it is not ready in time".to_owned()),
        Ok(Err(error)) if is_passed_over => Some(format!("one fault that passes is not passed over: {error:?}")),
        Ok(Ok(()) | Err(Error::Unavailable(_))) => {
            warm_up(&context).await.err().map(|error| format!("it does not recover: {error:?}"))
        }
        Ok(Err(error)) => Some(format!("{error:?}")),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_start_ends_in_time_and_what_it_could_not_read_is_read_later() {
    let (begin, stage) = (Instant::now(), Stage::start().await);
    let (mut sites, mut cases, mut wrong) = (0, 0, Vec::new());
    for function in stage.world.stack().roles().functions().filter(|function| *function != ALONE) {
        stage.script.record(function);
        warm_up(&stage.context(function)).await.expect("a start without a fault");
        for site in stage.script.recorded() {
            let hanging = Fault::hanging(&site.request).filter(|_| function == PATIENT);
            let hanging = hanging.flat_map(|fault| [Stay::Once, Stay::UntilFurtherNotice].map(|stay| (fault, stay)));
            sites += 1;
            for (fault, stay) in quick_cases(&site.request).into_iter().chain(hanging) {
                let why = with_fault(&stage, function, &site, fault, stay).await;
                wrong.extend(why.map(|why| format!("{function}: {site} {fault:?} {stay:?}: {why}")));
                cases += 1;
            }
        }
    }
    super::tell("start", [sites, cases], begin);
    assert!(wrong.is_empty(), "{} of {cases} cases: {wrong:#?}", wrong.len());
    assert!(sites >= 15 && cases >= 219, "{sites} requests, {cases} cases");
}

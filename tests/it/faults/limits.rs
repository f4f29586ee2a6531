//! What takes its time: requests that hang until the SDK waits no longer, and a secret that is to be read again.

use std::time::Instant;

use scenarios::PASSWORD;
use serde_json::json;

use super::drive::{Drive, Part};
use super::fault::Fault;
use super::plays;
use super::script::{Site, Stay};
use super::stage::Stage;

/// Seconds after which a function reads the secret again.
const SECRET_SECONDS: u32 = 600;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_that_hangs_is_made_again_or_given_up_in_time() {
    let (begin, stage) = (Instant::now(), Stage::start().await);
    let mut plays = plays::api_keys(&stage.world).await;
    plays.retain(|play| play.case == "with an Idempotency-Key");
    let is_driven = |site: &Site| site.request.is_write() || site.request.action == "BatchGetItem";
    let plays: Vec<_> = plays.into_iter().map(|play| play.only(is_driven)).collect();
    let report = Drive::new(&stage, "api-keys", Part::Hanging).all(&plays).await;
    super::tell("hanging", [report.sites, report.cases], begin);
    assert!(report.faults.is_empty(), "{:#?}", report.faults);
    assert_eq!((report.sites, report.cases), (2, 6));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_secret_that_cannot_be_read_again_serves_on() {
    let stage = Stage::start().await;
    let sign_in = || {
        let right = json!({"user_name": "jane", "password": PASSWORD});
        stage.world.anyone().post("/session", right)
    };
    stage.start_anew();
    stage.script.record("sign-in");
    sign_in().await.expect(201);
    let recorded = stage.script.recorded();
    let site = recorded.iter().find(|site| site.request.action == "GetSecretValue").expect("a reading");
    for fault in Fault::of(&site.request) {
        for stay in [Stay::Once, Stay::UntilFurtherNotice] {
            stage.world.advance(SECRET_SECONDS).await;
            stage.script.plan("sign-in", site, fault, stay);
            sign_in().await.expect(201);
            assert!(stage.script.end_fault() > 0, "{fault:?} {stay:?}: the secret was not read again");
        }
    }
}

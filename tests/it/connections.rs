//! What a function's connections to AWS outlive.

use std::time::Duration;

use local::options::Options;
use scenarios::lambda::{Platform, build};
use scenarios::{TlsFront, World};

/// Lambda freezes a function between invocations, for as long as a server keeps no idle connection.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_lost_while_frozen_is_made_anew_and_the_caller_does_not_notice() {
    let programs = build("dev", &["scenarios", "sessions"]);
    let mut front = None;
    let (world, platform) = World::on_platform(Options::in_memory(), |deployment| {
        let tls = TlsFront::start(&deployment.dynamodb_url, Duration::from_millis(400));
        let platform = Platform::new(deployment, &programs);
        let program = platform.lambda().program("sessions").clone();
        let program = program.variable("AWS_ENDPOINT_URL_DYNAMODB", &tls.url());
        let program = program.variable("AWS_CA_BUNDLE", &tls.certificate().display().to_string());
        front = Some(tls);
        platform.with(program)
    })
    .await;
    let front = front.expect("the stack was started");
    let key = world.jane().await.create_key("k", &["Tasks"]).await;
    key.get("ME/authorization").await.expect(200);
    let [environment] = &platform.lambda().environments("sessions")[..] else { panic!("one environment") };
    for lost in 1..=3 {
        environment.freeze();
        front.drop_connections().await;
        environment.thaw();
        key.get("ME/authorization").await.expect(200);
        assert_eq!(front.connections_made(), 1 + lost, "{:?}", environment.log());
    }
    assert_eq!(platform.lambda().environments("sessions").len(), 1, "the same process");
}

//! What clients see at once could have been seen one after the other.

use histories::run::{self, Plan, Service};
use scenarios::World;

const SEEDS: u64 = 50;
const CALLS: usize = 100;
const CLIENTS: u8 = 8;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_history_has_an_order_that_the_contract_explains() {
    for seed in 0..SEEDS {
        let world = World::start().await;
        let history =
            run::run(&world, Plan { seed, calls: CALLS, clients: CLIENTS, service: Service::InProcess }).await;
        history.check().unwrap_or_else(|violation| panic!("{violation}"));
    }
}

//! What no request starts: the authorizer, the clean-up, and what an operator asks past the gateway.

use scenarios::World;
use serde_json::{Value, json};
use shared::name::fold;
use shared::store::layout::expiry_shard;

use crate::faults::play::{Play, Sender};
use crate::faults::script::Site;

pub(crate) async fn authorizer(world: &World) -> Vec<Play> {
    let jane = world.jane().await;
    let key = jane.create_key("script", &["Tasks"]).await.value;
    let weak = jane.create_key("weak", &["Session"]).await.value;
    let deleted = jane.create_key("deleted", &["Tasks"]).await.value;
    jane.delete("ME/api-key/deleted").await.expect(204);
    let asks = |key: &str| {
        let question = json!({"method": "GET", "path": "/pro-api/v1/tasks", "headers": {"apikey": key}});
        Play::new("authorizer", Sender::anyone(world).post("/_local/authorize", question))
    };
    vec![asks(&key), asks(&deleted).case("by no key"), asks(&weak).case("without the scope")]
}

/// A key whose time is over, and a user who was deleted. What runs before has finished all days but this one.
pub(crate) async fn cleanup(world: &World) -> Vec<Play> {
    world.run_cleanup().await;
    let jane = world.jane().await;
    jane.create_key_until("short", &["Tasks"], world.now().await.plus(1)).await;
    let kim = world.new_user().create().await;
    world.admin().await.delete(&kim.path("info")).await.expect(204);
    world.advance(2 * 60).await;
    let id = world.stack().context().store.user_id_by_name(&fold("ROOT"), &fold("jane")).await;
    let shard = expiry_shard(id.expect("an answer").expect("a user"));
    // The shard that holds the key, and the next: all others are as that one.
    let shards = [shard, (shard + 1) % 16].map(|shard| format!("expiry {shard:02}"));
    let only = move |site: &Site| !site.request.about.starts_with("expiry") || shards.contains(&site.request.about);
    let run = Sender::anyone(world).post("/_local/run/cleanup", ());
    vec![Play::new("cleanup", run).then_told(200).leaving_the_rest().only(only)]
}

fn invoke_users(world: &World, operation: &'static str, event: Value) -> Play {
    Play::new(operation, Sender::anyone(world).post("/_local/invoke/users", event))
}

fn administrator(world: &World, operation: &'static str) -> Play {
    let order = json!({"first_administrator": {"user_name": "alex", "email": "alex@example.com"}});
    invoke_users(world, operation, order)
}

const ONE_TOKEN: &str = "whoever lost the answer asks again, and the earlier token is void";

/// Where nobody is.
pub(crate) async fn first_administrator(world: &World) -> Vec<Play> {
    vec![administrator(world, "first-administrator").then_once_more(ONE_TOKEN)]
}

/// Where that one was invited and has not come yet.
pub(crate) async fn invited_again(world: &World) -> Vec<Play> {
    let again = administrator(world, "invited-again");
    again.ask().await.expect(200);
    vec![again.then_once_more(ONE_TOKEN)]
}

/// Where users have passwords and second factors.
pub(crate) async fn secret_versions(world: &World) -> Vec<Play> {
    world.new_user().create().await.enable_mfa().await;
    let ask = |event| invoke_users(world, "secret-versions", event);
    vec![
        ask(json!({"secret_versions": {}})),
        ask(json!({"secret_versions": {"before": 2}})).case("with who is behind"),
        ask(json!({"first_administrator": {"user_name": "alex"}}))
            .refused("administrator-exists")
            .case("where an administrator can act"),
    ]
}

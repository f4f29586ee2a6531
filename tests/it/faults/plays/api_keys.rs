//! The operations of `api-keys`.

use scenarios::{Form, World};
use serde_json::json;

use crate::faults::play::{Play, Sender};

pub(crate) async fn api_keys(world: &World) -> Vec<Play> {
    let (jane, admin) = (world.jane().await, world.admin().await);
    for name in ["one", "two", "three"] {
        jane.create_key(name, &["APIKey"]).await;
    }
    let script = jane.create_key("script", &["APIKey"]).await;
    script.get("ME/api-key/@self").await.expect(200);
    let unused = jane.create_key("unused", &["APIKey"]).await.value;
    let (jane, admin) = (Sender::session(world, &jane), Sender::session(world, &admin));
    let script = Sender::key(world, &script.value);
    let new = json!({"name": "another", "scopes": ["APIKey"]});
    let repeatable = jane.post("ME/api-key", new.clone()).header("idempotency-key", "once");
    vec![
        Play::new("ListApiKeys", jane.get("ME/api-key?state=all")),
        Play::new("ListApiKeys", script.get("ME/api-key?limit=2")).case("by a key, two"),
        Play::new("CreateApiKey", jane.post("ME/api-key", new.clone())).then_refused("name-taken"),
        Play::new("CreateApiKey", repeatable).case("with an Idempotency-Key").then_told(200),
        Play::new("CreateApiKey", script.post("ME/api-key", new)).case("by a key").then_refused("name-taken"),
        Play::new("GetApiKey", jane.get("ME/api-key/one")),
        Play::new("GetApiKey", Sender::key(world, &unused).get("ME/api-key/@self")).case("its first use"),
        Play::new("DeleteApiKey", jane.delete("ME/api-key/two")).then_refused("not-found"),
        Play::new("RotateApiKey", jane.post("ME/api-key/three/rotate", json!({"overlap_seconds": 60})))
            .then_once_more("whoever lost the new value needs another; If-Match refuses"),
        Play::new("ListAuthorizationScopes", jane.get("ME/authorization-scopes")),
        Play::new("IntrospectToken", admin.post("/introspect", Form(&[("token", &unused)]))),
    ]
}

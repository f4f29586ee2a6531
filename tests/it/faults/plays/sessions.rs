//! The operations of `sessions`.

use scenarios::World;

use crate::faults::play::{Play, Sender};

/// Seconds after which the use of a session is recorded again.
const TOUCH_SECONDS: u32 = 5 * 60;

pub(crate) async fn sessions(world: &World) -> Vec<Play> {
    let early = Sender::session(world, &world.jane().await);
    world.advance(TOUCH_SECONDS).await;
    let (jane, other) = (world.jane().await, world.jane().await);
    let key = Sender::key(world, &jane.create_key("script", &["Tasks"]).await.value);
    let listed = jane.get("ME/session").await.expect(200);
    let current = |is_current: bool| {
        let found = listed["items"].as_array().expect("a list").iter().find(|it| it["current"] == is_current);
        format!("ME/session/{}", found.expect("a session")["id"].as_str().expect("an id"))
    };
    let gone = world.jane().await;
    let ended = Sender::session(world, &gone);
    gone.delete("/session").await.expect(204);
    let deleted = Sender::key(world, &jane.create_key("deleted", &["Tasks"]).await.value);
    jane.delete("ME/api-key/deleted").await.expect(204);
    let (jane, other) = (Sender::session(world, &jane), Sender::session(world, &other));
    vec![
        Play::new("GetSession", jane.get("/session")),
        Play::new("GetSession", early.get("/session")).case("after a while"),
        Play::new("GetSession", ended.get("/session")).case("after its end").refused("session-expired"),
        Play::new("GetAuthorization", deleted.get("ME/authorization")).case("by no key").refused("unauthenticated"),
        Play::new("SignOut", other.delete("/session")),
        Play::new("ListSessions", jane.get("ME/session")),
        Play::new("EndSession", jane.delete(&current(false))).then_refused("not-found"),
        Play::new("EndSession", jane.delete(&current(true))).case("its own").then_refused("session-expired"),
        Play::new("EndOtherSessions", jane.delete("ME/session")).then_once_more("those that were made since end too"),
        Play::new("GetAuthorization", jane.get("ME/authorization")),
        Play::new("GetAuthorization", key.get("ME/authorization")).case("by a key, its first use"),
    ]
}

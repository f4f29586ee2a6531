//! The operations of `users`: administration.

use scenarios::World;
use serde_json::json;

use crate::faults::play::{Play, Sender};

pub(crate) async fn users(world: &World) -> Vec<Play> {
    world.new_user().named("tess").groups(["App Publisher"]).with("email", "tess@example.com").invite().await;
    let mona = world.new_user().named("mona").create().await;
    mona.enable_mfa().await;
    let admin = world.admin().await;
    let key = Sender::key(world, &admin.create_key("script", &["Authentication"]).await.value);
    let admin = Sender::session(world, &admin);
    let mut plays = of_users(&admin, &key);
    plays.extend([
        Play::new("GetAccountSettings", admin.get("/account/settings")),
        Play::new("UpdateAccountSettings", admin.patch("/account/settings", json!({"mfa_policy": "off"}))),
    ]);
    plays
}

fn of_users(admin: &Sender, key: &Sender) -> Vec<Play> {
    let new = json!({"environment_name": "ROOT", "user_name": "newcomer", "groups": ["App Publisher"]});
    let by_key = json!({"environment_name": "ROOT", "user_name": "newcomer", "email": "new@example.com"});
    let tess = "/user/demo/ROOT/tess/info";
    vec![
        Play::new("ListUsers", admin.get("/user")),
        Play::new("ListUsers", key.get("/user?limit=2")).case("by a key, two"),
        Play::new("CreateUser", admin.post("/user", new)).then_refused("name-taken"),
        Play::new("CreateUser", key.post("/user", by_key)).case("by a key").then_refused("name-taken"),
        Play::new("GetUser", admin.get(tess)),
        Play::new("UpdateUser", admin.patch(tess, json!({"full_name": "Another Name"}))),
        Play::new("UpdateUser", admin.patch(tess, json!({"groups": [], "disabled": true, "email": null})))
            .case("groups, address and state"),
        Play::new("UpdateUser", admin.patch(tess, json!({"groups": ["Admin"]}))).case("a new administrator"),
        Play::new("DeleteUser", admin.delete(tess)).then_refused("not-found"),
        Play::new("InviteUser", admin.post("/user/demo/ROOT/tess/invitation", ()))
            .then_once_more("the new invitation ends the one before"),
        Play::new("ResetUserMfa", admin.post("/user/demo/ROOT/mona/mfa/reset", ()))
            .then_once_more("sessions that began since end too"),
    ]
}

/// Environments and groups.
pub(crate) async fn directory(world: &World) -> Vec<Play> {
    let admin = world.admin().await;
    admin.post("/environment", json!({"environment_name": "Empty"})).await.expect(201);
    admin.post("/group", json!({"environment_name": "ROOT", "group_name": "Empty"})).await.expect(201);
    let admin = Sender::session(world, &admin);
    let group = json!({"environment_name": "ROOT", "group_name": "Another"});
    vec![
        Play::new("ListEnvironments", admin.get("/environment")),
        Play::new("CreateEnvironment", admin.post("/environment", json!({"environment_name": "Another"})))
            .then_refused("name-taken"),
        Play::new("DeleteEnvironment", admin.delete("/environment/demo/Empty/info")).then_refused("not-found"),
        Play::new("ListGroups", admin.get("/group")),
        Play::new("ListGroups", admin.get("/group?environment_name_equal_cs=ROOT")).case("of an environment"),
        Play::new("CreateGroup", admin.post("/group", group)).then_refused("name-taken"),
        Play::new("DeleteGroup", admin.delete("/group/demo/ROOT/Empty/info")).then_refused("not-found"),
    ]
}

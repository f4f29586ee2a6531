//! Environments: where names of users and groups are unique.

use scenarios::World;
use serde_json::{Value, json};

fn environment(name: &str) -> Value {
    json!({"environment_name": name})
}

fn info(name: &str) -> String {
    format!("/environment/demo/{name}/info")
}

#[tokio::test]
async fn an_environment_is_made_listed_and_deleted() {
    let world = World::start().await;
    let admin = world.admin().await;
    let lab = json!({"environment_name": "Lab", "description": "For tries"});
    assert_eq!(*admin.post("/environment", lab.clone()).await.expect(201).json(), lab);
    let list = admin.get("/environment").await.expect(200);
    assert_eq!(list["items"], json!([lab, {"environment_name": "ROOT", "description": null}]));
    admin.delete(&info("Lab")).await.expect(204);
    assert_eq!(admin.get("/environment").await.of_items("environment_name"), ["ROOT"]);
    admin.delete(&info("Lab")).await.problem("not-found");
    admin.post("/environment", environment("Lab")).await.expect(201);
}

#[tokio::test]
async fn an_environment_name_is_unique_without_regard_to_case() {
    let world = World::start().await;
    let admin = world.admin().await;
    admin.post("/environment", environment("Straße")).await.expect(201);
    for name in ["Straße", "STRASSE", "strasse", "root", "ROOT"] {
        admin.post("/environment", environment(name)).await.problem("name-taken");
    }
}

#[tokio::test]
async fn an_environment_name_follows_the_rules_of_a_keys_name() {
    let world = World::start().await;
    let admin = world.admin().await;
    let long = "x".repeat(65);
    for name in ["", " a", "a ", "a/b", "a\\b", "a%b", "a?b", "a#b", "@a", ".", "..", "a\nb", long.as_str()] {
        admin.post("/environment", environment(name)).await.invalid(&["/environment_name"]);
    }
    for name in ["部署", "a@b", "...", "Quality & Care", &long[..64]] {
        admin.post("/environment", environment(name)).await.expect(201);
    }
}

#[tokio::test]
async fn a_faulty_environment_is_refused_with_every_fault() {
    let world = World::start().await;
    let admin = world.admin().await;
    admin.post("/environment", json!({})).await.invalid(&["/environment_name"]);
    let faulty = json!({"environment_name": null, "description": "", "account_name": "demo"});
    admin.post("/environment", faulty).await.invalid(&["/environment_name", "/description", "/account_name"]);
    admin.post("/environment", ()).await.problem("invalid-request");
    admin.delete(&info("Lab")).body(json!({})).await.problem("invalid-request");
}

#[tokio::test]
async fn an_environment_with_a_user_or_a_group_is_not_deleted() {
    let world = World::start().await;
    let admin = world.admin().await;
    world.new_user().environment("Lab").named("kim").groups(["Painters"]).invite().await;
    admin.delete(&info("Lab")).await.problem("not-empty");
    admin.delete("/user/demo/Lab/kim/info").await.expect(204);
    admin.delete(&info("Lab")).await.problem("not-empty");
    admin.delete("/group/demo/Lab/Painters/info").await.expect(204);
    admin.delete(&info("Lab")).await.expect(204);
}

#[tokio::test]
async fn root_is_never_deleted() {
    let world = World::start().await;
    let admin = world.admin().await;
    for name in ["ROOT", "root"] {
        admin.delete(&info(name)).await.problem("not-empty");
    }
    admin.get("ME/info").await.expect(200);
}

#[tokio::test]
async fn an_environment_of_another_account_is_not_found() {
    let world = World::start().await;
    let admin = world.admin().await;
    admin.post("/environment", environment("Lab")).await.expect(201);
    admin.delete("/environment/other/Lab/info").await.problem("not-found");
    assert_eq!(admin.get("/environment").await.of_items("environment_name"), ["Lab", "ROOT"]);
}

#[tokio::test]
async fn an_environment_of_any_script_is_reached_by_its_name() {
    let world = World::start().await;
    let kim = world.new_user().environment("部署 & 試験").groups(["Maler+Dichter"]).create().await;
    let admin = world.admin().await;
    assert_eq!(admin.get(&kim.path("info")).await["environment_name"], "部署 & 試験");
    admin.delete(&kim.path("info")).await.expect(204);
    let segment = "%E9%83%A8%E7%BD%B2%20%26%20%E8%A9%A6%E9%A8%93";
    admin.delete(&format!("/group/demo/{segment}/Maler%2BDichter/info")).await.expect(204);
    admin.delete(&info(segment)).await.expect(204);
}

#[tokio::test]
async fn pages_hold_every_environment_once() {
    let world = World::start().await;
    let admin = world.admin().await;
    for name in ["b", "A", "z", "É"] {
        admin.post("/environment", environment(name)).await.expect(201);
    }
    for limit in 1..=5 {
        let (mut seen, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = admin.get(&format!("/environment?limit={limit}{cursor}")).await.expect(200);
            seen.extend(page.of_items("environment_name"));
            let Some(next) = page["next"].as_str() else { break };
            assert_eq!(page.of_items("environment_name").len(), limit);
            cursor = format!("&cursor={next}");
        }
        assert_eq!(seen, ["A", "b", "ROOT", "z", "É"], "limit {limit}");
    }
}

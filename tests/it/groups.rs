//! Groups of an environment.

use scenarios::World;
use serde_json::{Value, json};

fn group(environment_name: &str, name: &str) -> Value {
    json!({"environment_name": environment_name, "group_name": name})
}

fn info(environment_name: &str, name: &str) -> String {
    format!("/group/demo/{environment_name}/{name}/info")
}

#[tokio::test]
async fn a_group_is_made_listed_and_deleted() {
    let world = World::start().await;
    let admin = world.admin().await;
    let painters = json!({"environment_name": "ROOT", "group_name": "Painters", "description": "They paint"});
    assert_eq!(*admin.post("/group", painters.clone()).await.expect(201).json(), painters);
    let list = admin.get("/group").await.expect(200);
    assert_eq!(list.of_items("group_name"), ["Admin", "App Publisher", "Painters"]);
    assert_eq!(list["items"][2], painters);
    admin.delete(&info("ROOT", "Painters")).await.expect(204);
    assert_eq!(admin.get("/group").await.of_items("group_name"), ["Admin", "App Publisher"]);
    admin.delete(&info("ROOT", "Painters")).await.problem("not-found");
    admin.post("/group", painters).await.expect(201);
}

#[tokio::test]
async fn a_group_name_is_unique_in_its_environment_without_regard_to_case() {
    let world = World::start().await;
    let admin = world.admin().await;
    admin.post("/environment", json!({"environment_name": "Lab"})).await.expect(201);
    admin.post("/group", group("ROOT", "Painters")).await.expect(201);
    for name in ["Painters", "PAINTERS", "admin", "app publisher"] {
        admin.post("/group", group("ROOT", name)).await.problem("name-taken");
    }
    for name in ["painters", "Admin"] {
        admin.post("/group", group("Lab", name)).await.expect(201);
    }
}

#[tokio::test]
async fn a_faulty_group_is_refused_with_every_fault() {
    let world = World::start().await;
    let admin = world.admin().await;
    admin.post("/group", json!({})).await.invalid(&["/environment_name", "/group_name"]);
    admin.post("/group", group("Nowhere", "Painters")).await.invalid(&["/environment_name"]);
    let faulty = json!({"environment_name": "a/b", "group_name": "@a", "description": null, "members": []});
    let pointers = ["/environment_name", "/group_name", "/description", "/members"];
    admin.post("/group", faulty).await.invalid(&pointers);
    let long = "x".repeat(65);
    for name in ["", " a", "a/b", "a%b", "a?b", "a#b", ".", "..", "a\u{0}b", long.as_str()] {
        admin.post("/group", group("ROOT", name)).await.invalid(&["/group_name"]);
    }
    admin.delete(&info("ROOT", "Painters")).body(json!({})).await.problem("invalid-request");
}

#[tokio::test]
async fn a_group_with_a_member_is_not_deleted() {
    let world = World::start().await;
    let admin = world.admin().await;
    world.new_user().named("kim").groups(["Painters", "Poets"]).invite().await;
    let kim = "/user/demo/ROOT/kim/info";
    // A member who is disabled is still one.
    admin.patch(kim, json!({"disabled": true})).await.expect(200);
    admin.delete(&info("ROOT", "Painters")).await.problem("not-empty");
    admin.patch(kim, json!({"groups": ["Poets"]})).await.expect(200);
    admin.delete(&info("ROOT", "Painters")).await.expect(204);
    admin.delete(&info("ROOT", "Poets")).await.problem("not-empty");
    admin.delete(kim).await.expect(204);
    admin.delete(&info("ROOT", "Poets")).await.expect(204);
}

#[tokio::test]
async fn admin_and_app_publisher_are_never_deleted() {
    let world = World::start().await;
    let admin = world.admin().await;
    for name in ["Admin", "admin", "App%20Publisher", "APP%20PUBLISHER"] {
        admin.delete(&info("ROOT", name)).await.problem("not-empty");
    }
    admin.get("/user").await.expect(200);
}

#[tokio::test]
async fn a_group_elsewhere_is_not_found() {
    let world = World::start().await;
    let admin = world.admin().await;
    admin.post("/environment", json!({"environment_name": "Lab"})).await.expect(201);
    admin.post("/group", group("ROOT", "Painters")).await.expect(201);
    admin.delete("/group/other/ROOT/Painters/info").await.problem("not-found");
    for environment in ["Lab", "Nowhere"] {
        admin.delete(&info(environment, "Painters")).await.problem("not-found");
    }
    assert_eq!(admin.get("/group").await.of_items("group_name").len(), 3);
}

#[tokio::test]
async fn pages_hold_every_group_once_across_environments() {
    let world = World::start().await;
    let admin = world.admin().await;
    for environment in ["A", "Z"] {
        admin.post("/environment", json!({"environment_name": environment})).await.expect(201);
        for name in ["one", "Two"] {
            admin.post("/group", group(environment, name)).await.expect(201);
        }
    }
    for limit in 1..=6 {
        let (mut seen, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = admin.get(&format!("/group?limit={limit}{cursor}")).await.expect(200);
            let names = page.of_items("group_name");
            seen.extend(page.of_items("environment_name").into_iter().zip(names));
            let Some(next) = page["next"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        let expected =
            [("A", "one"), ("A", "Two"), ("ROOT", "Admin"), ("ROOT", "App Publisher"), ("Z", "one"), ("Z", "Two")];
        assert_eq!(seen, expected.map(|(environment, name)| (json!(environment), json!(name))), "limit {limit}");
    }
}

#[tokio::test]
async fn members_see_a_group_as_it_was_first_written() {
    let world = World::start().await;
    let admin = world.admin().await;
    let kim = world.new_user().groups(["Painters"]).create().await;
    let after = admin.patch(&kim.path("info"), json!({"groups": ["PAINTERS", "painters"]})).await.expect(200);
    assert_eq!(after["groups"], json!(["Painters"]));
    assert_eq!(kim.get("ME/info").await["groups"], json!(["Painters"]));
}

//! Lists in pages.

use std::collections::BTreeSet;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use scenarios::{Person, World};
use serde_json::{Value, json};

/// Every list, with a member that tells its items apart.
const LISTS: [(&str, &str); 5] = [
    ("ME/session", "id"),
    ("ME/api-key", "name"),
    ("/user", "user_name"),
    ("/environment", "environment_name"),
    ("/group", "group_name"),
];

/// An administrator with several of everything.
async fn with_items(world: &World) -> Person {
    let admin = world.admin().await;
    for number in 0..4 {
        world.admin().await;
        let (environment, name) = (format!("Lab {number}"), format!("item-{number}"));
        admin.post("/environment", json!({"environment_name": environment})).await.expect(201);
        admin.post("/group", json!({"environment_name": environment, "group_name": name})).await.expect(201);
        admin.post("/user", json!({"environment_name": environment, "user_name": name})).await.expect(201);
        admin.create_key(&format!("{name} é"), &["Tasks"]).await;
    }
    admin
}

/// The list at `path` by pages of `limit`.
async fn pages(admin: &Person, path: &str, member: &str, limit: usize) -> Vec<Vec<Value>> {
    let mut pages = Vec::new();
    let mut query = format!("?limit={limit}");
    loop {
        let page = admin.get(&format!("{path}{query}")).await.expect(200);
        pages.push(page.of_items(member));
        assert!(pages.len() < 100, "{path} has no end");
        match &page["next"] {
            Value::Null => return pages,
            next => {
                let cursor = next.as_str().expect("a text");
                query = format!("?limit={limit}&cursor={}", utf8_percent_encode(cursor, NON_ALPHANUMERIC));
            }
        }
    }
}

#[tokio::test]
async fn pages_hold_every_item_once_in_the_same_order() {
    let world = World::start().await;
    let admin = with_items(&world).await;
    for (path, member) in LISTS {
        let whole = admin.get(path).await.expect(200).of_items(member);
        let different: BTreeSet<_> = whole.iter().map(Value::to_string).collect();
        assert!(whole.len() >= 4 && different.len() == whole.len(), "{path}: {whole:?}");
        for limit in [1, 2, whole.len(), 100] {
            let pages = pages(&admin, path, member, limit).await;
            assert!(pages.iter().all(|page| page.len() <= limit), "{path}: {pages:?}");
            assert_eq!(pages.concat(), whole, "{path} by {limit}");
        }
    }
}

#[tokio::test]
async fn the_last_page_says_that_it_is() {
    let world = World::start().await;
    let admin = with_items(&world).await;
    for (path, member) in LISTS {
        let whole = admin.get(path).await.expect(200);
        assert_eq!(whole["next"], Value::Null, "{path}");
        let count = whole.of_items(member).len();
        assert_eq!(admin.get(&format!("{path}?limit={count}")).await.expect(200)["next"], Value::Null, "{path}");
    }
}

#[tokio::test]
async fn a_limit_out_of_range_is_refused() {
    let world = World::start().await;
    let admin = world.admin().await;
    for (path, _) in LISTS {
        for limit in ["0", "101", "-1", "1.0", "1e1", "ten", "", "%2B1", "+1", "99999999999999999999", "1&limit=1"] {
            admin.get(&format!("{path}?limit={limit}")).await.invalid(&["?limit"]);
        }
    }
}

#[tokio::test]
async fn a_cursor_that_was_not_made_here_is_refused() {
    let world = World::start().await;
    let admin = world.admin().await;
    let long = "YWZ0ZXI6".repeat(500);
    for (path, _) in LISTS {
        for cursor in ["", "a", "bmFtZQ", "YWZ0ZXI6", "%00", "%C3%A9", &long, "a&cursor=a"] {
            admin.get(&format!("{path}?cursor={cursor}")).await.invalid(&["?cursor"]);
        }
    }
}

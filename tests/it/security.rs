//! Holds the lists of `shared/SECURITY.md` to the code.

use std::collections::BTreeSet;
use std::fs;

use scenarios::World;
use serde_json::json;
use shared::store::sessions::{FRESH_SECONDS, IDLE_SECONDS, LIFETIME_SECONDS, TOUCH_SECONDS};
use shared::store::{events, keys, members};

use crate::asvs::root;
use crate::asvs::sources::{actions, deployed, roles};

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// A part of the document.
fn part(name: &str) -> String {
    let text = read("shared/SECURITY.md");
    let (_, rest) = text.split_once(&format!("\n## {name}\n")).unwrap_or_else(|| panic!("no part {name}"));
    rest.split("\n## ").next().unwrap_or_default().to_owned()
}

/// What stands between backquotes in the first cells of a part's table.
fn listed(part: &str) -> BTreeSet<String> {
    let cells = part.lines().filter_map(|line| line.strip_prefix("| `")?.split('|').next());
    let words = cells.flat_map(|cell| cell.split('`').step_by(2));
    words.filter(|word| !word.trim_matches([',', ' ']).is_empty()).map(str::to_owned).collect()
}

#[test]
fn every_event_of_the_log_is_in_the_inventory() {
    let inventory = listed(&part("Log"));
    assert!(inventory.contains("signed_in"), "{inventory:?}");
    let sources = deployed();
    for event in &inventory {
        let is_logged = sources.iter().any(|(_, code)| code.contains(&format!("\"{event}\"")));
        assert!(is_logged, "{event} is logged nowhere");
    }
    for (path, code) in &sources {
        for event in code.split("event = \"").skip(1).filter_map(|rest| rest.split('"').next()) {
            assert!(inventory.contains(event), "{path} logs {event}, of which shared/SECURITY.md says nothing");
        }
    }
}

#[test]
fn every_cryptographic_crate_is_in_the_inventory() {
    let (inventory, manifest) = (part("Keys and algorithms"), read("Cargo.toml"));
    let (_, rest) = manifest.split_once("\n# Cryptography\n").expect("the part of Cargo.toml");
    let block = rest.split("\n\n").next().unwrap_or_default();
    let crates: Vec<_> = block.lines().filter_map(|line| line.split_once(" = ")).map(|(name, _)| name).collect();
    assert!(crates.len() > 8, "{crates:?}");
    for name in crates {
        assert!(inventory.contains(&format!("`{name}`")), "{name} is not in the inventory");
    }
}

#[test]
fn only_services_of_the_list_are_reached() {
    let known = listed(&part("Whom it talks to"));
    for (function, statements) in roles() {
        for action in statements.iter().flat_map(actions) {
            let service = action.split(':').next().unwrap_or_default();
            assert!(known.contains(service), "{function} reaches {service}");
        }
    }
    for (path, code) in deployed() {
        for client in ["reqwest", "hyper::client", "hyper_util::client", "TcpStream", "UdpSocket", "ureq", "curl"] {
            assert!(!code.contains(client), "{path} has a client of its own: {client}");
        }
    }
}

/// The open calls that answer a session, and whatever else starts one.
#[test]
fn every_way_in_is_listed() {
    let ways = part("Ways in");
    let starts: BTreeSet<_> = deployed()
        .into_iter()
        .filter(|(_, code)| code.contains("start_session(") || code.contains("finish_first_factor("))
        .map(|(path, _)| path.rsplit("/functions/").next().unwrap_or_default().to_owned())
        .collect();
    let known = ["challenge", "invitation", "password", "provider", "start"];
    assert_eq!(starts, known.map(|name| format!("sign-in/src/{name}.rs")).into());
    for way in ["`POST /session`", "`POST /session/mfa`", "`POST /session/invitation`", "provider", "API key"] {
        assert!(ways.contains(way), "{way}");
    }
}

#[test]
fn the_limits_are_those_of_the_code() {
    let (sessions, guessing, network) = (part("Sessions"), part("Guessing"), part("Whom it talks to"));
    let (attempts, sdk) = (read("shared/src/attempts.rs"), read("shared/src/runtime/sdk.rs"));
    assert_eq!((IDLE_SECONDS, TOUCH_SECONDS, LIFETIME_SECONDS, FRESH_SECONDS), (3_600, 300, 43_200, 600));
    for text in ["one hour after the last request", "5 minutes", "12 hours after sign-in", "within 10 minutes"] {
        assert!(sessions.replace('\n', " ").contains(text), "{text}");
    }
    for (said, coded) in [
        ("Five failures in a row", "FAILURES_FREE: u64 = 5;"),
        ("100 from all", "FAILURES_FREE_TOGETHER: u64 = 100;"),
        ("30 s", "WAIT_SECONDS_FIRST: u32 = 30;"),
        ("15 minutes", "WAIT_SECONDS_MAX: u32 = 15 * 60;"),
        ("up to an hour", "WAIT_SECONDS_MAX_TOGETHER: u32 = 60 * 60;"),
        ("30 users", "SPRAYED_USERS_MAX: usize = 30;"),
    ] {
        assert!(guessing.replace('\n', " ").contains(said) && attempts.contains(coded), "{said}: {coded}");
    }
    for (said, coded) in [
        ("a connection takes 1 s", "connect_timeout(Duration::from_secs(1))"),
        ("an attempt 1.5 s", "operation_attempt_timeout(Duration::from_millis(1_500))"),
        ("an operation 3 s", "operation_timeout(Duration::from_secs(3))"),
        ("3 attempts", "with_max_attempts(3)"),
    ] {
        assert!(network.replace('\n', " ").contains(said) && sdk.contains(coded), "{said}: {coded}");
    }
    let limits = read("README.md");
    assert_eq!((keys::KEYS_MAX, members::GROUPS_MAX, events::EVENT_SECONDS), (50, 20, 90 * 24 * 60 * 60));
    assert!(limits.contains("50 active API keys") && limits.contains("20 groups"));
}

/// Every kind of item that the service writes stands in the document, with its class.
#[tokio::test]
async fn every_kind_of_item_has_a_class() {
    let world = World::start().await;
    let jane = world.jane().await;
    jane.create_key("k", &["Tasks"]).await;
    let order = json!({"name": "i", "scopes": ["Tasks"]});
    jane.post("ME/api-key", order).header("idempotency-key", "once").await.expect(201);
    for address in ["jane@example.com", "jane@example.org"] {
        world.admin().await.patch(&jane.path("info"), json!({"email": address})).await.expect(200);
    }
    jane.patch("ME/info", json!({"email": "new@example.com"})).await.expect(200);
    jane.enable_mfa().await;
    world.browser().post("/session", jane.credentials()).await.expect(200);
    world.anyone().post("/session", json!({"user_name": "jane", "password": "wrong"})).await.problem("sign-in-failed");
    world.anyone().post("/session/password-reset", json!({"user_name": "jane"})).await.expect(202);
    world.set_mfa_policy("optional").await;
    let gone = world.new_user().groups(["Admin"]).create().await;
    world.admin().await.delete(&gone.path("info")).await.expect(204);
    let known = listed(&part("Data"));
    let mut met = BTreeSet::new();
    for item in world.items().await {
        let text = |name: &str| item[name].as_s().expect("a text").split('#').next().unwrap_or_default().to_owned();
        let (partition, kind) = (text("PK"), text("SK"));
        // What a name is looked up by has the name itself for a sort key; a deleted user's is their partition.
        met.insert(if ["USERS", "DELETED"].contains(&partition.as_str()) { partition } else { kind });
    }
    assert!(met.len() >= 18, "{met:?}");
    let unknown: Vec<_> = met.difference(&known).collect();
    assert!(unknown.is_empty(), "shared/SECURITY.md, Data, does not say what class these are of: {unknown:?}");
}

//! What is built comes from where it should, and the same way everywhere.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the folder above this crate")
}

fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn workflows() -> Vec<PathBuf> {
    let found = fs::read_dir(root().join(".github/workflows")).expect("workflows");
    let found: Vec<_> = found.map(|entry| entry.expect("a workflow").path()).collect();
    assert!(!found.is_empty());
    found
}

/// Every value of `name` in `value`, at any depth.
fn all<'a>(value: &'a Value, name: &str, found: &mut Vec<&'a Value>) {
    match value {
        Value::Object(members) => {
            for (key, member) in members {
                if key == name {
                    found.push(member);
                }
                all(member, name, found);
            }
        }
        Value::Array(entries) => entries.iter().for_each(|entry| all(entry, name, found)),
        _ => {}
    }
}

#[test]
fn actions_are_pinned_by_commit() {
    for workflow in workflows() {
        let parsed: Value = serde_saphyr::from_str(&read(&workflow)).expect("YAML");
        let mut used = Vec::new();
        all(&parsed, "uses", &mut used);
        assert!(!used.is_empty(), "{}", workflow.display());
        for action in used {
            let (_, commit) = action.as_str().and_then(|text| text.split_once('@')).expect("an action at a version");
            let is_commit = commit.len() == 40 && commit.bytes().all(|digit| digit.is_ascii_hexdigit());
            assert!(is_commit, "{action} can be changed under us");
        }
    }
}

#[test]
fn a_workflow_may_only_read_and_does_what_every_machine_does() {
    for workflow in workflows() {
        let parsed: Value = serde_saphyr::from_str(&read(&workflow)).expect("YAML");
        assert_eq!(parsed["permissions"], json!({"contents": "read"}), "{}", workflow.display());
        let (mut permissions, mut commands) = (Vec::new(), Vec::new());
        all(&parsed, "permissions", &mut permissions);
        all(&parsed, "run", &mut commands);
        assert_eq!(permissions.len(), 1, "{}: a job asks for more", workflow.display());
        assert!(commands.contains(&&json!(".ci/run")), "{}: .ci/run is not run", workflow.display());
    }
}

#[test]
fn every_crate_from_elsewhere_is_locked_with_its_digest() {
    let lock: toml::Table = read("Cargo.lock").parse().expect("a lock file");
    let packages = lock["package"].as_array().expect("packages");
    assert!(packages.len() > 100, "{} packages", packages.len());
    for package in packages.iter().filter(|package| package.get("source").is_some()) {
        assert_eq!(
            package["source"].as_str(),
            Some("registry+https://github.com/rust-lang/crates.io-index"),
            "{package:?}"
        );
        assert_eq!(package["checksum"].as_str().map(str::len), Some(64), "{package:?}");
    }
}

#[test]
fn what_is_deployed_is_what_is_checked() {
    let steps = read(".ci/run");
    for step in ["cargo deny", ".ci/sbom", "cargo clippy", "cargo test"] {
        assert!(steps.contains(step), ".ci/run has lost its step {step}");
    }
}

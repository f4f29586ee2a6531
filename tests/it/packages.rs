//! How the functions are built and deployed: the right profile, the right template, the right parameters.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value as Json;
use toml::{Table, Value};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the folder above this crate")
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn toml(path: &str) -> Table {
    read(path).parse().unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The template's parameters: each name, and whether it has a default.
fn parameters() -> Vec<(String, bool)> {
    let template: Json = serde_saphyr::from_str(&read("infra/template.yaml")).expect("infra/template.yaml");
    let all = template["Parameters"].as_object().expect("parameters");
    all.iter().map(|(name, parameter)| (name.clone(), parameter.get("Default").is_some())).collect()
}

/// `sam build` can ask for the release profile alone, so that is told what the deploy profile says.
#[test]
fn a_package_is_built_as_the_deploy_profile_says() {
    let workspace = toml("Cargo.toml");
    let settings = workspace["workspace"]["metadata"]["lambda"]["build"]["config"].as_array().expect("settings");
    let lines: Vec<_> = settings.iter().map(|setting| setting.as_str().expect("a setting")).collect();
    let told: Table = lines.join("\n").parse().expect("a setting a line");
    let told = told["profile"]["release"].as_table().expect("a profile");
    let profile = |name: &str| workspace["profile"][name].as_table().expect("a profile");
    let mut deploy = profile("deploy").clone();
    assert_eq!(deploy.remove("inherits"), Some(Value::from("release")));
    assert_eq!(*told, deploy);
    // What is left out here, cargo lambda sets by itself, after these.
    let said: BTreeSet<_> = profile("release").keys().map(String::as_str).collect();
    assert!(said.is_superset(&["codegen-units", "lto", "panic", "strip"].into()), "{said:?}");
}

#[test]
fn each_function_is_one_binary_of_its_folders_name() {
    let folders = fs::read_dir(root().join("functions")).expect("the functions");
    for name in folders.map(|entry| entry.expect("a function").file_name().to_string_lossy().into_owned()) {
        let manifest = toml(&format!("functions/{name}/Cargo.toml"));
        assert_eq!(manifest["package"]["name"].as_str(), Some(name.as_str()));
        assert!(!manifest.contains_key("bin"), "{name}: which binary is the function's?");
        assert!(read(&format!("functions/{name}/src/main.rs")).contains("shared::runtime::serve_"), "{name}");
    }
}

/// Under `deploy`, the template would go in as it is written, without what was built.
#[test]
fn only_build_and_validate_name_the_template() {
    for (profile, commands) in toml("samconfig.toml").iter().filter(|(name, _)| *name != "version") {
        for (command, settings) in commands.as_table().expect("commands") {
            let named = settings["parameters"].get("template_file").and_then(Value::as_str);
            let wanted = ["build", "validate"].contains(&command.as_str()).then_some("infra/template.yaml");
            assert_eq!(named, wanted, "{profile}.{command}");
            let keeps = settings["parameters"].get("cached");
            assert_eq!(keeps, None, "{profile}: a function's folder does not tell of changes in shared/");
        }
    }
}

#[test]
fn profiles_set_parameters_that_there_are_and_all_that_have_no_default() {
    let settings = toml("samconfig.toml");
    let known = parameters();
    for profile in ["dev", "prod"] {
        let commands = settings[profile].as_table().expect("commands");
        let overriding = commands.iter().filter(|(_, one)| one["parameters"].get("parameter_overrides").is_some());
        let overriding: Vec<_> = overriding.map(|(command, _)| command.as_str()).collect();
        assert_eq!(overriding, ["global"], "{profile}: build and deploy must agree on the architecture");
        let given = commands["global"]["parameters"]["parameter_overrides"].as_array().expect("parameters");
        let given = given.iter().map(|one| one.as_str().and_then(|one| one.split_once('=')).expect("NAME=VALUE").0);
        let given: BTreeSet<_> = given.collect();
        let unknown: Vec<_> = given.iter().filter(|name| !known.iter().any(|(known, _)| known == *name)).collect();
        assert!(unknown.is_empty(), "{profile}: {unknown:?}");
        for (name, has_default) in &known {
            assert!(*has_default || given.contains(name.as_str()), "{profile} lacks {name}");
        }
    }
}

#[test]
fn production_is_changed_after_a_look_at_the_changes() {
    assert_eq!(toml("samconfig.toml")["prod"]["deploy"]["parameters"]["confirm_changeset"].as_bool(), Some(true));
}

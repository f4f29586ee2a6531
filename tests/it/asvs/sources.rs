//! What holds of every source, whoever writes the next one.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use scenarios::document;
use serde_json::Value;

use super::{read, root};

/// The files of `folder` and below whose name ends in `end`, built ones left out.
fn files(folder: &Path, end: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let skipped = ["target", "node_modules", ".git"];
    let is_skipped = |path: &Path| path.file_name().is_some_and(|name| skipped.iter().any(|skip| name == *skip));
    let (folders, files): (Vec<_>, Vec<_>) = paths.filter(|path| !is_skipped(path)).partition(|path| path.is_dir());
    let here = files.into_iter().filter(|path| path.to_string_lossy().ends_with(end));
    here.chain(folders.iter().flat_map(|folder| self::files(folder, end))).collect()
}

/// What is deployed: each source of functions and of what they share, without its tests, with its path.
pub(crate) fn deployed() -> Vec<(String, String)> {
    let folders = files(&root().join("functions"), ".rs").into_iter().chain(files(&root().join("shared/src"), ".rs"));
    let sources = folders.filter(|path| {
        let path = path.to_string_lossy();
        !path.contains("/tests/") && !path.ends_with("tests.rs") && !path.ends_with("build.rs")
    });
    let code = |path: PathBuf| (path.display().to_string(), without_tests(&read(&path)).to_owned());
    let found: Vec<_> = sources.map(code).collect();
    assert!(found.len() > 60, "{} sources", found.len());
    found
}

/// A source up to the tests at its end; a module of tests in a file of its own is but named.
fn without_tests(text: &str) -> &str {
    let is_inline = |(at, _): &(usize, &str)| {
        text[*at..].lines().find(|line| line.starts_with("mod ")).is_some_and(|line| line.ends_with('{'))
    };
    text.match_indices("#[cfg(test)]").find(is_inline).map_or(text, |(at, _)| &text[..at])
}

/// Fails where a deployed source says one of these.
#[track_caller]
fn nowhere(texts: &[&str]) {
    for (path, code) in deployed() {
        for text in texts {
            let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
            let found: Vec<_> = lines.filter(|line| line.contains(text)).collect();
            assert!(found.is_empty(), "{path}: {text} in {found:?}");
        }
    }
}

#[test]
fn functions_start_no_process() {
    nowhere(&["std::process", "process::Command", "tokio::process", "libc::", "Command::new"]);
}

#[test]
fn no_function_has_a_door_for_tests() {
    nowhere(&["/_local", "test_doors", "cfg!(debug_assertions)"]);
}

#[test]
fn no_function_knows_a_user_by_name() {
    nowhere(&["\"admin\"", "\"jane\"", "\"sam\"", "\"demo\"", "demo_password"]);
}

#[test]
fn randomness_comes_from_one_place() {
    let sources: Vec<_> = deployed().into_iter().filter(|(_, code)| code.contains("getrandom::")).collect();
    let paths: Vec<_> = sources.iter().map(|(path, _)| path.rsplit('/').next().unwrap_or_default()).collect();
    assert_eq!(paths, ["secret.rs"]);
    nowhere(&["rand::", "thread_rng", "SmallRng", "Uuid", "RandomState"]);
}

#[test]
fn digests_are_compared_in_constant_time() {
    let of = |name: &str| {
        let found = deployed().into_iter().find(|(path, _)| path.ends_with(name));
        found.unwrap_or_else(|| panic!("{name} is not there")).1
    };
    for name in ["shared/src/secret.rs", "shared/src/password.rs", "shared/src/recovery.rs"] {
        assert!(of(name).contains(".ct_eq("), "{name} compares otherwise");
    }
    // A derived comparison would end at the first byte that differs.
    let digest = of("shared/src/secret.rs");
    let (before, _) = digest.split_once("pub struct Digest").expect("the digest");
    let derived = before.rsplit("#[derive(").next().unwrap_or_default();
    assert!(!derived.contains("PartialEq"), "{derived}");
}

/// The texts in quotes of a source.
fn literals(code: &str) -> impl Iterator<Item = &str> {
    code.split('"').skip(1).step_by(2)
}

/// In conditions and updates stand names (`#…`) and placeholders (`:…`), never what a caller sent.
#[test]
fn expressions_hold_no_value() {
    let mut seen = 0;
    for (path, code) in deployed() {
        for literal in literals(&code).filter(|text| text.contains('#') && text.contains(" = ")) {
            for right in literal.split(" = ").skip(1) {
                seen += 1;
                let is_placeholder = right.starts_with([':', '#'])
                    || right.starts_with("if_not_exists(#")
                    || right.starts_with("list_append(#");
                assert!(is_placeholder, "{path}: {literal}");
            }
        }
    }
    assert!(seen > 30, "only {seen} expressions were seen");
}

#[test]
fn every_crate_forbids_unsafe_code() {
    let workspace: toml::Table = read(&root().join("Cargo.toml")).parse().expect("a manifest");
    assert_eq!(workspace["workspace"]["lints"]["rust"]["unsafe_code"].as_str(), Some("forbid"));
    let manifests = files(root(), "Cargo.toml");
    for path in manifests.into_iter().filter(|path| *path != root().join("Cargo.toml")) {
        let manifest: toml::Table = read(&path).parse().expect("a manifest");
        let lints = manifest.get("lints").and_then(|lints| lints.get("workspace")).and_then(toml::Value::as_bool);
        assert_eq!(lints, Some(true), "{}", path.display());
    }
}

/// The scripts of the page, each with its name.
fn scripts() -> Vec<(String, String)> {
    let folder = root().join("functions/portal/page");
    let found = files(&folder, ".js").into_iter();
    let name = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    found.map(|path| (name(&path), read(&path))).collect()
}

#[test]
fn password_fields_are_masked_and_open_to_password_managers() {
    let scripts = scripts();
    let (_, password) = scripts.iter().find(|(name, _)| name == "password.js").expect("the field");
    assert!(password.contains(r#"type: "password", autocomplete"#), "the field is not masked");
    for (name, script) in &scripts {
        for text in ["onpaste", "\"paste\"", "autocomplete: \"off\"", "maxlength", "maxLength"] {
            let is_of_a_password = script.lines().any(|line| line.contains(text) && line.contains("assword"));
            assert!(!is_of_a_password, "{name}: {text}");
        }
        let others = script.lines().filter(|line| line.contains("\"password\"") && line.contains("type:"));
        assert!(name == "password.js" || others.count() == 0, "{name} has a password field of its own");
    }
}

#[test]
fn the_page_stores_its_language_alone() {
    for (name, script) in scripts() {
        for text in ["sessionStorage", "indexedDB", "document.cookie", "caches.open", "serviceWorker"] {
            assert!(!script.contains(text), "{name}: {text}");
        }
        assert!(name == "memory.js" || !script.contains("localStorage"), "{name} keeps something by itself");
        for kept in script.split(" remember(").skip(1).filter(|_| name != "memory.js") {
            // A choice of language, the environment last signed in to, and that somebody signed in here.
            let known = ["CHOICE, wanted", "LAST_ENVIRONMENT, answer.user.environment_name", "MARK, isSignedIn"];
            assert!(known.iter().any(|start| kept.starts_with(start)), "{name}: {kept:.40}");
        }
    }
}

/// The names of all members that requests may have.
fn request_members(value: &Value, names: &mut BTreeSet<String>) {
    if let Some(properties) = value.get("properties").and_then(Value::as_object) {
        names.extend(properties.keys().cloned());
    }
    match value {
        Value::Object(members) => members.values().for_each(|member| request_members(member, names)),
        Value::Array(entries) => entries.iter().for_each(|entry| request_members(entry, names)),
        _ => {}
    }
}

#[test]
fn nothing_asks_a_secret_question() {
    let mut names = BTreeSet::new();
    request_members(document::Node::at("/components/schemas").expect("schemas").value(), &mut names);
    assert!(names.contains("current_password"), "members were not found");
    for name in names {
        let asks = ["question", "answer", "birth", "maiden", "password_hint"].iter().any(|word| name.contains(word));
        assert!(!asks, "{name}");
    }
}

#[test]
fn no_secret_is_a_parameter_of_a_path_or_query() {
    let known = ["account", "cursor", "environment", "environment_name_equal_cs", "group", "id", "limit", "name"];
    let known: BTreeSet<_> = known.into_iter().chain(["state", "user", "user_name_contain_ci"]).collect();
    for operation in document::operations() {
        let parameters = ["path", "query"].map(|within| operation.parameters(within).into_keys());
        for name in parameters.into_iter().flatten() {
            assert!(known.contains(name.as_str()), "{}: is {name} a secret? Then it goes into the body", operation.id);
        }
    }
}

/// The template's functions: each name of a folder with its statements.
pub(crate) fn roles() -> Vec<(String, Vec<Value>)> {
    let template: Value = serde_saphyr::from_str(&read(&root().join("infra/template.yaml"))).expect("YAML");
    let resources = template["Resources"].as_object().expect("resources").values();
    let functions = resources.filter(|resource| resource["Type"] == "AWS::Serverless::Function");
    let role = |function: &Value| {
        let properties = &function["Properties"];
        let folder = properties["CodeUri"].as_str().expect("a folder").rsplit('/').next().unwrap_or_default();
        let policies = properties["Policies"].as_array().into_iter().flatten();
        let statements = policies.filter_map(|policy| policy["Statement"].as_array()).flatten().cloned();
        (folder.to_owned(), statements.collect())
    };
    let found: Vec<_> = functions.map(role).collect();
    assert_eq!(found.len(), 11);
    found
}

/// The actions of a statement, one or several.
pub(crate) fn actions(statement: &Value) -> Vec<&str> {
    match &statement["Action"] {
        Value::String(action) => vec![action],
        Value::Array(actions) => actions.iter().filter_map(Value::as_str).collect(),
        other => panic!("an action is {other}"),
    }
}

#[test]
fn no_role_may_do_everything_or_everywhere() {
    for (function, statements) in roles() {
        for statement in statements {
            assert_eq!(statement["Effect"], "Allow", "{function}");
            assert_ne!(statement["Resource"], "*", "{function}: {statement}");
            for action in actions(&statement) {
                assert!(!action.contains('*'), "{function}: {action}");
                assert!(!action.starts_with("logs:") && !action.starts_with("iam:"), "{function}: {action}");
            }
        }
    }
}

#[test]
fn only_those_that_need_the_secret_may_read_it() {
    let reads =
        |statements: &[Value]| statements.iter().flat_map(actions).any(|action| action.starts_with("secretsmanager:"));
    let readers: BTreeSet<_> =
        roles().into_iter().filter(|(_, statements)| reads(statements)).map(|(function, _)| function).collect();
    let wanted = ["mfa", "notifier", "password", "profile", "sign-in"].map(str::to_owned);
    assert_eq!(readers, BTreeSet::from(wanted));
}

#[test]
fn no_credential_of_aws_is_in_the_template() {
    let template = read(&root().join("infra/template.yaml"));
    for text in ["AKIA", "ASIA", "AWS_SECRET", "AccessKeyId", "AWS::IAM::User", "AWS::IAM::AccessKey"] {
        assert!(!template.contains(text), "{text}");
    }
}

//! The document agrees with the template, the routers and the contract's tables, in both directions.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use scenarios::document::{self, Node};
use serde_json::{Value, json};
use shared::http::BASE_PATH;
use shared::token::ApiKeyValue;

use crate::operations::{Door, OPERATIONS, Operation, ROUTES, SCOPES, Takes};

/// A method, a path below the base path, and what both are called.
type Called = (String, String, String);

/// `CreateApiKey` as handlers and operations are called.
fn snake_case(name: &str) -> String {
    let mut snake = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.extend(letter.to_lowercase());
    }
    snake
}

/// The path of a route as clients write it; `None` for one that is no part of this contract.
fn path_of(route: &str) -> Option<String> {
    let path = route.strip_prefix(BASE_PATH).filter(|path| path.starts_with('/'))?;
    Some(path.strip_prefix("/user/{user}/").map_or_else(|| path.to_owned(), |rest| format!("/user/@current/{rest}")))
}

fn in_document() -> BTreeSet<Called> {
    let called = |it: &document::Operation| (it.method.clone(), it.path.clone(), it.id.clone());
    document::operations().iter().map(called).collect()
}

fn in_template() -> BTreeSet<Called> {
    let routes = ROUTES.iter().filter_map(|route| Some((route, path_of(route.path)?)));
    routes.map(|(route, path)| (route.method.to_owned(), path, snake_case(route.operation))).collect()
}

#[track_caller]
fn agree(described: &BTreeSet<Called>, other: &BTreeSet<Called>, name: &str) {
    let missing: Vec<_> = other.difference(described).collect();
    let unknown: Vec<_> = described.difference(other).collect();
    assert!(missing.is_empty(), "infra/openapi.yaml lacks, of {name}: {missing:#?}");
    assert!(unknown.is_empty(), "{name} lacks, of infra/openapi.yaml: {unknown:#?}");
}

#[test]
fn the_template_declares_what_is_described_and_nothing_more() {
    agree(&in_document(), &in_template(), "infra/template.yaml");
}

/// The gateway leads to declared routes only, so what a router has beyond them shows in its source alone.
#[test]
fn the_routers_serve_what_is_described_and_nothing_more() {
    agree(&in_document(), &in_routers().into_keys().collect(), "the routers");
}

#[test]
fn each_route_leads_to_the_function_that_serves_it() {
    let routers = in_routers();
    for route in ROUTES.iter() {
        let Some(path) = path_of(route.path) else { continue };
        let function = routers.get(&(route.method.to_owned(), path, snake_case(route.operation)));
        assert_eq!(function.map(String::as_str), Some(route.function), "{}", route.operation);
    }
}

/// What the functions' routers serve, each with the function's folder; the name is the handler's.
fn in_routers() -> BTreeMap<Called, String> {
    let functions = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the top").join("functions");
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(functions).expect("the functions") {
        let folder = entry.expect("a function").path();
        let text = fs::read_to_string(folder.join("src/lib.rs")).expect("a function's lib.rs");
        if !text.contains(BASE_PATH) {
            continue;
        }
        let function = folder.file_name().expect("a name").to_string_lossy().into_owned();
        for called in routes(&text) {
            let twice = found.insert(called.clone(), function.clone());
            assert_eq!(twice, None, "{called:?} is served twice");
        }
    }
    found
}

/// The routes that a router's source declares.
fn routes(source: &str) -> Vec<Called> {
    let (_, router) = source.split_once("Router::new()").expect("a router");
    let (router, _) = router.split_once(".with_state(").expect("a router's end");
    let router: String = router.split_whitespace().collect();
    let mut declared = router.split(".route(");
    assert_eq!(declared.next(), Some(""), "a router of routes alone");
    declared.flat_map(route).collect()
}

/// The operations of `"/path",get(one).post(other))`.
fn route(declared: &str) -> Vec<Called> {
    let mut parts = declared.trim_end_matches([')', ',']).split('"');
    let path = path_of(parts.nth(1).expect("a path")).expect("a path of the contract");
    let methods = parts.next().expect("methods").trim_start_matches(',').split(").");
    let called = |method: &str| {
        let (method, handler) = method.split_once('(').expect("a method and its handler");
        let is_method = ["get", "post", "put", "patch", "delete"].contains(&method);
        assert!(is_method, "{method}: not one method with one handler");
        let handler = handler.rsplit("::").next().unwrap_or_default().to_owned();
        (method.to_uppercase(), path.clone(), handler)
    };
    methods.map(called).collect()
}

/// What the document says of an operation of the table.
fn described(operation: &Operation) -> &'static document::Operation {
    let id = snake_case(operation.name);
    document::operations().iter().find(|described| described.id == id).unwrap_or_else(|| panic!("no operation {id}"))
}

#[test]
fn who_may_call_is_what_the_table_says() {
    for operation in OPERATIONS {
        let said = described(&operation).node.value();
        let key = |scope: &[&str]| json!([{"session": []}, {"apiKey": scope}, {"bearer": scope}]);
        let security = match operation.door {
            Door::Open if operation.name == "SignOut" => json!([{}, {"session": []}]),
            Door::Open => json!([]),
            Door::Session | Door::EnrollingSession | Door::AdminSession => json!([{"session": []}]),
            Door::AnyKey => key(&[]),
            Door::Key(scope) | Door::Admin(scope) => key(&[scope]),
        };
        assert_eq!(said["security"], security, "{}", operation.name);
        assert_eq!(said["x-role"] == "Admin", operation.is_for_administrators(), "{}", operation.name);
        assert_eq!(said["x-fresh"] == true, operation.is_fresh, "{}", operation.name);
        let is_open_to_restricted = operation.door == Door::EnrollingSession;
        assert_eq!(said["x-restricted-session"] == true, is_open_to_restricted, "{}", operation.name);
    }
}

/// The schemas of which a value has one.
fn alternatives(schema: &Node) -> Vec<Node> {
    schema.get("oneOf").map_or_else(|| vec![schema.clone()], |listed| listed.members().into_values().collect())
}

#[test]
fn what_is_taken_is_what_the_table_says() {
    for operation in OPERATIONS {
        let (media_types, member) = match operation.takes {
            Takes::Nothing => (vec![], None),
            Takes::Json(member) => (vec!["application/json"], Some(member)),
            Takes::Patch(member) => (vec!["application/json", "application/merge-patch+json"], Some(member)),
            Takes::Form => (vec!["application/x-www-form-urlencoded"], Some("token")),
        };
        let content = described(&operation).node.get("requestBody").and_then(|body| body.get("content"));
        let content = content.map(|content| content.members()).unwrap_or_default();
        assert_eq!(content.keys().map(String::as_str).collect::<Vec<_>>(), media_types, "{}", operation.name);
        for schema in content.values().map(|taken| taken.get("schema").expect("a schema")) {
            for form in alternatives(&schema) {
                let closed = form.value()["additionalProperties"] == false;
                assert!(closed, "{} takes members that are not listed", operation.name);
                let members = form.get("properties").expect("members").members();
                assert!(members.contains_key(member.expect("a member")), "{}", operation.name);
            }
        }
    }
}

/// The slugs of the problems that `node`, a schema or an answer, may be.
fn slugs(node: &Node) -> BTreeSet<String> {
    let schema = node.get("content").and_then(|content| content.get("application/problem+json")?.get("schema"));
    let schema = schema.unwrap_or_else(|| node.clone());
    let slug = |kind: Node| {
        let name = kind.value()["properties"]["type"]["const"].as_str()?;
        name.strip_prefix("/problems/").map(str::to_owned)
    };
    alternatives(&schema).into_iter().filter_map(slug).collect()
}

/// The refusals that follow from who may call and what is taken.
fn refusals(operation: &Operation) -> BTreeSet<&'static str> {
    let mut slugs = BTreeSet::from(["invalid-request", "payload-too-large", "internal", "unavailable"]);
    if operation.takes != Takes::Nothing {
        slugs.insert("unsupported-media-type");
    }
    if operation.door != Door::Open {
        slugs.extend(["ambiguous-credentials", "unauthenticated", "key-expired", "session-expired"]);
    }
    if !matches!(operation.door, Door::Open | Door::EnrollingSession) {
        slugs.insert("mfa-enrolment-required");
    }
    if !operation.is_safe() {
        slugs.insert("cross-site-request");
    }
    if operation.scope().is_some() {
        slugs.insert("insufficient-scope");
    }
    if operation.is_for_administrators() {
        slugs.insert("role-required");
    }
    // A key changes no administrator.
    if operation.is_for_sessions_only() || ["CreateUser", "UpdateUser", "DeleteUser"].contains(&operation.name) {
        slugs.insert("session-required");
    }
    // An address asks for a fresh proof, a name does not.
    if operation.is_fresh || operation.name == "UpdateProfile" {
        slugs.insert("step-up-required");
    }
    slugs
}

#[test]
fn the_refusals_of_guards_are_described_and_no_others() {
    for operation in OPERATIONS {
        let described = described(&operation);
        let of_guards = [400, 401, 403, 413, 415, 500, 503].into_iter().filter_map(|status| described.answer(status));
        let mut found: BTreeSet<_> = of_guards.flat_map(|answer| slugs(&answer)).collect();
        found.remove("sign-in-failed");
        let wanted: BTreeSet<_> = refusals(&operation).into_iter().map(str::to_owned).collect();
        assert_eq!(found, wanted, "{}", operation.name);
    }
}

#[test]
fn what_a_precondition_or_a_path_names_may_be_missing() {
    for operation in document::operations() {
        let has = |status| operation.answer(status).is_some();
        assert_eq!(has(412), operation.parameters("header").contains_key("If-Match"), "{}", operation.id);
        assert_eq!(has(404), !operation.parameters("path").is_empty(), "{}", operation.id);
        let variables: BTreeSet<_> = operation.path.split(['{', '}']).skip(1).step_by(2).map(str::to_owned).collect();
        assert_eq!(operation.parameters("path").into_keys().collect::<BTreeSet<_>>(), variables, "{}", operation.id);
    }
}

#[test]
fn every_problem_is_met_somewhere() {
    let described = Node::at("/components/schemas/Problem").expect("all problems");
    let answers = Node::at("/components/responses").expect("answers").members();
    let met: BTreeSet<_> = answers.values().flat_map(slugs).collect();
    assert_eq!(slugs(&described), met);
}

/// Each schema, and each part of one, that gives examples.
fn with_examples(node: &Node, found: &mut Vec<Node>) {
    if node.value().get("examples").is_some_and(Value::is_array) {
        found.push(node.clone());
    }
    for (name, member) in node.members() {
        if name != "examples" {
            with_examples(&member, found);
        }
    }
}

#[test]
fn examples_are_true() {
    let mut schemas = Vec::new();
    with_examples(&Node::at("/components/schemas").expect("schemas"), &mut schemas);
    assert!(schemas.len() > 50, "examples were not found");
    for schema in schemas {
        for example in schema.value()["examples"].as_array().expect("examples") {
            assert_eq!(schema.faults(example), Vec::<String>::new(), "{example} in {schema:?}");
        }
    }
    let value = Node::at("/components/schemas/ApiKeyValue/examples/0").expect("a value");
    assert!(ApiKeyValue::parse(value.value().as_str().expect("a text")).is_some(), "its checksum is wrong");
}

#[test]
fn scopes_are_those_of_the_contract_in_any_case() {
    let described = Node::at("/components/schemas/Scope/enum").expect("scopes");
    assert_eq!(*described.value(), json!(SCOPES));
    let input = Node::at("/components/schemas/ScopeInAnyCase").expect("scopes on input");
    let takes = |name: &str| input.faults(&name.into()).is_empty();
    for scope in SCOPES.into_iter().chain(["API Key", "Task"]) {
        assert!(takes(scope) && takes(&scope.to_lowercase()) && takes(&scope.to_uppercase()), "{scope}");
    }
    assert!(!takes("Admin") && !takes("") && !takes("Tasks ") && !takes("API  Key"));
}

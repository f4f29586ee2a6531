//! The contract as `infra/openapi.yaml` writes it down: each operation with what it takes and answers.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use jsonschema::{Registry, Validator};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use shared::http::BASE_PATH;
use shared::http::route::{Found, RequestPath, Route, Routes};
use shared::name::nfc;

const TEXT: &str = include_str!("../../infra/openapi.yaml");
/// What the document is called where schemas refer to it.
const NAME: &str = "urn:contract";
const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

static DOCUMENT: LazyLock<Value> =
    LazyLock::new(|| serde_saphyr::from_str(TEXT).unwrap_or_else(|error| panic!("infra/openapi.yaml: {error}")));
static REGISTRY: LazyLock<Registry<'static>> = LazyLock::new(|| {
    let registry = Registry::new().add(NAME, DOCUMENT.clone()).and_then(jsonschema::RegistryBuilder::prepare);
    registry.unwrap_or_else(|error| panic!("infra/openapi.yaml: {error}"))
});
/// Each schema is compiled when it is first met, and once.
static VALIDATORS: LazyLock<Mutex<HashMap<String, Arc<Validator>>>> = LazyLock::new(Mutex::default);
static OPERATIONS: LazyLock<Vec<Operation>> = LazyLock::new(read_operations);
static ROUTES: LazyLock<Routes> = LazyLock::new(|| Routes::new(OPERATIONS.iter().map(Operation::route).collect()));

/// A place in the document; where a reference stands, the place that it leads to.
#[derive(Clone, Debug)]
pub struct Node {
    pointer: String,
    value: &'static Value,
}

impl Node {
    /// The place with this JSON pointer, as `/components/schemas/Name`.
    #[must_use]
    pub fn at(pointer: &str) -> Option<Self> {
        let value = DOCUMENT.pointer(pointer)?;
        match value.get("$ref").and_then(Value::as_str) {
            Some(target) => Self::at(target.strip_prefix('#').expect("a reference within the document")),
            None => Some(Self { pointer: pointer.to_owned(), value }),
        }
    }

    /// What stands there.
    #[must_use]
    pub const fn value(&self) -> &'static Value {
        self.value
    }

    /// One member.
    #[must_use]
    pub fn get(&self, member: &str) -> Option<Self> {
        Self::at(&format!("{}/{}", self.pointer, member.replace('~', "~0").replace('/', "~1")))
    }

    /// All members by name, or all entries of a list by their number.
    #[must_use]
    pub fn members(&self) -> BTreeMap<String, Self> {
        let names: Vec<_> = match self.value {
            Value::Object(members) => members.keys().cloned().collect(),
            Value::Array(entries) => (0..entries.len()).map(|at| at.to_string()).collect(),
            _ => Vec::new(),
        };
        names.into_iter().filter_map(|name| self.get(&name).map(|node| (name, node))).collect()
    }

    /// What is wrong with `value` under the schema that stands here; lengths are counted after NFC.
    #[must_use]
    pub fn faults(&self, value: &Value) -> Vec<String> {
        let value = normalized(value);
        let faults = self.validator();
        faults.iter_errors(&value).map(|fault| format!("{}: {fault}", fault.instance_path())).collect()
    }

    /// What is wrong with `text`, the value of a header or a parameter, which may stand for a number.
    #[must_use]
    pub fn faults_of_text(&self, text: &str) -> Vec<String> {
        match text.parse::<u64>() {
            Ok(number) if self.value["type"] == "integer" => self.faults(&number.into()),
            _ => self.faults(&text.into()),
        }
    }

    fn validator(&self) -> Arc<Validator> {
        let mut validators = VALIDATORS.lock().unwrap_or_else(PoisonError::into_inner);
        let compile = || {
            let fragment = utf8_percent_encode(&self.pointer, NON_ALPHANUMERIC).to_string().replace("%2F", "/");
            let options = jsonschema::options().with_registry(&REGISTRY).should_validate_formats(true);
            let options =
                options.should_ignore_unknown_formats(false).with_format("password", |_: &str| true).offline();
            let built = options.build(&serde_json::json!({ "$ref": format!("{NAME}#{fragment}") }));
            Arc::new(built.unwrap_or_else(|error| panic!("{}: {error}", self.pointer)))
        };
        Arc::clone(validators.entry(self.pointer.clone()).or_insert_with(compile))
    }
}

/// One operation.
#[derive(Clone, Debug)]
pub struct Operation {
    /// Its `operationId`.
    pub id: String,
    /// The method, in capitals.
    pub method: String,
    /// The path below the base path.
    pub path: String,
    /// All that is said of it.
    pub node: Node,
}

impl Operation {
    /// What is said of its answers with this status.
    #[must_use]
    pub fn answer(&self, status: u16) -> Option<Node> {
        self.node.get("responses")?.get(&status.to_string())
    }

    /// Its parameters that stand `within` path, query or header: their names and schemas.
    #[must_use]
    pub fn parameters(&self, within: &str) -> BTreeMap<String, Node> {
        let listed = self.node.get("parameters").map(|list| list.members()).unwrap_or_default().into_values();
        let here = listed.filter(|parameter| parameter.value()["in"] == within);
        let name = |parameter: &Node| parameter.value()["name"].as_str().expect("a name").to_owned();
        here.map(|parameter| (name(&parameter), parameter.get("schema").expect("a schema"))).collect()
    }

    fn route(&'static self) -> Route {
        // Kept for as long as the program runs, as the document is.
        let path = format!("{BASE_PATH}{}", self.path).leak();
        Route { operation: &self.id, method: &self.method, path, function: "" }
    }
}

/// What a method and a path lead to.
#[derive(Debug)]
pub enum Place {
    /// An operation, with the values of the path's variables.
    Operation(&'static Operation, BTreeMap<String, String>),
    /// A path without this method.
    OtherMethods,
    /// Nothing.
    Nowhere,
}

/// Every operation, in no particular order.
#[must_use]
pub fn operations() -> &'static [Operation] {
    &OPERATIONS
}

/// Finds what a request to `path`, with the base path, is for.
#[must_use]
pub fn find(method: &str, path: &str) -> Place {
    match ROUTES.find(method, &RequestPath::parse(path)) {
        Found::Route(route, values) => {
            let operation = OPERATIONS.iter().find(|operation| operation.id == route.operation);
            Place::Operation(operation.expect("an operation for each route"), values)
        }
        Found::OtherMethods(_) => Place::OtherMethods,
        Found::Nothing => Place::Nowhere,
    }
}

fn read_operations() -> Vec<Operation> {
    let paths = Node::at("/paths").expect("paths").members();
    let all = paths.iter().flat_map(|(path, node)| METHODS.map(|method| (path, method, node.get(method))));
    all.filter_map(|(path, method, node)| {
        let node = node?;
        let id = node.value()["operationId"].as_str().expect("an operationId").to_owned();
        Some(Operation { id, method: method.to_uppercase(), path: path.clone(), node })
    })
    .collect()
}

fn normalized(value: &Value) -> Value {
    match value {
        Value::String(text) => nfc(text).into(),
        Value::Array(entries) => entries.iter().map(normalized).collect(),
        Value::Object(members) => members.iter().map(|(name, value)| (name.clone(), normalized(value))).collect(),
        other => other.clone(),
    }
}

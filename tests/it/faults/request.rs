//! What a request asks of the table, the secret or the mail, in words that are the same each time.

use std::fmt;

use serde_json::Value;

/// One request, as it goes over the wire.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Request {
    /// As `GetItem`.
    pub(super) action: String,
    /// The kinds of items that it is about.
    pub(super) about: String,
    /// For a read of the table, whether it is strongly consistent.
    pub(super) is_consistent: Option<bool>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Service {
    Table,
    Secret,
    Mail,
}

impl Request {
    /// Reads the header that names the action, and the body.
    pub(super) fn read(target: &str, body: &[u8]) -> Self {
        let action = target.rsplit('.').next().expect("a target").to_owned();
        let body: Value = serde_json::from_slice(body).expect("a body in JSON");
        let is_consistent = match action.as_str() {
            "GetItem" | "Query" => Some(body["ConsistentRead"] == true),
            "BatchGetItem" => Some(tables(&body).all(|table| table["ConsistentRead"] == true)),
            _ => None,
        };
        Self { about: about(&action, &body), action, is_consistent }
    }

    /// The one action that has no such header.
    pub(super) fn mail() -> Self {
        Self { action: "SendEmail".to_owned(), about: String::new(), is_consistent: None }
    }

    fn service(&self) -> Service {
        match self.action.as_str() {
            "GetSecretValue" => Service::Secret,
            "SendEmail" => Service::Mail,
            _ => Service::Table,
        }
    }

    /// Whether it goes to the table.
    pub(super) fn is_for_table(&self) -> bool {
        self.service() == Service::Table
    }

    /// Whether it asks for a mail to be sent.
    pub(super) fn is_for_mail(&self) -> bool {
        self.service() == Service::Mail
    }

    /// Whether it is for what an environment keeps for a while: the secret, and the account's settings.
    pub(super) fn is_for_what_is_kept(&self) -> bool {
        self.action == "GetSecretValue" || self.about == "SETTINGS"
    }

    /// Whether both go to the same service.
    pub(super) fn is_of_one_service_with(&self, other: &Self) -> bool {
        self.service() == other.service()
    }

    /// Whether it may change something.
    pub(super) fn is_write(&self) -> bool {
        !["GetItem", "BatchGetItem", "Query", "GetSecretValue"].contains(&self.action.as_str())
    }
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.action, self.about)
    }
}

fn tables(body: &Value) -> impl Iterator<Item = &Value> {
    body["RequestItems"].as_object().expect("tables").values()
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().expect("a list").iter()
}

fn about(action: &str, body: &Value) -> String {
    let mut kinds: Vec<String> = match action {
        "GetItem" | "UpdateItem" | "DeleteItem" => vec![kind_at(&body["Key"])],
        "PutItem" => vec![kind_at(&body["Item"])],
        "BatchGetItem" => tables(body).flat_map(|table| list(&table["Keys"])).map(kind_at).collect(),
        "BatchWriteItem" => tables(body).flat_map(list).map(|write| kind_at(&write["DeleteRequest"]["Key"])).collect(),
        "TransactWriteItems" => list(&body["TransactItems"]).map(part).collect(),
        "Query" => vec![queried(body)],
        _ => Vec::new(),
    };
    kinds.sort_unstable();
    kinds.dedup();
    kinds.join("+")
}

/// One write of a transaction.
fn part(part: &Value) -> String {
    let (name, part) = part.as_object().and_then(|part| part.iter().next()).expect("a write");
    let key = part.get("Key").unwrap_or(&part["Item"]);
    format!("{}:{}", name.trim_start_matches("Condition").to_lowercase(), kind_at(key))
}

fn queried(body: &Value) -> String {
    let values = &body["ExpressionAttributeValues"];
    let text = |name: &str| values[name]["S"].as_str().unwrap_or_default();
    let partition = text(":pk").split('#').next().unwrap_or_default();
    match body["IndexName"].as_str() {
        // Which of its shards.
        Some(index) => format!("{index} {}", text(":pk").rsplit('#').next().unwrap_or_default()),
        None => format!("{partition}/{}", text(":prefix").trim_end_matches('#')),
    }
}

fn kind_at(key: &Value) -> String {
    let text = |name: &str| key[name]["S"].as_str().expect("a key");
    kind(text("PK"), text("SK"))
}

/// The kind of the item at these keys.
pub(super) fn kind(partition: &str, sort: &str) -> String {
    let mut parts = partition.split('#');
    match parts.next() {
        Some("ATTEMPTS") => {
            let factor = parts.find(|part| part.bytes().all(|byte| byte.is_ascii_uppercase()));
            format!("ATTEMPTS {}", factor.unwrap_or_default())
        }
        Some("USERS") => "NAME".to_owned(),
        Some("DELETED") => "DELETED".to_owned(),
        _ => sort.split('#').next().unwrap_or_default().to_owned(),
    }
}

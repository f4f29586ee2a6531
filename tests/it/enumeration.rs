//! No answer, no request of the table and no hash tells who has an account here.
//!
//! How long an answer takes at most is measured by `bench enumeration`: a test of it would fail for want of a quiet
//! machine.

use std::collections::BTreeSet;
use std::time::Instant;

use local::options::Options;
use local::role::Sent;
use scenarios::document::Node;
use scenarios::{Call, Caller, Response, Stranger, World, look_within, strangers};
use serde_json::{Map, Value, json};
use shared::http::BASE_PATH;
use shared::protection::REFUSAL_TIME_MIN;
use tokio::task::JoinSet;

use crate::operations::{Door, OPERATIONS, Operation};

/// Attempts of one source for one user: the fifth makes the next two wait.
const ATTEMPTS: usize = 7;

/// Status, headers and body of an answer.
type Told = (u16, Vec<(String, Vec<u8>)>, Vec<u8>);

/// What a client sees: all but the date and the request's id.
fn told(answer: &Response) -> Told {
    let id = answer.header("x-request-id").expect("an id");
    let seen = answer.headers().iter().filter(|(name, _)| !["date", "x-request-id"].contains(&name.as_str()));
    let headers = seen.map(|(name, value)| (name.to_string(), value.as_bytes().to_vec())).collect();
    let body = String::from_utf8(answer.bytes().to_vec()).expect("UTF-8");
    (answer.status(), headers, body.replace(id, "ID").into_bytes())
}

/// Ids and hashes are masked: what has 16 letters and digits on end, and of both some.
fn masked(text: &str) -> String {
    let mut shown = String::new();
    for part in text.split_inclusive(|c: char| !c.is_ascii_alphanumeric()) {
        let word = part.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
        let is_id = word.len() >= 16 && word.contains(|c: char| c.is_ascii_digit());
        shown.push_str(if is_id { "…" } else { word });
        shown.push_str(&part[word.len()..]);
    }
    shown
}

/// A request without what differs from user to user and from second to second.
fn shape(value: &Value) -> Value {
    match value {
        Value::Object(members) if members.len() == 1 => match members.iter().next().expect("one") {
            // Typed values: numbers are instants and counters, texts are keys, ids and hashes.
            (kind, Value::String(_)) if kind == "N" => json!({"N": "…"}),
            (kind, Value::String(text)) if kind == "S" => json!({"S": shape_of_text(text)}),
            (name, value) => json!({masked(name): shape(value)}),
        },
        Value::Object(members) => {
            let shapes: Map<_, _> = members.iter().map(|(name, value)| (masked(name), shape(value))).collect();
            assert_eq!(shapes.len(), members.len(), "masks hide a member: {value}");
            shapes.into()
        }
        Value::Array(values) => {
            // Keys of a batch come in any order.
            let mut shapes: Vec<_> = values.iter().map(shape).collect();
            shapes.sort_by_key(Value::to_string);
            shapes.into()
        }
        Value::String(text) => masked(text).into(),
        other => other.clone(),
    }
}

/// The kind of a key stays, `USER#…`; a name in it goes.
fn shape_of_text(text: &str) -> String {
    let is_word = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_uppercase());
    match text.split_once('#') {
        Some((kind, _)) if is_word(kind) => format!("{kind}#…"),
        None if is_word(text) => text.to_owned(),
        _ => "…".to_owned(),
    }
}

/// What one call made the function do.
#[derive(Clone, Debug, PartialEq)]
struct Work {
    requests: Vec<(String, Value)>,
    hashes: u64,
}

/// Calls, and looks at what the function does for it.
async fn watched(world: &World, call: Call) -> (Response, Work) {
    let role = world.stack().roles().of("sign-in").expect("a function");
    let hashes = world.context().hasher.hashes();
    role.watch();
    let answer = call.await;
    let sent = role.watch();
    let requests = sent.into_iter().map(|Sent { target, body }| (target, shape(&body))).collect();
    (answer, Work { requests, hashes: world.context().hasher.hashes() - hashes })
}

/// A request in one line: its action, where, and under which conditions.
fn line((target, body): &(String, Value)) -> String {
    let action = target.rsplit('.').next().unwrap_or_default();
    let key = |key: &Value| format!("{}/{}", key["PK"]["S"], key["SK"]["S"]).replace('"', "");
    let text = match action {
        "BatchGetItem" => {
            let read = body["RequestItems"].as_object().and_then(|tables| tables.values().next()).expect("a table");
            let keys: Vec<_> = read["Keys"].as_array().expect("keys").iter().map(key).collect();
            format!("{} consistent={} {}", keys.len(), read["ConsistentRead"], keys.join(" "))
        }
        "GetItem" => format!("{} consistent={}", key(&body["Key"]), body["ConsistentRead"]),
        "PutItem" => format!("{} if {}", key(&body["Item"]), body["ConditionExpression"]),
        _ => format!("{} {} if {}", key(&body["Key"]), body["UpdateExpression"], body["ConditionExpression"]),
    };
    format!("{action} {text}")
}

/// Each from an address of its own, so that nobody's failures are counted with another's.
async fn from_everywhere(world: &World) -> Vec<(Stranger, Caller)> {
    look_within("the requests of a function");
    let found = strangers(world).await.into_iter().zip(2..);
    found.map(|(stranger, host)| (stranger, world.anyone().at([127, 0, 7, host]))).collect()
}

#[tokio::test]
async fn a_refused_sign_in_shows_and_costs_the_same_whoever_is_named() {
    let world = World::start().await;
    let callers = from_everywhere(&world).await;
    // The secret is read once, by whoever comes first.
    world.browser().post("/session", json!({"user_name": "nemo", "password": "x"})).await.problem("sign-in-failed");
    let mut first = Vec::new();
    for attempt in 0..ATTEMPTS {
        let mut expected = None;
        for (stranger, caller) in &callers {
            let (answer, work) = watched(&world, caller.post("/session", stranger.credentials())).await;
            let seen = (told_in_time(&answer), work);
            let expected = expected.get_or_insert_with(|| seen.clone());
            assert_eq!(&seen, expected, "attempt {attempt}: {}", stranger.name);
        }
        let (answer, Work { requests, hashes }) = expected.expect("strangers");
        assert_eq!((answer.0, requests.len(), hashes), if attempt < 5 { (401, 4, 1) } else { (429, 2, 0) });
        if attempt == 0 {
            first = requests.iter().map(line).collect();
        }
    }
    insta::assert_snapshot!(first.join("\n"), @r#"
    BatchGetItem 2 consistent=true ATTEMPTS#…/ATTEMPTS USERS#…/…
    BatchGetItem 4 consistent=true ATTEMPTS#…/ATTEMPTS USER#…/DEVICES USER#…/PASSWORD USER#…/PROFILE
    PutItem ATTEMPTS#…/ATTEMPTS if "attribute_not_exists(#PK) OR #purge_at <= :now"
    PutItem ATTEMPTS#…/ATTEMPTS if "attribute_not_exists(#PK) OR #purge_at <= :now"
    "#);
}

#[tokio::test]
async fn a_refused_sign_in_takes_the_least_time_whoever_is_named() {
    let world = World::with(Options { refusal_time_min: REFUSAL_TIME_MIN, ..Options::in_memory() }).await;
    let mut refused = JoinSet::new();
    for (stranger, caller) in from_everywhere(&world).await {
        refused.spawn(async move {
            for attempt in 0..ATTEMPTS {
                let begun = Instant::now();
                let answer = caller.post("/session", stranger.credentials()).await;
                let took = begun.elapsed();
                assert_eq!(answer.status(), if attempt < 5 { 401 } else { 429 }, "{answer:?}");
                assert!(took >= REFUSAL_TIME_MIN, "attempt {attempt}: {} after {took:?}", stranger.name);
            }
        });
    }
    assert_eq!(refused.join_all().await.len(), 8);
}

/// The seconds to wait go on with the clock.
fn told_in_time(answer: &Response) -> Told {
    let (status, mut headers, mut body) = told(answer);
    for (_, value) in headers.iter_mut().filter(|(name, _)| name == "retry-after") {
        let seconds: u32 = String::from_utf8_lossy(value).parse().expect("seconds");
        assert!((20..=30).contains(&seconds), "{answer:?}");
        *value = b"up to 30".to_vec();
        let text = String::from_utf8_lossy(&body);
        body = text.replace(&format!("Wait {seconds} seconds"), "Wait up to 30 seconds").into_bytes();
    }
    (status, headers, body)
}

#[tokio::test]
async fn a_password_reset_shows_and_costs_the_same_whoever_is_named() {
    let world = World::start().await;
    let callers = from_everywhere(&world).await;
    let mut expected = None;
    for (stranger, caller) in &callers {
        let call = caller.post("/session/password-reset", json!({"user_name": stranger.user_name}));
        let (answer, work) = watched(&world, call).await;
        let seen = (told(&answer), work);
        let expected = expected.get_or_insert_with(|| seen.clone());
        assert_eq!(&seen, expected, "{}", stranger.name);
    }
    let ((status, ..), Work { requests, hashes }) = expected.expect("strangers");
    assert_eq!((status, hashes), (202, 0));
    let lines: Vec<_> = requests.iter().map(line).collect();
    insta::assert_snapshot!(lines.join("\n"), @r#"
    GetItem ATTEMPTS#…/ATTEMPTS consistent=true
    PutItem ATTEMPTS#…/ATTEMPTS if "attribute_not_exists(#PK) OR #purge_at <= :now"
    PutItem REQUEST#…/REQUEST if "attribute_not_exists(#PK)"
    "#);
}

/// What takes a name from anyone is looked at above.
#[test]
fn no_other_open_call_takes_the_name_of_a_user() {
    let open: Vec<_> = OPERATIONS.into_iter().filter(|operation| operation.door == Door::Open).collect();
    let takes_name = |operation: &Operation| body_of(operation).is_some_and(|body| holds_name(&body));
    let named: BTreeSet<_> = open.iter().filter(|one| takes_name(one)).map(|one| one.name).collect();
    assert_eq!(named, BTreeSet::from(["SignIn", "RequestPasswordReset"]));
    assert!(open.iter().all(|one| !one.route().path.contains("{user}")));
}

/// What the document says of an operation's body.
fn body_of(operation: &Operation) -> Option<Node> {
    let route = operation.route();
    let path = route.path.trim_start_matches(BASE_PATH).replace('/', "~1");
    let content = Node::at(&format!("/paths/{path}/{}/requestBody", route.method.to_lowercase()))?.get("content")?;
    content.get("application/json")?.get("schema")
}

fn holds_name(schema: &Node) -> bool {
    let alternatives = schema.get("oneOf").map(|list| list.members()).unwrap_or_default();
    let has_it = |schema: &Node| schema.get("properties").is_some_and(|all| all.get("user_name").is_some());
    has_it(schema) || alternatives.values().any(holds_name)
}

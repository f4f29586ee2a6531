//! The report of what each version of the secret protects, of more users than one answer holds.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};
use shared::runtime::Invocation;
use shared::secret::Secret;
use shared::store::Usage;

use super::harness::{NOW, Service, new_user};
use crate::bootstrap;
use crate::direct::{DirectCall, answer_directly};

/// Asks for the report with so much time left.
async fn report(service: &Service, order: &Value, time_left: Duration) -> Value {
    let call: DirectCall = serde_json::from_value(json!({"secret_versions": order})).expect("a call");
    let invocation = Invocation { request_id: "r".into(), time_left };
    answer_directly(service.context.clone(), call, invocation).await.expect("a report")
}

async fn make_users(service: &Service, environment: &str, count: usize) {
    service.make_environment(environment).await;
    for number in 0..count {
        let user = new_user(environment, &format!("user-{number}"), &[]);
        let user = bootstrap::insert_user(&service.context, user, NOW).await.expect("a user");
        let password = Secret::new("plover-Quagmire-7-tundra");
        bootstrap::set_password(&service.context, &user, &password, NOW).await.expect("a password");
    }
}

#[tokio::test]
async fn a_report_that_runs_out_of_time_goes_on_where_it_stopped() {
    let service = Service::start().await;
    for (environment, count) in [("alpha", 60), ("beta", 3), ("zeta", 75)] {
        make_users(&service, environment, count).await;
    }
    let (mut named, mut answers) = (BTreeSet::new(), 0);
    let mut order = json!({"before": 2});
    let last = loop {
        let part = report(&service, &order, Duration::ZERO).await;
        answers += 1;
        for user in part["users"].as_array().expect("a list") {
            assert_eq!((&user["password"], &user["totp_secret"]), (&json!(1), &Value::Null));
            let name = format!("{}/{}", user["environment_name"], user["user_name"]);
            assert!(named.insert(name), "{user} was told twice");
        }
        order["cursor"] = part["next"].clone();
        if part["next"].is_null() {
            break part;
        }
    };
    assert_eq!((named.len(), answers), (138, 3), "fifty at a time");
    assert_eq!(last["passwords"], json!({"1": 138}), "the last answer counts all");
    let whole = report(&service, &json!({"before": 2}), Duration::from_mins(1)).await;
    assert_eq!((&whole["passwords"], &whole["next"]), (&json!({"1": 138}), &Value::Null));
    assert_eq!(whole["users"].as_array().map(Vec::len), Some(138));
}

#[tokio::test]
async fn a_report_costs_two_units_a_user() {
    let service = Service::start().await;
    make_users(&service, "alpha", 60).await;
    let before = service.context.store.meter().read();
    report(&service, &json!({}), Duration::from_mins(1)).await;
    let Usage { requests, read_units: units, write_units } = service.context.store.meter().read().since(before);
    assert_eq!(requests, 5, "environments, names of two, users by fifty");
    assert!(write_units < 0.1, "{write_units}");
    assert!((122.0..130.0).contains(&units), "two units for each of 61 users, and the names: {units}");
}

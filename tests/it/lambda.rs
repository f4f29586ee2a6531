//! The stand-in for Lambda does as Lambda: what functions are told, and what becomes of those that fail or end.

use std::time::Duration;

use local::functions::{Failure, Functions};
use scenarios::lambda::{Environment, Lambda, Program};
use serde_json::{Value, json};

fn puppet() -> Program {
    Program::new("puppet", env!("CARGO_BIN_EXE_puppet"))
}

fn lambda() -> Lambda {
    Lambda::new([puppet()])
}

fn kind(outcome: Result<Value, Failure>) -> String {
    match outcome {
        Err(Failure::Failed { error_type, .. }) => error_type,
        other => panic!("no failure: {other:?}"),
    }
}

#[tokio::test]
async fn a_function_is_told_who_it_is_and_how_long_it_may_take() {
    let environment = Environment::start(&puppet().variable("OWN", "value"));
    let told = environment.invoke(json!({})).await.expect("an answer");
    let context = &told["context"];
    assert_eq!(context["request_id"].as_str().expect("an id").len(), 36);
    assert_eq!(context["invoked_function_arn"], "arn:aws:lambda:eu-central-1:000000000000:function:puppet");
    assert!(context["xray_trace_id"].as_str().is_some_and(|id| id.starts_with("Root=1-")), "{context}");
    assert_eq!(context["env_config"]["memory"], 256);
    let variables = &told["variables"];
    for (name, value) in [("AWS_REGION", "eu-central-1"), ("_HANDLER", "bootstrap"), ("OWN", "value")] {
        assert_eq!(variables[name], value);
    }
    assert_eq!(variables["CARGO_MANIFEST_DIR"], Value::Null, "nothing of this process's own");
    let next = environment.invoke(json!({})).await.expect("an answer");
    assert_ne!(next["context"]["request_id"], context["request_id"]);
    let deadline = |told: &Value| told["context"]["deadline"].as_u64().expect("an instant");
    assert!(deadline(&next) >= deadline(&told));
}

#[tokio::test]
async fn an_error_and_a_panic_end_one_invocation_alone() {
    let lambda = lambda();
    let first = lambda.invoke("puppet", json!({})).await.expect("an answer");
    let failed = lambda.invoke("puppet", json!({"fail": "told so"})).await;
    assert!(matches!(failed, Err(Failure::Failed { message, .. }) if message == "told so"));
    kind(lambda.invoke("puppet", json!({"panic": true})).await);
    let last = lambda.invoke("puppet", json!({})).await.expect("an answer");
    assert_eq!(last["process_id"], first["process_id"]);
    assert_eq!(kind(lambda.invoke("nobody", json!({})).await), "ResourceNotFoundException");
}

#[tokio::test]
async fn a_function_that_cannot_start_says_why() {
    let refusing = Environment::start(&puppet().variable("PUPPET_START", "refuse"));
    assert_eq!(kind(refusing.invoke(json!({})).await), "Puppet.Refused");
    let ending = Environment::start(&puppet().variable("PUPPET_START", "exit"));
    assert_eq!(kind(ending.ready().await.map(|_| Value::Null)), "Runtime.ExitError");
    assert_eq!(kind(ending.invoke(json!({})).await), "Runtime.ExitError");
}

#[tokio::test]
async fn a_kill_in_the_middle_fails_that_invocation_and_the_next_has_a_new_process() {
    let lambda = lambda();
    let first = lambda.invoke("puppet", json!({})).await.expect("an answer");
    let slow = lambda.invoke("puppet", json!({"write": "at work", "rest_milliseconds": 60_000}));
    let kill = async {
        let [environment] = &lambda.environments("puppet")[..] else { panic!("one environment") };
        while environment.log().is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        lambda.kill("puppet").await;
        assert_eq!(environment.log(), ["at work"]);
        assert!(environment.peak_memory_bytes() > 1_000_000, "it was read before the end");
    };
    let (outcome, ()) = tokio::join!(slow, kill);
    assert_eq!(kind(outcome), "Runtime.ExitError");
    assert!(lambda.environments("puppet").is_empty());
    let next = lambda.invoke("puppet", json!({})).await.expect("an answer");
    assert_ne!(next["process_id"], first["process_id"]);
}

#[tokio::test]
async fn two_invocations_at_once_have_two_environments_and_a_third_uses_one_again() {
    let lambda = lambda();
    let invoke = || lambda.invoke("puppet", json!({"rest_milliseconds": 100}));
    let (one, other) = tokio::join!(invoke(), invoke());
    let process = |told: Result<Value, Failure>| told.expect("an answer")["process_id"].clone();
    let both = [process(one), process(other)];
    assert_ne!(both[0], both[1]);
    assert!(both.contains(&process(invoke().await)));
    assert_eq!(lambda.environments("puppet").len(), 2);
}

#[tokio::test]
async fn what_takes_too_long_is_ended() {
    let mut program = puppet();
    program.timeout = Duration::from_millis(200);
    let environment = Environment::start(&program);
    environment.ready().await.expect("it starts");
    assert_eq!(environment.invoke(json!({"rest_milliseconds": 60_000})).await, Err(Failure::TimedOut));
    assert!(!environment.is_alive());
}

#[tokio::test]
async fn a_frozen_function_does_nothing_until_it_is_thawed() {
    let environment = Environment::start(&puppet());
    environment.invoke(json!({})).await.expect("an answer");
    environment.freeze();
    let invoked = environment.invoke(json!({}));
    tokio::pin!(invoked);
    assert!(tokio::time::timeout(Duration::from_millis(200), &mut invoked).await.is_err());
    environment.thaw();
    invoked.await.expect("an answer");
}

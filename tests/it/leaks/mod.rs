//! No secret gets out but where it is meant to be shown, once: not into the log, another answer, a mail or the table.
//!
//! Searched for in clear, in base64, base32, hexadecimal and percent-encoding, and as the bytes that it stands for.

pub(crate) mod canary;
mod misplaced;
mod story;
pub(crate) mod witness;

use std::collections::BTreeSet;

use local::options::Options;
use serde_json::{Value, json};

use crate::operations::OPERATIONS;
use witness::Witness;

/// With mail, and with cheap hashes: there are hundreds of sign-ins.
fn options() -> Options {
    Options { streams: true, cheap_hashes: true, ..Options::in_memory() }
}

async fn expect_none(w: &mut Witness) {
    let found = w.findings().await;
    assert!(found.is_empty(), "{} secrets got out: {found:#?}", found.len());
}

#[tokio::test]
async fn no_secret_gets_out_of_what_is_done() {
    let mut w = Witness::start(options()).await;
    story::tell(&mut w).await;
    w.world().run_cleanup().await;
    let done: BTreeSet<_> =
        w.answered.iter().filter(|(_, answered)| answered.done > 0).map(|(name, _)| *name).collect();
    assert_eq!(done, OPERATIONS.iter().map(|operation| operation.name).collect(), "every operation was done");
    expect_none(&mut w).await;
    let [secrets, answers, lines, items, mails] = w.count();
    assert!(secrets >= 70 && answers >= 110 && lines >= 100 && items >= 300 && mails >= 12, "{:?}", w.count());
}

#[tokio::test]
async fn no_secret_gets_out_of_what_is_refused() {
    let mut w = Witness::start(options()).await;
    let actors = story::tell(&mut w).await;
    let secrets: Vec<_> = w.secrets().into_iter().collect();
    let before = w.answered.clone();
    let mut at = 0;
    for operation in OPERATIONS {
        let admin = w.world().admin().await;
        w.hide_cookies(&admin);
        for caller in [&w.world().anyone(), &actors.key, &actors.kim, &*admin] {
            for (place, _) in misplaced::calls(&operation, caller, "") {
                let (_, secret) = &secrets[at % secrets.len()];
                at += 1;
                let calls = misplaced::calls(&operation, caller, secret);
                let (_, call) = calls.into_iter().find(|(name, _)| *name == place).expect("a call");
                let answer = w.call_only(call).await;
                assert!(answer.status() < 500, "{place}: {answer:?}");
            }
        }
        w.look_at_table().await;
    }
    let refused = |name| w.answered[name].refused - before.get(name).map_or(0, |answered| answered.refused);
    let few: Vec<_> = OPERATIONS.iter().map(|operation| (operation.name, refused(operation.name))).collect();
    assert!(few.iter().all(|(_, refused)| *refused >= 8), "each is refused in many ways: {few:?}");
    expect_none(&mut w).await;
}

#[tokio::test]
async fn no_secret_gets_out_of_a_direct_invocation() {
    let mut w = Witness::start(Options { demo_account: false, ..options() }).await;
    let secret = w.hide("password", story::CHOSEN);
    for event in [
        json!(secret),
        json!([secret]),
        json!({"password": secret}),
        json!({"first_administrator": secret}),
        json!({"first_administrator": {"user_name": {"password": secret}}}),
        json!({"first_administrator": {"user_name": "alex", "password": secret}}),
        json!({"first_administrator": {"user_name": "alex", "email": secret}}),
        json!({"secret_versions": {"before": secret}}),
        json!({"secret_versions": {"cursor": secret}}),
        json!({"secret_versions": secret}),
    ] {
        let answer = w.invoke(event.clone()).await;
        assert!(answer["errorType"].is_string(), "{event}: {answer}");
    }
    let order = json!({"first_administrator": {"user_name": "alex"}});
    let lost = w.invoke(order.clone()).await["token"].as_str().expect("a token").to_owned();
    let token = w.invoke(order.clone()).await["token"].as_str().expect("a token").to_owned();
    for (token, status) in [(lost, 410), (token, 201)] {
        let accepted = json!({"token": token, "password": secret});
        w.call(w.world().browser().post("/session/invitation", accepted)).await.expect(status);
    }
    assert_eq!(w.invoke(order).await["errorType"], "administrator-exists");
    assert!(w.invoke(json!({"secret_versions": {}})).await["passwords"].is_object());
    expect_none(&mut w).await;
}

/// What is planted in an answer, a mail, the table and the log is found in each: the name of a key is shown in three.
#[tokio::test]
async fn what_gets_out_is_found() {
    let mut w = Witness::start(options()).await;
    let jane = w.world().jane().await;
    crate::email::verify(w.world(), &jane, "jane@example.com").await;
    let planted = w.hide("planted", "walnut-Trellis-17-kestrel");
    w.call(jane.post("ME/api-key", json!({"name": planted, "scopes": ["Tasks"]}))).await.expect(201);
    let places = |found: &BTreeSet<String>| -> BTreeSet<String> {
        found.iter().map(|one| one.split(':').next().unwrap_or_default().to_owned()).collect()
    };
    let found = w.findings().await;
    assert_eq!(places(&found), ["answer", "item", "mail"].map(str::to_owned).into(), "{found:#?}");

    let hidden = w.hide("hidden", "cobalt-Lantern-29-heron");
    let in_base64 = data_encoding::BASE64.encode(format!("x{hidden}y").as_bytes());
    tracing::trace!(target: "shared::store", debt = in_base64);
    w.call(jane.patch("ME/info", json!({"full_name": data_encoding::HEXLOWER.encode(hidden.as_bytes())})))
        .await
        .expect(200);
    let found = w.findings().await.into_iter().filter(|one| one.contains("hidden")).collect();
    assert_eq!(places(&found), ["answer", "item", "log"].map(str::to_owned).into(), "{found:#?}");
}

/// What one answer shows is found in any other: the value of a key that is its name too.
#[tokio::test]
async fn what_is_shown_once_is_found_when_it_is_shown_again() {
    let mut w = Witness::start(options()).await;
    let jane = w.world().jane().await;
    let made = w.call(jane.post("ME/mfa/totp", ())).await.expect(201);
    assert_eq!(w.findings().await, BTreeSet::new());
    let secret = made.text("secret");
    w.call(jane.patch("ME/info", json!({"full_name": secret}))).await.expect(200);
    let found = w.findings().await;
    assert!(found.iter().any(|one| one.starts_with("answer: secret")), "{found:#?}");
    assert_eq!(w.call(jane.get("ME/mfa")).await["secret"], Value::Null);
}

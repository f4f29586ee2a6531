//! Recovery codes: ten, each good once, for who has lost the authenticator.

use std::collections::BTreeSet;

use scenarios::{Person, Response, World};
use serde_json::{Value, json};

/// Answers a new challenge with `recovery_code`, in a new browser.
async fn sign_in_with(world: &World, person: &Person, recovery_code: &str) -> Response {
    let browser = world.browser();
    let challenge = browser.post("/session", person.credentials()).await.expect(200);
    browser.post("/session/mfa", json!({"challenge": challenge["challenge"], "recovery_code": recovery_code})).await
}

async fn remaining(person: &Person) -> Value {
    person.get("ME/mfa").await.expect(200)["recovery_codes_remaining"].clone()
}

fn codes(answer: &Response) -> Vec<String> {
    serde_json::from_value(answer["recovery_codes"].clone()).unwrap_or_else(|_| panic!("{answer:?}"))
}

#[tokio::test]
async fn ten_different_codes_of_64_bits_or_more_are_made() {
    let world = World::start().await;
    let jane = world.jane().await;
    let mut all = jane.enable_mfa().await.recovery_codes;
    assert_eq!(all.len(), 10);
    for _ in 0..3 {
        let more = codes(&jane.post("ME/mfa/recovery-codes", ()).await.expect(200));
        assert_eq!(more.len(), 10);
        all.extend(more);
    }
    assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), 40);
    let bare = |code: &String| code.to_lowercase().chars().filter(char::is_ascii_alphanumeric).collect::<String>();
    let letters: BTreeSet<char> = all.iter().map(bare).flat_map(|code| code.chars().collect::<Vec<_>>()).collect();
    // What the sample of 40 codes shows of the alphabet is a lower bound of it, and bits are counted by that.
    let bits_per_character = u32::try_from(letters.len()).expect("few").ilog2();
    for code in &all {
        let characters = u32::try_from(bare(code).len()).expect("few");
        assert!(characters * bits_per_character >= 64, "{code}: {characters} of {bits_per_character} bits");
    }
}

#[tokio::test]
async fn a_recovery_code_opens_once() {
    let world = World::start().await;
    let jane = world.jane().await;
    let mfa = jane.enable_mfa().await;
    assert_eq!(remaining(&jane).await, 10);
    sign_in_with(&world, &jane, &mfa.recovery_codes[0]).await.expect(201);
    assert_eq!(remaining(&jane).await, 9);
    sign_in_with(&world, &jane, &mfa.recovery_codes[0]).await.problem("sign-in-failed");
    assert_eq!(remaining(&jane).await, 9);
    sign_in_with(&world, &jane, &mfa.recovery_codes[1]).await.expect(201);
    assert_eq!(remaining(&jane).await, 8);
}

#[tokio::test]
async fn a_recovery_code_used_to_step_up_is_used() {
    let world = World::start().await;
    let jane = world.jane().await;
    let mfa = jane.enable_mfa().await;
    let code = &mfa.recovery_codes[0];
    let step_up = json!({"password": jane.password, "recovery_code": code});
    jane.post("/session/step-up", step_up.clone()).await.expect(204);
    jane.post("/session/step-up", step_up).await.problem("code-rejected");
    sign_in_with(&world, &jane, code).await.problem("sign-in-failed");
    assert_eq!(remaining(&jane).await, 9);
}

#[tokio::test]
async fn a_recovery_code_is_read_in_any_case_with_or_without_separators() {
    let world = World::start().await;
    let jane = world.jane().await;
    let codes = jane.enable_mfa().await.recovery_codes;
    let typed = [
        codes[0].to_uppercase(),
        codes[1].to_lowercase(),
        codes[2].replace('-', ""),
        codes[3].replace('-', " "),
        format!("  {}\n", codes[4].replace('-', "").to_uppercase()),
    ];
    for typed in typed {
        sign_in_with(&world, &jane, &typed).await.expect(201);
    }
    // The same code written in another way is the same code.
    sign_in_with(&world, &jane, &codes[2].to_uppercase()).await.problem("sign-in-failed");
    assert_eq!(remaining(&jane).await, 5);
}

#[tokio::test]
async fn what_is_no_code_of_this_user_opens_nothing() {
    let world = World::start().await;
    let (jane, joan) = (world.jane().await, world.new_user().create().await);
    let (mfa, other) = (jane.enable_mfa().await, joan.enable_mfa().await);
    let cut = &mfa.recovery_codes[0][..mfa.recovery_codes[0].len() - 1];
    for wrong in [&other.recovery_codes[0], "", cut, &mfa.code(&world).await] {
        sign_in_with(&world, &jane, wrong).await.problem("sign-in-failed");
    }
    assert_eq!(remaining(&jane).await, 10);
    let browser = world.browser();
    let challenge = browser.post("/session", joan.credentials()).await.expect(200);
    let as_totp = json!({"challenge": challenge["challenge"], "code": other.recovery_codes[0]});
    browser.post("/session/mfa", as_totp).await.problem("sign-in-failed");
}

#[tokio::test]
async fn new_codes_void_the_old_ones() {
    let world = World::start().await;
    let jane = world.jane().await;
    let mfa = jane.enable_mfa().await;
    sign_in_with(&world, &jane, &mfa.recovery_codes[0]).await.expect(201);
    let new = codes(&jane.post("ME/mfa/recovery-codes", ()).await.expect(200));
    assert_eq!(remaining(&jane).await, 10);
    sign_in_with(&world, &jane, &mfa.recovery_codes[1]).await.problem("sign-in-failed");
    sign_in_with(&world, &jane, &new[9]).await.expect(201);
}

#[tokio::test]
async fn new_codes_leave_sessions_and_the_authenticator_alone() {
    let world = World::start().await;
    let jane = world.jane().await;
    let mfa = jane.enable_mfa().await;
    let elsewhere = world.browser();
    let challenge = elsewhere.post("/session", jane.credentials()).await.expect(200);
    let answer = json!({"challenge": challenge["challenge"], "code": mfa.code(&world).await});
    elsewhere.post("/session/mfa", answer).await.expect(201);
    jane.post("ME/mfa/recovery-codes", ()).await.expect(200);
    elsewhere.get("ME/info").await.expect(200);
    jane.step_up_with(&mfa.code(&world).await).await;
}

#[tokio::test]
async fn codes_are_made_only_while_mfa_is_on_and_fresh() {
    let world = World::start().await;
    let jane = world.jane().await;
    jane.post("ME/mfa/recovery-codes", ()).await.problem("mfa-not-enabled");
    jane.enable_mfa().await;
    world.advance(601).await;
    jane.post("ME/mfa/recovery-codes", ()).await.problem("step-up-required");
    assert_eq!(remaining(&jane).await, 10);
}

#[tokio::test]
async fn a_disabled_factor_takes_its_codes_with_it() {
    let world = World::start().await;
    let jane = world.jane().await;
    let old = jane.enable_mfa().await;
    jane.delete("ME/mfa/totp").await.expect(204);
    assert_eq!(remaining(&jane).await, 0);
    let new = jane.enable_mfa().await;
    sign_in_with(&world, &jane, &old.recovery_codes[0]).await.problem("sign-in-failed");
    sign_in_with(&world, &jane, &new.recovery_codes[0]).await.expect(201);
}

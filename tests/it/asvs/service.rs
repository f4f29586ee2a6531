//! What a requirement asks of the running service, where no scenario asks it for its own sake.

use std::collections::BTreeSet;

use data_encoding::BASE64URL_NOPAD;
use http::Method;
use local::store::TABLE;
use scenarios::{PASSWORD, World};
use serde_json::json;
use shared::id::{ItemId, UserId};
use shared::password::{Hasher, Password};
use shared::secret::Secret;
use shared::totp::TotpSecret;

use crate::logs::Log;

#[tokio::test]
async fn a_password_is_checked_exactly() {
    let world = World::start().await;
    let sign_in =
        |password: String| world.anyone().post("/session", json!({"user_name": "jane", "password": password}));
    for (what, password) in [
        ("in capitals", PASSWORD.to_uppercase()),
        ("with a blank behind", format!("{PASSWORD} ")),
        ("with a blank in front", format!(" {PASSWORD}")),
        ("cut", PASSWORD[..PASSWORD.len() - 1].to_owned()),
    ] {
        let answer = sign_in(password).await;
        assert_eq!(answer.slug(), Some("sign-in-failed"), "{what}");
    }
    sign_in(PASSWORD.to_owned()).await.expect(201);
}

#[tokio::test]
async fn a_password_does_not_age() {
    let world = World::start().await;
    world.advance(10 * 365 * 24 * 60 * 60).await;
    world.jane().await.get("ME/info").await.expect(200);
}

#[tokio::test]
async fn a_provider_speaks_for_its_own_users_alone() {
    let world = World::start().await;
    let by_provider = |environment: &str, name: &str| {
        world.anyone().post("/_local/sso", json!({"environment_name": environment, "user_name": name}))
    };
    by_provider("ROOT", "jane").await.problem("sign-in-failed");
    world.anyone().post("/session", json!({"user_name": "sam", "password": PASSWORD})).await.problem("sign-in-failed");
    // The same name elsewhere is somebody else.
    world.new_user().named("sam").environment("Elsewhere").create().await;
    by_provider("Elsewhere", "sam").await.problem("sign-in-failed");
    by_provider("ROOT", "sam").await.expect(201);
}

#[tokio::test]
async fn session_values_are_256_bits_and_differ() {
    let world = World::start().await;
    let mut secrets = BTreeSet::new();
    for _ in 0..32 {
        let value = world.jane().await.cookie("__Host-session").expect("a session");
        let bytes = BASE64URL_NOPAD.decode(value.as_bytes()).expect("base64url");
        // Kind, user and session stand in front.
        secrets.insert(bytes[1 + UserId::LENGTH + ItemId::LENGTH..].to_vec());
    }
    assert_eq!(secrets.len(), 32);
    assert!(secrets.iter().all(|secret| secret.len() * 8 == 256));
    // Every bit is set in some and not in others: each fails with a chance of one in two thousand million.
    for bit in 0..256 {
        let set = secrets.iter().filter(|secret| secret[bit / 8] >> (bit % 8) & 1 == 1).count();
        assert!((1..32).contains(&set), "bit {bit} is always the same");
    }
}

#[tokio::test]
async fn the_same_secret_is_never_sealed_alike() {
    let world = World::start().await;
    let context = world.context();
    let keyring = context.keyring(world.now().await).await.expect("the keys");
    let (user, factor) = (UserId::of_text("u"), ItemId::of_text("f"));
    let secret = TotpSecret::generate().expect("randomness");
    let keys = keyring.current().expect("a key");
    let sealed: BTreeSet<_> = (0..64).map(|_| secret.seal(keys, user, factor).expect("sealed")).collect();
    assert_eq!(sealed.len(), 64);
    let nonces: BTreeSet<_> = sealed.iter().map(|sealed| sealed[..12].to_vec()).collect();
    assert_eq!(nonces.len(), 64);
}

#[tokio::test]
async fn passwords_are_hashed_with_the_parameters_that_owasp_names() {
    let world = World::start().await;
    let keyring = world.context().keyring(world.now().await).await.expect("the keys");
    let hasher = Hasher::new().expect("parameters");
    let stored = hasher.hash(&Password::new(&Secret::new(PASSWORD)), &keyring).await.expect("a hash");
    let phc = &stored.phc;
    assert!(phc.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{phc}");
    let salt = phc.split('$').nth(4).expect("a salt");
    assert!(salt.len() >= 22, "16 bytes at least: {salt}");
}

#[tokio::test]
async fn what_the_table_keeps_of_secrets_is_hashed_or_sealed() {
    let world = World::start().await;
    let jane = world.jane().await;
    let key = jane.create_key("k", &["Tasks"]).await;
    let authenticator = jane.enable_mfa().await;
    let challenge = world.browser().post("/session", jane.credentials()).await.expect(200).text("challenge");
    let invited = world.new_user().invite().await;
    let invitation = invited["invitation"]["token"].as_str().expect("a token");
    let [session, device] = ["__Host-session", "__Host-device"].map(|name| jane.cookie(name).expect("a cookie"));
    let table = format!("{:?}", world.items().await);
    assert!(table.contains("jane"), "the table is not read any more");
    let secret = data_encoding::BASE32_NOPAD.decode(authenticator.secret.as_bytes()).expect("base32");
    assert!(!table.contains(&format!("{secret:?}").trim_matches(['[', ']']).to_owned()), "the TOTP secret is in clear");
    let codes = authenticator.recovery_codes.iter().map(String::as_str);
    let shown = [PASSWORD, &key.value, &authenticator.secret, &challenge, invitation, &session, &device];
    for secret in shown.into_iter().chain(codes) {
        assert!(!table.contains(secret), "{secret} is in the table");
    }
}

#[tokio::test]
async fn trace_is_not_answered() {
    let world = World::start().await;
    for target in ["/", "/settings", "/pro/user-manager/v1/session"] {
        let answer = world.anyone().raw(Method::TRACE, target).header("x-probe", "echo-me").await;
        assert_eq!(answer.status(), 405, "{answer:?}");
        assert!(!answer.page().contains("echo-me"), "{answer:?}");
    }
}

#[tokio::test]
async fn no_answer_names_what_it_was_made_with() {
    let world = World::start().await;
    let jane = world.jane().await;
    for answer in [
        jane.get("/session").await,
        world.anyone().get("ME/info").await,
        world.anyone().raw(Method::GET, "/settings").await,
        world.anyone().raw(Method::GET, "/nothing").await,
    ] {
        for name in ["server", "x-powered-by", "via", "x-aspnet-version", "x-runtime"] {
            assert_eq!(answer.header(name), None, "{answer:?}");
        }
        let text = answer.page().to_lowercase();
        for name in ["axum", "hyper", "rustc", env!("CARGO_PKG_RUST_VERSION")] {
            assert!(!text.contains(name), "{name} in {answer:?}");
        }
    }
}

/// A table that is gone: whoever calls is told that it is the service's fault, and nothing opens.
#[tokio::test]
async fn a_fault_is_logged_with_its_cause_and_answered_without() {
    let log = Log::start();
    let world = World::start().await;
    let jane = world.jane().await;
    let key = jane.create_key("k", &["Authentication"]).await;
    world.stack().store_client().delete_table().table_name(world.stack().table_name()).send().await.expect("it goes");
    for call in [
        jane.get("ME/info"),
        key.get("ME/info"),
        jane.delete("ME/session"),
        world.anyone().post("/session", jane.credentials()),
        world.anyone().post("/session/password-reset", json!({"user_name": "jane"})),
    ] {
        let answer = call.await;
        assert!(["internal", "unavailable"].contains(&answer.slug().unwrap_or_default()), "{answer:?}");
        let text = answer.page().to_lowercase();
        for name in [TABLE, "dynamodb", "resourcenotfound", "panic", "src/"] {
            assert!(!text.contains(name), "{name} in {answer:?}");
        }
        let request = answer.header("x-request-id");
        let line = log.lines().into_iter().rev().find(|line| line["request.id"].as_str() == request);
        let line = line.expect("a line about the request");
        assert!(
            line["error"].is_string() && ["ERROR", "WARN"].contains(&line["level"].as_str().unwrap_or("")),
            "{line}"
        );
    }
}

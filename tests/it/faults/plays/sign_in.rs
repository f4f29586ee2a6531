//! The operations of `sign-in`.

use scenarios::{Authenticator, PASSWORD, Person, World};
use serde_json::{Value, json};

use crate::faults::play::{Play, Sender};

/// Why a sign-in that is repeated is one more.
const SESSION: &str = "a session whose cookie nobody was given stays until its end";

pub(crate) async fn sign_in(world: &World) -> Vec<Play> {
    let mona = world.new_user().named("mona").create().await;
    mona.enable_mfa().await;
    let invitation = world.new_user().named("ivy").invite().await["invitation"]["token"].clone();
    first_factor(world, &mona, &invitation)
}

pub(crate) async fn second_factor(world: &World) -> Vec<Play> {
    let (jane, mona) = (world.jane().await, world.new_user().named("mona").create().await);
    let authenticator = mona.enable_mfa().await;
    world.advance(30).await;
    let mut plays = challenges(world, &mona, &authenticator).await;
    plays.extend(step_ups(world, &jane, &mona, &authenticator));
    plays
}

fn first_factor(world: &World, mona: &Person, invitation: &Value) -> Vec<Play> {
    let anyone = Sender::anyone(world);
    let right = json!({"user_name": "jane", "password": PASSWORD});
    let accepted = json!({"token": invitation, "password": PASSWORD});
    let wrong = |name: &str| json!({"user_name": name, "password": "not the right password"});
    vec![
        Play::new("SignIn", anyone.post("/session", right)).then_once_more(SESSION),
        Play::new("SignIn", anyone.post("/session", wrong("jane"))).case("wrong password").refused("sign-in-failed"),
        Play::new("SignIn", anyone.post("/session", wrong("nobody"))).case("unknown user").refused("sign-in-failed"),
        Play::new("SignIn", anyone.post("/session", mona.credentials())).case("with MFA"),
        Play::new("RequestPasswordReset", anyone.post("/session/password-reset", json!({"user_name": "jane"})))
            .then_once_more("each request asks for a mail, at most three of which are sent within an hour"),
        Play::new("AcceptInvitation", anyone.post("/session/invitation", accepted))
            .then_refused("token-expired")
            .halfway("PASSWORD", "token-expired", "the password is set, and signs in"),
    ]
}

async fn challenges(world: &World, mona: &Person, authenticator: &Authenticator) -> Vec<Play> {
    let anyone = Sender::anyone(world);
    let started = world.browser().post("/session", mona.credentials()).await.expect(200);
    let challenge = started.text("challenge");
    let code = authenticator.recovery_codes[0].clone();
    let recovered = json!({"challenge": challenge, "recovery_code": code});
    let (clock, authenticator) = (world.stack().context().clock.clone(), authenticator.clone());
    let sender = anyone.clone();
    let by_code = move |is_right: bool| {
        let (sender, challenge) = (sender.clone(), challenge.clone());
        let (clock, authenticator) = (clock.clone(), authenticator.clone());
        move || {
            let now = clock.now();
            let code = if is_right { authenticator.code_at(now) } else { authenticator.wrong_code_at(now) };
            sender.post("/session/mfa", json!({"challenge": challenge, "code": code}))
        }
    };
    vec![
        Play::with("AnswerChallenge", by_code(false)).case("wrong code").refused("sign-in-failed"),
        Play::with("AnswerChallenge", by_code(true)).then_refused("token-expired"),
        Play::new("AnswerChallenge", anyone.post("/session/mfa", recovered))
            .case("with a recovery code")
            .then_refused("token-expired"),
    ]
}

/// Once it was done, the cookie is another one.
fn step_ups(world: &World, jane: &Person, mona: &Person, authenticator: &Authenticator) -> Vec<Play> {
    let [jane, mona] = [jane, mona].map(|person| Sender::session(world, person));
    let (clock, authenticator) = (world.stack().context().clock.clone(), authenticator.clone());
    let by_code = move || {
        let code = authenticator.code_at(clock.now());
        mona.post("/session/step-up", json!({"password": PASSWORD, "code": code}))
    };
    let wrong = jane.post("/session/step-up", json!({"password": "not the right password"}));
    vec![
        Play::new("StepUp", wrong).case("wrong password").refused("password-incorrect"),
        Play::new("StepUp", jane.post("/session/step-up", json!({"password": PASSWORD})))
            .then_refused("session-expired"),
        Play::with("StepUp", by_code).case("with MFA").then_refused("session-expired"),
    ]
}

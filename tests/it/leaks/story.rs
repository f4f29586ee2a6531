//! Every operation, done as it is meant to be, by those who may.

use scenarios::{Authenticator, Caller, PASSWORD, Response};
use serde_json::{Value, json};

use super::witness::Witness;
use crate::operations::SCOPES;

pub(super) const CHOSEN: &str = "gravel-Otter-93-lantern";
const CHANGED: &str = "amber-Turnstile-31-osprey";
const RESET: &str = "velvet-Harbour-58-thicket";
const WRONG: &str = "walnut-Ballast-64-meadow";
/// Right at no time that the story takes, which a test of the code makes sure of.
const WRONG_CODE: &str = "730418";
const WRONG_RECOVERY_CODE: &str = "zzzz-yyyy-xxxx-wwww";
const TOTP: &str = "ME/mfa/totp";

/// Who acts.
pub(super) struct Actors {
    pub(super) kim: Caller,
    pub(super) key: Caller,
}

/// All of it, in an order in which each can be done.
pub(super) async fn tell(w: &mut Witness) -> Actors {
    for (kind, text) in [
        ("password of the demo account", PASSWORD),
        ("password chosen", CHOSEN),
        ("password changed", CHANGED),
        ("password reset", RESET),
        ("wrong password", WRONG),
        ("wrong code", WRONG_CODE),
        ("wrong recovery code", WRONG_RECOVERY_CODE),
    ] {
        w.hide(kind, text);
    }
    let admin = w.world().browser();
    sign_in(w, &admin, "admin", PASSWORD).await.expect(201);
    set_up(w, &admin).await;
    let kim = invite(w, &admin).await;
    settle(w, &kim).await;
    let key = keys(w, &admin, &kim).await;
    mfa(w, &kim).await;
    passwords(w, &admin, &kim).await;
    sessions(w, &kim).await;
    authorize(w).await;
    administer(w, &admin).await;
    Actors { kim, key }
}

async fn sign_in(w: &mut Witness, browser: &Caller, user_name: &str, password: &str) -> Response {
    w.call(browser.post("/session", json!({"user_name": user_name, "password": password}))).await
}

async fn accept(w: &mut Witness, token: &str, password: &str) -> (Caller, Response) {
    let browser = w.world().browser();
    let answer = w.call(browser.post("/session/invitation", json!({"token": token, "password": password}))).await;
    (browser, answer)
}

async fn set_up(w: &mut Witness, admin: &Caller) {
    w.call(admin.post("/environment", json!({"environment_name": "Lab"}))).await.expect(201);
    w.call(admin.post("/group", json!({"environment_name": "Lab", "group_name": "Guests"}))).await.expect(201);
    for path in ["/environment", "/group", "/account/settings", "/user", "/user/demo/ROOT/jane/info"] {
        w.call(admin.get(path)).await.expect(200);
    }
    w.call(admin.patch("/account/settings", json!({"mfa_policy": "optional"}))).await.expect(200);
    let update = json!({"full_name": "Jane Example"});
    w.call(admin.patch("/user/demo/ROOT/jane/info", update)).await.expect(200);
}

/// kim comes by an invitation that replaces an earlier one.
async fn invite(w: &mut Witness, admin: &Caller) -> Caller {
    let kim = json!({"environment_name": "ROOT", "user_name": "kim"});
    let made = w.call(admin.post("/user", kim)).await.expect(201);
    let void = made["invitation"]["token"].as_str().expect("a token").to_owned();
    let invited = w.call(admin.post("/user/demo/ROOT/kim/invitation", ())).await.expect(201);
    accept(w, &void, CHOSEN).await.1.problem("token-expired");
    let token = invited.text("token");
    accept(w, &token, WRONG_CODE).await.1.problem("password-rejected");
    let (kim, answer) = accept(w, &token, CHOSEN).await;
    answer.expect(201);
    accept(w, &token, CHOSEN).await.1.problem("token-expired");
    kim
}

/// An address that is confirmed, one that is not, and all that can be read.
async fn settle(w: &mut Witness, kim: &Caller) {
    w.call(kim.patch("ME/info", json!({"email": "kim@example.com"}))).await.expect(200);
    let token = w.mailed("Confirm your e-mail address").await;
    w.call(kim.post("ME/email/confirm", json!({"token": token}))).await.expect(200);
    w.call(kim.post("ME/email/confirm", json!({"token": token}))).await.problem("token-expired");
    w.call(kim.patch("ME/info", json!({"email": "kim@example.org"}))).await.expect(200);
    w.mailed("Confirm your e-mail address").await;
    w.call(kim.delete("ME/email/pending")).await.expect(204);
    for path in ["/session", "ME/session", "ME/info", "ME/authorization", "ME/password", "ME/mfa"] {
        w.call(kim.get(path)).await.expect(200);
    }
}

async fn keys(w: &mut Witness, admin: &Caller, kim: &Caller) -> Caller {
    let body = json!({"name": "nightly", "scopes": SCOPES});
    let made = kim.post("ME/api-key", body.clone()).header("idempotency-key", "once");
    let value = w.call(made.clone()).await.expect(201).text("value");
    assert_eq!(w.call(made).await.expect(200)["value"], Value::Null);
    let key = w.world().key(&value);
    for path in ["ME/api-key", "ME/api-key/nightly", "ME/api-key/@self", "ME/authorization-scopes", "ME/info"] {
        w.call(key.get(path)).await.expect(200);
    }
    w.call(key.get("/user")).await.problem("role-required");
    w.call(kim.post("ME/api-key/nightly/rotate", json!({"overlap_seconds": 60}))).await.expect(200);
    w.call(key.delete("ME/api-key/nightly")).await.expect(204);
    w.call(key.get("ME/info")).await.problem("unauthenticated");
    let of_admin = w.call(admin.post("ME/api-key", body)).await.expect(201).text("value");
    let of_admin = w.world().key(&of_admin);
    w.call(of_admin.post("/introspect", scenarios::Form(&[("token", &value)]))).await.expect(200);
    let lee = json!({"environment_name": "ROOT", "user_name": "lee", "email": "lee@example.com"});
    w.call(of_admin.post("/user", lee)).await.expect(201);
    let token = w.mailed("Your account at demo").await;
    accept(w, &token, CHOSEN).await.1.expect(201);
    of_admin
}

/// The code of the next step, which nobody is shown.
async fn code(w: &mut Witness, authenticator: &Authenticator) -> String {
    let code = authenticator.code(w.world()).await;
    assert_ne!(code, WRONG_CODE, "by chance; another run will do");
    w.hide("code", &code)
}

async fn enrol(w: &mut Witness, kim: &Caller, path: &str) -> (Authenticator, Vec<String>) {
    let authenticator = Authenticator::new(&w.call(kim.post(path, ())).await.expect(201).text("secret"));
    w.call(kim.post("ME/mfa/totp/confirm", json!({"code": WRONG_CODE}))).await.problem("code-rejected");
    let code = code(w, &authenticator).await;
    let confirmed = w.call(kim.post("ME/mfa/totp/confirm", json!({"code": code}))).await.expect(200);
    (authenticator, recovery_codes(&confirmed))
}

fn recovery_codes(answer: &Response) -> Vec<String> {
    let codes = answer["recovery_codes"].as_array().expect("a list").iter();
    codes.map(|code| code.as_str().expect("a text").to_owned()).collect()
}

async fn challenge(w: &mut Witness, browser: &Caller) -> String {
    sign_in(w, browser, "kim", CHOSEN).await.expect(200).text("challenge")
}

async fn mfa(w: &mut Witness, kim: &Caller) {
    w.call(kim.post("/session/step-up", json!({"password": WRONG}))).await.problem("password-incorrect");
    w.call(kim.post("/session/step-up", json!({"password": CHOSEN}))).await.expect(204);
    let (first, codes) = enrol(w, kim, TOTP).await;
    let browser = w.world().browser();
    let mut answer = json!({"challenge": challenge(w, &browser).await});
    for (member, wrong) in [("code", WRONG_CODE), ("recovery_code", WRONG_RECOVERY_CODE)] {
        let mut answer = answer.clone();
        answer[member] = wrong.into();
        w.call(browser.post("/session/mfa", answer)).await.problem("sign-in-failed");
    }
    answer["code"] = code(w, &first).await.into();
    w.call(browser.post("/session/mfa", answer.clone())).await.expect(201);
    w.call(browser.post("/session/mfa", answer)).await.problem("token-expired");
    let answer = json!({"challenge": challenge(w, &browser).await, "recovery_code": codes[0]});
    w.call(browser.post("/session/mfa", answer)).await.expect(201);
    w.call(kim.post("/session/step-up", json!({"password": CHOSEN, "recovery_code": codes[1]}))).await.expect(204);
    w.call(kim.post("ME/mfa/recovery-codes", ())).await.expect(200);
    let (second, _) = enrol(w, kim, "ME/mfa/totp/reset").await;
    let code = code(w, &second).await;
    w.call(kim.post("/session/step-up", json!({"password": CHOSEN, "code": code}))).await.expect(204);
    w.call(kim.delete(TOTP)).await.expect(204);
}

async fn passwords(w: &mut Witness, admin: &Caller, kim: &Caller) {
    let change = |old: &str, new: &str| json!({"current_password": old, "new_password": new});
    w.call(kim.put("ME/password", change(WRONG, CHANGED))).await.problem("password-incorrect");
    w.call(kim.put("ME/password", change(CHOSEN, CHOSEN))).await.problem("password-rejected");
    w.call(kim.put("ME/password", change(CHOSEN, CHANGED))).await.expect(204);
    let browser = w.world().browser();
    sign_in(w, &browser, "kim", CHOSEN).await.problem("sign-in-failed");
    sign_in(w, &browser, "sam", CHOSEN).await.problem("sign-in-failed");
    sign_in(w, &browser, "nobody", WRONG).await.problem("sign-in-failed");
    for _ in 0..2 {
        w.call(browser.post("/session/password-reset", json!({"user_name": "kim"}))).await.expect(202);
    }
    w.call(admin.post("/user/demo/ROOT/kim/invitation", ())).await.expect(201);
    let token = w.mailed("Set a new password").await;
    accept(w, &token, WRONG_CODE).await.1.problem("password-rejected");
    accept(w, &token, RESET).await.1.expect(201);
    sign_in(w, kim, "kim", RESET).await.expect(201);
}

async fn sessions(w: &mut Witness, kim: &Caller) {
    let other = w.world().browser();
    for _ in 0..2 {
        sign_in(w, &other, "kim", RESET).await.expect(201);
    }
    let listed = w.call(kim.get("ME/session")).await.expect(200);
    let items = listed["items"].as_array().expect("a list");
    let id = items.iter().find(|item| item["current"] == false).expect("another")["id"].as_str().expect("an id");
    w.call(kim.delete(&format!("ME/session/{id}"))).await.expect(204);
    w.call(kim.delete("ME/session")).await.expect(204);
    w.call(other.get("/session")).await.problem("session-expired");
    w.call(other.delete("/session")).await.expect(204);
}

/// The door of other services, with every secret as a key.
async fn authorize(w: &mut Witness) {
    for (_, secret) in w.secrets() {
        for headers in [json!({"apikey": secret}), json!({"authorization": format!("Bearer {secret}")})] {
            let path = format!("/pro-api/v1/tasks/{secret}");
            let question = json!({"method": "GET", "path": path, "headers": headers});
            w.call_only(w.world().anyone().post("/_local/authorize", question)).await.expect(200);
        }
    }
}

async fn administer(w: &mut Witness, admin: &Caller) {
    w.call(admin.post("/user/demo/ROOT/kim/mfa/reset", ())).await.expect(204);
    w.call(admin.patch("/user/demo/ROOT/lee/info", json!({"disabled": true}))).await.expect(200);
    w.call(admin.delete("/user/demo/ROOT/lee/info")).await.expect(204);
    w.call(admin.delete("/group/demo/Lab/Guests/info")).await.expect(204);
    w.call(admin.delete("/environment/demo/Lab/info")).await.expect(204);
}

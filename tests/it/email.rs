//! A change of one's e-mail address: the new one waits for its token, the old one stays in force and is told.

use scenarios::{Mail, Person, World};
use serde_json::{Value, json};

const OLD: &str = "jane@example.com";
const NEW: &str = "jane.doe@example.org";
const HOUR: u32 = 3_600;

/// Makes `address` the verified one of a fresh `person`. Needs mail.
pub(crate) async fn verify(world: &World, person: &Person, address: &str) {
    ask(person, address).await;
    let confirmed = person.post("ME/email/confirm", json!({"token": token_to(world, address).await})).await.expect(200);
    assert_eq!((&confirmed["email"], &confirmed["email_verified"]), (&json!(address), &json!(true)));
}

async fn ask(person: &Person, address: &str) {
    person.patch("ME/info", json!({"email": address})).await.expect(200);
}

/// The token of the newest mail to `address`.
async fn token_to(world: &World, address: &str) -> String {
    let mails = world.mail().await;
    let newest = mails.iter().filter(|mail| mail.to == address).find_map(Mail::token);
    newest.unwrap_or_else(|| panic!("no token to {address} in {mails:#?}")).to_owned()
}

/// The subjects of all mails to `address`, newest first.
async fn subjects_to(world: &World, address: &str) -> Vec<String> {
    world.mail().await.into_iter().filter(|mail| mail.to == address).map(|mail| mail.subject).collect()
}

async fn confirm(person: &Person, token: &str) -> scenarios::Response {
    person.post("ME/email/confirm", json!({"token": token})).await
}

#[tokio::test]
async fn a_new_address_waits_for_its_token_and_the_old_one_stays_in_force() {
    let world = World::with_mail().await;
    let jane = world.jane().await;
    verify(&world, &jane, OLD).await;

    let asked = jane.patch("ME/info", json!({"email": NEW})).await.expect(200);
    let shown =
        |answer: &scenarios::Response| ["email", "email_verified", "pending_email"].map(|name| answer[name].clone());
    assert_eq!(shown(&asked), [json!(OLD), json!(true), json!(NEW)]);
    let confirmed = confirm(&jane, &token_to(&world, NEW).await).await.expect(200);
    assert_eq!(shown(&confirmed), [json!(NEW), json!(true), Value::Null]);
    assert_eq!(jane.get("ME/info").await.expect(200).etag(), confirmed.etag());
}

#[tokio::test]
async fn the_old_address_is_told_at_the_asking_and_at_the_change() {
    let world = World::with_mail().await;
    let jane = world.jane().await;
    verify(&world, &jane, OLD).await;
    let before = subjects_to(&world, OLD).await.len();

    ask(&jane, NEW).await;
    let subjects = subjects_to(&world, OLD).await;
    assert_eq!(subjects.len(), before + 1, "{subjects:?}");
    assert_eq!(subjects[0], "A new e-mail address was asked for");
    confirm(&jane, &token_to(&world, NEW).await).await.expect(200);
    let subjects = subjects_to(&world, OLD).await;
    assert_eq!(subjects.len(), before + 2, "{subjects:?}");
    assert!(subjects.contains(&"Your e-mail address was changed".to_owned()), "{subjects:?}");
    let told = world.mail().await.into_iter().filter(|mail| mail.to == OLD && mail.text.contains(NEW)).count();
    assert_eq!(told, 0, "the old address need not know the new one");
}

#[tokio::test]
async fn clearing_the_address_tells_it() {
    let world = World::with_mail().await;
    let jane = world.jane().await;
    verify(&world, &jane, OLD).await;
    jane.patch("ME/info", json!({"email": null})).await.expect(200);
    assert!(subjects_to(&world, OLD).await.contains(&"Your e-mail address was changed".to_owned()));
}

#[tokio::test]
async fn a_token_ends_after_24_hours() {
    let world = World::with_mail().await;
    let (jane, joan) = (world.jane().await, world.new_user().create().await);
    ask(&jane, OLD).await;
    ask(&joan, NEW).await;
    let (in_time, late) = (token_to(&world, OLD).await, token_to(&world, NEW).await);
    world.advance(24 * HOUR - 600).await;
    confirm(&world.jane().await, &in_time).await.expect(200);
    let joan = world.sign_in("ROOT", &joan.user_name).await;
    world.advance(600).await;
    confirm(&joan, &late).await.problem("token-expired");
    assert_eq!(joan.get("ME/info").await.expect(200)["pending_email"], Value::Null);
}

#[tokio::test]
async fn a_token_is_good_once() {
    let world = World::with_mail().await;
    let jane = world.jane().await;
    ask(&jane, OLD).await;
    let token = token_to(&world, OLD).await;
    confirm(&jane, &token).await.expect(200);
    confirm(&jane, &token).await.problem("token-expired");
}

#[tokio::test]
async fn a_token_is_good_for_its_own_user_only() {
    let world = World::with_mail().await;
    let (jane, joan) = (world.jane().await, world.new_user().create().await);
    ask(&jane, OLD).await;
    let token = token_to(&world, OLD).await;
    // With nothing pending, and while the same address waits for this user too.
    confirm(&joan, &token).await.problem("token-expired");
    ask(&joan, OLD).await;
    confirm(&joan, &token).await.problem("token-expired");
    confirm(&jane, &token).await.expect(200);
}

#[tokio::test]
async fn a_made_up_token_confirms_nothing() {
    let world = World::with_mail().await;
    let jane = world.jane().await;
    ask(&jane, OLD).await;
    let token = token_to(&world, OLD).await;
    let changed = if token.ends_with('A') { "B" } else { "A" };
    let other_end = format!("{}{changed}", &token[..token.len() - 1]);
    let middle = token.len() / 2;
    let other_middle = format!(
        "{}{}{}",
        &token[..middle],
        if &token[middle..=middle] == "x" { "y" } else { "x" },
        &token[middle + 1..]
    );
    for bad in ["", "x", &token[1..], &format!("{token}A"), &other_end, &other_middle] {
        confirm(&jane, bad).await.problem("token-expired");
    }
    jane.post("ME/email/confirm", json!({})).await.invalid(&["/token"]);
    jane.post("ME/email/confirm", json!({"token": null})).await.invalid(&["/token"]);
}

#[tokio::test]
async fn another_address_replaces_the_one_that_waits() {
    let world = World::with_mail().await;
    let jane = world.jane().await;
    ask(&jane, OLD).await;
    let first = token_to(&world, OLD).await;
    ask(&jane, NEW).await;
    confirm(&jane, &first).await.problem("token-expired");
    let confirmed = confirm(&jane, &token_to(&world, NEW).await).await.expect(200);
    assert_eq!(confirmed["email"], NEW);
}

#[tokio::test]
async fn asking_again_sends_again_and_starts_the_24_hours_anew() {
    let world = World::with_mail().await;
    let jane = world.jane().await;
    ask(&jane, OLD).await;
    assert_eq!(subjects_to(&world, OLD).await.len(), 1);
    world.advance(23 * HOUR).await;
    let jane = world.sign_in("ROOT", &jane.user_name).await;
    ask(&jane, OLD).await;
    assert_eq!(subjects_to(&world, OLD).await.len(), 2);
    world.advance(23 * HOUR).await;
    confirm(&world.jane().await, &token_to(&world, OLD).await).await.expect(200);
}

#[tokio::test]
async fn asking_for_the_unverified_address_in_force_confirms_that_one() {
    let world = World::with_mail().await;
    let kim = world.new_user().with("email", OLD).create().await;
    let before = kim.get("ME/info").await.expect(200);
    assert_eq!((&before["email"], &before["email_verified"]), (&json!(OLD), &json!(false)));
    verify(&world, &kim, OLD).await;
    let subjects = subjects_to(&world, OLD).await;
    assert_eq!(subjects, ["Confirm your e-mail address"], "nobody else is to be told");
}

#[tokio::test]
async fn asking_for_the_verified_address_in_force_sends_nothing() {
    let world = World::with_mail().await;
    let jane = world.jane().await;
    verify(&world, &jane, OLD).await;
    let before = world.mail().await.len();
    let answer = jane.patch("ME/info", json!({"email": OLD})).await.expect(200);
    assert_eq!((&answer["email"], &answer["pending_email"]), (&json!(OLD), &Value::Null));
    assert_eq!(world.mail().await.len(), before);
}

#[tokio::test]
async fn a_user_asks_for_at_most_5_mails_an_hour() {
    let world = World::with_mail().await;
    let (jane, joan) = (world.jane().await, world.new_user().create().await);
    for (sent, number) in [1, 2, 3, 4, 4].into_iter().enumerate() {
        ask(&jane, &format!("jane-{number}@example.com")).await;
        assert_eq!(world.mail().await.len(), sent + 1);
    }
    let asks = [json!({"email": "jane-4@example.com"}), json!({"email": "jane-6@example.com"})];
    for asked in &asks {
        jane.patch("ME/info", asked.clone()).await.problem("too-many-attempts");
    }
    assert_eq!(jane.get("ME/info").await.expect(200)["pending_email"], "jane-4@example.com");
    assert_eq!(world.mail().await.len(), 5);
    ask(&joan, "joan@example.com").await;
    // Neither a name nor giving up needs a mail.
    jane.patch("ME/info", json!({"full_name": "Jane Doe"})).await.expect(200);
    jane.delete("ME/email/pending").await.expect(204);
    world.advance(HOUR + 1).await;
    ask(&world.jane().await, "jane-6@example.com").await;
}

#[tokio::test]
async fn a_pending_address_is_given_up_with_its_token() {
    let world = World::with_mail().await;
    let jane = world.jane().await;
    ask(&jane, OLD).await;
    let token = token_to(&world, OLD).await;
    world.advance(601).await;
    jane.delete("ME/email/pending").await.expect(204);
    jane.delete("ME/email/pending").await.expect(204);
    assert_eq!(jane.get("ME/info").await.expect(200)["pending_email"], Value::Null);
    confirm(&jane, &token).await.problem("token-expired");
    // The same address asked for anew has another token.
    jane.step_up().await;
    ask(&jane, OLD).await;
    confirm(&jane, &token).await.problem("token-expired");
    confirm(&jane, &token_to(&world, OLD).await).await.expect(200);
}

#[tokio::test]
async fn an_address_that_waits_is_not_yet_told_of_anything() {
    let world = World::with_mail().await;
    let jane = world.jane().await;
    ask(&jane, OLD).await;
    let change = json!({"current_password": jane.password, "new_password": "gravel-Otter-93-lantern"});
    jane.put("ME/password", change).await.expect(204);
    assert_eq!(subjects_to(&world, OLD).await, ["Confirm your e-mail address"]);
}

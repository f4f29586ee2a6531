//! The notifier against a table in memory and an outbox.

mod provider;
mod support;

use shared::store::Write;
use shared::store::events::{EventKind, keep_address};
use shared::store::item::Item;
use shared::store::layout;
use shared::store::mails::TAKE_OVER_SECONDS;
use shared::store::tokens::INVITATION_SECONDS;
use shared::store::users::{Invitation, PendingEmail, Profile, Provider};
use shared::token::{Locator, OpaqueToken, TokenKind};

use self::support::{Bench, Caught, address, item_id};

const HOUR: u32 = 60 * 60;

/// The token in the mail's link.
fn token(mail: &Caught, purpose: &str) -> OpaqueToken {
    let link = format!("https://portal.example.com/settings#{purpose}=");
    let (_, rest) = mail.text.split_once(&link).expect("a link");
    OpaqueToken::parse(rest.lines().next().expect("a token")).expect("a token")
}

fn failures(response: &crate::BatchResponse) -> Vec<&str> {
    response.batch_item_failures.iter().filter_map(|failure| failure.item_identifier.as_deref()).collect()
}

#[tokio::test]
async fn an_event_that_is_told_twice_is_one_mail() {
    let bench = Bench::start().await;
    let jane = bench.make_user(|_| ()).await;
    let event = bench.happen(&jane, EventKind::PasswordChanged).await.key();
    assert!(failures(&bench.tell([&event, &event]).await).is_empty());
    bench.tell([&event]).await;
    assert_eq!(bench.recipients(), ["jane@example.com"]);
}

#[tokio::test]
async fn of_two_who_are_told_at_once_one_sends() {
    let bench = Bench::start().await;
    let jane = bench.make_user(|_| ()).await;
    let keys = [bench.happen(&jane, EventKind::PasswordChanged).await.key()];
    tokio::join!(bench.tell(&keys), bench.tell(&keys), bench.tell(&keys), bench.tell(&keys));
    assert_eq!(bench.recipients(), ["jane@example.com"]);
}

#[tokio::test]
async fn a_mail_that_was_begun_is_taken_over_after_minutes_with_the_same_token() {
    let bench = Bench::start().await;
    bench.make_user(|_| ()).await;
    let request = bench.ask_reset("jane").await;
    bench.tell([&request]).await;
    bench.die_while_sending(&request).await;

    assert_eq!(failures(&bench.tell([&request]).await), ["0"], "it comes again");
    bench.context.clock.advance(TAKE_OVER_SECONDS);
    assert!(failures(&bench.tell([&request]).await).is_empty());
    bench.tell([&request]).await;
    let [first, second] = bench.mails().try_into().expect("two mails");
    assert_eq!(token(&first, "reset").digest(), token(&second, "reset").digest());

    // The second mail was not counted: two more fit into the hour, and no third.
    for _ in 0..3 {
        let request = bench.ask_reset("jane").await;
        bench.tell([&request]).await;
    }
    assert_eq!(bench.mails().len(), 4);
}

#[tokio::test]
async fn a_fourth_reset_within_an_hour_sends_nothing() {
    let bench = Bench::start().await;
    let jane = bench.make_user(|_| ()).await;
    for _ in 0..4 {
        let request = bench.ask_reset("jane").await;
        bench.tell([&request]).await;
    }
    assert_eq!(bench.recipients(), ["jane@example.com"; 3]);
    bench.context.clock.advance(HOUR);
    let request = bench.ask_reset("jane").await;
    bench.tell([&request]).await;
    let mails = bench.mails();
    assert_eq!(mails.len(), 4);
    for mail in &mails {
        let token = token(mail, "reset");
        assert_eq!((token.kind, token.locator.user), (TokenKind::MailedReset, jane.id));
    }
}

#[tokio::test]
async fn a_reset_goes_to_nobody_but_active_local_users_with_a_verified_address() {
    let refusals: [fn(&mut Profile); 5] = [
        |user| user.email = None,
        |user| user.is_email_verified = false,
        |user| user.provider = Provider::Saml,
        |user| user.is_disabled = true,
        |user| user.user_name = shared::name::UserName::from_stored("joe".to_owned()),
    ];
    for change in refusals {
        let bench = Bench::start().await;
        let user = bench.make_user(change).await;
        let request = bench.ask_reset("jane").await;
        assert!(failures(&bench.tell([&request]).await).is_empty());
        assert!(bench.mails().is_empty(), "{user:?}");
        let item = bench.context.store.get(&request).await.expect("a read").expect("a request");
        assert_eq!(item.text("mail_state").expect("a mark"), "done");
    }
}

#[tokio::test]
async fn an_invitation_is_mailed_while_it_is_the_one_that_holds() {
    let bench = Bench::start().await;
    let [open, earlier] = [item_id(), item_id()];
    let expires_at = bench.now().plus(INVITATION_SECONDS);
    let invite = |user: &mut Profile| {
        user.is_email_verified = false;
        user.invitation = Some(Invitation { token: open, digest: None, expires_at });
    };
    let jane = bench.make_user(invite).await;
    let events = [
        bench.happen_with(&jane, EventKind::Invited, earlier).await.key(),
        bench.happen_with(&jane, EventKind::Invited, open).await.key(),
    ];
    bench.tell(&events).await;
    let [mail] = bench.mails().try_into().expect("one mail");
    let keyring = bench.context.keyring(bench.now()).await.expect("keys");
    let locator = Locator { user: jane.id, item: open };
    let expected = OpaqueToken::mailed(TokenKind::MailedInvitation, locator, &keyring.current().expect("keys").mail);
    assert_eq!(token(&mail, "invitation").digest(), expected.expect("a token").digest());
    assert_eq!(mail.to, "jane@example.com");
}

#[tokio::test]
async fn a_new_address_is_asked_and_the_one_in_force_told_each_once() {
    let bench = Bench::start().await;
    let waiting = item_id();
    let expires_at = bench.now().plus(HOUR);
    let pending = |text| Some(PendingEmail { address: address(text), token: waiting, expires_at });
    let jane = bench.make_user(|user| user.pending_email = pending("new@example.com")).await;
    let event = bench.happen_with(&jane, EventKind::EmailChangeRequested, waiting).await.key();
    bench.tell([&event, &event]).await;
    assert_eq!(bench.recipients(), ["jane@example.com", "new@example.com"]);
    for mail in bench.mails() {
        assert_eq!(mail.text.contains('#'), mail.to == "new@example.com", "the token goes to the new address alone");
    }
    assert_eq!(token(&bench.mails()[0], "email").locator, Locator { user: jane.id, item: waiting });

    let same = |user: &mut Profile| {
        user.user_name = shared::name::UserName::from_stored("joe".to_owned());
        user.email = Some(address("joe@example.com"));
        user.is_email_verified = false;
        user.pending_email = pending("joe@example.com");
    };
    let joe = bench.make_user(same).await;
    let event = bench.happen_with(&joe, EventKind::EmailChangeRequested, waiting).await.key();
    bench.tell([&event]).await;
    assert_eq!(bench.mails().len(), 3, "the address in force confirms itself");
}

#[tokio::test]
async fn a_former_address_is_told_and_forgotten() {
    let bench = Bench::start().await;
    let jane = bench.make_user(|_| ()).await;
    let event = bench.happen(&jane, EventKind::EmailChanged).await;
    bench.write(vec![keep_address(&event, &address("former@example.com")).expect("an item")]).await;
    bench.tell([&event.key()]).await;
    assert_eq!(bench.recipients(), ["former@example.com"]);
    let kept = bench.context.store.get(&layout::address(jane.id, event.id)).await.expect("a read");
    assert!(kept.is_none());
    bench.tell([&event.key()]).await;
    assert_eq!(bench.mails().len(), 1);
}

#[tokio::test]
async fn notices_go_to_a_verified_address_and_say_what_happened() {
    let bench = Bench::start().await;
    let jane = bench.make_user(|_| ()).await;
    let unverified = |user: &mut Profile| {
        user.user_name = shared::name::UserName::from_stored("joe".to_owned());
        user.email = Some(address("joe@example.com"));
        user.is_email_verified = false;
    };
    let joe = bench.make_user(unverified).await;
    let event = shared::store::events::Event::new(jane.id, EventKind::ApiKeyCreated, bench.now()).expect("an event");
    let event = event.about("部署 key");
    bench.write(vec![event.insert().expect("an event")]).await;
    let nothing = [EventKind::ApiKeyDeleted, EventKind::ApiKeyExpired, EventKind::UserDisabled];
    let mut keys = vec![event.key(), bench.happen(&joe, EventKind::PasswordChanged).await.key()];
    for kind in nothing {
        keys.push(bench.happen(&jane, kind).await.key());
    }
    assert!(failures(&bench.tell(&keys).await).is_empty());
    let [mail] = bench.mails().try_into().expect("one mail");
    assert_eq!((mail.to.as_str(), mail.subject.as_str()), ("jane@example.com", "An API key was created"));
    assert!(mail.text.contains("部署 key") && mail.text.contains("jane (ROOT) at demo"), "{}", mail.text);
}

#[tokio::test]
async fn mails_about_keys_are_few_and_leave_room_for_others() {
    let bench = Bench::start().await;
    let jane = bench.make_user(|_| ()).await;
    for _ in 0..25 {
        let rotated = bench.happen(&jane, EventKind::ApiKeyRotated).await.key();
        assert!(failures(&bench.tell([&rotated]).await).is_empty());
    }
    assert_eq!(bench.mails().len(), 20);
    let changed = bench.happen(&jane, EventKind::PasswordChanged).await.key();
    bench.tell([&changed]).await;
    assert_eq!(bench.mails().len(), 21);
}

#[tokio::test]
async fn a_corrupt_record_and_what_is_no_event_hold_up_nothing() {
    let bench = Bench::start().await;
    let jane = bench.make_user(|_| ()).await;
    let corrupt = layout::event(jane.id, bench.now(), item_id());
    bench.write(vec![Write::put(Item::new(&corrupt)).expect("an item")]).await;
    let keys = [
        corrupt,
        layout::profile(jane.id),
        layout::event(jane.id, bench.now(), item_id()),
        bench.happen(&jane, EventKind::MfaDisabled).await.key(),
    ];
    assert!(failures(&bench.tell(&keys).await).is_empty());
    assert_eq!(bench.recipients(), ["jane@example.com"]);
}

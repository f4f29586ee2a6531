//! Changes of an e-mail address: the new one is asked, the one in force is told, the former one is told.

use shared::name::EmailAddress;
use shared::store::events::Event;
use shared::store::item::Item;
use shared::store::mails::MailMark;
use shared::store::users::Profile;
use shared::store::{Write, layout};
use shared::token::{Locator, TokenKind};
use shared::{Error, Result};

use crate::letter::{Advice, Letter, Link, readable};
use crate::post::{Addressed, Post};

const ADVICE: &str = "change your password, end the other sessions there, and tell your administrator";

/// Mails the token to the address that waits, and tells another address that is in force. Both are tried, whatever
/// becomes of the first.
pub(crate) async fn ask(post: &Post<'_>, item: &Item, event: &Event) -> Result<()> {
    let asked = ask_new(post, item, event).await;
    let told = tell_present(post, item, event).await;
    // Of two failures, one that may pass decides: then both come again.
    if let Err(Error::Unavailable(_)) = told { told } else { asked.and(told) }
}

async fn ask_new(post: &Post<'_>, item: &Item, event: &Event) -> Result<()> {
    let Some(claim) = post.claim(item, MailMark::Mail).await? else { return Ok(()) };
    post.settle(claim, write_question(post, event).await, None).await
}

async fn tell_present(post: &Post<'_>, item: &Item, event: &Event) -> Result<()> {
    let Some(claim) = post.claim(item, MailMark::Notice).await? else { return Ok(()) };
    post.settle(claim, write_notice(post, event).await, None).await
}

async fn write_question(post: &Post<'_>, event: &Event) -> Result<Addressed> {
    let Some(profile) = live_profile(post, event).await? else { return Ok(None) };
    let pending = profile.pending_email.as_ref();
    let Some(pending) = pending.filter(|waits| Some(waits.token) == event.token && post.now < waits.expires_at) else {
        return Ok(None);
    };
    let locator = Locator { user: event.user, item: pending.token };
    let letter = Letter {
        subject: "Confirm your e-mail address".to_owned(),
        fact: "Somebody asked to use this e-mail address for an account".to_owned(),
        details: details(post, &profile, event),
        link: Some(Link {
            purpose: "email",
            token: post.token(TokenKind::MailedAddress, locator)?,
            invitation: format!(
                "To confirm the address, open this link before {}, signed in to that account:",
                readable(pending.expires_at)
            ),
        }),
        advice: Advice::Ignore("without the link, the address will not be used"),
    };
    Ok(Some((pending.address.clone(), letter)))
}

/// While an address waits, whichever it is by now, the one in force is still the one to tell. Once none does, the
/// change has been told of itself, or was given up.
async fn write_notice(post: &Post<'_>, event: &Event) -> Result<Addressed> {
    let Some(profile) = live_profile(post, event).await? else { return Ok(None) };
    let waiting = profile.pending_email.as_ref().map(|waits| &waits.address);
    let other = profile.email.clone().filter(|in_force| waiting.is_some_and(|waiting| waiting != in_force));
    let letter = Letter {
        subject: "A new e-mail address was asked for".to_owned(),
        fact: "Somebody asked to use another e-mail address for your account. \
               Until it is confirmed, this one stays in force"
            .to_owned(),
        details: details(post, &profile, event),
        link: None,
        advice: Advice::Act(ADVICE),
    };
    Ok(other.map(|to| (to, letter)))
}

/// Tells the address that was in force before the change, and forgets it.
pub(crate) async fn tell_former(post: &Post<'_>, item: &Item, event: &Event) -> Result<()> {
    let Some(claim) = post.claim(item, MailMark::Mail).await? else { return Ok(()) };
    let forget = Write::delete(layout::address(event.user, event.id));
    post.settle(claim, write_farewell(post, event).await, Some(forget)).await
}

async fn write_farewell(post: &Post<'_>, event: &Event) -> Result<Addressed> {
    let Some(profile) = live_profile(post, event).await? else { return Ok(None) };
    let kept = post.context.store.get_live(&layout::address(event.user, event.id), post.now).await?;
    let Some(kept) = kept else { return Ok(None) };
    let letter = Letter {
        subject: "Your e-mail address was changed".to_owned(),
        fact: "The e-mail address of your account was changed. Mails no longer come to this one".to_owned(),
        details: details(post, &profile, event),
        link: None,
        advice: Advice::Act(ADVICE),
    };
    Ok(Some((EmailAddress::from_stored(kept.text("address")?.to_owned()), letter)))
}

async fn live_profile(post: &Post<'_>, event: &Event) -> Result<Option<Profile>> {
    Ok(post.context.store.profile(event.user).await?.filter(|profile| !profile.is_deleted))
}

fn details(post: &Post<'_>, profile: &Profile, event: &Event) -> Vec<(&'static str, String)> {
    Letter::details(&post.context.config.account_name, profile, event.at, event.source_ip.as_deref())
}

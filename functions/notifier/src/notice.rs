//! Notices: what happened to an account, told to its verified address.

use shared::Result;
use shared::store::events::{Event, EventKind};
use shared::store::item::Item;
use shared::store::layout;
use shared::store::mails::{MailClaim, MailMark};
use shared::store::users::Profile;

use crate::duty::Notice;
use crate::letter::{Advice, Letter};
use crate::post::{Addressed, Post};

/// Mails about keys to one user within an hour: whoever has a key may rotate it without end, and what is mailed then
/// must not use up what the provider takes for everybody.
const KEY_MAILS_MAX: usize = 20;

/// Tells the user, where there is a verified address.
pub(crate) async fn deliver(post: &Post<'_>, item: &Item, event: &Event, notice: Notice) -> Result<()> {
    let profile = post.context.store.profile(event.user).await?;
    let Some(profile) = profile.filter(|profile| profile.is_email_verified && !profile.is_deleted) else {
        return Ok(());
    };
    let Some(mut claim) = post.claim(item, MailMark::Mail).await? else { return Ok(()) };
    let room = has_room(post, event, &mut claim).await;
    let written = room.map(|is_there| if is_there { write(post, event, notice, profile) } else { None });
    post.settle(claim, written, None).await
}

/// Whether the hour has room for this mail, which counts once, also where a try fails.
async fn has_room(post: &Post<'_>, event: &Event, claim: &mut MailClaim) -> Result<bool> {
    let is_of_key = matches!(event.kind, EventKind::ApiKeyCreated | EventKind::ApiKeyRotated);
    if !is_of_key || claim.is_counted() {
        return Ok(true);
    }
    let counter = layout::mail_count(event.user, "key");
    if post.context.store.count_in_hour(&counter, KEY_MAILS_MAX, post.now).await?.is_err() {
        tracing::warn!(event = "notice_left_out", user.id = %event.user);
        return Ok(false);
    }
    claim.set_counted();
    Ok(true)
}

fn write(post: &Post<'_>, event: &Event, notice: Notice, profile: Profile) -> Addressed {
    let account_name = &post.context.config.account_name;
    let mut details = Letter::details(account_name, &profile, event.at, event.source_ip.as_deref());
    details.extend(event.subject.iter().map(|name| ("Key", name.clone())));
    let letter = Letter {
        subject: notice.subject.to_owned(),
        fact: notice.fact.to_owned(),
        details,
        link: None,
        advice: Advice::Act(notice.advice),
    };
    profile.email.map(|to| (to, letter))
}

//! Invitations that go by mail: their user sets the first password, or a new one.

use shared::Result;
use shared::store::events::Event;
use shared::store::item::Item;
use shared::store::mails::MailMark;
use shared::token::{Locator, TokenKind};

use crate::letter::{Advice, Letter, Link, readable};
use crate::post::{Addressed, Post};

/// Mails the invitation to the address in force, while it is the one that holds.
pub(crate) async fn deliver(post: &Post<'_>, item: &Item, event: &Event) -> Result<()> {
    let Some(claim) = post.claim(item, MailMark::Mail).await? else { return Ok(()) };
    post.settle(claim, write(post, event).await, None).await
}

async fn write(post: &Post<'_>, event: &Event) -> Result<Addressed> {
    let profile = post.context.store.profile(event.user).await?;
    let Some(profile) = profile.filter(|profile| profile.is_active() && profile.is_local()) else { return Ok(None) };
    // One with a digest was shown to whoever made it, and its mailed form opens nothing.
    let invitation = profile.invitation.as_ref().filter(|invitation| {
        Some(invitation.token) == event.token && invitation.digest.is_none() && post.now < invitation.expires_at
    });
    let (Some(invitation), Some(to)) = (invitation, profile.email.clone()) else { return Ok(None) };
    let locator = Locator { user: event.user, item: invitation.token };
    let account_name = &post.context.config.account_name;
    let letter = Letter {
        subject: format!("Your account at {account_name}"),
        fact: "An administrator invites you to set the password of your account".to_owned(),
        // Where the administrator was is not the user's to know.
        details: Letter::details(account_name, &profile, event.at, None),
        link: Some(Link {
            purpose: "invitation",
            token: post.token(TokenKind::MailedInvitation, locator)?,
            invitation: format!("To set your password, open this link before {}:", readable(invitation.expires_at)),
        }),
        advice: Advice::Ignore("without the link, nobody can set the password"),
    };
    Ok(Some((to, letter)))
}

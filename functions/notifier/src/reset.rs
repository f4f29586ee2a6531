//! Password resets: only here does it matter whether the name that was given is anybody's.

use shared::Result;
use shared::id::ItemId;
use shared::name::EmailAddress;
use shared::store::factors::PasswordRecord;
use shared::store::item::Item;
use shared::store::layout;
use shared::store::mails::{Counted, MailMark};
use shared::store::requests::ResetRequest;
use shared::store::tokens::{MailedReset, RESET_SECONDS, address_hash};
use shared::store::users::Profile;
use shared::token::{Locator, TokenKind};

use crate::letter::{Advice, Letter, Link, readable};
use crate::post::{Addressed, Post};

/// Reset mails that a user gets within an hour.
const MAILS_MAX: usize = 3;

/// Mails the reset to the verified address of an active local user; nothing to anybody else.
pub(crate) async fn deliver(post: &Post<'_>, item: &Item, request: &ResetRequest) -> Result<()> {
    let Some(claim) = post.claim(item, MailMark::Mail).await? else { return Ok(()) };
    post.settle(claim, write(post, request).await, None).await
}

async fn write(post: &Post<'_>, request: &ResetRequest) -> Result<Addressed> {
    let store = &post.context.store;
    let Some(user) = store.user_id_by_name(&request.environment, &request.user_name).await? else { return Ok(None) };
    // Of the request, so that another attempt makes the same token and counts no second mail.
    let token = ItemId::of_text(&request.id.to_string());
    let keys = [&layout::profile(user), &layout::password(user), &layout::token(user, token)];
    let [profile, password, stored] = store.get_all(keys, post.now).await?;
    let Some(profile) = profile.map(|item| Profile::from_item(&item)).transpose()? else { return Ok(None) };
    let (true, true, true) = (profile.is_active(), profile.is_local(), profile.is_email_verified) else {
        return Ok(None);
    };
    let Some(to) = profile.email.clone() else { return Ok(None) };
    let password = password.map(|item| PasswordRecord::from_item(&item)).transpose()?;
    let reset = if let Some(stored) = stored {
        MailedReset::from_item(&stored)?
    } else if password.as_ref().is_some_and(|password| password.changed_at > request.at) {
        // Setting a password voids every reset that was asked for before it, also one that was not yet mailed.
        None
    } else {
        make(post, Locator { user, item: token }, password.map_or(0, |password| password.version), &to).await?
    };
    let Some(reset) = reset else { return Ok(None) };
    Ok(Some((to, letter(post, request, &profile, Locator { user, item: token }, &reset)?)))
}

/// Makes the reset and counts its mail, both or neither; `None` when the hour has had its mails.
async fn make(
    post: &Post<'_>,
    token: Locator,
    password_version: u64,
    to: &EmailAddress,
) -> Result<Option<MailedReset>> {
    let expires_at = post.now.plus(RESET_SECONDS);
    let reset = MailedReset { password_version, address_hash: address_hash(to), expires_at };
    let insert = reset.insert(token.user, token.item)?;
    Ok(match post.context.store.count_mail_once(token.user, "reset", MAILS_MAX, post.now, insert).await? {
        Counted::Now => Some(reset),
        // Ended, and not yet removed by the table.
        Counted::Before | Counted::TooMany => None,
    })
}

fn letter(
    post: &Post<'_>,
    request: &ResetRequest,
    profile: &Profile,
    locator: Locator,
    reset: &MailedReset,
) -> Result<Letter> {
    Ok(Letter {
        subject: "Set a new password".to_owned(),
        fact: "Somebody asked for a new password for your account".to_owned(),
        details: Letter::details(&post.context.config.account_name, profile, request.at, Some(&request.source_ip)),
        link: Some(Link {
            purpose: "reset",
            token: post.token(TokenKind::MailedReset, locator)?,
            invitation: format!("To set one, open this link before {}:", readable(reset.expires_at)),
        }),
        advice: Advice::Ignore("your password stays as it is"),
    })
}

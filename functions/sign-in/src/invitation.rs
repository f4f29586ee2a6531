//! Setting a password with the token of an invitation or a reset; the token is spent by the password it sets.

use axum::extract::State;
use axum::response::Response;
use shared::Result;
use shared::clock::Timestamp;
use shared::context::Context;
use shared::error::Error;
use shared::http::call::Call;
use shared::http::fields::secret;
use shared::password::{self, Password};
use shared::store::events::{Event, EventKind};
use shared::store::factors::{PasswordRecord, void_devices};
use shared::store::tokens::{MailedReset, address_hash, mark_used};
use shared::store::users::{Invitation, Profile};
use shared::store::{Outcome, Retries, Write, layout};
use shared::token::{OpaqueToken, TokenKind};

use crate::password::finish_first_factor;

/// A token that is good, and what it opens.
struct Opened {
    profile: Profile,
    password_version: u64,
    /// What spends the token, where the profile does not hold it.
    spend: Option<Write>,
}

pub(crate) async fn accept_invitation(State(context): State<Context>, call: Call) -> Result<Response> {
    call.check_same_site()?;
    let mut fields = call.json()?;
    let token = fields.required("token", secret);
    let typed = fields.required("password", secret);
    let (token, typed) = fields.finish(token.zip(typed))?;
    let token = OpaqueToken::parse(token.expose()).ok_or(Error::TokenExpired)?;
    let password = Password::new(&typed);
    let mut opened = open(&context, &call, &token).await?;
    judge(&context, &opened.profile, &password)?;
    let keyring = context.keyring(call.now).await?;
    let stored = context.hasher.hash(&password, &keyring).await?;
    let mut retries = Retries::default();
    loop {
        retries.begin().await?;
        if retries.is_repeated() {
            opened = open(&context, &call, &token).await?;
            judge(&context, &opened.profile, &password)?;
        }
        let record = PasswordRecord {
            stored: stored.clone(),
            version: opened.password_version + 1,
            is_long: password.is_long(),
            changed_at: call.now,
        };
        let Some(profile) = set_password(&context, &call, &token, &opened, &record).await? else { continue };
        let devices = context.store.devices(profile.id, call.now).await?;
        return finish_first_factor(&context, &call, &profile, Some(devices)).await;
    }
}

/// Without MFA a password has to be longer, and its user's names may have changed.
fn judge(context: &Context, profile: &Profile, password: &Password) -> Result<()> {
    let reasons = password_context(context, profile).reasons_against(password);
    if reasons.is_empty() { Ok(()) } else { Err(Error::PasswordRejected(reasons)) }
}

fn password_context<'a>(context: &'a Context, profile: &'a Profile) -> password::Context<'a> {
    password::Context {
        is_mfa_enabled: profile.is_mfa_enabled,
        user_name: profile.user_name.as_str(),
        email: profile.email.as_ref().map(shared::name::EmailAddress::as_str),
        full_name: profile.full_name.as_ref().map(shared::name::FullName::as_str),
        account_name: &context.config.account_name,
    }
}

/// Whether the token is genuine, in time and unused; over, used and unknown are all alike.
async fn open(context: &Context, call: &Call, token: &OpaqueToken) -> Result<Opened> {
    let (user, item) = (token.locator.user, token.locator.item);
    let keys = [layout::profile(user), layout::password(user), layout::token(user, item)];
    let [profile, password, reset] = context.store.get_all(keys.each_ref(), call.now).await?;
    let profile = profile.as_ref().map(Profile::from_item).transpose()?;
    let profile = profile.filter(|profile| profile.is_active() && profile.is_local()).ok_or(Error::TokenExpired)?;
    let password = password.as_ref().map(PasswordRecord::from_item).transpose()?;
    let password_version = password.map_or(0, |password| password.version);
    let spend = match token.kind {
        TokenKind::Invitation | TokenKind::MailedInvitation => {
            check_invitation(context, &profile, token, call.now).await?;
            None
        }
        TokenKind::MailedReset => {
            let reset = reset.as_ref().map(MailedReset::from_item).transpose()?.flatten();
            let reset = reset.ok_or(Error::TokenExpired)?;
            let address = profile.email.as_ref().map(address_hash);
            let is_live = call.now < reset.expires_at
                && reset.password_version == password_version
                && address.as_deref() == Some(&reset.address_hash);
            if !is_live || !context.is_mailed(token, call.now).await? {
                return Err(Error::TokenExpired);
            }
            Some(mark_used(user, item, &call.request_id))
        }
        TokenKind::Session | TokenKind::MailedAddress => return Err(Error::TokenExpired),
    };
    Ok(Opened { profile, password_version, spend })
}

async fn check_invitation(context: &Context, profile: &Profile, token: &OpaqueToken, now: Timestamp) -> Result<()> {
    let is_live = |invitation: &&Invitation| invitation.token == token.locator.item && now < invitation.expires_at;
    let invitation = profile.invitation.as_ref().filter(is_live).ok_or(Error::TokenExpired)?;
    let is_genuine = match (&invitation.digest, token.kind) {
        (Some(digest), TokenKind::Invitation) => *digest == token.digest(),
        (None, TokenKind::MailedInvitation) => context.is_mailed(token, now).await?,
        _ => false,
    };
    if is_genuine { Ok(()) } else { Err(Error::TokenExpired) }
}

/// Sets the password, spends the token and ends every session; `None` when something changed meanwhile.
async fn set_password(
    context: &Context,
    call: &Call,
    token: &OpaqueToken,
    opened: &Opened,
    record: &PasswordRecord,
) -> Result<Option<Profile>> {
    let before = &opened.profile;
    let after = Profile {
        session_epoch: before.session_epoch + 1,
        password_version: record.version,
        invitation: None,
        // Whoever has the mailed token reads the address it was sent to.
        is_email_verified: before.is_email_verified || token.kind == TokenKind::MailedInvitation,
        ..before.clone()
    };
    let event = Event::new(before.id, EventKind::PasswordSet, call.now)?.from_source(&call.source_ip);
    let mut writes = vec![
        after.update(before)?,
        record.replace(before.id, opened.password_version)?,
        void_devices(before.id, call.now),
        event.insert()?,
    ];
    writes.extend(opened.spend.clone());
    match context.store.transact(writes).await? {
        Outcome::Done => {
            tracing::info!(event = "password_set", user.id = %before.id, request.id = call.request_id);
            Ok(Some(Profile { version: before.version + 1, ..after }))
        }
        Outcome::Refused(_) => Ok(None),
    }
}

//! The profile, read and changed.

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use shared::Result;
use shared::access::SessionCaller;
use shared::clock::Timestamp;
use shared::context::Context;
use shared::error::Error;
use shared::http::answer::{json, with_etag};
use shared::http::call::Call;
use shared::http::etag::ETag;
use shared::http::fields::text;
use shared::id::ItemId;
use shared::name::{EmailAddress, FullName};
use shared::scope::Scope;
use shared::store::events::{Event, EventKind, keep_address};
use shared::store::tokens::EMAIL_TOKEN_SECONDS;
use shared::store::users::{PendingEmail, Profile};
use shared::store::{Outcome, Retries, Write, layout};
use shared::view::UserInfo;

/// Mails to new addresses of one user within an hour.
const MAILS_MAX: usize = 5;

/// What a `PATCH` asks for; `None` leaves a member as it is.
#[expect(clippy::option_option, reason = "left out, cleared and set are three things")]
struct Change {
    full_name: Option<Option<FullName>>,
    email: Option<Option<EmailAddress>>,
}

pub(crate) async fn get_profile(State(context): State<Context>, call: Call) -> Result<Response> {
    let caller = context.caller_with(&call, Scope::Authentication).await?;
    call.no_body()?;
    answer(&context, caller.profile(), call.now)
}

pub(crate) fn answer(context: &Context, profile: &Profile, now: Timestamp) -> Result<Response> {
    let info = UserInfo::new(profile, &context.config.account_name, now);
    Ok(with_etag(json(StatusCode::OK, &info)?, &etag(context, profile, now)?))
}

fn etag(context: &Context, profile: &Profile, now: Timestamp) -> Result<ETag> {
    let info = UserInfo::new(profile, &context.config.account_name, now);
    Ok(ETag::of(&[&serde_json::to_string(&info).map_err(Error::internal)?]))
}

pub(crate) async fn update_profile(State(context): State<Context>, call: Call) -> Result<Response> {
    let mut caller = context.session(&call).await?;
    let change = read(&call, &caller)?;
    let if_match = call.if_match()?;
    let mut is_counted = false;
    let mut retries = Retries::default();
    loop {
        retries.begin().await?;
        if retries.is_repeated() {
            caller = context.session(&call).await?;
            change.require_proof(&caller, call.now)?;
        }
        let profile = &caller.profile;
        if_match.check(&etag(&context, profile, call.now)?)?;
        let (after, also) = change.apply(profile, &call)?;
        if also.is_empty() && after == *profile {
            return answer(&context, profile, call.now);
        }
        let asks_by_mail = matches!(&change.email, Some(Some(_))) && !also.is_empty();
        if asks_by_mail && !is_counted {
            let key = layout::mail_count(profile.id, "email");
            let counted = context.store.count_in_hour(&key, MAILS_MAX, call.now).await?;
            counted.map_err(Error::TooManyAttempts)?;
            is_counted = true;
        }
        let mut writes = vec![after.update(profile)?];
        writes.extend(also);
        if let Outcome::Done = context.store.transact(writes).await? {
            return answer(&context, &after, call.now);
        }
    }
}

fn read(call: &Call, caller: &SessionCaller) -> Result<Change> {
    let mut fields = call.patch()?;
    let names_email = fields.contains("email");
    if fields.contains("user_name") {
        let _ = fields.clearable("user_name", |_| Ok(()));
        fields.refuse("user_name", "cannot be changed".into());
    }
    let full_name = fields.clearable("full_name", text(FullName::parse));
    let email = fields.clearable("email", text(EmailAddress::parse));
    let change = Change { full_name, email };
    // One that cannot be read may be any.
    if names_email && change.email.is_none() {
        caller.require_fresh(call.now)?;
    }
    change.require_proof(caller, call.now)?;
    fields.finish(Some(change))
}

impl Change {
    /// A change of the address takes a fresh proof; one that is in force already is none.
    fn require_proof(&self, caller: &SessionCaller, now: Timestamp) -> Result<()> {
        let Some(email) = &self.email else { return Ok(()) };
        let profile = &caller.profile;
        let is_in_force = *email == profile.email && (email.is_none() || profile.is_email_verified);
        if is_in_force { Ok(()) } else { caller.require_fresh(now) }
    }

    /// The profile after the change, and what must happen with it.
    fn apply(&self, before: &Profile, call: &Call) -> Result<(Profile, Vec<Write>)> {
        let mut after = before.clone();
        if let Some(full_name) = &self.full_name {
            after.full_name.clone_from(full_name);
        }
        let also = match &self.email {
            None => Vec::new(),
            Some(None) => clear_email(&mut after, call)?,
            Some(Some(address)) if before.email.as_ref() == Some(address) && before.is_email_verified => Vec::new(),
            Some(Some(address)) => ask_for_email(&mut after, address, call)?,
        };
        Ok((after, also))
    }
}

/// Removes the address in force, and tells it.
fn clear_email(profile: &mut Profile, call: &Call) -> Result<Vec<Write>> {
    profile.pending_email = None;
    let Some(former) = profile.email.take() else { return Ok(Vec::new()) };
    profile.is_email_verified = false;
    profile.invitation = None;
    let event = Event::new(profile.id, EventKind::EmailChanged, call.now)?.from_source(&call.source_ip);
    Ok(vec![event.insert()?, keep_address(&event, &former)?])
}

/// Lets a new address wait for its token; asking for it again keeps the token, so that either mail confirms it.
fn ask_for_email(profile: &mut Profile, address: &EmailAddress, call: &Call) -> Result<Vec<Write>> {
    let waiting = profile.pending_email.as_ref();
    let same = waiting.filter(|pending| pending.address == *address && call.now < pending.expires_at);
    let token = same.map_or_else(ItemId::generate, |pending| Ok(pending.token))?;
    let expires_at = call.now.plus(EMAIL_TOKEN_SECONDS);
    profile.pending_email = Some(PendingEmail { address: address.clone(), token, expires_at });
    let event = Event::new(profile.id, EventKind::EmailChangeRequested, call.now)?
        .from_source(&call.source_ip)
        .with_token(token);
    Ok(vec![event.insert()?])
}

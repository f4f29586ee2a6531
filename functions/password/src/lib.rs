//! A user's own password.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use http::StatusCode;
use serde::Serialize;
use shared::Result;
use shared::access::SessionCaller;
use shared::clock::Timestamp;
use shared::context::Context;
use shared::error::{Error, PasswordReason};
use shared::http::answer::{json, no_content};
use shared::http::call::Call;
use shared::http::fields::secret;
use shared::password::{self, CHARACTERS_MAX, Password};
use shared::protection::{Proof, log_wrong_proof};
use shared::store::events::{Event, EventKind};
use shared::store::factors::PasswordRecord;
use shared::store::users::raise_epoch_for_password;
use shared::store::{Outcome, layout};

/// The routes of this function.
pub fn router(context: Context) -> Router {
    Router::new()
        .route("/pro/user-manager/v1/user/{user}/password", get(get_password).put(change_password))
        .with_state(context)
}

#[derive(Serialize)]
struct PasswordView {
    available: bool,
    changed_at: Option<Timestamp>,
    min_length: usize,
    max_length: usize,
}

async fn get_password(State(context): State<Context>, call: Call) -> Result<Response> {
    let caller = context.session(&call).await?;
    call.no_body()?;
    let available = caller.profile.is_local();
    let stored = if available { read_password(&context, &caller).await? } else { None };
    let min_length = password_context(&context, &caller).characters_min();
    let changed_at = stored.map(|stored| stored.changed_at);
    json(StatusCode::OK, &PasswordView { available, changed_at, min_length, max_length: CHARACTERS_MAX })
}

async fn read_password(context: &Context, caller: &SessionCaller) -> Result<Option<PasswordRecord>> {
    let item = context.store.get(&layout::password(caller.profile.id)).await?;
    item.as_ref().map(PasswordRecord::from_item).transpose()
}

fn password_context<'a>(context: &'a Context, caller: &'a SessionCaller) -> password::Context<'a> {
    let profile = &caller.profile;
    password::Context {
        is_mfa_enabled: profile.is_mfa_enabled,
        user_name: profile.user_name.as_str(),
        email: profile.email.as_ref().map(shared::name::EmailAddress::as_str),
        full_name: profile.full_name.as_ref().map(shared::name::FullName::as_str),
        account_name: &context.config.account_name,
    }
}

async fn change_password(State(context): State<Context>, call: Call) -> Result<Response> {
    let caller = context.session(&call).await?;
    let mut fields = call.json()?;
    let current = fields.required("current_password", secret);
    let new = fields.required("new_password", secret);
    let (current, new) = fields.finish(current.zip(new))?;
    if !caller.profile.is_local() {
        return Err(Error::NotAvailableForSso);
    }
    let (current, new) = (Password::new(&current), Password::new(&new));
    // Before the attempt is counted: an outage is nobody's failure.
    context.keyring(call.now).await?;
    let stored = verify_current(&context, &call, &caller, &current).await?;
    let mut reasons = password_context(&context, &caller).reasons_against(&new);
    if new.is_same_as(&current) {
        reasons.push(PasswordReason::SameAsCurrent);
    }
    if !reasons.is_empty() {
        return Err(Error::PasswordRejected(reasons));
    }
    let keyring = context.keyring(call.now).await?;
    let record = PasswordRecord {
        stored: context.hasher.hash(&new, &keyring).await?,
        version: stored.version + 1,
        is_long: new.is_long(),
        changed_at: call.now,
    };
    replace(&context, &call, &caller, &record, stored.version).await
}

async fn verify_current(
    context: &Context,
    call: &Call,
    caller: &SessionCaller,
    current: &Password,
) -> Result<PasswordRecord> {
    let user = caller.profile.id;
    let stored = read_password(context, caller).await?.ok_or(Error::PasswordIncorrect)?;
    let reading = context.read_protection(call, user, Proof::Password).await?;
    let attempt = context.count_attempt(call, user, Proof::Password, reading).await?;
    let keyring = context.keyring_with(stored.stored.secret_version, user, call.now).await?;
    if !context.hasher.verify(current, &stored.stored, &keyring).await? {
        log_wrong_proof(call, user, Proof::Password);
        return Err(Error::PasswordIncorrect);
    }
    context.succeed_attempt(call, attempt).await;
    Ok(stored)
}

/// Sets the password and ends every other session, or does neither.
async fn replace(
    context: &Context,
    call: &Call,
    caller: &SessionCaller,
    record: &PasswordRecord,
    before: u64,
) -> Result<Response> {
    let SessionCaller { session, profile, .. } = caller;
    let event = Event::new(profile.id, EventKind::PasswordChanged, call.now)?.from_source(&call.source_ip);
    let writes = vec![
        record.replace(profile.id, before)?,
        raise_epoch_for_password(profile.id, profile.session_epoch, record.version),
        session.carry_over(profile.session_epoch + 1, &session.factors),
        event.insert()?,
    ];
    match context.store.transact(writes).await? {
        Outcome::Done => {
            tracing::info!(event = "password_changed", user.id = %profile.id, request.id = call.request_id);
            Ok(no_content())
        }
        Outcome::Refused(_) => Err(context.overtaken(call).await),
    }
}

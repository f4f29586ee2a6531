//! A fresh proof of all factors for a session that stands already.

use axum::extract::State;
use axum::response::Response;
use shared::Result;
use shared::context::Context;
use shared::error::Error;
use shared::http::answer::{no_content, with_cookie};
use shared::http::call::Call;
use shared::http::cookie;
use shared::http::fields::secret;
use shared::password::Password;
use shared::protection::{Proof, log_wrong_proof};
use shared::secret::Secret;
use shared::store::factors::PasswordRecord;
use shared::store::sessions::{FRESH_SECONDS, Factor};
use shared::store::users::{Profile, check_epoch};
use shared::store::{Outcome, Write, layout};
use shared::token::{Locator, OpaqueToken, TokenKind};

use crate::second_factor::SecondFactor;
use crate::start::commit;

pub(crate) async fn step_up(State(context): State<Context>, call: Call) -> Result<Response> {
    let caller = context.enrolling_session(&call).await?;
    let (session, profile) = (&caller.session, &caller.profile);
    let (password, factor) = read(&call, profile)?;
    if !profile.is_local() {
        return Err(Error::NotAvailableForSso);
    }
    verify_password(&context, &call, profile, &Password::new(&password)).await?;
    let (mut factors, mut also) = (vec![Factor::Password], Vec::new());
    if let Some(factor) = factor {
        also = verify_factor(&context, &call, profile, &factor).await?;
        factors.push(factor.factor());
    }
    let token = OpaqueToken::generate(TokenKind::Session, Locator { user: profile.id, item: session.id })?;
    let mut writes = vec![session.renew(token.digest(), &factors, call.now.plus(FRESH_SECONDS))];
    if !also.is_empty() {
        writes.push(check_epoch(profile.id, profile.session_epoch));
        writes.extend(also);
    }
    match commit(&context, writes).await? {
        Outcome::Done => {
            tracing::info!(event = "stepped_up", user.id = %profile.id, request.id = call.request_id);
            let seconds_left = session.expires_at.seconds_since(call.now);
            Ok(with_cookie(no_content(), cookie::set(cookie::SESSION, token.expose(), Some(seconds_left))))
        }
        // Another step-up replaced the cookie, or something ended the session or took it into the next epoch.
        refused if refused.is_refused_at(0) || refused.is_refused_at(1) => Err(context.overtaken(&call).await),
        Outcome::Refused(_) => Err(Error::CodeRejected),
    }
}

/// `code` or `recovery_code` exactly where MFA is on.
fn read(call: &Call, profile: &Profile) -> Result<(Secret, Option<SecondFactor>)> {
    let mut fields = call.json()?;
    let password = fields.required("password", secret);
    let was_sent = fields.contains("code") || fields.contains("recovery_code");
    let factor = SecondFactor::read(&mut fields);
    if profile.is_mfa_enabled && !was_sent {
        fields.refuse("code", "or recovery_code is required while MFA is on".into());
    } else if !profile.is_mfa_enabled && was_sent && profile.is_local() {
        fields.refuse("code", "must not be sent while MFA is off".into());
    }
    let password = fields.finish(password)?;
    Ok((password, factor))
}

async fn verify_password(context: &Context, call: &Call, profile: &Profile, password: &Password) -> Result<()> {
    let stored = context.store.get(&layout::password(profile.id)).await?;
    let stored = stored.as_ref().map(PasswordRecord::from_item).transpose()?.ok_or(Error::PasswordIncorrect)?;
    if !profile.holds_password(stored.version) {
        return Err(Error::unavailable("the password is being changed"));
    }
    let reading = context.read_protection(call, profile.id, Proof::Password).await?;
    // Before the attempt is counted: an outage is nobody's failure.
    context.keyring(call.now).await?;
    let attempt = context.count_attempt(call, profile.id, Proof::Password, reading).await?;
    let keyring = context.keyring_with(stored.stored.secret_version, profile.id, call.now).await?;
    if !context.hasher.verify(password, &stored.stored, &keyring).await? {
        log_wrong_proof(call, profile.id, Proof::Password);
        return Err(Error::PasswordIncorrect);
    }
    context.succeed_attempt(call, attempt).await;
    Ok(())
}

async fn verify_factor(context: &Context, call: &Call, profile: &Profile, factor: &SecondFactor) -> Result<Vec<Write>> {
    let stored = context.store.get(&factor.key(profile.id)).await?;
    let reading = context.read_protection(call, profile.id, factor.proof()).await?;
    let attempt = context.count_attempt(call, profile.id, factor.proof(), reading).await?;
    let Some(accepted) = factor.verify(context, call, profile.id, stored.as_ref()).await? else {
        log_wrong_proof(call, profile.id, factor.proof());
        return Err(Error::CodeRejected);
    };
    context.succeed_attempt(call, attempt).await;
    Ok(accepted)
}

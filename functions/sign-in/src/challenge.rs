//! The second factor: a challenge, answered with a code once.

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use serde::Serialize;
use shared::Result;
use shared::clock::Timestamp;
use shared::context::Context;
use shared::error::Error;
use shared::http::answer::json;
use shared::http::call::Call;
use shared::http::fields::secret;
use shared::id::ItemId;
use shared::protection::{Reading, attempts_key, spray_key};
use shared::secret::Secret;
use shared::store::factors::PasswordRecord;
use shared::store::layout;
use shared::store::sessions::Factor;
use shared::store::tokens::{CHALLENGE_SECONDS, Challenge, mark_used};
use shared::store::users::Profile;
use shared::token::{Locator, OpaqueToken, TokenKind};

use crate::second_factor::SecondFactor;
use crate::start::{Proven, Verified, failed, start_session};

#[derive(Serialize)]
struct ChallengeView<'a> {
    status: &'static str,
    challenge: &'a str,
    methods: [&'static str; 2],
    expires_at: Timestamp,
}

/// Remembers the right password for five minutes.
pub(crate) async fn start_challenge(context: &Context, call: &Call, verified: &Verified) -> Result<Response> {
    let Verified { profile, password } = verified;
    let locator = Locator { user: profile.id, item: ItemId::generate()? };
    let token = OpaqueToken::generate(TokenKind::Challenge, locator)?;
    let expires_at = call.now.plus(CHALLENGE_SECONDS);
    let challenge = Challenge {
        digest: token.digest(),
        password_version: password.version,
        epoch: profile.session_epoch,
        created_at: call.now,
        expires_at,
    };
    if !context.store.write(challenge.insert(profile.id, locator.item)?).await?.is_done() {
        return Err(Error::internal("a new challenge has the id of another"));
    }
    let methods = ["totp", "recovery_code"];
    json(StatusCode::OK, &ChallengeView { status: "mfa_required", challenge: token.expose(), methods, expires_at })
}

pub(crate) async fn answer_challenge(State(context): State<Context>, call: Call) -> Result<Response> {
    call.check_same_site()?;
    let (token, factor) = read(&call)?;
    let token = OpaqueToken::parse_kind(TokenKind::Challenge, token.expose()).ok_or(Error::TokenExpired)?;
    let Locator { user, item } = token.locator;
    let keys = [
        layout::token(user, item),
        layout::profile(user),
        layout::password(user),
        factor.key(user),
        layout::devices(user),
        attempts_key(user, factor.proof()),
        spray_key(&call),
    ];
    let [challenge, profile, password, stored, devices, attempts, spray] =
        context.store.get_all(keys.each_ref(), call.now).await?;
    let challenge = challenge.as_ref().map(Challenge::from_item).transpose()?.flatten();
    let profile = profile.as_ref().map(Profile::from_item).transpose()?;
    let password = password.as_ref().map(PasswordRecord::from_item).transpose()?;
    let (Some(challenge), Some(profile), Some(password)) = (challenge, profile, password) else {
        return Err(Error::TokenExpired);
    };
    check_live(&challenge, &token, &profile, &password, call.now)?;
    let reading = Reading::from_items(attempts.as_ref(), spray.as_ref(), devices.as_ref())?;
    let attempt = context.count_attempt(&call, user, factor.proof(), reading).await?;
    let Some(accepted) = factor.verify(&context, &call, user, stored.as_ref()).await? else {
        return Err(failed(&call, user, factor.proof()));
    };
    let mut also = vec![mark_used(user, item, &call.request_id)];
    also.extend(accepted);
    let proven = Proven {
        factors: vec![Factor::Password, factor.factor()],
        first_proof_at: challenge.created_at,
        password_version: Some(password.version),
        strange_to: attempt.strange_to(),
        also,
    };
    let Some(response) = start_session(&context, &call, &profile, proven).await? else {
        return Err(why_refused(&context, &call, &token).await?);
    };
    context.succeed_attempt(&call, attempt).await;
    Ok(response)
}

fn read(call: &Call) -> Result<(Secret, SecondFactor)> {
    let mut fields = call.json()?;
    let challenge = fields.required("challenge", secret);
    let factor = SecondFactor::read(&mut fields);
    if factor.is_none() && !fields.contains("code") && !fields.contains("recovery_code") {
        fields.refuse("code", "or recovery_code is required, and not both".into());
    }
    fields.finish(challenge.zip(factor))
}

/// A challenge is over when it ended, was answered, or the password or the sessions changed since.
fn check_live(
    challenge: &Challenge,
    token: &OpaqueToken,
    profile: &Profile,
    password: &PasswordRecord,
    now: Timestamp,
) -> Result<()> {
    let is_live = challenge.digest == token.digest()
        && now < challenge.expires_at
        && challenge.epoch == profile.session_epoch
        && challenge.password_version == password.version
        && profile.is_active()
        && profile.is_mfa_enabled;
    if is_live { Ok(()) } else { Err(Error::TokenExpired) }
}

/// The transaction was refused: another request answered the challenge, or used the code, first.
async fn why_refused(context: &Context, call: &Call, token: &OpaqueToken) -> Result<Error> {
    let Locator { user, item } = token.locator;
    let challenge = context.store.get_live(&layout::token(user, item), call.now).await?;
    let is_open = challenge.as_ref().map(Challenge::from_item).transpose()?.flatten().is_some();
    Ok(if is_open { Error::SignInFailed } else { Error::TokenExpired })
}

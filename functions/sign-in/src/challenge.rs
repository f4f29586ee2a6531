//! The second factor: a challenge, answered with a code once.

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use serde::Serialize;
use shared::Result;
use shared::challenge::Challenge;
use shared::clock::Timestamp;
use shared::context::Context;
use shared::error::Error;
use shared::http::answer::json;
use shared::http::call::Call;
use shared::http::fields::secret;
use shared::id::ItemId;
use shared::protection::{Reading, attempts_key, spray_key};
use shared::secret::Secret;
use shared::store::layout;
use shared::store::sessions::Factor;
use shared::store::users::Profile;
use shared::token::Locator;

use crate::second_factor::SecondFactor;
use crate::start::{Proven, failed, start_session};

#[derive(Serialize)]
struct ChallengeView<'a> {
    status: &'static str,
    challenge: &'a str,
    methods: [&'static str; 2],
    expires_at: Timestamp,
}

/// The right password is good for five minutes more.
pub(crate) async fn start_challenge(context: &Context, call: &Call, profile: &Profile) -> Result<Response> {
    let keyring = context.keyring(call.now).await?;
    let opens = Locator { user: profile.id, item: ItemId::generate()? };
    let challenge = Challenge::new(opens, profile.session_epoch, call.now, keyring.current()?)?;
    let (text, expires_at) = (challenge.to_text(), challenge.expires_at());
    let methods = ["totp", "recovery_code"];
    json(StatusCode::OK, &ChallengeView { status: "mfa_required", challenge: text.expose(), methods, expires_at })
}

pub(crate) async fn answer_challenge(State(context): State<Context>, call: Call) -> Result<Response> {
    call.check_same_site()?;
    let (text, factor) = read(&call)?;
    let challenge = Challenge::parse(text.expose()).filter(|challenge| call.now < challenge.expires_at());
    let challenge = challenge.ok_or(Error::TokenExpired)?;
    let Locator { user, item } = challenge.opens;
    let keys = [
        layout::session(user, item),
        layout::profile(user),
        factor.key(user),
        layout::devices(user),
        attempts_key(user, factor.proof()),
        spray_key(&call),
    ];
    let [session, profile, stored, devices, attempts, spray] = context.store.get_all(keys.each_ref(), call.now).await?;
    let profile = profile.as_ref().map(Profile::from_item).transpose()?.ok_or(Error::TokenExpired)?;
    if session.is_some() || !is_open(&context, &challenge, &profile, call.now).await? {
        return Err(Error::TokenExpired);
    }
    let reading = Reading::from_items(attempts.as_ref(), spray.as_ref(), devices.as_ref())?;
    let attempt = context.count_attempt(&call, user, factor.proof(), reading).await?;
    let Some(accepted) = factor.verify(&context, &call, user, stored.as_ref()).await? else {
        return Err(failed(&call, user, factor.proof()));
    };
    let proven = Proven {
        factors: vec![Factor::Password, factor.factor()],
        first_proof_at: challenge.created_at,
        session: Some(item),
        strange_to: attempt.strange_to(),
        also: accepted,
    };
    let response = start_session(&context, &call, &profile, proven).await?;
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

/// Whether the challenge is genuine, and the user's sessions are still those of its making.
async fn is_open(context: &Context, challenge: &Challenge, profile: &Profile, now: Timestamp) -> Result<bool> {
    if !profile.is_active() || !profile.is_mfa_enabled {
        return Ok(false);
    }
    let keyring = context.secrets.keyring_with(challenge.secret_version, now).await?;
    let is_known = keyring.holds(challenge.secret_version);
    Ok(is_known && challenge.is_genuine(profile.session_epoch, keyring.version(challenge.secret_version)?)?)
}

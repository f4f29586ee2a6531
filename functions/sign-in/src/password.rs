//! The first factor: a name and a password.

use std::future::Future;
use std::time::Duration;

use axum::extract::State;
use axum::response::Response;
use shared::Result;
use shared::context::Context;
use shared::error::Error;
use shared::http::call::Call;
use shared::http::fields::secret;
use shared::keyring::Keyring;
use shared::password::Password;
use shared::protection::{Attempt, Proof, Reading, attempts_key, spray_key};
use shared::store::factors::{Devices, PasswordRecord};
use shared::store::sessions::Factor;
use shared::store::users::Profile;
use shared::store::{Retries, layout};

use crate::challenge::start_challenge;
use crate::identity::{Identity, user_id};
use crate::start::{Proven, failed, start_session};

pub(crate) async fn sign_in(State(context): State<Context>, call: Call) -> Result<Response> {
    call.check_same_site()?;
    let mut fields = call.json()?;
    let identity = Identity::read(&mut fields);
    let password = fields.required("password", secret);
    let (identity, password) = fields.finish(identity.zip(password))?;
    let password = Password::new(&password);
    let verified = Box::pin(verify(&context, &call, &identity, &password));
    let (profile, attempt) = hold_refusal(context.config.refusal_time_min, verified).await?;
    let strange_to = attempt.strange_to();
    // The password was right, whatever becomes of what it opens.
    let forgotten = context.succeed_attempt(&call, attempt);
    let finished = Box::pin(finish_first_factor(&context, &call, &profile, strange_to));
    tokio::join!(forgotten, finished).1
}

/// Keeps a refusal for as long as any of them takes: what was not found is not read either, and that is sooner. Where
/// the table takes longer than `time_min`, its own time varies by more than this difference.
async fn hold_refusal<T>(time_min: Duration, attempt: impl Future<Output = Result<T>>) -> Result<T> {
    let time_min = tokio::time::sleep(time_min);
    let result = attempt.await;
    if let Err(Error::SignInFailed | Error::TooManyAttempts(_)) = result {
        time_min.await;
    }
    result
}

/// Asks for the second factor where there is one, and starts the session where there is none.
pub(crate) async fn finish_first_factor(
    context: &Context,
    call: &Call,
    profile: &Profile,
    strange_to: Option<Devices>,
) -> Result<Response> {
    if profile.is_mfa_enabled {
        return start_challenge(context, call, profile).await;
    }
    let proven = Proven {
        factors: vec![Factor::Password],
        first_proof_at: call.now,
        session: None,
        strange_to,
        also: Vec::new(),
    };
    start_session(context, call, profile, proven).await
}

/// Unknown user, wrong password, disabled account and SSO user make the same requests and the same hash.
async fn verify(
    context: &Context,
    call: &Call,
    identity: &Identity,
    password: &Password,
) -> Result<(Profile, Attempt)> {
    let [name, spray] = context.store.get_all([&identity.key(), &spray_key(call)], call.now).await?;
    let user = name.as_ref().map(user_id).transpose()?.unwrap_or_else(|| identity.unknown_id());
    let keys =
        [layout::profile(user), layout::password(user), layout::devices(user), attempts_key(user, Proof::Password)];
    let mut retries = Retries::default();
    let (profile, stored, devices, attempts) = loop {
        retries.begin().await?;
        let [profile, stored, devices, attempts] = context.store.get_all(keys.each_ref(), call.now).await?;
        let profile = profile.as_ref().map(Profile::from_item).transpose()?;
        let stored = stored.as_ref().map(PasswordRecord::from_item).transpose()?;
        let version = stored.as_ref().map_or(0, |stored| stored.version);
        // Of one epoch there is one password: a session of the epoch that was read stands for the password that is right.
        if profile.as_ref().is_none_or(|profile| profile.holds_password(version)) {
            break (profile, stored, devices, attempts);
        }
    };
    let reading = Reading::from_items(attempts.as_ref(), spray.as_ref(), devices.as_ref())?;
    let keyring = context.keyring(call.now).await?;
    let attempt = context.count_attempt(call, user, Proof::Password, reading).await?;
    let is_candidate = |profile: &Profile| profile.is_active() && profile.is_local();
    let (Some(profile), Some(stored)) = (profile.filter(is_candidate), stored) else {
        context.hasher.verify_nothing(password, &keyring).await?;
        return Err(failed(call, user, Proof::Password));
    };
    let keyring = context.keyring_with(stored.stored.secret_version, user, call.now).await?;
    if !context.hasher.verify(password, &stored.stored, &keyring).await? {
        return Err(failed(call, user, Proof::Password));
    }
    if context.hasher.is_outdated(&stored.stored, &keyring)
        && let Err(error) = rehash(context, &profile, &stored, password, &keyring).await
    {
        tracing::warn!(event = "password_not_rehashed", user.id = %user, error = %error.with_causes());
    }
    Ok((profile, attempt))
}

/// Hashes a right password anew. Who changes it meanwhile is first, and a failure leaves it to the next sign-in.
async fn rehash(
    context: &Context,
    profile: &Profile,
    stored: &PasswordRecord,
    password: &Password,
    keyring: &Keyring,
) -> Result<()> {
    let fresh = context.hasher.hash(password, keyring).await?;
    context.store.write(stored.rehash(profile.id, &fresh)).await.map(|_| ())
}

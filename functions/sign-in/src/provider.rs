//! Sessions for users whose identity provider has just authenticated them.

use axum::response::Response;
use shared::Result;
use shared::context::Context;
use shared::error::Error;
use shared::http::call::Call;
use shared::store::sessions::Factor;

use crate::identity::Identity;
use crate::start::{Proven, start_session};

/// Starts a session for an Active Directory or SAML user; the caller answers for the provider's word.
///
/// # Errors
/// `SignInFailed` for a local, disabled or unknown user.
pub async fn sign_in_with_provider(
    context: &Context,
    call: &Call,
    environment: &str,
    user_name: &str,
) -> Result<Response> {
    let identity = Identity::of(environment, user_name);
    let user = context.store.user_id_by_name(&identity.environment, &identity.user_name).await?;
    let profile = context.store.profile(user.ok_or(Error::SignInFailed)?).await?.ok_or(Error::SignInFailed)?;
    if profile.is_local() || !profile.is_active() {
        return Err(Error::SignInFailed);
    }
    let proven = Proven {
        factors: vec![Factor::Sso],
        first_proof_at: call.now,
        session: None,
        strange_to: None,
        also: Vec::new(),
    };
    start_session(context, call, &profile, proven).await
}

//! A code of the authenticator, or a recovery code: each opens once.

use shared::Result;
use shared::context::Context;
use shared::http::call::Call;
use shared::http::fields::{Fields, secret};
use shared::id::UserId;
use shared::protection::Proof;
use shared::recovery;
use shared::secret::Secret;
use shared::store::Write;
use shared::store::events::{Event, EventKind};
use shared::store::factors::{TotpRecord, accept_recovery_code, accept_totp_step, recovery_from_item};
use shared::store::item::Item;
use shared::store::layout::{self, Key};
use shared::store::sessions::Factor;

/// What was typed.
#[derive(Debug)]
pub(crate) enum SecondFactor {
    Totp(Secret),
    RecoveryCode(Secret),
}

impl SecondFactor {
    /// Reads `code` or `recovery_code`; both are refused, none is `None`.
    pub(crate) fn read(fields: &mut Fields) -> Option<Self> {
        if fields.contains("code") && fields.contains("recovery_code") {
            fields.refuse("recovery_code", "must not be sent with code".into());
        }
        let code = fields.optional("code", secret).map(Self::Totp);
        let recovery_code = fields.optional("recovery_code", secret).map(Self::RecoveryCode);
        code.or(recovery_code)
    }

    pub(crate) const fn proof(&self) -> Proof {
        match self {
            Self::Totp(_) => Proof::Totp,
            Self::RecoveryCode(_) => Proof::RecoveryCode,
        }
    }

    pub(crate) const fn factor(&self) -> Factor {
        match self {
            Self::Totp(_) => Factor::Totp,
            Self::RecoveryCode(_) => Factor::RecoveryCode,
        }
    }

    /// Where its stored side stands.
    pub(crate) fn key(&self, user: UserId) -> Key {
        match self {
            Self::Totp(_) => layout::totp(user),
            Self::RecoveryCode(_) => layout::recovery(user),
        }
    }

    /// The writes that use it up, where it is right: part of the transaction that it opens.
    pub(crate) async fn verify(
        &self,
        context: &Context,
        call: &Call,
        user: UserId,
        stored: Option<&Item>,
    ) -> Result<Option<Vec<Write>>> {
        let Some(stored) = stored else { return Ok(None) };
        match self {
            Self::Totp(code) => verify_totp(context, call, user, &TotpRecord::from_item(stored)?, code).await,
            Self::RecoveryCode(code) => {
                let codes = recovery_from_item(stored)?;
                let digest = recovery::matching_digest(code, &codes, &context.hasher).await?;
                let Some(digest) = digest else { return Ok(None) };
                let event = Event::new(user, EventKind::RecoveryCodeUsed, call.now)?.from_source(&call.source_ip);
                Ok(Some(vec![accept_recovery_code(user, &codes.salt, &digest), event.insert()?]))
            }
        }
    }
}

async fn verify_totp(
    context: &Context,
    call: &Call,
    user: UserId,
    record: &TotpRecord,
    code: &Secret,
) -> Result<Option<Vec<Write>>> {
    let Some((totp, last_step)) = &record.active else { return Ok(None) };
    let keyring = context.keyring_with(totp.secret_version, user, call.now).await?;
    let secret = totp.open(&keyring, user)?;
    let Some(step) = secret.accepted_step(code.expose(), call.now, *last_step)? else { return Ok(None) };
    let renewed = totp.renewed(&secret, &keyring, user)?;
    Ok(Some(vec![accept_totp_step(user, totp.factor, step, renewed.as_ref())]))
}

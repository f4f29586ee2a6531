//! What every delivery shares: the right to send, the sending, and the mark that it is done.

use shared::clock::Timestamp;
use shared::context::Context;
use shared::keyring::Keys;
use shared::name::EmailAddress;
use shared::store::item::Item;
use shared::store::mails::{Claimed, MailClaim, MailMark};
use shared::store::{Outcome, Write};
use shared::token::{Locator, OpaqueToken, TokenKind};
use shared::{Error, Result};

use crate::letter::Letter;
use crate::mailer::{Mail, Mailer};

/// What deliveries work with.
#[derive(Clone, Copy)]
pub(crate) struct Post<'a> {
    pub(crate) context: &'a Context,
    pub(crate) mailer: &'a Mailer,
    pub(crate) keys: &'a Keys,
    pub(crate) now: Timestamp,
}

/// A letter and where it goes. Without one, there is nobody to write to.
pub(crate) type Addressed = Option<(EmailAddress, Letter)>;

impl Post<'_> {
    /// Sets out to send one of the item's mails; `None` when it was sent before.
    ///
    /// # Errors
    /// `Unavailable` while another is at it: whether that one succeeds, only the next attempt can know.
    pub(crate) async fn claim(&self, item: &Item, mark: MailMark) -> Result<Option<MailClaim>> {
        match self.context.store.claim_mail(item, mark, self.now).await? {
            Claimed::Ours(claim) => Ok(Some(claim)),
            Claimed::Done => Ok(None),
            Claimed::Busy => Err(Error::unavailable("another is sending this mail")),
        }
    }

    /// Sends what was written, marks the mail as done and, with the mark, does `also`. What fails is given up for the
    /// next attempt; what the provider refuses for good counts as done.
    pub(crate) async fn settle(&self, claim: MailClaim, written: Result<Addressed>, also: Option<Write>) -> Result<()> {
        let sent = match written {
            Ok(Some((to, letter))) => self.send(&claim, to, &letter).await,
            Ok(None) => Ok(()),
            Err(error) => Err(error),
        };
        if let Err(error) = sent {
            if let Err(error) = self.context.store.write(claim.release()).await {
                tracing::warn!(event = "mail_not_released", error = %error.with_causes());
            }
            return Err(error);
        }
        let store = &self.context.store;
        let finished = match also {
            None => store.write(claim.finish()).await?,
            Some(also) => store.transact(vec![claim.finish(), also]).await?,
        };
        if let Outcome::Refused(_) = finished {
            tracing::warn!(event = "mail_taken_over");
        }
        Ok(())
    }

    async fn send(&self, claim: &MailClaim, to: EmailAddress, letter: &Letter) -> Result<()> {
        let config = &self.context.config;
        let text = letter.text(&config.portal_origin);
        let mail = Mail { to, subject: letter.subject.clone(), text };
        match self.mailer.send(&config.mail_from, &mail).await {
            Err(error @ Error::Internal(_)) => {
                let (partition, item) = (&claim.key().pk, &claim.key().sk);
                tracing::error!(event = "mail_refused", partition, item, error = %error.with_causes());
                Ok(())
            }
            sent => sent,
        }
    }

    /// The token that a mail carries, the same each time.
    ///
    /// # Errors
    /// Never in practice.
    pub(crate) fn token(&self, kind: TokenKind, locator: Locator) -> Result<OpaqueToken> {
        OpaqueToken::mailed(kind, locator, &self.keys.mail)
    }
}

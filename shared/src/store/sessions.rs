//! Sessions of the page.

use super::item::Item;
use super::layout::{self, prefix};
use super::{Range, Store, Write};
use crate::challenge::CHALLENGE_SECONDS;
use crate::clock::Timestamp;
use crate::error::Result;
use crate::id::{ItemId, UserId};
use crate::secret::Digest;

/// Seconds from sign-in to the absolute end.
pub const LIFETIME_SECONDS: u32 = 12 * 60 * 60;
/// Seconds without a request after which a session is over.
pub const IDLE_SECONDS: u32 = 60 * 60;
/// Seconds to which the last request is recorded, in the user's favour.
pub const TOUCH_SECONDS: u32 = 5 * 60;
/// Seconds for which a proof of all factors is fresh.
pub const FRESH_SECONDS: u32 = 10 * 60;

/// What a session proved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Factor {
    /// The password.
    Password,
    /// A code of the authenticator.
    Totp,
    /// A recovery code.
    RecoveryCode,
    /// The user's identity provider.
    Sso,
}

impl Factor {
    /// The name clients see.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Totp => "totp",
            Self::RecoveryCode => "recovery_code",
            Self::Sso => "sso",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::Password, Self::Totp, Self::RecoveryCode, Self::Sso].into_iter().find(|f| f.as_str() == text)
    }
}

/// A session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Whose it is.
    pub user: UserId,
    /// Which of theirs.
    pub id: ItemId,
    /// Of the cookie's value.
    pub digest: Digest,
    /// The user's epoch that it belongs to.
    pub epoch: u64,
    /// What it proved.
    pub factors: Vec<Factor>,
    /// Until when its proof of all factors is fresh.
    pub fresh_until: Timestamp,
    /// When it was made.
    pub created_at: Timestamp,
    /// The last request, to five minutes.
    pub last_seen_at: Timestamp,
    /// Its absolute end.
    pub expires_at: Timestamp,
    /// The browser, as it calls itself.
    pub user_agent: String,
    /// The address it was made from.
    pub source_ip: String,
}

impl Session {
    /// Reads a stored session; `None` once it was ended.
    ///
    /// # Errors
    /// `Internal` when the item is corrupt.
    pub fn from_item(item: &Item) -> Result<Option<Self>> {
        if item.flag("ended")? {
            return Ok(None);
        }
        let user = item.text("PK")?.strip_prefix("USER#").and_then(UserId::parse);
        let id = item.text("SK")?.strip_prefix(prefix::SESSION).and_then(ItemId::parse);
        let factors = item.texts("factors")?;
        Ok(Some(Self {
            user: user.ok_or_else(|| item.corrupt("PK"))?,
            id: id.ok_or_else(|| item.corrupt("SK"))?,
            digest: item.digest("digest")?,
            epoch: item.count("epoch")?,
            factors: factors
                .iter()
                .map(|f| Factor::parse(f).ok_or_else(|| item.corrupt("factors")))
                .collect::<Result<_>>()?,
            fresh_until: item.instant("fresh_until")?,
            created_at: item.instant("created_at")?,
            last_seen_at: item.instant("last_seen_at")?,
            expires_at: item.instant("expires_at")?,
            user_agent: item.text_opt("user_agent")?.unwrap_or_default().to_owned(),
            source_ip: item.text_opt("source_ip")?.unwrap_or_default().to_owned(),
        }))
    }

    /// Whether it is over by itself; epoch and owner are the caller's to check.
    #[must_use]
    pub fn is_over(&self, now: Timestamp) -> bool {
        now >= self.expires_at || now >= self.last_seen_at.plus(IDLE_SECONDS + TOUCH_SECONDS)
    }

    /// Makes the session; refused where its place is taken, also by one that was ended.
    ///
    /// # Errors
    /// Never in practice: the item has a key.
    pub fn insert(&self) -> Result<Write> {
        let item = Item::new(&layout::session(self.user, self.id))
            .with("digest", self.digest)
            .with("epoch", self.epoch)
            .with("factors", factor_names(&self.factors))
            .with("fresh_until", self.fresh_until)
            .with("created_at", self.created_at)
            .with("last_seen_at", self.last_seen_at)
            .with("expires_at", self.expires_at)
            .with("user_agent", self.user_agent.as_str())
            .with("source_ip", self.source_ip.as_str())
            .purged_at(self.expires_at);
        Ok(Write::put(item)?.when_absent())
    }

    /// Replaces the cookie's value and renews the proof; refused when another step-up was first, and when a change of
    /// password or second factor took the session along: what was proved is from before.
    #[must_use]
    pub fn renew(&self, digest: Digest, factors: &[Factor], fresh_until: Timestamp) -> Write {
        let set = "SET #digest = :new, #factors = :factors, #fresh_until = :fresh_until";
        Write::update(layout::session(self.user, self.id), set)
            .when("#digest = :old AND #epoch = :epoch")
            .value(":new", digest)
            .value(":old", self.digest)
            .value(":epoch", self.epoch)
            .value(":factors", factor_names(factors))
            .value(":fresh_until", fresh_until)
    }

    /// Takes the session into the next epoch, with what it has proved by then.
    #[must_use]
    pub fn carry_over(&self, epoch: u64, factors: &[Factor]) -> Write {
        Write::update(layout::session(self.user, self.id), "SET #epoch = :epoch, #factors = :factors")
            .when("#digest = :digest")
            .value(":digest", self.digest)
            .value(":epoch", epoch)
            .value(":factors", factor_names(factors))
    }

    /// Records that the session is in use; never brings an ended one back.
    #[must_use]
    pub fn touch(&self, now: Timestamp) -> Write {
        Write::update(layout::session(self.user, self.id), "SET #last_seen_at = :now")
            .when("#digest = :digest")
            .value(":digest", self.digest)
            .value(":now", now)
    }

    /// Ends the session. Its place stays taken for as long as the challenge that opened it could open it again.
    ///
    /// # Errors
    /// Never in practice: the item has a key.
    pub fn end(user: UserId, session: ItemId, now: Timestamp) -> Result<Write> {
        let ended = Item::new(&layout::session(user, session)).with("ended", true);
        Ok(Write::put(ended.purged_at(now.plus(CHALLENGE_SECONDS)))?.when_present())
    }
}

fn factor_names(factors: &[Factor]) -> Vec<String> {
    factors.iter().map(|factor| factor.as_str().to_owned()).collect()
}

impl Store {
    /// A user's sessions that are not over, in no order.
    ///
    /// # Errors
    /// As [`Store::get`].
    pub async fn list_sessions(&self, user: UserId, epoch: u64, now: Timestamp) -> Result<Vec<Session>> {
        let range = Range { prefix: prefix::SESSION, ..Range::default() };
        let items = self.query(&layout::user_partition(user), range, now).await?;
        let sessions =
            items.iter().filter_map(|item| Session::from_item(item).transpose()).collect::<Result<Vec<_>>>()?;
        Ok(sessions.into_iter().filter(|session| session.epoch == epoch && !session.is_over(now)).collect())
    }
}

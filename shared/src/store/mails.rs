//! Marks of mails, on the item that asks for them: one mail is sent once, whoever is told of the item how often.

use super::counters::Hour;
use super::item::Item;
use super::layout::{self, Key};
use super::{Outcome, Retries, Store, Write};
use crate::clock::Timestamp;
use crate::error::Result;
use crate::id::{ItemId, UserId};

/// Seconds after which a mail that somebody set out to send is another's to send: longer than a function can run.
pub const TAKE_OVER_SECONDS: u32 = 5 * 60;

/// Which of an item's mails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailMark {
    /// The one it asks for.
    Mail,
    /// The one that tells the address in force of what it asks for.
    Notice,
}

impl MailMark {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Mail => "mail",
            Self::Notice => "notice",
        }
    }
}

const SENDING: &str = "sending";
const DONE: &str = "done";

/// Whose a mail is to send.
#[derive(Debug)]
pub enum Claimed {
    /// The caller's.
    Ours(MailClaim),
    /// Nobody's: it was sent, or needs no sending.
    Done,
    /// Another's, who set out a short while ago and may yet fail.
    Busy,
}

/// The right to send one mail, until another takes it over.
#[derive(Debug)]
pub struct MailClaim {
    key: Key,
    mark: MailMark,
    attempt: ItemId,
    is_counted: bool,
}

impl MailClaim {
    /// The item that asks for the mail.
    #[must_use]
    pub const fn key(&self) -> &Key {
        &self.key
    }

    /// Whether it was counted under an hourly limit, now or by an attempt that failed.
    #[must_use]
    pub const fn is_counted(&self) -> bool {
        self.is_counted
    }

    /// Remembers that it was counted, also for the next attempt, should this one fail.
    pub const fn set_counted(&mut self) {
        self.is_counted = true;
    }

    /// Marks the mail as dealt with.
    #[must_use]
    pub fn finish(&self) -> Write {
        let mark = self.mark.as_str();
        self.held(Write::update(self.key.clone(), format!("SET #{mark}_state = :done"))).value(":done", DONE)
    }

    /// Gives the mail up, so that the next attempt need not wait.
    #[must_use]
    pub fn release(&self) -> Write {
        let mark = self.mark.as_str();
        let counted = if self.is_counted { format!("SET #{mark}_counted = :true ") } else { String::new() };
        let change = format!("{counted}REMOVE #{mark}_state, #{mark}_started_at, #{mark}_attempt");
        let release = self.held(Write::update(self.key.clone(), change));
        if self.is_counted { release.value(":true", true) } else { release }
    }

    fn held(&self, write: Write) -> Write {
        write.when(&format!("#{}_attempt = :attempt", self.mark.as_str())).value(":attempt", self.attempt.to_string())
    }
}

/// Whether a mail may be sent under an hourly limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counted {
    /// It is counted, and what goes with it is written.
    Now,
    /// What goes with it was there: it was counted before.
    Before,
    /// The hour has had its mails; nothing was written.
    TooMany,
}

impl Store {
    /// Sets out to send a mail of `item`, as it was read; never brings a deleted item back.
    ///
    /// # Errors
    /// As [`Store::write`].
    pub async fn claim_mail(&self, item: &Item, mark: MailMark, now: Timestamp) -> Result<Claimed> {
        if is_done(item, mark)? {
            return Ok(Claimed::Done);
        }
        let name = mark.as_str();
        let is_counted = item.flag(&format!("{name}_counted"))?;
        let claim = MailClaim { key: item.key()?, mark, attempt: ItemId::generate()?, is_counted };
        let set = format!("SET #{name}_state = :sending, #{name}_started_at = :now, #{name}_attempt = :attempt");
        let write = Write::update(claim.key.clone(), set)
            .when("attribute_exists(#PK)")
            .when(&format!(
                "attribute_not_exists(#{name}_state) OR (#{name}_state = :sending AND #{name}_started_at <= :stale)"
            ))
            .value(":sending", SENDING)
            .value(":now", now)
            .value(":stale", now.minus(TAKE_OVER_SECONDS))
            .value(":attempt", claim.attempt.to_string());
        let Outcome::Refused(refused) = self.write(write).await? else { return Ok(Claimed::Ours(claim)) };
        match refused.into_iter().find_map(|(_, found)| found) {
            Some(found) if !is_done(&found, mark)? => Ok(Claimed::Busy),
            _ => Ok(Claimed::Done),
        }
    }

    /// Counts a mail of one kind to one user, in one transaction with `once`, which is refused where it was written
    /// before: so a mail that is tried again counts once.
    ///
    /// # Errors
    /// `Unavailable` when others keep changing the counter.
    pub async fn count_mail_once(
        &self,
        user: UserId,
        kind: &str,
        most: usize,
        now: Timestamp,
        once: Write,
    ) -> Result<Counted> {
        let key = layout::mail_count(user, kind);
        let mut retries = Retries::default();
        loop {
            retries.begin().await?;
            let hour = Hour::from_item(self.get_live(&key, now).await?.as_ref())?;
            let Ok(count) = hour.one_more(&key, most, now)? else { return Ok(Counted::TooMany) };
            let outcome = self.transact(vec![once.clone(), count]).await?;
            if outcome.is_done() {
                return Ok(Counted::Now);
            }
            if outcome.is_refused_at(0) {
                return Ok(Counted::Before);
            }
        }
    }
}

fn is_done(item: &Item, mark: MailMark) -> Result<bool> {
    Ok(item.text_opt(&format!("{}_state", mark.as_str()))? == Some(DONE))
}

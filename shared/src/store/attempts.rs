//! Failed attempts, each counted by one conditional write that takes whoever else fails at the same moment: only what
//! makes somebody wait is refused.

use super::item::Item;
use super::layout::Key;
use super::{Retries, Store, Write};
use crate::attempts::{
    Attempts, MEMORY_SECONDS, Origin, Row, SPRAY_SECONDS, SPRAYED_USERS_MAX, Spray, SprayStep, Step, Wait, is_voided_by,
};
use crate::clock::Timestamp;
use crate::error::Result;

/// How a row's attributes begin: its failures, and the end of its wait.
const FAILURES: &str = "n_";
const UNTIL: &str = "u_";
/// How the attribute of a user begins for whom a source failed.
const USER: &str = "user_";

impl Attempts {
    /// Reads the failures of one factor of one user.
    ///
    /// # Errors
    /// `Internal` when the item is corrupt.
    pub fn from_item(item: Option<&Item>) -> Result<Self> {
        let Some(item) = item else { return Ok(Self::default()) };
        let row = |name: &str| -> Result<(String, Row)> {
            let (failures, until) = (item.count(&attribute(FAILURES, name))?, item.instant(&attribute(UNTIL, name))?);
            Ok((name.to_owned(), Row { failures, until }))
        };
        Ok(Self { rows: item.names(FAILURES).map(row).collect::<Result<_>>()? })
    }
}

impl Spray {
    /// Reads the users for whom one source failed.
    ///
    /// # Errors
    /// `Internal` when the item is corrupt.
    pub fn from_item(item: Option<&Item>) -> Result<Self> {
        let Some(item) = item else { return Ok(Self::default()) };
        let user = |name: &str| Ok((name.to_owned(), item.instant(&attribute(USER, name))?));
        Ok(Self { users: item.names(USER).map(user).collect::<Result<_>>()?, until: item.instant("until")? })
    }
}

fn attribute(kind: &str, name: &str) -> String {
    format!("{kind}{name}")
}

impl Store {
    /// Counts an attempt of `origin` on a factor, starting from the item that was `read`; whether it makes a browser
    /// one that failed too often.
    ///
    /// # Errors
    /// `Unavailable` when the table does not answer. The inner error is the wait: nothing was counted.
    pub async fn count_attempt(
        &self,
        key: &Key,
        read: Option<Item>,
        origin: &Origin,
        now: Timestamp,
    ) -> Result<Result<bool, Wait>> {
        let mut read = read;
        let mut retries = Retries::on_one_item();
        loop {
            retries.begin().await?;
            let attempts = Attempts::from_item(read.as_ref())?;
            let steps = match attempts.count(origin, now) {
                Ok(steps) => steps,
                Err(wait) => return Ok(Err(wait)),
            };
            let write = match read {
                Some(_) => add_failures(key, &steps, &attempts.forgotten(now), now),
                None => first_failures(key, &steps, now)?,
            };
            match self.write(write).await?.or_found(now) {
                Ok(()) => return Ok(Ok(is_voided_by(&steps))),
                Err(found) => read = found,
            }
        }
    }

    /// Forgets the failures that a success of `origin` ends.
    ///
    /// # Errors
    /// `Unavailable` when the table does not answer.
    pub async fn forget_attempts(&self, key: &Key, origin: &Origin) -> Result<()> {
        let ended: Vec<_> = origin.rows().iter().map(|row| format!("#{FAILURES}{row}, #{UNTIL}{row}")).collect();
        let write = Write::update(key.clone(), format!("REMOVE {}", ended.join(", "))).when_present();
        self.write(write).await.map(|_| ())
    }

    /// Counts an attempt of a source for `user`, starting from the item that was `read`.
    ///
    /// # Errors
    /// As [`Store::count_attempt`].
    pub async fn count_spray(
        &self,
        key: &Key,
        read: Option<Item>,
        user: &str,
        now: Timestamp,
    ) -> Result<Result<(), Wait>> {
        let mut read = read;
        let mut retries = Retries::on_one_item();
        loop {
            retries.begin().await?;
            let spray = Spray::from_item(read.as_ref())?;
            let step = match spray.count(user, now) {
                Ok(step) => step,
                Err(wait) => return Ok(Err(wait)),
            };
            let write = match (&read, step) {
                (Some(read), SprayStep::Replace(next)) => replace_spray(key, read, &next, now)?,
                (Some(_), SprayStep::Add) => add_user(key, user, spray.users.contains_key(user), now),
                (None, _) => first_user(key, user, now)?,
            };
            match self.write(write).await?.or_found(now) {
                Ok(()) => return Ok(Ok(())),
                Err(found) => read = found,
            }
        }
    }

    /// Forgets that a source failed for `user`.
    ///
    /// # Errors
    /// As [`Store::forget_attempts`].
    pub async fn forget_spray(&self, key: &Key, user: &str) -> Result<()> {
        let user = attribute(USER, user);
        let write = Write::update(key.clone(), format!("SET #users = #users - :one REMOVE #{user}"))
            .when(&format!("attribute_exists(#{user})"))
            .value(":one", 1_u64);
        self.write(write).await.map(|_| ())
    }
}

/// Rows that one write removes, at 44 bytes each: an expression may have 4,096. The next write removes more.
const FORGOTTEN_AT_ONCE_MAX: usize = 32;

fn first_failures(key: &Key, steps: &[(String, Step)], now: Timestamp) -> Result<Write> {
    let mut item = Item::new(key).purged_at(now.plus(MEMORY_SECONDS));
    for (row, step) in steps {
        let (Step::Add { until, .. } | Step::Replace { next: Row { until, .. }, .. }) = *step;
        item = item.with(&attribute(FAILURES, row), 1_u64).with(&attribute(UNTIL, row), until);
    }
    Ok(Write::put(item)?.when_none(now))
}

fn add_failures(key: &Key, steps: &[(String, Step)], forgotten: &[&str], now: Timestamp) -> Write {
    let mut set = vec!["#purge_at = :purge_at".to_owned()];
    let mut conditions = vec!["#purge_at > :now".to_owned()];
    for (at, (row, step)) in steps.iter().enumerate() {
        let (n, u) = (format!("#{FAILURES}{row}"), format!("#{UNTIL}{row}"));
        set.push(format!("{u} = :until{at}"));
        match step {
            Step::Add { .. } => {
                set.push(format!("{n} = if_not_exists({n}, :zero) + :one"));
                conditions.push(format!("attribute_not_exists({n}) OR {n} < :below{at}"));
            }
            Step::Replace { .. } => {
                set.push(format!("{n} = :next{at}"));
                conditions.push(format!("{n} = :seen{at} AND {u} = :seen_until{at}"));
            }
        }
    }
    let is_written = |row: &&&str| steps.iter().any(|(written, _)| written == **row);
    let removed = forgotten.iter().filter(|row| !is_written(row)).take(FORGOTTEN_AT_ONCE_MAX);
    let removed: Vec<_> = removed.map(|row| format!("#{FAILURES}{row}, #{UNTIL}{row}")).collect();
    let remove = if removed.is_empty() { String::new() } else { format!(" REMOVE {}", removed.join(", ")) };
    let mut write = Write::update(key.clone(), format!("SET {}{remove}", set.join(", "))).when_not_yet();
    for condition in &conditions {
        write = write.when(condition);
    }
    if steps.iter().any(|(_, step)| matches!(step, Step::Add { .. })) {
        write = write.value(":zero", 0_u64).value(":one", 1_u64);
    }
    for (at, (_, step)) in steps.iter().enumerate() {
        write = match *step {
            Step::Add { below, until } => {
                write.value(&format!(":below{at}"), below).value(&format!(":until{at}"), until)
            }
            Step::Replace { seen, next } => write
                .value(&format!(":seen{at}"), seen.failures)
                .value(&format!(":seen_until{at}"), seen.until)
                .value(&format!(":next{at}"), next.failures)
                .value(&format!(":until{at}"), next.until),
        };
    }
    write.value(":purge_at", now.plus(MEMORY_SECONDS)).value(":now", now)
}

fn spray_item(key: &Key, spray: &Spray) -> Item {
    let users = u64::try_from(spray.users.len()).unwrap_or(u64::MAX);
    let item = Item::new(key).with("users", users).with("until", spray.until).purged_at(spray.until);
    spray.users.iter().fold(item, |item, (user, since)| item.with(&attribute(USER, user), *since))
}

fn first_user(key: &Key, user: &str, now: Timestamp) -> Result<Write> {
    let first = Spray { users: [(user.to_owned(), now)].into(), until: now.plus(SPRAY_SECONDS) };
    Ok(Write::put(spray_item(key, &first))?.when_none(now))
}

fn replace_spray(key: &Key, read: &Item, next: &Spray, now: Timestamp) -> Result<Write> {
    let write = Write::put(spray_item(key, next))?.when("#write_id = :seen AND #purge_at > :now");
    Ok(write.value(":seen", read.text("write_id")?).value(":now", now))
}

fn add_user(key: &Key, user: &str, is_known: bool, now: Timestamp) -> Write {
    let user = attribute(USER, user);
    let set = format!("SET #{user} = :now, #until = :until, #purge_at = :until");
    let write = if is_known {
        Write::update(key.clone(), set).when(&format!("attribute_exists(#{user})"))
    } else {
        Write::update(key.clone(), format!("{set}, #users = #users + :one"))
            .when(&format!("attribute_not_exists(#{user})"))
            .value(":one", 1_u64)
    };
    write
        .when_not_yet()
        .when("#users < :most AND #purge_at > :now")
        .value(":most", u64::try_from(SPRAYED_USERS_MAX).unwrap_or(u64::MAX))
        .value(":until", now.plus(SPRAY_SECONDS))
        .value(":now", now)
}

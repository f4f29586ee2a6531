//! Which versions of the secret still protect a password or a TOTP secret, and whose: what an operator asks before a
//! version is removed. No hash leaves this module.
//!
//! It reads by keys: the names of users, then two items for each. A scan would read everything else that users have
//! too, sessions and 90 days of events, and no function needs the right to scan.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use shared::clock::Timestamp;
use shared::context::Context;
use shared::error::{Error, Result};
use shared::http::fields::{Fields, text};
use shared::id::UserId;
use shared::keyring::SecretVersion;
use shared::name::{EnvironmentName, UserName};
use shared::store::factors::{PasswordRecord, TotpRecord};
use shared::store::layout;

use crate::list::{Place, Search};

/// Time before the end in which no more is read: one reading, tried again, ends in it.
const MARGIN: Duration = Duration::from_secs(4);
/// Names that are looked up at once.
const NAMES_AT_ONCE: usize = 1_000;
/// Users whose two items are one reading.
const USERS_AT_ONCE: usize = 50;
/// Users that one answer names, amply below the 6 MB that an answer may have.
const USERS_MAX: usize = 1_000;

/// What was asked.
struct Order {
    /// Names the users who depend on a version before this one.
    before: Option<SecretVersion>,
    progress: Progress,
}

/// What was read so far; a cursor is this.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Progress {
    /// After which user to go on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    after: Option<String>,
    passwords: BTreeMap<SecretVersion, u64>,
    totp_secrets: BTreeMap<SecretVersion, u64>,
}

/// What is told.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    /// Passwords by the version whose pepper is in them, those of earlier answers included.
    passwords: BTreeMap<SecretVersion, u64>,
    /// TOTP secrets by the version that encrypts them, those of earlier answers included.
    totp_secrets: BTreeMap<SecretVersion, u64>,
    /// Users who depend on an older version than the one asked for; of this answer alone.
    users: Vec<Dependent>,
    /// The cursor to go on with; `None` at the end.
    next: Option<String>,
}

/// A user who depends on an old version, and with what.
#[derive(Debug, Serialize)]
struct Dependent {
    environment_name: EnvironmentName,
    user_name: UserName,
    password: Option<SecretVersion>,
    totp_secret: Option<SecretVersion>,
}

/// Answers the report, or as much of it as can be read in `time_left`.
pub(crate) async fn answer(context: &Context, order: Fields, time_left: Duration) -> Result<Report> {
    let until = Instant::now() + time_left.saturating_sub(MARGIN);
    let Order { before, mut progress } = Order::read(order)?;
    let now = context.clock.now();
    let (mut users, mut has_read) = (Vec::new(), false);
    loop {
        let start = progress.after.as_deref().map(Place::read).transpose()?;
        let mut search = Search::new(&context.store, String::new(), NAMES_AT_ONCE, now);
        let stopped = search.everywhere(start).await?;
        let next = search.cut().or(stopped);
        for found in search.found.chunks(USERS_AT_ONCE) {
            // One reading at least, so that every answer is further than the one before.
            if has_read && (users.len() >= USERS_MAX || Instant::now() >= until) {
                return progress.report(users);
            }
            let ids: Vec<_> = found.iter().map(|(_, user)| *user).collect();
            users.extend(read(context, &ids, before, &mut progress, now).await?);
            progress.after = found.last().map(|(place, _)| place.to_string());
            has_read = true;
        }
        progress.after = next.map(|place| place.to_string());
        if progress.after.is_none() {
            return progress.report(users);
        }
    }
}

/// Counts what these users have, and tells who of them depends on a version before `before`.
async fn read(
    context: &Context,
    users: &[UserId],
    before: Option<SecretVersion>,
    progress: &mut Progress,
    now: Timestamp,
) -> Result<Vec<Dependent>> {
    let keys: Vec<_> = users.iter().flat_map(|user| [layout::password(*user), layout::totp(*user)]).collect();
    let found = context.store.get_many(&keys, now).await?;
    let if_old =
        |version: Option<SecretVersion>| version.filter(|version| before.is_some_and(|before| *version < before));
    let mut dependents = BTreeMap::new();
    for user in users {
        let password = found.get(&layout::password(*user)).map(PasswordRecord::from_item).transpose()?;
        let password = password.map(|record| record.stored.secret_version);
        let totp = found.get(&layout::totp(*user)).map(TotpRecord::from_item).transpose()?;
        // A factor that waits for its first code is given up after ten minutes, whatever it is under.
        let totp = totp.and_then(|record| record.active).map(|(totp, _)| totp.secret_version);
        count(&mut progress.passwords, password);
        count(&mut progress.totp_secrets, totp);
        let old = (if_old(password), if_old(totp));
        if old != (None, None) {
            dependents.insert(*user, old);
        }
    }
    let ids: Vec<_> = users.iter().copied().filter(|user| dependents.contains_key(user)).collect();
    let named = context.store.profiles(&ids, now).await?.into_iter().filter_map(|profile| {
        let (password, totp_secret) = dependents.remove(&profile.id)?;
        let (environment_name, user_name) = (profile.environment, profile.user_name);
        Some(Dependent { environment_name, user_name, password, totp_secret })
    });
    Ok(named.collect())
}

fn count(counts: &mut BTreeMap<SecretVersion, u64>, version: Option<SecretVersion>) {
    if let Some(version) = version {
        *counts.entry(version).or_default() += 1;
    }
}

impl Order {
    fn read(mut fields: Fields) -> Result<Self> {
        let version =
            |value: &Value| Ok(SecretVersion::parse(&value.to_string()).ok_or("must be a whole number from 1 up")?);
        let order = Self {
            before: fields.optional("before", version),
            progress: fields.optional("cursor", text(Progress::read)).unwrap_or_default(),
        };
        fields.finish(Some(order))
    }
}

impl Progress {
    fn read(cursor: &str) -> Result<Self, &'static str> {
        const REFUSED: &str = "must be the next of an earlier answer";
        let bytes = BASE64URL_NOPAD.decode(cursor.as_bytes()).map_err(|_| REFUSED)?;
        serde_json::from_slice(&bytes).map_err(|_| REFUSED)
    }

    fn report(self, users: Vec<Dependent>) -> Result<Report> {
        let cursor = || serde_json::to_vec(&self).map(|json| BASE64URL_NOPAD.encode(&json));
        let next = self.after.is_some().then(cursor).transpose().map_err(Error::internal)?;
        Ok(Report { passwords: self.passwords, totp_secrets: self.totp_secrets, users, next })
    }
}

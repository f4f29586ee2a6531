//! What proves a user: password, TOTP, recovery codes, and the browsers that did so before.

use super::item::{ByteSet, Item};
use super::layout;
use super::{Retries, Store, Write};
use crate::clock::Timestamp;
use crate::error::Result;
use crate::id::{ItemId, UserId};
use crate::keyring::{Keyring, SecretVersion};
use crate::password::StoredPassword;
use crate::recovery::StoredCodes;
use crate::totp::TotpSecret;

/// A user's password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PasswordRecord {
    /// The hash.
    pub stored: StoredPassword,
    /// Raised by every change, not by a new hash of the same password.
    pub version: u64,
    /// Whether it is long enough to stand without MFA.
    pub is_long: bool,
    /// When it was last changed.
    pub changed_at: Timestamp,
}

impl PasswordRecord {
    /// Reads a stored password.
    ///
    /// # Errors
    /// `Internal` when the item is corrupt.
    pub fn from_item(item: &Item) -> Result<Self> {
        Ok(Self {
            stored: StoredPassword {
                phc: item.text("phc")?.to_owned(),
                secret_version: secret_version(item, "secret_version")?,
            },
            version: item.count("version")?,
            is_long: item.flag("is_long")?,
            changed_at: item.instant("changed_at")?,
        })
    }

    /// Sets the password where `before` is the version in force; 0 where there is none.
    ///
    /// # Errors
    /// Never in practice: the item has a key.
    pub fn replace(&self, user: UserId, before: u64) -> Result<Write> {
        let item = Item::new(&layout::password(user))
            .with("phc", self.stored.phc.as_str())
            .with("secret_version", self.stored.secret_version.to_string())
            .with("version", self.version)
            .with("is_long", self.is_long)
            .with("changed_at", self.changed_at);
        Ok(match before {
            0 => Write::put(item)?.when_absent(),
            _ => Write::put(item)?.when("#version = :before").value(":before", before),
        })
    }

    /// Keeps the password and replaces its hash.
    #[must_use]
    pub fn rehash(&self, user: UserId, stored: &StoredPassword) -> Write {
        Write::update(layout::password(user), "SET #phc = :phc, #secret_version = :secret_version")
            .when("#version = :version AND #phc = :before")
            .value(":phc", stored.phc.as_str())
            .value(":secret_version", stored.secret_version.to_string())
            .value(":version", self.version)
            .value(":before", self.stored.phc.as_str())
    }
}

fn secret_version(item: &Item, name: &str) -> Result<SecretVersion> {
    SecretVersion::parse(item.text(name)?).ok_or_else(|| item.corrupt(name))
}

/// A TOTP secret, encrypted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedTotp {
    /// Names the factor; bound into the encryption.
    pub factor: ItemId,
    /// Nonce and ciphertext.
    pub sealed: Vec<u8>,
    /// The version of the secret whose key encrypted it.
    pub secret_version: SecretVersion,
}

impl SealedTotp {
    /// Encrypts a factor's secret with the current keys.
    ///
    /// # Errors
    /// As [`TotpSecret::seal`].
    pub fn seal(secret: &TotpSecret, keyring: &Keyring, user: UserId, factor: ItemId) -> Result<Self> {
        let keys = keyring.current()?;
        Ok(Self { factor, sealed: secret.seal(keys, user, factor)?, secret_version: keys.version })
    }

    /// The factor's secret.
    ///
    /// # Errors
    /// As [`TotpSecret::open`], and where the secret no longer holds the version.
    pub fn open(&self, keyring: &Keyring, user: UserId) -> Result<TotpSecret> {
        TotpSecret::open(&self.sealed, keyring.version(self.secret_version)?, user, self.factor)
    }

    /// The same factor's secret, once more with the current keys, where those it was encrypted with are retired.
    ///
    /// # Errors
    /// As [`TotpSecret::seal`].
    pub fn renewed(&self, secret: &TotpSecret, keyring: &Keyring, user: UserId) -> Result<Option<Self>> {
        let is_retired = keyring.is_retired(self.secret_version);
        is_retired.then(|| Self::seal(secret, keyring, user, self.factor)).transpose()
    }
}

/// A user's TOTP factor, in force and pending.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TotpRecord {
    /// In force, with the last accepted step.
    pub active: Option<(SealedTotp, u64)>,
    /// Waiting for its first code, until when.
    pub pending: Option<(SealedTotp, Timestamp)>,
}

impl TotpRecord {
    /// Reads a stored factor.
    ///
    /// # Errors
    /// `Internal` when the item is corrupt.
    pub fn from_item(item: &Item) -> Result<Self> {
        let sealed = |prefix: &str| -> Result<Option<SealedTotp>> {
            let name = |part: &str| format!("{prefix}{part}");
            let Some(factor) = item.text_opt(&name("factor"))? else { return Ok(None) };
            Ok(Some(SealedTotp {
                factor: ItemId::parse(factor).ok_or_else(|| item.corrupt("factor"))?,
                sealed: item.bytes(&name("sealed"))?.to_vec(),
                secret_version: secret_version(item, &name("secret_version"))?,
            }))
        };
        let active = sealed("")?.map(|totp| Ok::<_, crate::Error>((totp, item.count("last_step")?))).transpose()?;
        let pending = sealed("pending_")?
            .map(|totp| Ok::<_, crate::Error>((totp, item.instant("pending_expires_at")?)))
            .transpose()?;
        Ok(Self { active, pending })
    }

    /// The factor that waits, unless its time is over.
    #[must_use]
    pub fn pending_at(&self, now: Timestamp) -> Option<&SealedTotp> {
        self.pending.as_ref().filter(|(_, expires_at)| now < *expires_at).map(|(totp, _)| totp)
    }
}

/// Puts a new factor beside the one in force, in place of one that waits.
#[must_use]
pub fn set_pending_totp(user: UserId, totp: &SealedTotp, expires_at: Timestamp) -> Write {
    let set = "SET #v = :v, #pending_factor = :factor, #pending_sealed = :sealed, \
               #pending_secret_version = :secret_version, #pending_expires_at = :expires_at";
    Write::update(layout::totp(user), set)
        .value(":v", 1_u64)
        .value(":factor", totp.factor.to_string())
        .value(":sealed", totp.sealed.as_slice())
        .value(":secret_version", totp.secret_version.to_string())
        .value(":expires_at", expires_at)
}

/// Puts the waiting factor in force, with the step of the code that confirmed it; one confirmation wins.
#[must_use]
pub fn confirm_totp(user: UserId, totp: &SealedTotp, step: u64) -> Write {
    let set = "SET #factor = :factor, #sealed = :sealed, #secret_version = :secret_version, #last_step = :step \
               REMOVE #pending_factor, #pending_sealed, #pending_secret_version, #pending_expires_at";
    Write::update(layout::totp(user), set)
        .when("#pending_factor = :factor")
        .value(":factor", totp.factor.to_string())
        .value(":sealed", totp.sealed.as_slice())
        .value(":secret_version", totp.secret_version.to_string())
        .value(":step", step)
}

/// Accepts a step once: refused at or before the last accepted one, and for another factor than the one checked. The
/// same secret under newer keys is kept in the same write.
#[must_use]
pub fn accept_totp_step(user: UserId, factor: ItemId, step: u64, renewed: Option<&SealedTotp>) -> Write {
    let accept = match renewed {
        None => Write::update(layout::totp(user), "SET #last_step = :step"),
        Some(totp) => {
            let set = "SET #last_step = :step, #sealed = :sealed, #secret_version = :secret_version";
            Write::update(layout::totp(user), set)
                .value(":sealed", totp.sealed.as_slice())
                .value(":secret_version", totp.secret_version.to_string())
        }
    };
    accept.when("#factor = :factor AND #last_step < :step").value(":factor", factor.to_string()).value(":step", step)
}

/// Removes the factor, in force and pending.
#[must_use]
pub fn delete_totp(user: UserId) -> Write {
    Write::delete(layout::totp(user))
}

/// Reads stored recovery codes.
///
/// # Errors
/// `Internal` when the item is corrupt.
pub fn recovery_from_item(item: &Item) -> Result<StoredCodes> {
    Ok(StoredCodes { salt: item.bytes("salt")?.to_vec(), digests: item.byte_set("digests")? })
}

/// Puts a new set of recovery codes in place of the old one.
///
/// # Errors
/// Never in practice: the item has a key.
pub fn replace_recovery(user: UserId, codes: &StoredCodes) -> Result<Write> {
    let item =
        Item::new(&layout::recovery(user)).with("salt", codes.salt.as_slice()).with("digests", ByteSet(&codes.digests));
    Write::put(item)
}

/// Accepts a recovery code once.
#[must_use]
pub fn accept_recovery_code(user: UserId, salt: &[u8], digest: &[u8]) -> Write {
    Write::update(layout::recovery(user), "DELETE #digests :used")
        .when("#salt = :salt AND contains(#digests, :digest)")
        .value(":used", ByteSet(&[digest.to_vec()]))
        .value(":digest", digest)
        .value(":salt", salt)
}

/// Removes the recovery codes.
#[must_use]
pub fn delete_recovery(user: UserId) -> Write {
    Write::delete(layout::recovery(user))
}

/// Browsers of one user that are recognised.
pub const DEVICES_MAX: usize = 20;
/// Seconds for which a browser is recognised.
pub const DEVICE_SECONDS: u32 = 400 * 24 * 60 * 60;

/// The browsers that a user proved all factors with: one item, so that their number is exact by one conditional write.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Devices {
    version: u64,
    /// How often all of them were made void.
    times_voided: u64,
    /// Hash of the cookie and when it ends, oldest first.
    known: Vec<(String, Timestamp)>,
}

impl Devices {
    /// Reads the stored browsers.
    ///
    /// # Errors
    /// `Internal` when the item is corrupt.
    pub fn from_item(item: &Item) -> Result<Self> {
        let known = item
            .texts("known")?
            .iter()
            .map(|entry| {
                let (hash, seconds) = entry.split_once('@')?;
                Some((hash.to_owned(), Timestamp::from_unix_seconds(seconds.parse().ok()?)))
            })
            .collect::<Option<Vec<_>>>();
        Ok(Self {
            version: item.count("version")?,
            times_voided: item.count("times_voided")?,
            known: known.ok_or_else(|| item.corrupt("known"))?,
        })
    }

    /// Whether a browser with this cookie is recognised.
    #[must_use]
    pub fn contains(&self, hash: &str, now: Timestamp) -> bool {
        self.known.iter().any(|(known, expires_at)| known == hash && now < *expires_at)
    }

    /// With one more browser; the oldest makes room.
    #[must_use]
    pub fn with(&self, hash: &str, now: Timestamp) -> Self {
        let mut known = self.known.clone();
        known.push((hash.to_owned(), now.plus(DEVICE_SECONDS)));
        Self { known, ..*self }
    }

    /// Without a browser.
    #[must_use]
    pub fn without(&self, hash: &str) -> Self {
        Self { known: self.known.iter().filter(|(known, _)| known != hash).cloned().collect(), ..*self }
    }

    /// What comes after the version that was read, with the browsers whose time is not over.
    fn followed_by(&self, next: Self, now: Timestamp) -> Self {
        let mut known = next.known;
        known.retain(|(_, expires_at)| now < *expires_at);
        known.drain(..known.len().saturating_sub(DEVICES_MAX));
        Self { version: self.version + 1, times_voided: self.times_voided, known }
    }

    /// Writes this in place of `before`.
    fn replace(&self, before: &Self, user: UserId, now: Timestamp) -> Result<Write> {
        let entries: Vec<String> =
            self.known.iter().map(|(hash, at)| format!("{hash}@{}", at.unix_seconds())).collect();
        let item = Item::new(&layout::devices(user))
            .with("version", self.version)
            .with("times_voided", self.times_voided)
            .with("known", entries)
            .purged_at(now.plus(DEVICE_SECONDS));
        Ok(match before.version {
            0 => Write::put(item)?.when_none(now),
            version => Write::put(item)?.when("#version = :version").value(":version", version),
        })
    }
}

/// Recognises no browser of the user any more. The item stays, or a change that read it before would bring them back.
#[must_use]
pub fn void_devices(user: UserId, now: Timestamp) -> Write {
    let set = "SET #v = :v, #known = :none, #purge_at = :purge_at, #version = if_not_exists(#version, :zero) + :one, \
               #times_voided = if_not_exists(#times_voided, :zero) + :one";
    Write::update(layout::devices(user), set)
        .value(":v", 1_u64)
        .value(":none", Vec::<String>::new())
        .value(":purge_at", now.plus(DEVICE_SECONDS))
        .value(":zero", 0_u64)
        .value(":one", 1_u64)
}

impl Store {
    /// The browsers that a user is recognised in.
    ///
    /// # Errors
    /// As [`Store::get`].
    pub async fn devices(&self, user: UserId, now: Timestamp) -> Result<Devices> {
        let item = self.get_live(&layout::devices(user), now).await?;
        Ok(item.as_ref().map(Devices::from_item).transpose()?.unwrap_or_default())
    }

    /// Changes the browsers of a user by `change`, also when others do so at the same time, and answers what stands
    /// then; `None` where all of them were made void since `read`: nothing is changed.
    ///
    /// # Errors
    /// `Unavailable` when others keep changing them.
    pub async fn change_devices(
        &self,
        user: UserId,
        read: Devices,
        now: Timestamp,
        change: impl Fn(&Devices) -> Devices,
    ) -> Result<Option<Devices>> {
        let times_voided = read.times_voided;
        let mut devices = read;
        let mut retries = Retries::on_one_item();
        loop {
            retries.begin().await?;
            let next = devices.followed_by(change(&devices), now);
            let Err(found) = self.write(next.replace(&devices, user, now)?).await?.or_found(now) else {
                return Ok(Some(next));
            };
            devices = found.as_ref().map(Devices::from_item).transpose()?.unwrap_or_default();
            if devices.times_voided != times_voided {
                return Ok(None);
            }
        }
    }
}

//! Password, TOTP, recovery codes and recognised browsers.

use shared::keyring::SecretVersion;
use shared::password::StoredPassword;
use shared::recovery::StoredCodes;
use shared::store::Store;
use shared::store::factors::{
    PasswordRecord, SealedTotp, accept_recovery_code, accept_totp_step, confirm_totp, replace_recovery,
    set_pending_totp, void_devices,
};

use crate::check::{NOW, Told, done, holds, id, refused, user};
use crate::wire::Wire;

fn version() -> SecretVersion {
    SecretVersion::parse("1").expect("a version")
}

fn password_record(version_number: u64, phc: &str) -> PasswordRecord {
    PasswordRecord {
        stored: StoredPassword { phc: phc.to_owned(), secret_version: version() },
        version: version_number,
        is_long: true,
        changed_at: NOW,
    }
}

/// A password replaces the one that was in force; a new hash is of the password that was hashed.
pub(crate) async fn password(store: &Store, _: &Wire) -> Told {
    refused("none is replaced", store.write(password_record(2, "b").replace(user(), 1)?).await)?;
    done("the first", store.write(password_record(1, "a").replace(user(), 0)?).await)?;
    refused("a first beside one", store.write(password_record(1, "b").replace(user(), 0)?).await)?;
    done("the one in force is replaced", store.write(password_record(2, "b").replace(user(), 1)?).await)?;
    refused("one that was replaced is", store.write(password_record(2, "c").replace(user(), 1)?).await)?;
    let next = StoredPassword { phc: "c".to_owned(), secret_version: version() };
    let rehash = |number, phc| store.write(password_record(number, phc).rehash(user(), &next));
    refused("another version is hashed anew", rehash(1, "b").await)?;
    refused("another hash is", rehash(2, "a").await)?;
    done("the one in force is", rehash(2, "b").await)
}

/// A factor is confirmed while it waits, and each of its steps is accepted once.
pub(crate) async fn totp(store: &Store, _: &Wire) -> Told {
    let factor = |name| SealedTotp { factor: id(name), sealed: vec![1], secret_version: version() };
    refused("nothing waits", store.write(confirm_totp(user(), &factor("a"), 1)).await)?;
    done("a factor waits", store.write(set_pending_totp(user(), &factor("a"), NOW)).await)?;
    refused("another factor", store.write(confirm_totp(user(), &factor("b"), 1)).await)?;
    done("the factor that waits", store.write(confirm_totp(user(), &factor("a"), 5)).await)?;
    refused("it waits no more", store.write(confirm_totp(user(), &factor("a"), 6)).await)?;
    let accept = |name, step| store.write(accept_totp_step(user(), id(name), step, None));
    refused("a step of another factor", accept("b", 6).await)?;
    refused("the confirming step", accept("a", 5).await)?;
    refused("a step before", accept("a", 4).await)?;
    done("a later step", accept("a", 6).await)
}

/// A recovery code is accepted once, of the set that it was checked in.
pub(crate) async fn recovery(store: &Store, _: &Wire) -> Told {
    let codes = StoredCodes { salt: vec![1], digests: vec![vec![1], vec![2]] };
    done("a set", store.write(replace_recovery(user(), &codes)?).await)?;
    let accept = |salt: u8, digest: u8| store.write(accept_recovery_code(user(), &[salt], &[digest]));
    refused("a code of another set", accept(2, 1).await)?;
    refused("a code that is not there", accept(1, 3).await)?;
    done("a code", accept(1, 1).await)?;
    refused("a used code", accept(1, 1).await)
}

/// Browsers are changed as they were read, or once more.
pub(crate) async fn devices(store: &Store, _: &Wire) -> Told {
    let later = NOW.plus(400 * 24 * 60 * 60);
    let read = store.devices(user(), NOW).await?;
    let add = |read, now, hash| store.change_devices(user(), read, now, move |devices| devices.with(hash, now));
    add(read.clone(), NOW, "a").await?;
    // Two who read that there is none: the second finds the first one's.
    let both = add(read.clone(), NOW, "b").await?.unwrap_or_default();
    holds("the first browser was lost", both.contains("a", NOW) && both.contains("b", NOW))?;
    add(both.clone(), NOW, "c").await?;
    let three = add(both, NOW, "d").await?.unwrap_or_default();
    holds("a browser was lost", ["a", "b", "c", "d"].iter().all(|hash| three.contains(hash, NOW)))?;
    // What has ended is as what is not there, to the second.
    let ended = add(read, later, "e").await?.unwrap_or_default();
    holds("an ended browser came back", ended.contains("e", later) && !ended.contains("a", later))?;
    done("all are void", store.write(void_devices(user(), NOW)).await)?;
    holds("a void browser came back", add(three, NOW, "f").await?.is_none())
}

//! Items of the table, from the bytes that DynamoDB answers to every kind of item: what is corrupt is a fault that
//! shows no content, and what is read is written back as it was.

use std::sync::LazyLock;

use shared::attempts::{Attempts, Origin, Spray};
use shared::clock::Timestamp;
use shared::id::{ItemId, UserId};
use shared::store::events::Event;
use shared::store::factors::{Devices, PasswordRecord, TotpRecord, recovery_from_item, replace_recovery};
use shared::store::item::Item;
use shared::store::keys::ApiKey;
use shared::store::layout::{self, Key};
use shared::store::requests::ResetRequest;
use shared::store::sessions::Session;
use shared::store::tokens::MailedReset;
use shared::store::users::Profile;
use shared::store::{Outcome, Store, Write};
use shared::{Error, Result};

use crate::block_on;
use crate::table::Table;

static TABLE: LazyLock<Table> = LazyLock::new(Table::default);
static STORE: LazyLock<Store> = LazyLock::new(|| TABLE.store());
const NOW: Timestamp = Timestamp::from_unix_seconds(1_800_000_000);

fn user() -> UserId {
    UserId::of_text("user")
}

fn key() -> Key {
    layout::profile(user())
}

pub(crate) fn check(input: &[u8]) {
    TABLE.hold(input);
    block_on(async {
        read_by_name().await;
        let item = match STORE.get(&key()).await {
            Ok(Some(item)) => item,
            Ok(None) => return,
            Err(error) => return assert_fault(&error),
        };
        assert_faults_show_nothing(&item);
        assert_kept(&item).await;
        count(&item).await;
    });
}

/// Kinds that the store alone reads.
async fn read_by_name() {
    let faults = [
        STORE.environment("a").await.err(),
        STORE.group("a", "b").await.err(),
        STORE.user_id_by_name("a", "b").await.err(),
        STORE.mfa_policy().await.err(),
        STORE.remembered(user(), "a", NOW).await.err(),
        STORE.oldest_unfinished_day().await.err(),
    ];
    faults.iter().flatten().for_each(assert_fault);
}

/// What is read badly is a defect or an outage, and never that something is not there.
fn assert_fault(error: &Error) {
    assert!(matches!(error, Error::Internal(_) | Error::Unavailable(_)), "{error:?}");
}

/// A fault of an item tells its key and an attribute's name.
fn assert_faults_show_nothing(item: &Item) {
    let faults = [
        ApiKey::from_item(item).err(),
        Session::from_item(item).err(),
        MailedReset::from_item(item).err(),
        Profile::from_item(item).err(),
        PasswordRecord::from_item(item).err(),
        TotpRecord::from_item(item).err(),
        recovery_from_item(item).err(),
        Devices::from_item(item).err(),
        Event::from_item(item).err(),
        ResetRequest::from_item(item).err(),
        Attempts::from_item(Some(item)).err(),
        Spray::from_item(Some(item)).err(),
    ];
    let part = |name| item.text(name).unwrap_or("?");
    let (begin, end) =
        (format!("internal fault: item {} {}: attribute ", part("PK"), part("SK")), " is missing or corrupt");
    for error in faults.into_iter().flatten() {
        let told = error.with_causes();
        let name = told.strip_prefix(&begin).and_then(|rest| rest.strip_suffix(end)).expect("the form of such a fault");
        let is_ours = name.len() < 32 && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        // The two attributes of a row of failures have its name.
        let is_of_row = name.strip_prefix("u_").is_some_and(|row| item.names("n_").any(|known| known == row));
        assert!(is_ours || is_of_row || item.names("").any(|known| known == name), "{told}");
    }
}

/// What is read, written and read again is the same.
async fn assert_kept(item: &Item) {
    let id = ItemId::of_text("item");
    kept(item, |item| used(Session::from_item(item)), Session::insert).await;
    kept(item, Event::from_item, Event::insert).await;
    kept(item, ResetRequest::from_item, ResetRequest::insert).await;
    kept(item, PasswordRecord::from_item, |password| password.replace(user(), 0)).await;
    kept(item, recovery_from_item, |codes| replace_recovery(user(), codes)).await;
    kept(item, |item| used(MailedReset::from_item(item)), |reset| reset.insert(user(), id)).await;
    kept(item, unrotated, |key| key.insert(NOW)).await;
    kept(item, undeleted, |profile| profile.insert().map(|[_, write]| write)).await;
}

/// A session that was ended, and a token that is none of its kind any more, are not written back.
fn used<T>(token: Result<Option<T>>) -> Result<T> {
    token?.ok_or(Error::NotFound)
}

/// A key as it was made.
fn unrotated(item: &Item) -> Result<ApiKey> {
    let key = ApiKey::from_item(item)?;
    Ok(ApiKey { previous: None, rotated_at: None, last_used_at: None, ..key })
}

/// A user who can be made.
fn undeleted(item: &Item) -> Result<Profile> {
    Ok(Profile { is_deleted: false, ..Profile::from_item(item)? })
}

async fn kept<T: std::fmt::Debug + PartialEq>(
    item: &Item,
    read: impl Fn(&Item) -> Result<T>,
    write: impl Fn(&T) -> Result<Write>,
) {
    let Ok(before) = read(item) else { return };
    let outcome = STORE.write(write(&before).expect("an item with a key")).await.expect("the table answers");
    assert!(matches!(outcome, Outcome::Done));
    TABLE.hold(&TABLE.written());
    let after = STORE.get(&key()).await.expect("the table answers").expect("an item");
    assert_eq!(read(&after).expect("what was written"), before);
}

/// Counters go on from whatever stands there.
async fn count(item: &Item) {
    for origin in [Origin::Source("0123456789abcdef".into()), Origin::Device("0123456789abcdef".into())] {
        let counted = STORE.count_attempt(&key(), Some(item.clone()), &origin, NOW).await;
        counted.err().iter().for_each(assert_fault);
    }
    STORE.count_spray(&key(), Some(item.clone()), "user", NOW).await.err().iter().for_each(assert_fault);
    STORE.count_in_hour(&key(), 3, NOW).await.err().iter().for_each(assert_fault);
    let Ok(devices) = Devices::from_item(item) else { return };
    let changed = STORE.change_devices(user(), devices, NOW, |devices| devices.with("hash", NOW)).await;
    let changed = changed.expect("the table answers").expect("none were made void");
    assert!(changed.contains("hash", NOW) && !changed.without("hash").contains("hash", NOW));
}

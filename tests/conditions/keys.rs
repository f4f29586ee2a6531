//! API keys, their places, and creations that are remembered.

use shared::name::KeyName;
use shared::scope::Scope;
use shared::secret::Digest;
use shared::store::Store;
use shared::store::idempotency::Remembered;
use shared::store::keys::ApiKey;

use crate::check::{NOW, Told, done, holds, id, refused, user};
use crate::wire::Wire;

const LIFETIME: u32 = 100;

fn digest(text: &str) -> Digest {
    Digest::of(text.as_bytes())
}

/// A key that ends after [`LIFETIME`].
fn key(value: &str) -> ApiKey {
    ApiKey {
        user: user(),
        name: KeyName::parse("CI deploy").expect("a name"),
        creation: id(value),
        place: 7,
        digest: digest(value),
        previous: None,
        scopes: Scope::Tasks.into(),
        expires_at: NOW.plus(LIFETIME),
        created_at: NOW,
        rotated_at: None,
        last_used_at: None,
        hint: String::new(),
    }
}

async fn found(store: &Store) -> shared::Result<Option<ApiKey>> {
    store.api_key_by_name(user(), &key("").name).await
}

/// A name is free until it has a key, and from that key's expiry on.
pub(crate) async fn made(store: &Store, _: &Wire) -> Told {
    done("a free name", store.write(key("a").insert(NOW)?).await)?;
    refused("a name that is taken", store.write(key("b").insert(NOW.plus(LIFETIME - 1))?).await)?;
    done("a name whose key has expired", store.write(key("c").insert(NOW.plus(LIFETIME))?).await)
}

/// So is a place; its holder alone keeps it or gives it back.
pub(crate) async fn placed(store: &Store, _: &Wire) -> Told {
    done("a free place", store.write(key("a").take_place(NOW)?).await)?;
    refused("a place that is taken", store.write(key("b").take_place(NOW.plus(LIFETIME - 1))?).await)?;
    done("a place whose key has expired", store.write(key("c").take_place(NOW.plus(LIFETIME))?).await)?;
    refused("another key's place is kept", store.write(key("a").keep_place(NOW)).await)?;
    refused("another key's place is given back", store.write(key("a").free_place()).await)?;
    done("the key's own place is kept", store.write(key("c").keep_place(NOW)).await)?;
    done("the key's own place is given back", store.write(key("c").free_place()).await)
}

/// A rotation is of the key as it was read, before its expiry.
pub(crate) async fn rotated(store: &Store, _: &Wire) -> Told {
    let (key, at) = (key("a"), NOW.plus(10));
    done("a free name", store.write(key.insert(NOW)?).await)?;
    let rotate = |read: &ApiKey, now| read.rotate(digest("next"), "", 5, NOW.plus(LIFETIME), now);
    let of_other_value = ApiKey { digest: digest("other"), ..key.clone() };
    refused("a value that another rotation replaced", store.write(rotate(&of_other_value, at)).await)?;
    let extended = ApiKey { expires_at: NOW.plus(LIFETIME + 1), ..key.clone() };
    refused("an expiry that another rotation set", store.write(rotate(&extended, at)).await)?;
    refused("an expired key", store.write(rotate(&key, NOW.plus(LIFETIME))).await)?;
    done("the last second", store.write(rotate(&key, NOW.plus(LIFETIME - 1))).await)
}

/// A deletion is of the key as it was read; an expired one goes if it is the same and has not been extended.
pub(crate) async fn deleted(store: &Store, _: &Wire) -> Told {
    let key = key("a");
    done("a free name", store.write(key.insert(NOW)?).await)?;
    let of_other_value = ApiKey { digest: digest("other"), ..key.clone() };
    refused("a value that a rotation replaced", store.write(of_other_value.delete()).await)?;
    let extended = ApiKey { expires_at: NOW.plus(LIFETIME + 1), ..key.clone() };
    refused("an expiry that a rotation set", store.write(extended.delete()).await)?;
    done("the key as it was read", store.write(key.delete()).await)?;
    done("a free name", store.write(key.insert(NOW)?).await)?;
    let other = ApiKey { creation: id("b"), ..key.clone() };
    refused("a key made anew", store.write(other.delete_expired(NOW.plus(LIFETIME))).await)?;
    refused("a key that has not expired", store.write(key.delete_expired(NOW.plus(LIFETIME - 1))).await)?;
    done("an expired key", store.write(key.delete_expired(NOW.plus(LIFETIME))).await)
}

/// A use is recorded of a value that is in force or was before, and brings nothing back.
pub(crate) async fn used(store: &Store, _: &Wire) -> Told {
    let key = key("a");
    refused("a deleted key", store.write(key.touch(key.digest, NOW)).await)?;
    holds("a use brought a key back", found(store).await?.is_none())?;
    done("a free name", store.write(key.insert(NOW)?).await)?;
    done("the value in force", store.write(key.touch(key.digest, NOW)).await)?;
    done("a rotation", store.write(key.rotate(digest("next"), "", 5, key.expires_at, NOW)).await)?;
    done("the value before", store.write(key.touch(key.digest, NOW)).await)?;
    refused("a value that was never of the key", store.write(key.touch(digest("other"), NOW)).await)
}

/// An `Idempotency-Key` is in use for a day.
pub(crate) async fn remembered(store: &Store, _: &Wire) -> Told {
    let (day, remembered) = (24 * 60 * 60, Remembered { request: digest("a"), key: id("a"), creation: id("a") });
    done("an unused one", store.write(remembered.insert(user(), "key", NOW)?).await)?;
    refused("one in use", store.write(remembered.insert(user(), "key", NOW.plus(day - 1))?).await)?;
    done("one of a day ago", store.write(remembered.insert(user(), "key", NOW.plus(day))?).await)
}

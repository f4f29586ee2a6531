//! Every key of the table. Names in keys are folded and hold no `#`, so that no two records share a key.

use crate::clock::Timestamp;
use crate::id::{ItemId, UserId};

/// Where an item stands.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    /// Partition key.
    pub pk: String,
    /// Sort key.
    pub sk: String,
}

impl Key {
    fn new(pk: impl Into<String>, sk: impl Into<String>) -> Self {
        Self { pk: pk.into(), sk: sk.into() }
    }
}

/// The index in which expired keys are found without a scan.
pub const EXPIRY_INDEX: &str = "expiry";
/// Partitions of one day of [`EXPIRY_INDEX`].
pub const EXPIRY_SHARDS: u8 = 16;

/// Sort-key prefixes of a user's partition.
pub mod prefix {
    /// API keys.
    pub const KEY: &str = "KEY#";
    /// Sessions.
    pub const SESSION: &str = "SESSION#";
    /// What happened.
    pub const EVENT: &str = "EVENT#";
    /// Resets by mail.
    pub const TOKEN: &str = "TOKEN#";
    /// Environments, in the account's partition.
    pub const ENVIRONMENT: &str = "ENV#";
    /// Groups, in the account's partition.
    pub const GROUP: &str = "GROUP#";
    /// Members, in a group's partition.
    pub const MEMBER: &str = "MEMBER#";
}

/// A user's partition.
#[must_use]
pub fn user_partition(user: UserId) -> String {
    format!("USER#{user}")
}

/// The partition that lists an environment's users by name.
#[must_use]
pub fn users_partition(folded_environment: &str) -> String {
    format!("USERS#{folded_environment}")
}

/// A user's name, which makes it unique in its environment.
#[must_use]
pub fn user_name(folded_environment: &str, folded_name: &str) -> Key {
    Key::new(users_partition(folded_environment), folded_name)
}

/// A user's profile.
#[must_use]
pub fn profile(user: UserId) -> Key {
    Key::new(user_partition(user), "PROFILE")
}

/// A user's password.
#[must_use]
pub fn password(user: UserId) -> Key {
    Key::new(user_partition(user), "PASSWORD")
}

/// A user's TOTP factor, in force and pending.
#[must_use]
pub fn totp(user: UserId) -> Key {
    Key::new(user_partition(user), "TOTP")
}

/// A user's recovery codes.
#[must_use]
pub fn recovery(user: UserId) -> Key {
    Key::new(user_partition(user), "RECOVERY")
}

/// The browsers that a user signed in with.
#[must_use]
pub fn devices(user: UserId) -> Key {
    Key::new(user_partition(user), "DEVICES")
}

/// One of a user's API keys; the id is made of its folded name.
#[must_use]
pub fn api_key(user: UserId, key: ItemId) -> Key {
    Key::new(user_partition(user), format!("{}{key}", prefix::KEY))
}

/// One of the 50 places that a user has for active API keys.
#[must_use]
pub fn key_place(user: UserId, place: u8) -> Key {
    Key::new(user_partition(user), format!("PLACE#{place:02}"))
}

/// One of a user's sessions.
#[must_use]
pub fn session(user: UserId, session: ItemId) -> Key {
    Key::new(user_partition(user), format!("{}{session}", prefix::SESSION))
}

/// A reset by mail.
#[must_use]
pub fn token(user: UserId, token: ItemId) -> Key {
    Key::new(user_partition(user), format!("{}{token}", prefix::TOKEN))
}

/// A remembered `Idempotency-Key`, by its hash.
#[must_use]
pub fn idempotency(user: UserId, hash: &str) -> Key {
    Key::new(user_partition(user), format!("IDEMPOTENCY#{hash}"))
}

/// What happened to a user, in the order of time.
#[must_use]
pub fn event(user: UserId, at: Timestamp, event: ItemId) -> Key {
    Key::new(user_partition(user), format!("{}{:010x}{event}", prefix::EVENT, at.unix_seconds()))
}

/// An address to be told of one event, kept apart so that events hold none.
#[must_use]
pub fn address(user: UserId, event: ItemId) -> Key {
    Key::new(user_partition(user), format!("ADDRESS#{event}"))
}

/// How many mails of one kind a user had in one hour.
#[must_use]
pub fn mail_count(user: UserId, kind: &str) -> Key {
    Key::new(user_partition(user), format!("MAILS#{kind}"))
}

/// Failed attempts of one factor of one user, or of one source.
#[must_use]
pub fn attempts(scope: &str) -> Key {
    Key::new(format!("ATTEMPTS#{scope}"), "ATTEMPTS")
}

/// A password reset that was asked for, for a known or an unknown name.
#[must_use]
pub fn reset_request(id: ItemId) -> Key {
    Key::new(format!("REQUEST#{id}"), "REQUEST")
}

/// The partition of environments, groups and settings.
pub const ACCOUNT_PARTITION: &str = "ACCOUNT";

/// The account's settings.
#[must_use]
pub fn settings() -> Key {
    Key::new(ACCOUNT_PARTITION, "SETTINGS")
}

/// An environment.
#[must_use]
pub fn environment(folded_environment: &str) -> Key {
    Key::new(ACCOUNT_PARTITION, format!("{}{folded_environment}", prefix::ENVIRONMENT))
}

/// A group of an environment.
#[must_use]
pub fn group(folded_environment: &str, folded_group: &str) -> Key {
    Key::new(ACCOUNT_PARTITION, format!("{}{folded_environment}#{folded_group}", prefix::GROUP))
}

/// A member of a group.
#[must_use]
pub fn member(folded_environment: &str, folded_group: &str, user: UserId) -> Key {
    Key::new(format!("GROUP#{folded_environment}#{folded_group}"), format!("{}{user}", prefix::MEMBER))
}

/// How far the clean-up has come.
#[must_use]
pub fn cleanup() -> Key {
    Key::new("CLEANUP", "CLEANUP")
}

/// The partition of deleted users whose items are still to be removed.
pub const DELETED_PARTITION: &str = "DELETED";

/// Work for the clean-up: a user whose profile is marked deleted. It needs no attributes.
#[must_use]
pub fn deleted_user(user: UserId) -> Key {
    Key::new(DELETED_PARTITION, user_partition(user))
}

/// The partition of [`EXPIRY_INDEX`] for one day and shard.
#[must_use]
pub fn expiry_partition(day: i64, shard: u8) -> String {
    format!("EXPIRY#{day}#{shard:02}")
}

/// The shard in which a user's keys stand: even, and the same for every key of one user.
#[must_use]
pub fn expiry_shard(user: UserId) -> u8 {
    user.as_bytes().iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte)) % EXPIRY_SHARDS
}

//! What the service guarantees, one file per area.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking, its helpers too"
)]

mod access;
mod account;
mod administrators;
mod answers;
mod api_keys;
mod capacity;
mod coverage;
mod email;
mod environments;
mod groups;
mod idempotency;
mod introspection;
mod invitations;
mod key_races;
mod key_rotation;
mod keys_of_keys;
mod lists;
mod mail;
mod mfa;
mod mfa_changes;
mod operations;
mod password;
mod password_reset;
mod profile;
mod recovery_codes;
mod requests;
mod settings_races;
mod tidy;
mod user_changes;
mod users;

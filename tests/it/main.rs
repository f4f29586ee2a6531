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
mod admin_races;
mod administrators;
mod answers;
mod api_keys;
mod asvs;
mod authorization;
mod authorizer;
mod capacity;
mod challenge;
mod connections;
mod coverage;
mod deployment;
mod email;
mod enumeration;
mod environments;
mod faults;
mod first_administrator;
mod groups;
mod guarded_api;
mod idempotency;
mod introspection;
mod invitations;
mod key_races;
mod key_rotation;
mod keys_of_keys;
mod lambda;
mod leaks;
mod limits;
mod lists;
mod logs;
mod mail;
mod mfa;
mod mfa_changes;
mod openapi;
mod operations;
mod packages;
mod password;
mod password_reset;
mod portal;
mod privileges;
mod profile;
mod protection;
mod recognised_browsers;
mod recovery_codes;
mod requests;
mod reset;
mod restricted_sessions;
mod secret_rotation;
mod secret_unknown;
mod secret_versions;
mod security;
mod sessions;
mod settings_races;
mod sign_in;
mod sign_in_races;
mod source_limits;
mod step_up;
mod supply_chain;
mod tidy;
mod unknown_paths;
mod user_changes;
mod users;
mod whole_table;

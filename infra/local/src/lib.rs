//! The whole service on this machine: a stand-in for Amazon's HTTP API over the real functions
//! and an embedded DynamoDB. Nothing here is deployed.
//!
//! `template` is read once; `gateway` turns HTTP into the events that Amazon sends and `functions` says how they are
//! answered, as a rule `in_process`; `store`, `feed` (with `trim`), `vault` and `outbox` stand in for DynamoDB, its stream, Secrets
//! Manager and SES, and `roles` holds each function to what the template grants it; `doors` are the calls under
//! `/_local/`; `stack` puts it together.

pub mod error;
pub mod options;

pub mod filter;
pub mod permission;
pub mod policy;
pub mod settings;
pub mod template;

pub mod need;
pub mod role;
pub mod stand_in;

pub mod folder;
pub mod outbox;
pub mod secret;
pub mod vault;

pub mod trim;

pub mod embedded;
pub mod store;

pub mod roles;

pub mod event;
pub mod reply;

pub mod record;

pub mod deployment;
pub mod functions;
pub mod in_process;

pub mod feed;
pub mod jobs;
pub mod provider;
pub mod seed;

pub mod authorize;
pub mod doors;
pub mod gateway;
pub mod stack;

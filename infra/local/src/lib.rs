//! The whole service on this machine: a stand-in for Amazon's HTTP API over the real functions
//! and an embedded DynamoDB. Nothing here is deployed.
//!
//! `template` is read once; `gateway` turns HTTP into the events that Amazon sends and `functions` says how they are
//! answered, as a rule `in_process`; `store` and `feed` stand in for DynamoDB and its stream; `doors` are the calls
//! under `/_local/`; `stack` puts it together.

pub mod error;
pub mod options;

pub mod filter;
pub mod settings;
pub mod template;

pub mod folder;
pub mod secret;
pub mod store;

pub mod event;
pub mod reply;

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

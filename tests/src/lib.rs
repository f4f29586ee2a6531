//! The harness: one service per test, and callers of it that check every answer against the contract on the way.
//!
//! A scenario is a `#[tokio::test]` in `it/`, named as the guarantee it holds the service to:
//!
//! ```text
//! #[tokio::test]
//! async fn a_key_works_until_it_is_deleted() {
//!     let world = World::start().await;                      // `with_mail()` where mail is wanted
//!     let jane = world.jane().await;                         // signed in and fresh; a browser with cookies of its own
//!     let key = jane.create_key("nightly", &["Tasks"]).await;
//!     key.get("ME/authorization").await.expect(200);         // "ME/…", or a path below the base path: "/session"
//!     jane.delete("ME/api-key/nightly").await.expect(204);
//!     key.get("ME/authorization").await.problem("unauthenticated");
//! }
//! ```
//!
//! A call is built, then awaited: `jane.patch("ME/info", json!({…})).header("if-match", tag).await`; `()` is no body.
//! Time is a value: `world.advance(601).await`. Other users come from `world.new_user().groups(["Admin"]).create()`,
//! a second factor from `jane.enable_mfa()`, a race from [`at_once`], another address from `caller.at([127, 0, 0, 2])`.
//! `insta::assert_json_snapshot!(snapshot(&answer), @"…")` shows a central answer whole.
//!
//! Where `SCENARIOS_DEPLOYMENT` names a deployment, all worlds are there, one after the other (`tests/deployed`), and a
//! scenario that needs what only the local stack has ends with `needs a local door`.
//!
//! Every answer is held to what the contract says of all ([`check`]) and, with the request behind it, to what
//! `infra/openapi.yaml` says of its operation ([`exchange`]).

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    clippy::panic,
    reason = "a harness fails by panicking, in the test that called it"
)]

pub mod document;
mod problems;

mod check;
mod exchange;
mod page;

mod site;

mod response;
mod wire;

mod deployed;

mod caller;
mod clock;

mod authenticator;
mod person;

pub mod lambda;
mod mail;
mod new_user;
mod strangers;
mod world;

mod snapshot;
mod tls_front;

pub use authenticator::Authenticator;
pub use caller::{Body, Call, Caller, Form, at_once};
pub use mail::Mail;
pub use new_user::NewUser;
pub use person::{ApiKey, PASSWORD, Person};
pub use problems::problems;
pub use response::Response;
pub use site::look_within;
pub use snapshot::snapshot;
pub use strangers::{Stranger, strangers};
pub use tls_front::TlsFront;
pub use world::World;

//! Histories: many clients at once over HTTP, and whether what they saw could have been seen one after the other.
//!
//! [`run`] lets clients work as a seed chooses and writes down what each asked, what it was answered, and in which
//! order of time. [`account`] and [`keys`] say what the contract makes of the same calls one at a time, and
//! [`linearizability`] looks for an order that explains every answer. There must be one.
//!
//! Too many attempts (429) were refused, so nothing took place. No answer, or `unavailable`, leaves open whether
//! something did.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    clippy::panic,
    reason = "a harness fails by panicking, in the test that called it"
)]

pub mod linearizability;
pub mod time;

pub mod account;
pub mod keys;

mod answer;
mod knowledge;
mod order;
mod people;
mod plan;
mod record;

mod directory;
pub mod history;
pub mod run;

pub mod crash;
pub mod table;

//! A deployment in the place of the local stack: its doors, its tenants, and what its gateway does otherwise.

mod doors;
mod emulated;
mod fence;
mod guarded;
mod inbox;
mod invocations;
mod provider;
mod tenancy;

pub(crate) use doors::open_door;
pub(crate) use emulated::{check_request, correct_response};
pub(crate) use tenancy::{Mail, Tenancy, forget_policy};

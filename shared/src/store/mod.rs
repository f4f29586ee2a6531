//! The only DynamoDB code. A condition that fails is an outcome; everything else that fails is an error, and never
//! looks like an absent item.

pub mod item;
pub mod layout;

mod commit;
mod read;
mod retries;
mod write;

pub mod attempts;
pub mod cleanup;
pub mod counters;
pub mod directory;
pub mod events;
pub mod factors;
pub mod idempotency;
pub mod keys;
pub mod mails;
pub mod members;
pub mod requests;
pub mod sessions;
pub mod settings;
pub mod tokens;
pub mod users;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::types::{AttributeValue, ConsumedCapacity};

pub use self::commit::{Outcome, Refused};
pub use self::read::Range;
pub use self::retries::Retries;
pub use self::write::Write;
use crate::error::{Error, Result};

/// What the table was asked for, in tenths of a unit, since the process started.
#[derive(Debug, Default)]
pub struct Meter {
    requests: AtomicU64,
    read_tenths: AtomicU64,
    write_tenths: AtomicU64,
}

/// A reading of the [`Meter`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Usage {
    /// Requests to the table.
    pub requests: u64,
    /// Read capacity units.
    pub read_units: f64,
    /// Write capacity units; a write costs five times what a read does.
    pub write_units: f64,
}

impl Usage {
    /// What was used since `before`.
    #[must_use]
    pub fn since(self, before: Self) -> Self {
        Self {
            requests: self.requests - before.requests,
            read_units: self.read_units - before.read_units,
            write_units: self.write_units - before.write_units,
        }
    }
}

impl Meter {
    fn record_read<'a>(&self, consumed: impl IntoIterator<Item = &'a ConsumedCapacity>) {
        self.record(&self.read_tenths, consumed);
    }

    fn record_write<'a>(&self, consumed: impl IntoIterator<Item = &'a ConsumedCapacity>) {
        self.record(&self.write_tenths, consumed);
    }

    fn record<'a>(&self, tenths: &AtomicU64, consumed: impl IntoIterator<Item = &'a ConsumedCapacity>) {
        self.requests.fetch_add(1, Ordering::Relaxed);
        let units: f64 = consumed.into_iter().filter_map(ConsumedCapacity::capacity_units).sum();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "units are small and positive")]
        tenths.fetch_add((units * 10.0).round() as u64, Ordering::Relaxed);
    }

    /// What was used so far.
    #[must_use]
    pub fn read(&self) -> Usage {
        let units =
            |tenths: &AtomicU64| f64::from(u32::try_from(tenths.load(Ordering::Relaxed)).unwrap_or(u32::MAX)) / 10.0;
        Usage {
            requests: self.requests.load(Ordering::Relaxed),
            read_units: units(&self.read_tenths),
            write_units: units(&self.write_tenths),
        }
    }
}

/// The table.
#[derive(Clone, Debug)]
pub struct Store {
    client: aws_sdk_dynamodb::Client,
    table: Arc<str>,
    meter: Arc<Meter>,
}

impl Store {
    /// The table named `table`, reached through `client`.
    pub fn new(client: aws_sdk_dynamodb::Client, table: impl Into<String>) -> Self {
        Self { client, table: table.into().into(), meter: Arc::default() }
    }

    /// The same table and meter through another client.
    #[must_use]
    pub fn reached_through(&self, client: aws_sdk_dynamodb::Client) -> Self {
        Self { client, ..self.clone() }
    }

    /// What was used so far.
    #[must_use]
    pub fn meter(&self) -> &Meter {
        &self.meter
    }

    /// Opens the connection before the first request needs it.
    ///
    /// # Errors
    /// `Unavailable` when the table cannot be reached.
    pub async fn warm_up(&self) -> Result<()> {
        self.get(&layout::settings()).await.map(|_| ())
    }
}

type Attributes = HashMap<String, AttributeValue>;

/// A fault of the table. What it refuses as malformed is a defect of ours; all else passes.
fn failed<E>(error: SdkError<E>) -> Error
where
    E: std::error::Error + ProvideErrorMetadata + Send + Sync + 'static,
{
    let code = error.as_service_error().and_then(ProvideErrorMetadata::code);
    if code == Some("ValidationException") { Error::internal(error) } else { Error::unavailable(error) }
}

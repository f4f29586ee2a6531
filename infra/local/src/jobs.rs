//! The functions that no request starts: clean-up and notifier, by themselves or on demand.

use std::sync::Arc;
use std::time::Duration;

use dynoxide::Database;
use serde_json::{Value, json};
use shared::Error;
use tokio::sync::{Mutex, watch};
use tokio::time::MissedTickBehavior;

use crate::feed::{Batch, Feed};
use crate::folder::Folder;
use crate::functions::Functions;

/// How often the stream is read.
const READ_EVERY: Duration = Duration::from_millis(250);
/// How long the notifier rests after a failure.
const REST_FOR: Duration = Duration::from_secs(5);
/// Soon, since many a local stack is never up for a whole period.
const FIRST_CLEANUP_AFTER: Duration = Duration::from_mins(1);

/// Both jobs and what they work on.
pub struct Jobs {
    functions: Arc<dyn Functions>,
    folder: Arc<Folder>,
    /// One reader at a time; none where the table has no stream.
    feed: Option<Mutex<Feed>>,
}

impl Jobs {
    /// Takes what they work on.
    #[must_use]
    pub fn new(functions: Arc<dyn Functions>, folder: Arc<Folder>, feed: Option<Feed>) -> Self {
        Self { functions, folder, feed: feed.map(Mutex::new) }
    }

    /// Runs the clean-up once and gives its report.
    ///
    /// # Errors
    /// `Unavailable` when it failed.
    pub async fn run_cleanup(&self) -> Result<Value, Error> {
        Ok(self.functions.invoke("cleanup", json!({})).await?)
    }

    /// Runs the notifier once on all that waits and gives its report.
    ///
    /// # Errors
    /// `Unavailable` when it failed, and `NotFound` where the table has no stream.
    pub async fn run_notifier(&self) -> Result<Value, Error> {
        let mut feed = self.feed.as_ref().ok_or(Error::NotFound)?.lock().await;
        let batch = feed.read().await?;
        let report = self.notify(&batch).await?;
        feed.advance(&batch, &self.folder)?;
        Ok(report)
    }

    /// Runs the notifier if something waits.
    async fn pass_on(&self, feed: &Mutex<Feed>) -> Result<(), Error> {
        let mut feed = feed.lock().await;
        let batch = feed.read().await?;
        if !batch.event.records.is_empty() {
            self.notify(&batch).await?;
        }
        feed.advance(&batch, &self.folder)
    }

    async fn notify(&self, batch: &Batch) -> Result<Value, Error> {
        let event = serde_json::to_value(&batch.event).map_err(Error::internal)?;
        let report = self.functions.invoke("notifier", event).await?;
        if report.get("batchItemFailures").and_then(Value::as_array).is_none_or(Vec::is_empty) {
            Ok(report)
        } else {
            // The batch comes again, whole: its marks keep what was sent from being sent twice.
            Err(Error::unavailable("some mail was not sent"))
        }
    }

    /// Runs the clean-up every `period`, and with it the embedded DynamoDB's removal of ended items, until `stop` changes.
    pub async fn keep_clean(
        self: Arc<Self>,
        database: Option<Database>,
        period: Duration,
        mut stop: watch::Receiver<()>,
    ) {
        let mut ticks = tokio::time::interval_at(tokio::time::Instant::now() + FIRST_CLEANUP_AFTER, period);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while until_tick(&mut ticks, &mut stop).await {
            if let Err(error) = self.run_cleanup().await {
                tracing::error!(error = &error as &dyn std::error::Error, "clean-up failed");
            }
            let Some(database) = database.clone() else { continue };
            if let Ok(Err(error)) = tokio::task::spawn_blocking(move || database.sweep_ttl()).await {
                tracing::error!(%error, "ended items not removed");
            }
        }
    }

    /// Hands what the stream brings to the notifier until `stop` changes.
    pub async fn keep_notifying(self: Arc<Self>, mut stop: watch::Receiver<()>) {
        let Some(feed) = &self.feed else { return };
        let mut ticks = tokio::time::interval(READ_EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while until_tick(&mut ticks, &mut stop).await {
            if let Err(error) = self.pass_on(feed).await {
                tracing::error!(error = &error as &dyn std::error::Error, "notifier failed");
                ticks.reset_after(REST_FOR);
            }
        }
    }
}

/// Waits; `false` once it is time to stop.
async fn until_tick(ticks: &mut tokio::time::Interval, stop: &mut watch::Receiver<()>) -> bool {
    tokio::select! {
        _ = ticks.tick() => true,
        _ = stop.changed() => false,
    }
}

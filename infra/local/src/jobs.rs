//! The functions that no request starts: clean-up and notifier, by themselves or on demand.

use std::sync::Arc;
use std::time::Duration;

use dynoxide::Database;
use notifier::Mailer;
use serde_json::Value;
use shared::Error;
use shared::context::Context;
use tokio::sync::{Mutex, watch};
use tokio::time::MissedTickBehavior;

use crate::error::StartError;
use crate::feed::{Batch, Feed};
use crate::folder::Folder;
use crate::roles::Roles;

/// How often the stream is read.
const READ_EVERY: Duration = Duration::from_millis(250);
/// How long the notifier rests after a failure.
const REST_FOR: Duration = Duration::from_secs(5);
/// Soon, since many a local stack is never up for a whole period.
const FIRST_CLEANUP_AFTER: Duration = Duration::from_mins(1);
/// How long a clean-up may take, as in the template.
const CLEANUP_WITHIN: Duration = Duration::from_mins(5);

/// Both jobs and what they work on. Each run is a task of its own: a panic fails that run alone.
pub struct Jobs {
    cleanup: Context,
    notifier: Context,
    folder: Arc<Folder>,
    mailer: Arc<Mailer>,
    /// One reader at a time; none where the table has no stream.
    feed: Option<Mutex<Feed>>,
}

impl Jobs {
    /// Gives each its role and takes what they work on.
    ///
    /// # Errors
    /// `Template` when one of them is not declared.
    pub fn new(roles: &Roles, folder: Arc<Folder>, feed: Option<Feed>) -> Result<Self, StartError> {
        Ok(Self {
            cleanup: roles.context("cleanup")?,
            notifier: roles.context("notifier")?,
            folder,
            mailer: Arc::new(roles.mailer("notifier")?),
            feed: feed.map(Mutex::new),
        })
    }

    /// Runs the clean-up once and gives its report.
    ///
    /// # Errors
    /// The clean-up's.
    pub async fn run_cleanup(&self) -> Result<Value, Error> {
        let context = self.cleanup.clone();
        let run = async move { cleanup::run(&context, CLEANUP_WITHIN).await };
        let report = tokio::spawn(run).await.map_err(Error::internal)??;
        serde_json::to_value(report).map_err(Error::internal)
    }

    /// Runs the notifier once on all that waits and gives its report.
    ///
    /// # Errors
    /// The notifier's, and `NotFound` where the table has no stream.
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
        let (context, mailer, event) = (self.notifier.clone(), Arc::clone(&self.mailer), batch.event.clone());
        let run = async move { notifier::handle(&context, &mailer, event).await };
        let report = tokio::spawn(run).await.map_err(Error::internal)??;
        if report.batch_item_failures.is_empty() {
            serde_json::to_value(report).map_err(Error::internal)
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

//! The calls under `/_local/`: what stands outside the service in the cloud. Whoever reaches them may do anything.

use std::path::PathBuf;
use std::sync::Arc;

use http::request::Parts;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use shared::Error;
use shared::clock::Clock;

use crate::authorize;
use crate::functions::Functions;
use crate::jobs::Jobs;
use crate::outbox;
use crate::reply::{self, Reply};

/// All doors.
pub struct Doors {
    /// What `run/…` starts.
    pub jobs: Arc<Jobs>,
    /// What `authorize` asks.
    pub functions: Arc<dyn Functions>,
    /// What `clock` advances.
    pub clock: Clock,
    /// Where `mail` looks.
    pub outbox: PathBuf,
    /// Whether those that only tests need are open.
    pub test_doors: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    advance_seconds: u32,
}

impl Doors {
    /// Answers `/_local/{door}`.
    pub async fn answer(&self, door: &str, parts: &Parts, body: &[u8], request_id: &str) -> Reply {
        match self.open(door, parts, body).await {
            Ok(answer) => reply::of_door(&answer, request_id),
            Err(error) => reply::of_error(error, request_id).await,
        }
    }

    async fn open(&self, door: &str, parts: &Parts, body: &[u8]) -> Result<Value, Error> {
        let allow = match door {
            "mail" => "GET",
            "run/cleanup" | "run/notifier" => "POST",
            "clock" | "authorize" if self.test_doors => "POST",
            _ => return Err(Error::NotFound),
        };
        if parts.method.as_str() != allow {
            return Err(Error::MethodNotAllowed(allow.to_owned()));
        }
        if is_from_elsewhere(parts) {
            return Err(Error::CrossSiteRequest);
        }
        match door {
            "mail" => Ok(json!({"items": outbox::list(&self.outbox)?})),
            "run/cleanup" => self.jobs.run_cleanup().await,
            "run/notifier" => self.jobs.run_notifier().await,
            "authorize" => authorize::answer(self.functions.as_ref(), parse(body)?).await,
            _ => {
                let Advance { advance_seconds } = parse(body)?;
                self.clock.advance(advance_seconds);
                Ok(json!({"now": self.clock.now()}))
            }
        }
    }
}

/// Whether a page of another site made a browser send this.
fn is_from_elsewhere(parts: &Parts) -> bool {
    parts.headers.get("sec-fetch-site").is_some_and(|site| site != "same-origin" && site != "none")
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Error> {
    serde_json::from_slice(body).map_err(|error| Error::invalid("", error.to_string()))
}

//! The calls under `/_local/`: what stands outside the service in the cloud. Whoever reaches them may do anything.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use http::request::Parts;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use shared::Error;
use shared::context::Context;

use crate::authorize;
use crate::functions::Functions;
use crate::jobs::Jobs;
use crate::reply::{self, Reply};

/// All doors.
pub struct Doors {
    /// What `run/…` starts.
    pub jobs: Arc<Jobs>,
    /// What `authorize` asks.
    pub functions: Arc<dyn Functions>,
    /// What the functions work with: `clock` advances its clock.
    pub context: Context,
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

#[derive(Serialize, Deserialize)]
struct Mail {
    to: String,
    subject: String,
    text: String,
    at: String,
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
            "mail" => mail(&self.outbox),
            "run/cleanup" => self.jobs.run_cleanup().await,
            "run/notifier" => self.jobs.run_notifier().await,
            "authorize" => authorize::answer(self.functions.as_ref(), parse(body)?).await,
            _ => {
                let Advance { advance_seconds } = parse(body)?;
                self.context.clock.advance(advance_seconds);
                Ok(json!({"now": self.context.clock.now()}))
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

/// Caught mail, newest first.
fn mail(outbox: &Path) -> Result<Value, Error> {
    let mut items = Vec::new();
    for entry in fs::read_dir(outbox).map_err(Error::internal)? {
        let entry = entry.map_err(Error::internal)?;
        if entry.path().extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let written = entry.metadata().and_then(|data| data.modified()).map_err(Error::internal)?;
        let text = fs::read_to_string(entry.path()).map_err(Error::internal)?;
        let mail: Mail = serde_json::from_str(&text).map_err(Error::internal)?;
        items.push((written, mail));
    }
    items.sort_by(|(a_written, a), (b_written, b)| (&b.at, b_written).cmp(&(&a.at, a_written)));
    let items: Vec<_> = items.into_iter().map(|(_, mail)| mail).collect();
    Ok(json!({"items": items}))
}

#[cfg(test)]
mod tests {
    use super::*;
    use tempfile::TempDir;

    #[test]
    fn mail_comes_newest_first_and_half_written_files_do_not_count() {
        let outbox = TempDir::new().expect("a temporary folder");
        for (name, at) in [("b.json", "2027-01-01T00:00:00Z"), ("a.json", "2027-01-02T00:00:00Z")] {
            let mail = json!({"to": "a@example.com", "subject": name, "text": "", "at": at});
            fs::write(outbox.path().join(name), mail.to_string()).expect("writable");
        }
        fs::write(outbox.path().join("c.new"), "{").expect("writable");
        let answer = mail(outbox.path()).expect("readable");
        let subjects: Vec<_> = answer["items"].as_array().into_iter().flatten().map(|mail| &mail["subject"]).collect();
        assert_eq!(subjects, ["a.json", "b.json"]);
    }
}

//! Stands in for SES behind its own SDK: every mail that is handed over becomes a file.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use aws_sdk_sesv2::Client;
use aws_sdk_sesv2::config::{BehaviorVersion, Config, Credentials, Region};
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use shared::Error;
use shared::clock::Clock;

use crate::role::Guard;
use crate::stand_in::answer;

/// A caught mail.
#[derive(Serialize, Deserialize)]
pub struct Mail {
    to: String,
    subject: String,
    text: String,
    at: String,
}

/// A client that catches mail in `folder`, held to a role.
#[must_use]
pub fn client(folder: PathBuf, clock: Clock, guard: Guard) -> Client {
    let outbox = SharedHttpConnector::new(Outbox::new(folder, clock));
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::from_static("eu-central-1"))
        .credentials_provider(Credentials::new("local", "local", None, None, "local"))
        .http_client(http_client_fn(move |_, _| outbox.clone()))
        .interceptor(guard);
    Client::from_conf(config.build())
}

/// Caught mail, newest first.
///
/// # Errors
/// `Internal` when the folder or a file in it cannot be read.
pub fn list(folder: &Path) -> Result<Vec<Mail>, Error> {
    let mut items = Vec::new();
    for entry in fs::read_dir(folder).map_err(Error::internal)? {
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
    Ok(items.into_iter().map(|(_, mail)| mail).collect())
}

/// A folder that mail is caught in.
#[derive(Debug)]
pub struct Outbox {
    folder: PathBuf,
    clock: Clock,
    /// Tells mails of one second apart, in order.
    caught: AtomicU64,
}

impl Outbox {
    /// An empty one is as good as one with mail in it.
    #[must_use]
    pub const fn new(folder: PathBuf, clock: Clock) -> Self {
        Self { folder, clock, caught: AtomicU64::new(0) }
    }

    /// Keeps the mail of a request of `SendEmail`; SES's answer.
    ///
    /// # Errors
    /// The name of the exception with which SES refuses it.
    pub fn catch(&self, body: &[u8]) -> Result<Value, &'static str> {
        self.read(body).map_or(Err("BadRequestException"), |mail| self.keep(&mail))
    }
}

impl HttpConnector for Outbox {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let path = request.uri().parse::<http::Uri>().map(|uri| uri.path().to_owned()).unwrap_or_default();
        let is_mail = request.method() == "POST" && path == "/v2/email/outbound-emails";
        let body = request.body().bytes().unwrap_or_default();
        HttpConnectorFuture::ready(answer(if is_mail { self.catch(body) } else { Err("BadRequestException") }))
    }
}

impl Outbox {
    /// A mail in plain text to one address: the only form that is sent.
    fn read(&self, body: &[u8]) -> Option<Mail> {
        let body: Value = serde_json::from_slice(body).ok()?;
        let text = |pointer: &str| body.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
        Some(Mail {
            to: text("/Destination/ToAddresses/0")?,
            subject: text("/Content/Simple/Subject/Data")?,
            text: text("/Content/Simple/Body/Text/Data")?,
            at: self.clock.now().to_string(),
        })
    }

    /// Writes a mail into a file whose name ends in `.json` once it is whole.
    fn keep(&self, mail: &Mail) -> Result<Value, &'static str> {
        let failed = "InternalFailure";
        let number = self.caught.fetch_add(1, Ordering::Relaxed);
        let unique = data_encoding::HEXLOWER.encode(&shared::secret::random_bytes::<4>().map_err(|_| failed)?);
        let name = format!("{:012}-{number:06}-{unique}", self.clock.now().unix_seconds());
        let text = serde_json::to_vec_pretty(mail).map_err(|_| failed)?;
        let (draft, whole) = (self.folder.join(format!("{name}.new")), self.folder.join(format!("{name}.json")));
        fs::write(&draft, text).and_then(|()| fs::rename(&draft, &whole)).map_err(|_| failed)?;
        Ok(json!({"MessageId": name}))
    }
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
        let mails = list(outbox.path()).expect("readable");
        let subjects: Vec<_> = mails.iter().map(|mail| mail.subject.as_str()).collect();
        assert_eq!(subjects, ["a.json", "b.json"]);
    }
}

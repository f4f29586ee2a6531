//! Where mails go: to Amazon SES, or to files on this machine.

use std::error::Error as _;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use aws_sdk_sesv2::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_sesv2::operation::send_email::SendEmailError;
use aws_sdk_sesv2::types::{Body, Content, Destination, EmailContent, Message};
use serde::Serialize;
use shared::clock::Timestamp;
use shared::name::EmailAddress;
use shared::secret::random_bytes;
use shared::{Error, Result};

/// A mail in plain text.
#[derive(Serialize)]
pub struct Mail {
    /// To whom; never logged.
    pub to: EmailAddress,
    /// What it is about.
    pub subject: String,
    /// What it says; may carry a token, never logged.
    pub text: String,
    /// When it was written.
    pub at: Timestamp,
}

impl fmt::Debug for Mail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mail").field("subject", &self.subject).field("at", &self.at).finish_non_exhaustive()
    }
}

/// Sends mails.
#[derive(Clone, Debug)]
pub enum Mailer {
    /// Writes each mail into a file of this folder, one JSON object, whose name ends in `.json` once it is whole.
    Outbox(PathBuf),
    /// Hands each mail to Amazon SES.
    Ses(aws_sdk_sesv2::Client),
}

impl Mailer {
    /// Sends a mail.
    ///
    /// # Errors
    /// `Internal` when it is refused for good, `Unavailable` when trying again may help. Neither names the recipient.
    pub async fn send(&self, from: &str, mail: &Mail) -> Result<()> {
        match self {
            Self::Outbox(folder) => write_file(folder, mail),
            Self::Ses(client) => hand_over(client, from, mail).await,
        }
    }
}

/// Tells mails of one second apart, in order.
static WRITTEN: AtomicU64 = AtomicU64::new(0);

fn write_file(folder: &Path, mail: &Mail) -> Result<()> {
    let number = WRITTEN.fetch_add(1, Ordering::Relaxed);
    let unique = data_encoding::HEXLOWER.encode(&random_bytes::<4>()?);
    let name = format!("{:012}-{number:06}-{unique}", mail.at.unix_seconds());
    let text = serde_json::to_vec_pretty(mail).map_err(Error::internal)?;
    let (draft, whole) = (folder.join(format!("{name}.new")), folder.join(format!("{name}.json")));
    fs::write(&draft, text).and_then(|()| fs::rename(&draft, &whole)).map_err(Error::unavailable)
}

async fn hand_over(client: &aws_sdk_sesv2::Client, from: &str, mail: &Mail) -> Result<()> {
    let utf8 = |text: &str| Content::builder().data(text).charset("UTF-8").build().map_err(Error::internal);
    let message =
        Message::builder().subject(utf8(&mail.subject)?).body(Body::builder().text(utf8(&mail.text)?).build()).build();
    let request = client
        .send_email()
        .from_email_address(from)
        .destination(Destination::builder().to_addresses(mail.to.as_str()).build())
        .content(EmailContent::builder().simple(message).build());
    request.send().await.map(|_| ()).map_err(|error| failed(&error))
}

/// What SES answers may name the recipient, so only its code goes further; of other failures, what they are called,
/// since their details hold the answer.
fn failed(error: &SdkError<SendEmailError>) -> Error {
    let Some(service) = error.as_service_error() else {
        let causes = std::iter::successors(error.source(), |cause| (*cause).source());
        let reason = causes.fold(error.to_string(), |reason, cause| format!("{reason}: {cause}"));
        return Error::unavailable(reason);
    };
    let reason = format!("the mail provider answered {}", service.code().unwrap_or("with an unknown fault"));
    if service.is_message_rejected() || service.is_bad_request_exception() {
        Error::internal(reason)
    } else {
        Error::unavailable(reason)
    }
}

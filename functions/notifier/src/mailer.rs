//! Where mails go: to Amazon SES.

use std::error::Error as _;
use std::fmt;

use aws_sdk_sesv2::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_sesv2::operation::send_email::SendEmailError;
use aws_sdk_sesv2::types::{Body, Content, Destination, EmailContent, Message};
use shared::name::EmailAddress;
use shared::{Error, Result};

/// A mail in plain text.
pub struct Mail {
    /// To whom; never logged.
    pub to: EmailAddress,
    /// What it is about.
    pub subject: String,
    /// What it says; may carry a token, never logged.
    pub text: String,
}

impl fmt::Debug for Mail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mail").field("subject", &self.subject).finish_non_exhaustive()
    }
}

/// Hands mails to Amazon SES.
#[derive(Clone, Debug)]
pub struct Mailer(aws_sdk_sesv2::Client);

impl Mailer {
    /// Hands them over through `client`.
    #[must_use]
    pub const fn new(client: aws_sdk_sesv2::Client) -> Self {
        Self(client)
    }

    /// Sends a mail.
    ///
    /// # Errors
    /// `Internal` when it is refused for good, `Unavailable` when trying again may help. Neither names the recipient.
    pub async fn send(&self, from: &str, mail: &Mail) -> Result<()> {
        let utf8 = |text: &str| Content::builder().data(text).charset("UTF-8").build().map_err(Error::internal);
        let body = Body::builder().text(utf8(&mail.text)?).build();
        let message = Message::builder().subject(utf8(&mail.subject)?).body(body).build();
        let request = self
            .0
            .send_email()
            .from_email_address(from)
            .destination(Destination::builder().to_addresses(mail.to.as_str()).build())
            .content(EmailContent::builder().simple(message).build());
        request.send().await.map(|_| ()).map_err(|error| failed(&error, from))
    }
}

/// What SES answers may name the recipient, so only its code goes further; of other failures, what they are called,
/// since their details hold the answer.
///
/// A rejection that names the sender is of all mail, until its identity is verified; any other is of this mail.
fn failed(error: &SdkError<SendEmailError>, from: &str) -> Error {
    let Some(service) = error.as_service_error() else {
        let causes = std::iter::successors(error.source(), |cause| (*cause).source());
        let reason = causes.fold(error.to_string(), |reason, cause| format!("{reason}: {cause}"));
        return Error::unavailable(reason);
    };
    let reason = format!("the mail provider answered {}", service.code().unwrap_or("with an unknown fault"));
    let between = |c: char| c.is_whitespace() || matches!(c, ',' | ':' | ';');
    let names_sender =
        service.message().is_some_and(|text| text.split(between).any(|word| word.eq_ignore_ascii_case(from)));
    if service.is_message_rejected() && names_sender {
        Error::unavailable("the mail provider has not verified the sender")
    } else if service.is_message_rejected() || service.is_bad_request_exception() {
        Error::internal(reason)
    } else {
        Error::unavailable(reason)
    }
}

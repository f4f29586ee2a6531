//! What can go wrong, in the words of the service; how it is sent is `http::problem`'s business.

use std::error::Error as StdError;
use std::fmt;

use crate::scope::ScopeSet;

/// The outcome of every fallible operation here.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A cause that is logged and never shown.
pub type Source = Box<dyn StdError + Send + Sync + 'static>;

/// One member of a request that was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// Where: a JSON pointer (RFC 6901), `?name` for a query parameter; empty for the request as a whole.
    pub pointer: String,
    /// What is wrong with it and what would be right; safe to show.
    pub detail: String,
}

/// Why a password may not be used (NIST SP 800-63B-4 §3.1.1.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasswordReason {
    /// Fewer characters than the account asks for.
    TooShort,
    /// More than 128 characters.
    TooLong,
    /// One of the passwords that everybody uses.
    Common,
    /// Found by a guesser within few attempts.
    Guessable,
    /// Holds the user's or the account's name.
    ContainsContext,
    /// The password in force.
    SameAsCurrent,
}

impl PasswordReason {
    /// The name clients see.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TooShort => "too_short",
            Self::TooLong => "too_long",
            Self::Common => "common",
            Self::Guessable => "guessable",
            Self::ContainsContext => "contains_context",
            Self::SameAsCurrent => "same_as_current",
        }
    }
}

/// What went wrong.
#[derive(Debug)]
pub enum Error {
    /// The request itself is not well formed.
    InvalidRequest(Vec<FieldError>),
    /// Two credentials that differ.
    AmbiguousCredentials,
    /// No credential, or one that nothing here made.
    Unauthenticated,
    /// An API key past its expiry.
    KeyExpired,
    /// A session that is unknown, over or ended.
    SessionExpired,
    /// Unknown user, wrong password, wrong code: all alike.
    SignInFailed,
    /// The key lacks these scopes.
    InsufficientScope(ScopeSet),
    /// A key where a person is needed.
    SessionRequired,
    /// The session's proof is older than ten minutes.
    StepUpRequired,
    /// The caller is no administrator.
    RoleRequired,
    /// A page of another site made the browser send this.
    CrossSiteRequest,
    /// The account enforces MFA and the user has none yet.
    MfaEnrolmentRequired,
    /// It is not there, or not the caller's to know of.
    NotFound,
    /// The path exists, the method does not; the methods that do.
    MethodNotAllowed(String),
    /// A name that is in use.
    NameTaken,
    /// A cap is reached.
    LimitReached(u32),
    /// The user's provider keeps passwords and MFA.
    NotAvailableForSso,
    /// MFA is on.
    MfaAlreadyEnabled,
    /// MFA is off.
    MfaNotEnabled,
    /// The account does not let MFA be disabled.
    MfaEnforced,
    /// The account does not offer MFA.
    MfaNotOffered,
    /// The key has expired, or the calling value was replaced.
    KeyNotActive(&'static str),
    /// Something still depends on it.
    NotEmpty(&'static str),
    /// A challenge, invitation, reset or e-mail token that is over, used or unknown.
    TokenExpired,
    /// `If-Match` names another state.
    PreconditionFailed,
    /// The body is over 16 KiB.
    PayloadTooLarge,
    /// The body is not of the media type that the call takes.
    UnsupportedMediaType,
    /// The new password may not be used.
    PasswordRejected(Vec<PasswordReason>),
    /// The current password is wrong.
    PasswordIncorrect,
    /// The one-time code is wrong, or was used before.
    CodeRejected,
    /// The `Idempotency-Key` belongs to another request.
    IdempotencyKeyReused,
    /// Wait this many seconds.
    TooManyAttempts(u32),
    /// A defect or a corrupt item; somebody must look.
    Internal(Source),
    /// The store or the secret is out of reach; trying again helps.
    Unavailable(Source),
}

impl Error {
    /// One refused member.
    pub fn invalid(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::InvalidRequest(vec![FieldError { pointer: pointer.into(), detail: detail.into() }])
    }

    /// A defect, with its reason for the log.
    pub fn internal(source: impl Into<Source>) -> Self {
        Self::Internal(source.into())
    }

    /// An outage, with its reason for the log.
    pub fn unavailable(source: impl Into<Source>) -> Self {
        Self::Unavailable(source.into())
    }

    /// What went wrong with all that caused it, for the log. A JSON line would else tell the first message alone.
    #[must_use]
    pub fn with_causes(&self) -> String {
        let causes = std::iter::successors(self.source(), |cause| (*cause).source());
        causes.fold(self.to_string(), |told, cause| format!("{told}: {cause}"))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Internal(_) => f.write_str("internal fault"),
            Self::Unavailable(_) => f.write_str("a dependency is unavailable"),
            other => write!(f, "{other:?}"),
        }
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Internal(source) | Self::Unavailable(source) => Some(source.as_ref()),
            _ => None,
        }
    }
}

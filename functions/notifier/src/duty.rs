//! Which mail an event asks for.

use shared::store::events::EventKind;

/// What an event asks of the notifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Duty {
    /// Its user knows, or was told otherwise.
    Nothing,
    /// Mail the invitation.
    Invite,
    /// Mail the token to the address that waits, and tell the one in force.
    ConfirmAddress,
    /// Tell the address that is no longer in force.
    TellFormerAddress,
    /// Tell the address in force.
    Tell(Notice),
}

/// What a user is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Notice {
    /// The mail's subject.
    pub(crate) subject: &'static str,
    /// What happened, in a sentence without its full stop.
    pub(crate) fact: &'static str,
    /// What to do where it was somebody else.
    pub(crate) advice: &'static str,
}

const CHANGE_PASSWORD: &str = "change your password, end the other sessions there, and tell your administrator";
const RESET_PASSWORD: &str = "ask for a new password there, and tell your administrator";
const DELETE_KEY: &str = "delete the key there, change your password, and tell your administrator";

impl Duty {
    /// What an event of this kind asks for.
    pub(crate) const fn of(kind: EventKind) -> Self {
        match kind {
            EventKind::Invited => Self::Invite,
            EventKind::EmailChangeRequested => Self::ConfirmAddress,
            EventKind::EmailChanged => Self::TellFormerAddress,
            EventKind::PasswordChanged => {
                tell("Your password was changed", "The password of your account was changed", RESET_PASSWORD)
            }
            EventKind::PasswordSet => {
                tell("Your password was set", "A new password was set for your account", RESET_PASSWORD)
            }
            EventKind::MfaEnabled => {
                let fact = "Multi-factor authentication was turned on for your account";
                tell("Multi-factor authentication is on", fact, RESET_PASSWORD)
            }
            EventKind::MfaReplaced => {
                let fact = "The authenticator app of your account was replaced, and the old recovery codes are void";
                tell("Your authenticator was replaced", fact, RESET_PASSWORD)
            }
            EventKind::MfaDisabled => {
                let fact = "Multi-factor authentication was turned off for your account";
                tell("Multi-factor authentication is off", fact, CHANGE_PASSWORD)
            }
            EventKind::MfaReset => {
                let fact = "An administrator reset the multi-factor authentication of your account: it is off";
                tell("Multi-factor authentication was reset", fact, CHANGE_PASSWORD)
            }
            EventKind::RecoveryCodesReplaced => {
                let fact = "New recovery codes were made for your account, and the old ones are void";
                tell("Your recovery codes were replaced", fact, CHANGE_PASSWORD)
            }
            EventKind::RecoveryCodeUsed => {
                tell("A recovery code was used", "A recovery code of your account was used", CHANGE_PASSWORD)
            }
            EventKind::ApiKeyCreated => {
                tell("An API key was created", "An API key was created for your account", DELETE_KEY)
            }
            EventKind::ApiKeyRotated => {
                tell("An API key was rotated", "The value of an API key of your account was replaced", DELETE_KEY)
            }
            // A reset is asked for by a request, which has an item of its own.
            EventKind::PasswordResetRequested
            | EventKind::ApiKeyDeleted
            | EventKind::ApiKeyExpired
            | EventKind::UserDisabled
            | EventKind::UserEnabled => Self::Nothing,
        }
    }
}

const fn tell(subject: &'static str, fact: &'static str, advice: &'static str) -> Duty {
    Duty::Tell(Notice { subject, fact, advice })
}

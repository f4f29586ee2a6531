//! Every problem in English, with its status.

use super::{Words, words};

pub(super) const WORDS: [(u16, &str, Words); 34] = [
    (
        400,
        "invalid-request",
        words(
            "The request is not valid",
            "A part of the request is missing, unknown, or not in the form that is asked for.",
            "The member “errors” names each place and what would be right there. Correct these and send it again.",
        ),
    ),
    (
        400,
        "ambiguous-credentials",
        words(
            "More than one credential",
            "The request has two credentials that differ, so it is not clear on whose behalf it was sent.",
            "Send one: the session cookie, the apikey header, or a bearer token.",
        ),
    ),
    (
        401,
        "unauthenticated",
        words(
            "Not signed in",
            "The request has no credential, or one that was never valid here or has been deleted.",
            "Sign in, or send a valid API key in the apikey header.",
        ),
    ),
    (
        401,
        "key-expired",
        words(
            "The API key has expired",
            "The API key was valid until its expiry date, which has passed.",
            "Create a new API key and use its value.",
        ),
    ),
    (
        401,
        "session-expired",
        words(
            "The session is over",
            "A session ends after an hour without use, after 12 hours, when it is ended, and when the password or MFA \
             changes.",
            "Sign in again to continue.",
        ),
    ),
    (
        401,
        "sign-in-failed",
        words(
            "Sign-in failed",
            "The user name, password or code is not right, or this account cannot sign in with a password. Which of \
             these it is, is not told.",
            "Check what you typed and try again. If you forgot your password, ask for a link to set a new one.",
        ),
    ),
    (
        403,
        "insufficient-scope",
        words(
            "The API key lacks a scope",
            "The API key is valid, but its scopes do not cover this call.",
            "Use a key that has one of the scopes in “required_scopes”, or create one.",
        ),
    ),
    (
        403,
        "session-required",
        words(
            "A signed-in user is needed",
            "This can be done by a person who has signed in, never by an API key.",
            "Sign in to User Settings and do it there.",
        ),
    ),
    (
        403,
        "step-up-required",
        words(
            "Confirm that it is you",
            "This change asks for a proof of identity that is less than ten minutes old.",
            "Confirm your password, and your code where MFA is on, then repeat the request.",
        ),
    ),
    (
        403,
        "role-required",
        words(
            "An administrator is needed",
            "Only administrators of the account may do this.",
            "Ask a member of the group Admin of the environment ROOT.",
        ),
    ),
    (
        403,
        "cross-site-request",
        words(
            "The request came from another site",
            "A page of another site made the browser send this change, so it was not made.",
            "Make this change from the portal’s own page. A script should send an API key and no Origin header.",
        ),
    ),
    (
        403,
        "mfa-enrolment-required",
        words(
            "MFA must be set up first",
            "The account asks every user for a second factor, and you have none yet.",
            "Set up MFA with an authenticator app; everything else opens once it is confirmed.",
        ),
    ),
    (
        404,
        "not-found",
        words(
            "Not found",
            "There is nothing at this address, or it is not yours to see.",
            "Check the address and the names in it.",
        ),
    ),
    (
        405,
        "method-not-allowed",
        words(
            "The method is not allowed here",
            "The address exists, but it cannot be used in this way.",
            "Use one of the methods that the header Allow names.",
        ),
    ),
    (
        409,
        "name-taken",
        words(
            "The name is taken",
            "Something else has this name already; capitals make no difference.",
            "Choose another name, or delete what has this one.",
        ),
    ),
    (
        409,
        "limit-reached",
        words(
            "The limit is reached",
            "There are as many as there may be; the member “limit” says how many that is.",
            "Delete one that is not needed, then try again.",
        ),
    ),
    (
        409,
        "not-available-for-sso",
        words(
            "Kept by the identity provider",
            "You sign in through your organisation’s identity provider, which keeps your password and MFA.",
            "Change them there.",
        ),
    ),
    (
        409,
        "mfa-already-enabled",
        words(
            "MFA is already on",
            "You have a second factor already.",
            "Reset it to use another authenticator; the old one works until the new one is confirmed.",
        ),
    ),
    (
        409,
        "mfa-not-enabled",
        words("MFA is not on", "This needs a second factor, and you have none.", "Enable MFA first."),
    ),
    (
        409,
        "mfa-enforced",
        words(
            "The account enforces MFA",
            "Every user of this account needs MFA, so it cannot be disabled.",
            "Reset it to use another authenticator.",
        ),
    ),
    (
        409,
        "mfa-not-offered",
        words(
            "The account does not offer MFA",
            "The account’s policy is that no new second factors are set up.",
            "Ask an administrator to change the account’s MFA policy.",
        ),
    ),
    (
        409,
        "key-not-active",
        words(
            "The API key is not active",
            "An expired key cannot be rotated: it would come to life again. Nor can a key rotate itself with a value that a \
             rotation has replaced: whoever was to be shut out by it would hold the key.",
            "Instead of an expired key create a new one; its name is free again. Instead of the old value use the new one, \
             or rotate the key signed in.",
        ),
    ),
    (
        409,
        "not-empty",
        words(
            "Something still depends on it",
            "It cannot be removed while something else needs it, or because the account cannot do without it.",
            "Move or remove what depends on it first.",
        ),
    ),
    (
        410,
        "token-expired",
        words(
            "The link or code is over",
            "The link or code was used, has ended, was replaced by a newer one, or is unknown.",
            "Start again, and use the newest mail.",
        ),
    ),
    (
        412,
        "precondition-failed",
        words(
            "It was changed meanwhile",
            "Somebody changed it after you read it, so your change was not made.",
            "Read it again and repeat the change with the new ETag.",
        ),
    ),
    (
        413,
        "payload-too-large",
        words("The body is too large", "A request may have at most 16 KiB.", "Send less, or in several requests."),
    ),
    (
        415,
        "unsupported-media-type",
        words(
            "The media type is not supported",
            "The Content-Type of the request is not one that this call takes, or not in UTF-8.",
            "Send application/json; a PATCH may be application/merge-patch+json, and introspect takes a form.",
        ),
    ),
    (
        422,
        "password-rejected",
        words(
            "Choose another password",
            "The new password is too short or too long, is used by many, is easy to guess, holds one of your names, or \
             is the one you have. The member “reasons” says which.",
            "Use a longer password, as several words that have nothing to do with each other.",
        ),
    ),
    (
        422,
        "password-incorrect",
        words(
            "The password is not right",
            "What was given as your current password is not your password.",
            "Type your current password again.",
        ),
    ),
    (
        422,
        "code-rejected",
        words(
            "The code is not right",
            "The code is wrong, too old, or was used before: each works once.",
            "Wait for the next code of your authenticator. If it stays wrong, set the clock of that device right, or \
             use a recovery code.",
        ),
    ),
    (
        422,
        "idempotency-key-reused",
        words(
            "The Idempotency-Key belongs to another request",
            "This Idempotency-Key was sent within the last 24 hours with another request.",
            "Use a new Idempotency-Key for a new request.",
        ),
    ),
    (
        429,
        "too-many-attempts",
        words(
            "Too many attempts",
            "There were too many attempts in a short time.",
            "Wait as many seconds as the header Retry-After says, then try again. Nothing is locked for good.",
        ),
    ),
    (
        500,
        "internal",
        words(
            "Something went wrong here",
            "The service met a fault of its own. It is nothing you did.",
            "Try again later. If it stays so, tell your administrator the request’s id (the header x-request-id).",
        ),
    ),
    (
        503,
        "unavailable",
        words(
            "The service is not available just now",
            "Something that the service needs does not answer just now. Nothing was lost.",
            "Try again in a moment; the header Retry-After says in how many seconds.",
        ),
    ),
];

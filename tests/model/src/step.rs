//! What may happen: one step of a history. A step names places where something was put, never the thing itself, so it
//! stays a step when those before it are left out.

use serde::{Deserialize, Serialize};

use crate::words::{Address, Group, KeyName, Password, Person, Place, Policy, Provider, Scopes};

pub(crate) const BROWSERS: usize = 4;
pub(crate) const VALUES: usize = 6;
pub(crate) const TOKENS: usize = 4;

/// With what a call is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Caller {
    Nobody,
    /// With the cookies of this browser.
    Browser(usize),
    /// With the key's value that was put here.
    Key(usize),
}

/// A second factor that is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Factor {
    None,
    /// The authenticator's code so many steps of time from now.
    Code(i8),
    WrongCode,
    /// The recovery code with this number.
    RecoveryCode(usize),
    WrongRecoveryCode,
}

/// What is sent as `If-Match`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum IfMatch {
    None,
    /// The tag that was seen last, if one was.
    Seen,
    Stale,
}

/// When a key is to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Expiry {
    LeftOut,
    /// Seconds from now.
    In(i64),
    /// The day so many days from now.
    Day(i64),
    /// Seconds from the same instant one calendar year from now.
    Year(i64),
    /// The day one calendar year from now.
    DayOfYear,
}

/// Which key a path names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Target {
    Named(KeyName),
    /// `@self`.
    Calling,
}

/// A change of a user by an administrator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Change {
    FullName(Option<u8>),
    Email(Option<Address>),
    Groups(Vec<Group>),
    Disabled(bool),
}

/// Which keys are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum KeyState {
    Default,
    Active,
    Expired,
    All,
}

/// One of them; calls are named as their operations.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::enum_variant_names, reason = "`StepUp` is the operation's name")]
pub(crate) enum Step {
    Advance(u32),
    CleanUp,
    /// The session's cookie of one browser gets into another.
    CopySession {
        from: usize,
        to: usize,
    },
    SignIn {
        browser: usize,
        person: Person,
        password: Password,
    },
    SignInWithProvider {
        browser: usize,
        person: Person,
    },
    AnswerChallenge {
        browser: usize,
        factor: Factor,
    },
    GetSession(Caller),
    StepUp {
        caller: Caller,
        password: Password,
        factor: Factor,
    },
    SignOut {
        browser: usize,
    },
    ListSessions(Caller),
    /// Ends the session whose cookie the browser `of` has.
    EndSession {
        caller: Caller,
        of: usize,
    },
    EndOtherSessions(Caller),
    RequestPasswordReset {
        person: Person,
        into: usize,
    },
    AcceptInvitation {
        browser: usize,
        token: usize,
        password: Password,
    },
    GetProfile(Caller),
    UpdateProfile {
        caller: Caller,
        change: Change,
        if_match: IfMatch,
        into: usize,
    },
    ConfirmEmail {
        caller: Caller,
        token: usize,
    },
    CancelPendingEmail(Caller),
    GetAuthorization(Caller),
    GetPassword(Caller),
    ChangePassword {
        caller: Caller,
        current: Password,
        new: Password,
    },
    GetMfa(Caller),
    EnrolTotp(Caller),
    ConfirmTotp {
        caller: Caller,
        factor: Factor,
    },
    DisableTotp(Caller),
    ResetTotp(Caller),
    ReplaceRecoveryCodes(Caller),
    ListApiKeys {
        caller: Caller,
        state: KeyState,
    },
    CreateApiKey {
        caller: Caller,
        name: KeyName,
        scopes: Scopes,
        expiry: Expiry,
        repeat: Option<u8>,
        into: usize,
    },
    CreateManyApiKeys {
        caller: Caller,
        count: u8,
    },
    GetApiKey {
        caller: Caller,
        target: Target,
    },
    DeleteApiKey {
        caller: Caller,
        target: Target,
        if_match: IfMatch,
    },
    RotateApiKey {
        caller: Caller,
        target: Target,
        overlap: u32,
        expiry: Expiry,
        if_match: IfMatch,
        into: usize,
    },
    ListAuthorizationScopes(Caller),
    ListUsers {
        caller: Caller,
        place: Option<Place>,
    },
    CreateUser {
        caller: Caller,
        person: Person,
        provider: Provider,
        groups: Vec<Group>,
        email: Option<Address>,
        into: usize,
    },
    GetUser {
        caller: Caller,
        person: Person,
    },
    UpdateUser {
        caller: Caller,
        person: Person,
        change: Change,
        if_match: IfMatch,
    },
    DeleteUser {
        caller: Caller,
        person: Person,
    },
    InviteUser {
        caller: Caller,
        person: Person,
        into: usize,
    },
    ResetUserMfa {
        caller: Caller,
        person: Person,
    },
    ListEnvironments(Caller),
    CreateEnvironment {
        caller: Caller,
        place: Place,
    },
    DeleteEnvironment {
        caller: Caller,
        place: Place,
    },
    ListGroups {
        caller: Caller,
        place: Option<Place>,
    },
    CreateGroup {
        caller: Caller,
        place: Place,
        group: Group,
    },
    DeleteGroup {
        caller: Caller,
        place: Place,
        group: Group,
    },
    IntrospectToken {
        caller: Caller,
        value: usize,
    },
    GetAccountSettings(Caller),
    UpdateAccountSettings {
        caller: Caller,
        policy: Policy,
    },
}

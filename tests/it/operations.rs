//! Every operation, who may call it and what it takes: the contract's tables once more.

use std::sync::LazyLock;

use http::Method;
use scenarios::{Call, Caller};
use shared::http::BASE_PATH;
use shared::http::route::Route;

/// The routes of the API, each with its operation.
pub(crate) static ROUTES: LazyLock<Vec<Route>> =
    LazyLock::new(|| portal::ROUTES.iter().filter(|route| route.path.starts_with(BASE_PATH)).copied().collect());

/// Who may call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Door {
    /// Anyone; a credential is not looked at.
    Open,
    /// A person.
    Session,
    /// A person, also one who must set up MFA first.
    EnrollingSession,
    /// A person, or any key.
    AnyKey,
    /// A person, or a key with this scope.
    Key(&'static str),
    /// An administrator, or a key with this scope whose owner is one.
    Admin(&'static str),
    /// An administrator in person.
    AdminSession,
}

/// What body an operation takes, with one of its members.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Takes {
    Nothing,
    Json(&'static str),
    Patch(&'static str),
    Form,
}

/// One operation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Operation {
    /// Its name in the template.
    pub(crate) name: &'static str,
    pub(crate) door: Door,
    /// Whether a session must be fresh.
    pub(crate) is_fresh: bool,
    pub(crate) takes: Takes,
}

const fn op(name: &'static str, door: Door, takes: Takes) -> Operation {
    Operation { name, door, is_fresh: false, takes }
}

const fn fresh(name: &'static str, door: Door, takes: Takes) -> Operation {
    Operation { name, door, is_fresh: true, takes }
}

use Door::{Admin, AdminSession, AnyKey, EnrollingSession, Key, Open, Session};
use Takes::{Form, Json, Nothing, Patch};

/// The contract, section by section.
pub(crate) const OPERATIONS: [Operation; 45] = [
    op("SignIn", Open, Json("user_name")),
    op("AnswerChallenge", Open, Json("challenge")),
    op("GetSession", EnrollingSession, Nothing),
    op("StepUp", EnrollingSession, Json("password")),
    op("SignOut", Open, Nothing),
    op("ListSessions", Session, Nothing),
    op("EndSession", Session, Nothing),
    op("EndOtherSessions", Session, Nothing),
    op("RequestPasswordReset", Open, Json("user_name")),
    op("AcceptInvitation", Open, Json("token")),
    op("GetProfile", Key("Authentication"), Nothing),
    op("UpdateProfile", Session, Patch("full_name")),
    op("ConfirmEmail", Session, Json("token")),
    op("CancelPendingEmail", Session, Nothing),
    op("GetAuthorization", AnyKey, Nothing),
    op("GetPassword", Session, Nothing),
    op("ChangePassword", Session, Json("new_password")),
    op("GetMfa", EnrollingSession, Nothing),
    fresh("EnrolTotp", EnrollingSession, Nothing),
    op("ConfirmTotp", EnrollingSession, Json("code")),
    fresh("DisableTotp", EnrollingSession, Nothing),
    fresh("ResetTotp", EnrollingSession, Nothing),
    fresh("ReplaceRecoveryCodes", EnrollingSession, Nothing),
    op("ListApiKeys", Key("APIKey"), Nothing),
    fresh("CreateApiKey", Key("APIKey"), Json("name")),
    op("GetApiKey", Key("APIKey"), Nothing),
    op("DeleteApiKey", Key("APIKey"), Nothing),
    fresh("RotateApiKey", Key("APIKey"), Json("overlap_seconds")),
    op("ListAuthorizationScopes", Key("APIKey"), Nothing),
    op("ListUsers", Admin("Authentication"), Nothing),
    fresh("CreateUser", Admin("Authentication"), Json("user_name")),
    op("GetUser", Admin("Authentication"), Nothing),
    fresh("UpdateUser", Admin("Authentication"), Patch("disabled")),
    fresh("DeleteUser", Admin("Authentication"), Nothing),
    fresh("InviteUser", AdminSession, Nothing),
    fresh("ResetUserMfa", AdminSession, Nothing),
    op("ListEnvironments", Admin("Authentication"), Nothing),
    fresh("CreateEnvironment", Admin("Authentication"), Json("environment_name")),
    fresh("DeleteEnvironment", Admin("Authentication"), Nothing),
    op("ListGroups", Admin("Authentication"), Nothing),
    fresh("CreateGroup", Admin("Authentication"), Json("group_name")),
    fresh("DeleteGroup", Admin("Authentication"), Nothing),
    op("IntrospectToken", Admin("Authentication"), Form),
    op("GetAccountSettings", Admin("Account"), Nothing),
    fresh("UpdateAccountSettings", AdminSession, Patch("mfa_policy")),
];

/// Every scope, in the contract's order.
pub(crate) const SCOPES: [&str; 9] =
    ["Authentication", "PublishApp", "Tasks", "APIKey", "Session", "PublishAimms", "Secret", "User", "Account"];

impl Operation {
    /// Its method and path in the template.
    pub(crate) fn route(&self) -> &'static Route {
        let found = ROUTES.iter().find(|route| route.operation == self.name);
        found.unwrap_or_else(|| panic!("the template declares no {}", self.name))
    }

    /// A call of it, complete but for a body: by `caller` on themselves, or on jane.
    pub(crate) fn call(&self, caller: &Caller) -> Call {
        caller.raw(self.method(), &filled(self.route().path))
    }

    pub(crate) fn method(&self) -> Method {
        self.route().method.parse().expect("a method")
    }

    /// Whether it changes nothing.
    pub(crate) fn is_safe(&self) -> bool {
        self.method() == Method::GET
    }

    /// The scope it asks of a key.
    pub(crate) const fn scope(&self) -> Option<&'static str> {
        match self.door {
            Key(scope) | Admin(scope) => Some(scope),
            Open | Session | EnrollingSession | AnyKey | AdminSession => None,
        }
    }

    pub(crate) const fn is_for_sessions_only(&self) -> bool {
        matches!(self.door, Session | EnrollingSession | AdminSession)
    }

    pub(crate) const fn is_for_administrators(&self) -> bool {
        matches!(self.door, Admin(_) | AdminSession)
    }
}

/// The path with a value for each variable.
pub(crate) fn filled(path: &str) -> String {
    let user = if path.contains("{account}") { "jane" } else { "@current" };
    [
        ("{account}", "demo"),
        ("{environment}", "ROOT"),
        ("{user}", user),
        ("{group}", "App%20Publisher"),
        ("{name}", "nightly"),
        ("{id}", "0"),
    ]
    .into_iter()
    .fold(path.to_owned(), |path, (variable, value)| path.replace(variable, value))
}

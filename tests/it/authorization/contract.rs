//! What the contract says of one caller at one call: its order of refusals (§1) over the columns of the table.

use super::cast::{Caller, Standing};
use super::table::{Answer, Row, Who};

/// What stands in the way, in the contract's order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    /// Credential, kind, scope, role, freshness: who calls.
    Caller,
    /// The request itself.
    Request,
    /// Whether what it names exists.
    Existence,
    /// That it is a call for persons alone, where that shows late.
    LateKind,
    /// `If-Match`.
    Precondition,
    /// A rule; or nothing, and the call is done.
    Rule,
}

/// What `caller` is answered at `row` to a request without a fault, and at which stage.
pub(super) fn expected(row: &Row, caller: &Caller) -> (Stage, Answer) {
    if row.who == Who::Open {
        return (Stage::Rule, row.to_session.clone());
    }
    if let Some(slug) = refusal_of(row, caller) {
        return (Stage::Caller, Answer::problem(slug));
    }
    let answer = answer_to(row, caller);
    (stage_of(row, &answer), answer)
}

/// Why a caller gets no further, whatever the request says.
fn refusal_of(row: &Row, caller: &Caller) -> Option<&'static str> {
    let is_admin = caller.user.is_admin;
    match &caller.standing {
        Standing::Refused(slug) => Some(slug),
        Standing::Session { is_restricted: true, .. } if !row.is_open_to_restricted => Some("mfa-enrolment-required"),
        Standing::Key { .. } if row.who == Who::Session => Some("session-required"),
        Standing::Key { scopes, .. } if row.scope.as_ref().is_some_and(|scope| !scopes.contains(&scope.as_str())) => {
            Some("insufficient-scope")
        }
        _ if row.needs_admin && !is_admin => Some("role-required"),
        Standing::Session { is_fresh: false, .. } if row.needs_fresh => Some("step-up-required"),
        Standing::Session { .. } | Standing::Key { .. } => None,
    }
}

/// What a caller who may call is answered.
fn answer_to(row: &Row, caller: &Caller) -> Answer {
    match caller.standing {
        // An old value works for the overlap, never past its own end.
        Standing::Key { is_replaced: true, .. } if row.path.ends_with("/rotate") && row.case == "@self" => {
            Answer::problem("key-not-active")
        }
        Standing::Key { .. } => row.to_key.clone().expect("the table says what a key is answered"),
        _ if !caller.user.is_local() && !row.is_open_to_sso => Answer::problem("not-available-for-sso"),
        _ => match row.mfa {
            Some(true) if !caller.user.has_mfa() => Answer::problem("mfa-not-enabled"),
            Some(false) if caller.user.has_mfa() => Answer::problem("mfa-already-enabled"),
            _ => row.to_session.clone(),
        },
    }
}

fn stage_of(row: &Row, answer: &Answer) -> Stage {
    match answer {
        Answer::Problem(slug) if slug == "not-found" => Stage::Existence,
        Answer::Problem(slug) if slug == "session-required" => {
            assert_eq!(row.who, Who::SessionLate, "{row:?}");
            Stage::LateKind
        }
        Answer::Problem(_) | Answer::Done(_) => Stage::Rule,
    }
}

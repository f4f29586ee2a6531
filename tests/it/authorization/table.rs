//! The table in `tests/authorization.md`, row by row.

use std::fmt;
use std::fs;
use std::path::Path;

use http::Method;

/// Who may make a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Who {
    /// Anyone; no credential is looked at.
    Open,
    /// A person.
    Session,
    /// A person or a key.
    SessionOrKey,
    /// A person; that it is none for keys shows in what it is about.
    SessionLate,
}

/// What a call answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// Done, with this status.
    Done(u16),
    /// The problem of this slug.
    Problem(String),
}

impl Answer {
    fn parse(cell: &str) -> Option<Self> {
        let read = || cell.parse().map_or_else(|_| Self::Problem(cell.to_owned()), Self::Done);
        (!cell.is_empty()).then(read)
    }

    pub(super) fn problem(slug: &str) -> Self {
        Self::Problem(slug.to_owned())
    }
}

/// One call, or one case of it.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a column of its own")]
pub(super) struct Row {
    pub(super) method: Method,
    /// As in the contract: `ME/…`, or below the base path.
    pub(super) path: String,
    /// What tells it from the other rows of the call; empty for the plain one.
    pub(super) case: String,
    pub(super) who: Who,
    /// The scope it asks of a key; `None` where any key will do.
    pub(super) scope: Option<String>,
    pub(super) needs_admin: bool,
    pub(super) needs_fresh: bool,
    pub(super) is_open_to_restricted: bool,
    pub(super) is_open_to_sso: bool,
    /// Whether a local user must have MFA, or must not.
    pub(super) mfa: Option<bool>,
    pub(super) has_if_match: bool,
    /// What a person is answered where nothing stands in the way; anyone, where it is open.
    pub(super) to_session: Answer,
    /// What a key is answered then.
    pub(super) to_key: Option<Answer>,
}

impl Row {
    /// The call, as `GET ME/info`.
    pub(super) fn call(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    /// Whether a call that is answered well changes something: all but reading and asking about a key.
    pub(super) fn is_change(&self) -> bool {
        self.method != Method::GET && self.path != "/introspect"
    }

    fn parse(line: &str) -> Self {
        let cells: Vec<_> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [call, case, who, scope, role, fresh, restricted, sso, mfa, if_match, session, key] = cells[..] else {
            panic!("not twelve cells: {line}")
        };
        let (method, path) = call.trim_matches('`').split_once(' ').expect("a method and a path");
        Self {
            method: method.parse().expect("a method"),
            path: path.to_owned(),
            case: case.to_owned(),
            who: match who {
                "open" => Who::Open,
                "session" => Who::Session,
                "session, key" => Who::SessionOrKey,
                "session, late" => Who::SessionLate,
                other => panic!("who is {other}? {line}"),
            },
            scope: Some(scope.to_owned()).filter(|scope| !["", "any"].contains(&scope.as_str())),
            needs_admin: flag(role, "Admin"),
            needs_fresh: flag(fresh, "yes"),
            is_open_to_restricted: flag(restricted, "yes"),
            is_open_to_sso: !flag(sso, "no"),
            mfa: (!mfa.is_empty()).then(|| flag(mfa, "on") || !flag(mfa, "off")),
            has_if_match: flag(if_match, "yes"),
            to_session: Answer::parse(session).expect("an answer"),
            to_key: Answer::parse(key),
        }
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.path)?;
        if self.case.is_empty() { Ok(()) } else { write!(f, " ({})", self.case) }
    }
}

/// Whether a cell says `word`; it says that or nothing.
fn flag(cell: &str, word: &str) -> bool {
    assert!(cell.is_empty() || cell == word || (word == "on" && cell == "off"), "{cell:?} where {word} may stand");
    cell == word
}

/// All rows.
pub(super) fn rows() -> Vec<Row> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("authorization.md");
    let text = fs::read_to_string(file).expect("tests/authorization.md");
    let is_row = |line: &&str| line.starts_with("| `") && line.contains(' ');
    text.lines().filter(is_row).map(Row::parse).collect()
}

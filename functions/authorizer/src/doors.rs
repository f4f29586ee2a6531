//! Which scope opens which path of other services. What no row covers is closed.

use http::Method;
use shared::scope::Scope::{self, ApiKey, Authentication, PublishAimms, PublishApp, Secret, Session, Tasks};

/// The stage that has no name in a path.
const DEFAULT_STAGE: &str = "$default";

/// What a row covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reach {
    /// This path alone.
    Only,
    /// This path and all below it.
    AndBelow,
    /// All below this path.
    Below,
}

/// One row of the table.
struct Row {
    path: &'static str,
    reach: Reach,
    /// Any of these opens it.
    scopes: &'static [Scope],
    /// With `GET`, any of these does.
    scopes_to_read: &'static [Scope],
}

const fn row(path: &'static str, reach: Reach, scopes: &'static [Scope]) -> Row {
    Row { path, reach, scopes, scopes_to_read: scopes }
}

use Reach::{AndBelow, Below, Only};

const ROWS: [Row; 15] = [
    row("/pro-api/v1/api-keys", AndBelow, &[ApiKey]),
    row("/pro-api/v1/users", AndBelow, &[Authentication]),
    row("/pro-api/v1/groups", AndBelow, &[Authentication]),
    row("/pro-api/v1/environments", AndBelow, &[Authentication]),
    row("/pro-api/v2/users", AndBelow, &[Authentication]),
    row("/pro-api/v2/groups", AndBelow, &[Authentication]),
    row("/pro-api/v2/environments", AndBelow, &[Authentication]),
    row("/pro-api/v1/applications", AndBelow, &[PublishApp]),
    row("/pro-api/v2/applications", AndBelow, &[PublishApp]),
    row("/pro-api/v1/customization/resource-profiles", Only, &[PublishApp]),
    Row { scopes_to_read: &[PublishAimms, PublishApp], ..row("/pro-api/v1/aimms-versions", AndBelow, &[PublishAimms]) },
    row("/pro-api/v1/tasks", AndBelow, &[Tasks]),
    row("/pro-api/v2/tasks", AndBelow, &[Tasks]),
    row("/pro/session-manager/v1", Below, &[Session]),
    row("/pro/secret-manager/v1", Below, &[Secret]),
    // No row for /pro/user-manager: its functions authenticate their own callers.
];

/// The scopes any of which opens `path`; `None` where no row covers it. `path` is as the gateway hands it over, decoded
/// once and behind the name of its `stage`, unless that is `$default`.
#[must_use]
pub fn scopes(method: &str, path: &str, stage: &str) -> Option<&'static [Scope]> {
    let is_named = !stage.is_empty() && stage != DEFAULT_STAGE;
    let path = match path.strip_prefix('/')?.strip_prefix(stage) {
        Some(rest) if is_named && rest.starts_with('/') => rest,
        _ => path,
    };
    if path.strip_prefix('/')?.split('/').any(is_refused) {
        return None;
    }
    let row = ROWS.iter().find(|row| row.covers(path))?;
    Some(if method == Method::GET.as_str() { row.scopes_to_read } else { row.scopes })
}

/// A segment that some service might read as another path than the one it is here.
fn is_refused(segment: &str) -> bool {
    matches!(segment, "" | "." | "..")
        || segment.chars().any(|c| matches!(c, '\\' | '%' | '?' | '#' | ';') || c.is_control())
}

impl Row {
    fn covers(&self, path: &str) -> bool {
        let Some(rest) = path.strip_prefix(self.path) else { return false };
        match self.reach {
            Only => rest.is_empty(),
            AndBelow => rest.is_empty() || rest.starts_with('/'),
            Below => rest.starts_with('/'),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The contract's table once more: path, scope to change, whether below it too, whether itself.
    const CONTRACT: [(&str, &[Scope], bool, bool); 15] = [
        ("/pro-api/v1/api-keys", &[ApiKey], true, true),
        ("/pro-api/v1/users", &[Authentication], true, true),
        ("/pro-api/v1/groups", &[Authentication], true, true),
        ("/pro-api/v1/environments", &[Authentication], true, true),
        ("/pro-api/v2/users", &[Authentication], true, true),
        ("/pro-api/v2/groups", &[Authentication], true, true),
        ("/pro-api/v2/environments", &[Authentication], true, true),
        ("/pro-api/v1/applications", &[PublishApp], true, true),
        ("/pro-api/v2/applications", &[PublishApp], true, true),
        ("/pro-api/v1/customization/resource-profiles", &[PublishApp], false, true),
        ("/pro-api/v1/aimms-versions", &[PublishAimms], true, true),
        ("/pro-api/v1/tasks", &[Tasks], true, true),
        ("/pro-api/v2/tasks", &[Tasks], true, true),
        ("/pro/session-manager/v1", &[Session], true, false),
        ("/pro/secret-manager/v1", &[Secret], true, false),
    ];

    fn post(path: &str) -> Option<&'static [Scope]> {
        scopes("POST", path, "$default")
    }

    #[test]
    fn every_row_opens_with_its_scope_and_nothing_beside_it() {
        for (path, wanted, below, itself) in CONTRACT {
            assert_eq!(post(path), itself.then_some(wanted), "{path}");
            for deeper in ["/a", "/a/b", "/a.b/c..d", "/ü", "/@current", "/a b"] {
                assert_eq!(post(&format!("{path}{deeper}")), below.then_some(wanted), "{path}{deeper}");
            }
            for beside in ["x", "-x", ".x", "@", ":", "\u{0}", " ", "*"] {
                assert_eq!(post(&format!("{path}{beside}")), None, "{path}{beside}");
            }
        }
        assert_eq!(ROWS.len(), CONTRACT.len());
    }

    #[test]
    fn publishers_of_apps_may_read_aimms_versions() {
        let path = "/pro-api/v1/aimms-versions/4.99";
        assert_eq!(scopes("GET", path, "$default"), Some([PublishAimms, PublishApp].as_slice()));
        for method in ["POST", "PUT", "DELETE", "HEAD", "get", "GET ", "OPTIONS", ""] {
            assert_eq!(scopes(method, path, "$default"), Some([PublishAimms].as_slice()), "{method}");
        }
        assert_eq!(scopes("GET", "/pro-api/v1/tasks", "$default"), Some([Tasks].as_slice()));
    }

    #[test]
    fn paths_that_try_to_slip_by_are_closed() {
        for path in [
            "",
            "/",
            "//",
            "pro-api/v1/tasks",
            "//pro-api/v1/tasks",
            "/pro-api//v1/tasks",
            "/pro-api/v1/tasks/",
            "/pro-api/v1/tasks//a",
            "/pro-api/v1/./tasks",
            "/pro-api/v1/tasks/.",
            "/pro-api/v1/users/../tasks",
            "/pro-api/v1/tasks/../users",
            "/pro-api/v1/tasks/..",
            "/pro-api/v1/tasks\\a",
            "/pro-api/v1/tasks/a\\..\\b",
            "/pro-api/v1/tasks/%2e%2e/users",
            "/pro-api/v1/tasks/%2fa",
            "/pro-api/v1/tasks/a?b",
            "/pro-api/v1/tasks/a#b",
            "/pro-api/v1/tasks/a;b=c",
            "/pro-api/v1/tasks;a",
            "/pro-api/v1/tasks/a\nb",
            "/pro-api/v1/tasks/a\u{7f}",
            "/pro-api/v1/tasks/a\u{85}",
            "/PRO-API/v1/tasks",
            "/pro-api/V1/tasks",
            "/pro-api/v1/Tasks",
            "/pro-api/v3/tasks",
            "/pro-api/v2/api-keys",
            "/pro-api/v2/aimms-versions",
            "/pro-api/v1",
            "/pro-api/v1/customization",
            "/pro-api/v1/customization/resource-profiles/a",
            "/pro/session-manager/v1",
            "/pro/session-manager/v2/a",
            "/pro/user-manager/v1/user/@current/info",
            "/pro/user-manager/v1/introspect",
            "/other/pro-api/v1/tasks",
        ] {
            assert_eq!(post(path), None, "{path:?}");
        }
    }

    #[test]
    fn a_named_stage_stands_in_front_once() {
        let tasks = Some([Tasks].as_slice());
        assert_eq!(scopes("GET", "/prod/pro-api/v1/tasks", "prod"), tasks);
        assert_eq!(scopes("GET", "/pro-api/v1/tasks", "prod"), tasks);
        assert_eq!(scopes("GET", "/prod/prod/pro-api/v1/tasks", "prod"), None);
        assert_eq!(scopes("GET", "/production/pro-api/v1/tasks", "prod"), None);
        assert_eq!(scopes("GET", "/prod//pro-api/v1/tasks", "prod"), None);
        assert_eq!(scopes("GET", "/$default/pro-api/v1/tasks", "$default"), None);
        assert_eq!(scopes("GET", "/pro-api/v1/tasks", ""), tasks);
        assert_eq!(scopes("GET", "//pro-api/v1/tasks", ""), None);
    }
}

//! The authorizer's table: a path opens for the scopes of its row, and one that no row covers, or that some service
//! might read as another path, opens for none.

use authorizer::doors;
use shared::scope::Scope::{self, ApiKey, Authentication, PublishAimms, PublishApp, Secret, Session, Tasks};

use crate::text;

/// The contract's table in segments: the least and most segments below the last named one.
const TABLE: [(&[&str], usize, usize, &[Scope]); 15] = [
    (&["pro-api", "v1", "api-keys"], 0, usize::MAX, &[ApiKey]),
    (&["pro-api", "v1", "users"], 0, usize::MAX, &[Authentication]),
    (&["pro-api", "v1", "groups"], 0, usize::MAX, &[Authentication]),
    (&["pro-api", "v1", "environments"], 0, usize::MAX, &[Authentication]),
    (&["pro-api", "v2", "users"], 0, usize::MAX, &[Authentication]),
    (&["pro-api", "v2", "groups"], 0, usize::MAX, &[Authentication]),
    (&["pro-api", "v2", "environments"], 0, usize::MAX, &[Authentication]),
    (&["pro-api", "v1", "applications"], 0, usize::MAX, &[PublishApp]),
    (&["pro-api", "v2", "applications"], 0, usize::MAX, &[PublishApp]),
    (&["pro-api", "v1", "customization", "resource-profiles"], 0, 0, &[PublishApp]),
    (&["pro-api", "v1", "aimms-versions"], 0, usize::MAX, &[PublishAimms]),
    (&["pro-api", "v1", "tasks"], 0, usize::MAX, &[Tasks]),
    (&["pro-api", "v2", "tasks"], 0, usize::MAX, &[Tasks]),
    (&["pro", "session-manager", "v1"], 1, usize::MAX, &[Session]),
    (&["pro", "secret-manager", "v1"], 1, usize::MAX, &[Secret]),
];

/// `METHOD PATH STAGE`, the stage left out for the default one; and the input behind every row's path.
pub(crate) fn check(input: &[u8]) {
    let Some(text) = text(input) else { return };
    let mut parts = text.splitn(2, ' ');
    let (method, rest) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let (path, stage) = rest.rsplit_once(' ').unwrap_or((rest, "$default"));
    assert_decision(method, path, stage);
    assert_decision("GET", text, "");
    for (segments, ..) in TABLE {
        let row = format!("/{}", segments.join("/"));
        assert_decision("GET", &format!("{row}{text}"), "$default");
        assert_decision("POST", &format!("{row}/{text}"), "$default");
        assert_decision("POST", &format!("/{text}{row}"), "$default");
        assert_decision("POST", &format!("/{text}{row}"), text);
    }
}

fn assert_decision(method: &str, path: &str, stage: &str) {
    let (decided, meant) = (doors::scopes(method, path, stage), meant(method, path, stage));
    assert_eq!(decided.map(<[Scope]>::to_vec), meant, "{method} {path:?} at {stage:?}");
    // A stage of this name, which none can have in the cloud, would be stripped with it.
    let is_ours = path.starts_with("/pro/user-manager/") && !stage.starts_with("pro/user-manager");
    assert!(!is_ours || decided.is_none(), "{path:?} opens the API itself");
}

/// The contract, section 7.
fn meant(method: &str, path: &str, stage: &str) -> Option<Vec<Scope>> {
    let mut segments: Vec<&str> = path.split('/').collect();
    if !segments.remove(0).is_empty() {
        return None;
    }
    // The stage may itself hold a slash in these inputs, as none does in the cloud.
    let stage: Vec<&str> =
        if stage.is_empty() || stage == "$default" { Vec::new() } else { stage.split('/').collect() };
    if !stage.is_empty() && segments.len() > stage.len() && segments.starts_with(&stage) {
        segments.drain(..stage.len());
    }
    let is_odd = |c: char| c.is_control() || ['\\', '%', '?', '#', ';'].contains(&c);
    if segments.iter().any(|segment| ["", ".", ".."].contains(segment) || segment.contains(is_odd)) {
        return None;
    }
    let (.., scopes) = TABLE.iter().find(|(row, least, most, _)| {
        segments.starts_with(row) && (*least..=*most).contains(&(segments.len() - row.len()))
    })?;
    let reads_versions = method == "GET" && *scopes == [PublishAimms];
    Some(if reads_versions { vec![PublishAimms, PublishApp] } else { scopes.to_vec() })
}

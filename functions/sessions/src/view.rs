//! Sessions as clients see them.

use serde::Serialize;
use shared::access::SessionCaller;
use shared::clock::Timestamp;
use shared::id::ItemId;
use shared::store::sessions::{Factor, Session};
use shared::view::SessionUser;

/// The caller's session.
#[derive(Serialize)]
pub(crate) struct CurrentView<'a> {
    status: &'static str,
    user: SessionUser<'a>,
    factors: Vec<&'static str>,
    created_at: Timestamp,
    expires_at: Timestamp,
    fresh_until: Timestamp,
}

impl<'a> CurrentView<'a> {
    pub(crate) fn new(caller: &'a SessionCaller) -> Self {
        let SessionCaller { session, profile, is_restricted } = caller;
        Self {
            status: if *is_restricted { "mfa_enrolment_required" } else { "signed_in" },
            user: SessionUser::new(profile),
            factors: session.factors.iter().copied().map(Factor::as_str).collect(),
            created_at: session.created_at,
            expires_at: session.expires_at,
            fresh_until: session.fresh_until,
        }
    }
}

/// One of the caller's sessions.
#[derive(Serialize)]
pub(crate) struct SessionView {
    id: String,
    created_at: Timestamp,
    last_seen_at: Timestamp,
    expires_at: Timestamp,
    user_agent: String,
    source_ip: String,
    current: bool,
}

impl SessionView {
    pub(crate) fn new(session: Session, current: ItemId) -> Self {
        Self {
            id: session.id.to_string(),
            created_at: session.created_at,
            last_seen_at: session.last_seen_at,
            expires_at: session.expires_at,
            user_agent: session.user_agent,
            source_ip: session.source_ip,
            current: session.id == current,
        }
    }

    /// Sorts the newest first.
    pub(crate) fn sort_key(&self) -> String {
        format!("{:020}{}", i64::MAX - self.created_at.unix_seconds(), self.id)
    }
}

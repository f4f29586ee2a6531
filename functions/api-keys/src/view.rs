//! A key as clients see it.

use serde::Serialize;
use shared::clock::Timestamp;
use shared::http::etag::ETag;
use shared::name::KeyName;
use shared::scope::ScopeSet;
use shared::store::keys::ApiKey;

/// The KEY of the contract.
#[derive(Debug, Serialize)]
pub(crate) struct KeyView {
    pub(crate) name: KeyName,
    scopes: ScopeSet,
    expiration_date: Timestamp,
    created_at: Timestamp,
    rotated_at: Option<Timestamp>,
    last_used_at: Option<Timestamp>,
    status: &'static str,
    hint: String,
    /// The value, in the one answer that shows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<String>,
}

impl KeyView {
    pub(crate) fn new(key: &ApiKey, now: Timestamp) -> Self {
        Self {
            name: key.name.clone(),
            scopes: key.scopes,
            expiration_date: key.expires_at,
            created_at: key.created_at,
            rotated_at: key.rotated_at,
            last_used_at: key.last_used_at,
            status: if key.is_expired(now) { "expired" } else { "active" },
            hint: key.hint.clone(),
            value: None,
        }
    }

    pub(crate) fn with_value(self, value: &str) -> Self {
        Self { value: Some(value.to_owned()), ..self }
    }
}

/// Moves with name, scopes, expiry and value, not with use or status.
pub(crate) fn etag(key: &ApiKey) -> ETag {
    ETag::of(&[key.name.as_str(), &key.scopes.to_scope_string(), &key.expires_at.to_string(), &key.digest.to_hex()])
}

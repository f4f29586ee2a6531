//! One function's role: refuses, below the SDK's call and before any request, what the template does not grant, and
//! keeps what was used.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_dynamodb::config::interceptors::{
    BeforeSerializationInterceptorContextRef, BeforeTransmitInterceptorContextRef,
};
use aws_sdk_dynamodb::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_smithy_runtime_api::box_error::BoxError;
use serde_json::Value;

use crate::need::{Names, needed};
use crate::permission::Permission;

/// What a function may do, and what of that it did.
#[derive(Debug)]
pub struct Role {
    function: String,
    granted: BTreeSet<Permission>,
    names: Names,
    used: Mutex<BTreeSet<Permission>>,
    refused: Mutex<BTreeSet<Permission>>,
    /// `None` where nobody watches.
    sent: Mutex<Option<Vec<Sent>>>,
}

/// A request as it went out, each attempt of it for itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// What `X-Amz-Target` says: `DynamoDB_20120810.GetItem`.
    pub target: String,
    /// The body; `Null` where it is no JSON.
    pub body: Value,
}

/// As IAM refuses: the caller learns what was missing.
#[derive(Debug, thiserror::Error)]
#[error("AccessDeniedException: infra/template.yaml does not grant {function} {permission}")]
struct AccessDenied {
    function: String,
    permission: Permission,
}

impl Role {
    /// The role of `function` with these permissions.
    #[must_use]
    pub fn new(function: impl Into<String>, granted: BTreeSet<Permission>, names: Names) -> Arc<Self> {
        let (used, refused, sent) = (Mutex::default(), Mutex::default(), Mutex::default());
        Arc::new(Self { function: function.into(), granted, names, used, refused, sent })
    }

    /// What was sent since the last call of this; from the first one on it is kept.
    pub fn watch(&self) -> Vec<Sent> {
        let before = self.sent.lock().unwrap_or_else(PoisonError::into_inner).replace(Vec::new());
        before.unwrap_or_default()
    }

    /// What the template grants.
    #[must_use]
    pub const fn granted(&self) -> &BTreeSet<Permission> {
        &self.granted
    }

    /// What was used so far.
    #[must_use]
    pub fn used(&self) -> BTreeSet<Permission> {
        self.used.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What was asked for and refused so far: some requests may fail without anybody being told.
    #[must_use]
    pub fn refused(&self) -> BTreeSet<Permission> {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn admit(&self, needed: Vec<Permission>) -> Result<(), AccessDenied> {
        if let Some(missing) = needed.iter().find(|permission| !self.granted.contains(permission)) {
            self.refused.lock().unwrap_or_else(PoisonError::into_inner).insert(missing.clone());
            let denied = AccessDenied { function: self.function.clone(), permission: missing.clone() };
            tracing::error!(error = %denied);
            return Err(denied);
        }
        self.used.lock().unwrap_or_else(PoisonError::into_inner).extend(needed);
        Ok(())
    }
}

/// Holds a client of any AWS service to a role.
#[derive(Clone, Debug)]
pub struct Guard(pub Arc<Role>);

impl Intercept for Guard {
    fn name(&self) -> &'static str {
        "Guard"
    }

    fn read_before_execution(
        &self,
        context: &BeforeSerializationInterceptorContextRef<'_>,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.0.admit(needed(context.input(), &self.0.names)).map_err(Into::into)
    }

    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(sent) = self.0.sent.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
            let request = context.request();
            let target = request.headers().get("x-amz-target").unwrap_or_default().to_owned();
            let body = serde_json::from_slice(request.body().bytes().unwrap_or_default()).unwrap_or_default();
            sent.push(Sent { target, body });
        }
        Ok(())
    }
}

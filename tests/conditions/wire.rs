//! The way to the table: which conditions pass there, and one that is changed.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use serde_json::Value;

/// A condition and what it stands on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Site {
    /// The action and the kind of item, as `Put USER KEY`.
    pub(crate) write: String,
    pub(crate) condition: String,
}

impl fmt::Display for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} when {}", self.write, self.condition)
    }
}

#[derive(Debug, Default)]
struct State {
    seen: BTreeSet<Site>,
    change: Option<(Site, String)>,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Wire(Arc<Mutex<State>>);

impl Wire {
    /// On which `site` has this condition.
    pub(crate) fn changing(site: &Site, condition: &str) -> Self {
        let change = Some((site.clone(), condition.to_owned()));
        Self(Arc::new(Mutex::new(State { change, ..State::default() })))
    }

    /// What has passed.
    pub(crate) fn seen(&self) -> BTreeSet<Site> {
        self.state().seen.clone()
    }

    /// What goes through it.
    pub(crate) fn around(&self, inner: SharedHttpClient) -> SharedHttpClient {
        let wire = self.clone();
        http_client_fn(move |settings, components| {
            let inner = inner.http_connector(settings, components);
            SharedHttpConnector::new(Passage { wire: wire.clone(), inner })
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes the conditions of a request, and puts the changed one in.
    fn pass(&self, request: &mut Value, action: &str) {
        match request.get_mut("TransactItems").and_then(Value::as_array_mut) {
            None => self.pass_one(request, action),
            Some(items) => {
                for (action, write) in items.iter_mut().filter_map(Value::as_object_mut).flatten() {
                    self.pass_one(write, action);
                }
            }
        }
    }

    fn pass_one(&self, write: &mut Value, action: &str) {
        let Some(condition) = write["ConditionExpression"].as_str().map(str::to_owned) else { return };
        let key = if write["Key"].is_object() { &write["Key"] } else { &write["Item"] };
        let kind = |part: &str| key[part]["S"].as_str().unwrap_or_default().split('#').next().unwrap_or_default();
        let kind =
            if kind("PK") == "USERS" { "USERS name".to_owned() } else { format!("{} {}", kind("PK"), kind("SK")) };
        let site = Site { write: format!("{} {kind}", action.trim_end_matches("Item")), condition };
        let mut state = self.state();
        if let Some((_, changed)) = state.change.as_ref().filter(|(changed, _)| *changed == site) {
            write["ConditionExpression"] = changed.as_str().into();
        }
        state.seen.insert(site);
    }
}

#[derive(Debug)]
struct Passage {
    wire: Wire,
    inner: SharedHttpConnector,
}

impl HttpConnector for Passage {
    fn call(&self, mut request: HttpRequest) -> HttpConnectorFuture {
        let action =
            request.headers().get("x-amz-target").and_then(|target| target.split('.').nth(1)).unwrap_or_default();
        let action = action.to_owned();
        let mut body: Value = serde_json::from_slice(request.body().bytes().expect("a body")).expect("JSON");
        self.wire.pass(&mut body, &action);
        let body = body.to_string();
        request.headers_mut().insert("content-length", body.len().to_string());
        *request.body_mut() = SdkBody::from(body);
        self.inner.call(request)
    }
}

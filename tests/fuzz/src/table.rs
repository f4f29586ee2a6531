//! A table that answers every read with one item, at once and below the SDK, and keeps what is written to it.

use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Config, Credentials, Region};
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;
use serde_json::Value;
use shared::store::Store;

/// The table; without an item, one that fails.
#[derive(Clone, Debug, Default)]
pub(crate) struct Table(Arc<Mutex<Held>>);

#[derive(Debug, Default)]
struct Held {
    item: Option<Vec<u8>>,
    written: Option<Vec<u8>>,
}

impl Table {
    /// The store that reaches it.
    pub(crate) fn store(&self) -> Store {
        let connector = SharedHttpConnector::new(self.clone());
        let config = Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::from_static("eu-central-1"))
            .retry_config(RetryConfig::disabled())
            .credentials_provider(Credentials::new("test", "test", None, None, "test"))
            .http_client(http_client_fn(move |_, _| connector.clone()));
        Store::new(aws_sdk_dynamodb::Client::from_conf(config.build()), "table")
    }

    /// Holds these bytes where an item should be.
    pub(crate) fn hold(&self, item: &[u8]) {
        self.held(|held| held.item = Some(item.to_vec()));
    }

    /// The item of the last `PutItem`, as it was sent.
    pub(crate) fn written(&self) -> Vec<u8> {
        let written = self.held(|held| held.written.take()).expect("something was written");
        let request: Value = serde_json::from_slice(&written).expect("JSON");
        request["Item"].to_string().into_bytes()
    }

    fn held<T>(&self, act: impl FnOnce(&mut Held) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl HttpConnector for Table {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let is_read = request.headers().get("x-amz-target").is_some_and(|target| target.ends_with(".GetItem"));
        let (status, body) = self.held(|held| match &held.item {
            None => (500, br#"{"__type":"InternalServerError"}"#.to_vec()),
            Some(item) if is_read => (200, [br#"{"Item":"#, item.as_slice(), b"}"].concat()),
            Some(_) => {
                held.written = request.body().bytes().map(<[u8]>::to_vec);
                (200, b"{}".to_vec())
            }
        });
        let status = u16::try_into(status).expect("a status");
        HttpConnectorFuture::ready(Ok(HttpResponse::new(status, SdkBody::from(body))))
    }
}

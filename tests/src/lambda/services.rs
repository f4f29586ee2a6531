//! Stands in for Secrets Manager and SES on loopback, as far as the functions use them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::Full;
use local::deployment::Deployment;
use local::outbox::Outbox;
use serde_json::{Value, json};
use shared::secret::Secret;

use super::server::{self, Server};

/// The one secret.
pub(super) const SECRET_ARN: &str = "arn:aws:secretsmanager:eu-central-1:000000000000:secret:user-settings-AbCdEf";

/// Both services on one port, until they are dropped.
pub struct Services {
    server: Server,
    state: Arc<State>,
}

struct State {
    secret: Secret,
    outbox: Outbox,
    secret_reads: AtomicU64,
}

impl Services {
    /// Hold the deployment's secret, and put mail into its outbox.
    #[must_use]
    pub fn start(deployment: &Deployment) -> Self {
        let state = Arc::new(State {
            secret: deployment.secret.clone(),
            outbox: Outbox::new(deployment.outbox.clone(), deployment.context.clock.clone()),
            secret_reads: AtomicU64::new(0),
        });
        let answering = Arc::clone(&state);
        let server = Server::start(move |request| {
            let state = Arc::clone(&answering);
            async move { state.answer(&request) }
        });
        Self { server, state }
    }

    /// Where they listen.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.server.address)
    }

    /// How often the secret was read.
    #[must_use]
    pub fn secret_reads(&self) -> u64 {
        self.state.secret_reads.load(Ordering::Relaxed)
    }
}

impl State {
    fn answer(&self, request: &Request<Bytes>) -> Response<Full<Bytes>> {
        let target = request.headers().get("x-amz-target").and_then(|value| value.to_str().ok()).unwrap_or_default();
        let body: Value = serde_json::from_slice(request.body()).unwrap_or_default();
        match (request.uri().path(), target) {
            ("/", "secretsmanager.GetSecretValue") => self.secret(&body),
            ("/v2/email/outbound-emails", _) => self.send(request.body()),
            _ => server::json(StatusCode::BAD_REQUEST, &json!({"__type": "UnknownOperationException"})),
        }
    }

    fn secret(&self, body: &Value) -> Response<Full<Bytes>> {
        self.secret_reads.fetch_add(1, Ordering::Relaxed);
        if body["SecretId"] != SECRET_ARN {
            return server::json(StatusCode::BAD_REQUEST, &json!({"__type": "ResourceNotFoundException"}));
        }
        let answer = json!({
            "ARN": SECRET_ARN,
            "Name": "user-settings",
            "SecretString": self.secret.expose(),
            "VersionId": "00000000-0000-4000-a000-000000000000",
            "VersionStages": ["AWSCURRENT"],
        });
        server::json(StatusCode::OK, &answer)
    }

    fn send(&self, body: &[u8]) -> Response<Full<Bytes>> {
        match self.outbox.catch(body) {
            Ok(answer) => server::json(StatusCode::OK, &answer),
            Err(exception) => server::json(StatusCode::BAD_REQUEST, &json!({"__type": exception})),
        }
    }
}

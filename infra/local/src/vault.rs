//! Stands in for Secrets Manager behind its own SDK: answers with what the secret's file holds now.

use std::fs;
use std::path::{Path, PathBuf};

use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::config::{BehaviorVersion, Config, Credentials, Region};
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use serde_json::{Value, json};

use crate::role::Guard;
use crate::stand_in::answer;

/// The secret's name here, where `SECRET_ARN` has its ARN in the cloud.
pub const SECRET: &str = "secret";

/// A client that reads the secret in `file`, held to a role.
#[must_use]
pub fn client(file: PathBuf, guard: Guard) -> Client {
    let vault = SharedHttpConnector::new(Vault { file });
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::from_static("eu-central-1"))
        .credentials_provider(Credentials::new("local", "local", None, None, "local"))
        .http_client(http_client_fn(move |_, _| vault.clone()))
        .interceptor(guard);
    Client::from_conf(config.build())
}

#[derive(Debug)]
struct Vault {
    file: PathBuf,
}

impl HttpConnector for Vault {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        HttpConnectorFuture::ready(answer(match request.headers().get("x-amz-target") {
            Some("secretsmanager.GetSecretValue") => value(&self.file),
            _ => Err("InvalidRequestException"),
        }))
    }
}

fn value(file: &Path) -> Result<Value, &'static str> {
    let text = fs::read_to_string(file).map_err(|_| "ResourceNotFoundException")?;
    Ok(json!({"Name": SECRET, "SecretString": text}))
}

//! A deployment in an emulator of AWS, which the worlds of a run share one after the other, in place of a service of
//! each world's own. `tests/deployed` makes it and says where it is.

use std::collections::BTreeMap;
use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::LazyLock;
use std::time::Duration;

use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use serde::Deserialize;
use shared::clock::Clock;
use shared::context::{Config, Context};
use shared::password::Hasher;
use shared::secrets::{SecretSource, Secrets};
use shared::store::Store;
use shared::store::settings::MfaPolicy;

/// Names the file that describes the deployment; without it, each world has a service of its own.
const VARIABLE: &str = "SCENARIOS_DEPLOYMENT";
/// How long the emulator's own answers may take: a table full of items is removed within it.
const TABLE_WITHIN: Duration = Duration::from_secs(30);

static GIVEN: LazyLock<Option<Site>> = LazyLock::new(|| {
    #[expect(clippy::disallowed_methods, reason = "the one choice that a run of the scenarios has")]
    let path = std::env::var(VARIABLE).ok()?;
    Some(Site::read(Path::new(&path)))
});

/// Where everything is that was deployed.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Site {
    /// The gateway, and AWS's services.
    pub(crate) address: SocketAddr,
    /// Tells the service's gateway from all else at that address.
    pub(crate) host: String,
    /// The same of the gateway of another service, which the authorizer guards.
    pub(crate) guarded_host: String,
    pub(crate) account_id: String,
    pub(crate) region: String,
    access_key_id: String,
    secret_access_key: String,
    account_name: String,
    portal_origin: String,
    pub(crate) table_name: String,
    secret_id: String,
    /// Each function's name by its folder.
    pub(crate) functions: BTreeMap<String, String>,
}

impl Site {
    /// The one to use, if there is one.
    pub(crate) fn given() -> Option<&'static Self> {
        GIVEN.as_ref()
    }

    fn read(path: &Path) -> Self {
        let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// A client of its DynamoDB.
    pub(crate) fn table_client(&self) -> aws_sdk_dynamodb::Client {
        let timeouts = shared::runtime::timeouts().to_builder();
        let timeouts = timeouts.operation_attempt_timeout(TABLE_WITHIN).operation_timeout(TABLE_WITHIN).build();
        let config = aws_sdk_dynamodb::Config::builder().behavior_version(BehaviorVersion::latest());
        let config = config.endpoint_url(self.endpoint()).region(Region::new(self.region.clone()));
        aws_sdk_dynamodb::Client::from_conf(
            config.credentials_provider(self.credentials()).timeout_config(timeouts).build(),
        )
    }

    /// What its functions work with, on the same table and the same secret.
    pub(crate) fn context(&self) -> Context {
        let config = aws_sdk_secretsmanager::Config::builder().behavior_version(BehaviorVersion::latest());
        let config = config.endpoint_url(self.endpoint()).region(Region::new(self.region.clone()));
        let config = config.credentials_provider(self.credentials()).build();
        let client = aws_sdk_secretsmanager::Client::from_conf(config);
        let secrets = Secrets::new(SecretSource::SecretsManager { client, secret_id: self.secret_id.clone() });
        let store = Store::new(self.table_client(), self.table_name.as_str());
        let config = Config {
            account_name: self.account_name.clone(),
            mfa_policy_default: MfaPolicy::Optional,
            expired_key_retention_seconds: 0,
            mail_from: String::new(),
            refusal_time_min: Duration::ZERO,
            portal_origin: self.portal_origin.clone(),
        };
        Context::new(store, Clock::system(), secrets, Hasher::new().expect("Argon2's parameters"), config)
    }

    pub(crate) fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn credentials(&self) -> Credentials {
        Credentials::new(&self.access_key_id, &self.secret_access_key, None, None, "deployment")
    }
}

/// Ends a scenario that needs what only the local stack has; `tests/deployed` counts it apart from those that failed.
pub(crate) fn missing_door(door: &str) -> ! {
    panic!("needs a local door: {door}")
}

/// Ends a scenario that asks what the emulator answers otherwise than AWS; counted apart too.
pub(crate) fn emulator_differs(what: &str) -> ! {
    panic!("the emulator differs: {what}")
}

/// Ends a scenario that looks at `what` in its own process, where its world would be a deployment.
pub fn look_within(what: &str) {
    if Site::given().is_some() {
        missing_door(what);
    }
}

//! What is deployed as one function: its binary and its settings, as the template has them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use local::deployment::Deployment;
use local::settings::FunctionSettings;
use local::template::Template;

use super::services::{SECRET_ARN, Services};

/// The functions' binaries, by their crates' names.
pub type Programs = BTreeMap<String, PathBuf>;

/// One function as it is deployed.
#[derive(Clone, Debug)]
pub struct Program {
    /// Its name.
    pub name: String,
    /// Its binary.
    pub path: PathBuf,
    /// Its memory, in megabytes; told, not enforced.
    pub memory_megabytes: u32,
    /// How long an invocation may take.
    pub timeout: Duration,
    /// Its own environment variables, beside those that Lambda sets.
    pub variables: BTreeMap<String, String>,
}

impl Program {
    /// A binary without variables of its own: 256 megabytes and ten seconds.
    #[must_use]
    pub fn new(name: &str, path: impl Into<PathBuf>) -> Self {
        Self {
            name: name.to_owned(),
            path: path.into(),
            memory_megabytes: 256,
            timeout: Duration::from_secs(10),
            variables: BTreeMap::new(),
        }
    }

    /// With one more environment variable.
    #[must_use]
    pub fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Those of `programs` that the template declares, with its settings, on what a stack and `services` stand in for.
    #[must_use]
    pub fn deployed(programs: &Programs, deployment: &Deployment, services: &Services) -> Vec<Self> {
        let template = Template::read().expect("the template of this build");
        let references = references(deployment);
        let program = |(name, path): (&String, &PathBuf)| {
            let settings = &template.functions.get(name)?.settings;
            Some(Self::of(name, path, settings, &references).reaching(deployment, services))
        };
        programs.iter().filter_map(program).collect()
    }

    fn of(name: &str, path: &Path, settings: &FunctionSettings, references: &BTreeMap<&str, String>) -> Self {
        let resolved = |value: &String| references.get(value.as_str()).unwrap_or(value).clone();
        let variables = settings.variables.iter().map(|(name, value)| (name.clone(), resolved(value))).collect();
        Self {
            name: name.to_owned(),
            path: path.to_owned(),
            memory_megabytes: settings.memory_megabytes,
            timeout: settings.timeout,
            variables,
        }
    }

    fn reaching(self, deployment: &Deployment, services: &Services) -> Self {
        self.variable("AWS_ENDPOINT_URL_DYNAMODB", &deployment.dynamodb_url)
            .variable("AWS_ENDPOINT_URL_SECRETS_MANAGER", &services.url())
            .variable("AWS_ENDPOINT_URL_SESV2", &services.url())
    }
}

/// What the template's `!Ref`s stand for in a stack.
fn references(deployment: &Deployment) -> BTreeMap<&'static str, String> {
    let config = &deployment.context.config;
    BTreeMap::from([
        ("Table", deployment.table_name.clone()),
        ("Secret", SECRET_ARN.to_owned()),
        ("AccountName", config.account_name.clone()),
        ("MfaPolicyDefault", config.mfa_policy_default.as_str().to_owned()),
        ("ExpiredKeyRetentionSeconds", config.expired_key_retention_seconds.to_string()),
        ("MailFrom", config.mail_from.clone()),
        ("PortalOrigin", config.portal_origin.clone()),
    ])
}

/// Builds binaries of these crates of the workspace with one profile (`dev`, `release`, `dist`, `deploy`), and says
/// where they are. What is up to date is not built again.
#[must_use]
pub fn build(profile: &str, crates: &[&str]) -> Programs {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut cargo = Command::new(env!("CARGO"));
    cargo.current_dir(&root).args(["build", "--bins", "--message-format", "json-render-diagnostics"]);
    cargo.args(["--profile", profile]).args(crates.iter().flat_map(|name| ["--package", name]));
    let output = cargo.stderr(std::process::Stdio::inherit()).output().expect("cargo runs");
    assert!(output.status.success(), "{crates:?} cannot be built");
    let messages = String::from_utf8_lossy(&output.stdout);
    let messages = messages.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let programs = messages.filter_map(|message| {
        let path = message["executable"].as_str()?;
        Some((message["target"]["name"].as_str()?.to_owned(), PathBuf::from(path)))
    });
    programs.collect()
}

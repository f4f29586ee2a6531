//! A service whose functions can be started anew, with a script between them and what they reach.

use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};

use dynoxide::Database;
use local::deployment::Deployment;
use local::functions::{Functions, Invocation};
use local::in_process::InProcess;
use local::options::Options;
use scenarios::World;
use serde_json::Value;
use shared::context::Context;

use super::effects::Base;
use super::script::Script;

/// How long the clean-up leaves an expired key: short, so that it is due on the day that it expires.
const RETENTION_SECONDS: u32 = 60;

/// The service, and what happens below it.
pub(super) struct Stage {
    pub(super) world: World,
    pub(super) script: Script,
    database: Database,
    environments: Arc<Environments>,
}

impl Stage {
    /// With the demo account.
    pub(super) async fn start() -> Self {
        Self::with(Options::in_memory()).await
    }

    /// With nobody in it.
    pub(super) async fn empty() -> Self {
        Self::with(Options { demo_account: false, ..Options::in_memory() }).await
    }

    async fn with(options: Options) -> Self {
        let script = Script::default();
        let mut deployed = None;
        // The clean-up that is driven is the only one.
        let options = Options { expired_key_retention: RETENTION_SECONDS, schedules: false, ..options };
        let world = World::with_functions(options, |deployment| {
            let environments = Environments::start(deployment.clone(), script.clone());
            deployed = Some(Arc::clone(&environments));
            Ok(environments)
        });
        let world = world.await;
        let database = world.stack().database().expect("the embedded DynamoDB");
        Self { world, script, database, environments: deployed.expect("the stack was started") }
    }

    /// Starts every function anew: it knows neither the secret nor the account's settings.
    pub(super) fn start_anew(&self) {
        let fresh = self.environments.fresh();
        *self.environments.running.write().unwrap_or_else(PoisonError::into_inner) = fresh;
    }

    /// What an environment of `function` has that starts now.
    pub(super) fn context(&self, function: &str) -> Context {
        let Environments { deployment, script, .. } = self.environments.as_ref();
        deployment.roles.rewired(Arc::new(script.clone())).context(function).expect("a function that is declared")
    }

    /// The functions, past the gateway.
    pub(super) fn functions(&self) -> Arc<dyn Functions> {
        Arc::clone(&self.environments) as Arc<dyn Functions>
    }

    /// Where mail is caught.
    pub(super) fn outbox(&self) -> &Path {
        &self.environments.deployment.outbox
    }

    /// What is behind the table.
    pub(super) const fn database(&self) -> &Database {
        &self.database
    }

    /// The table as it stands.
    pub(super) fn base(&self) -> Base {
        Base::of(self.database.clone())
    }
}

/// The functions as they run now.
struct Environments {
    deployment: Deployment,
    script: Script,
    running: RwLock<Arc<InProcess>>,
}

impl Environments {
    fn start(deployment: Deployment, script: Script) -> Arc<Self> {
        let running = RwLock::new(fresh(&deployment, &script));
        Arc::new(Self { deployment, script, running })
    }

    fn fresh(&self) -> Arc<InProcess> {
        fresh(&self.deployment, &self.script)
    }

    fn running(&self) -> Arc<InProcess> {
        Arc::clone(&self.running.read().unwrap_or_else(PoisonError::into_inner))
    }
}

fn fresh(deployment: &Deployment, script: &Script) -> Arc<InProcess> {
    let roles = Arc::new(deployment.roles.rewired(Arc::new(script.clone())));
    let functions = InProcess::new(&Deployment { roles, ..deployment.clone() });
    Arc::new(functions.expect("every function is declared"))
}

impl Functions for Environments {
    fn has(&self, function: &str) -> bool {
        self.running().has(function)
    }

    fn invoke<'a>(&'a self, function: &'a str, event: Value) -> Invocation<'a> {
        let running = self.running();
        Box::pin(async move { running.invoke(function, event).await })
    }
}

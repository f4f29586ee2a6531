//! Puts the parts together, and takes them apart in the right order.

use std::fs;
use std::net::SocketAddr;
use std::num::NonZero;
use std::sync::Arc;

use shared::Error;
use shared::context::{Config, Context};
use shared::http::route::{DEFAULT_KEY, Routes};
use shared::keyring::Keyring;
use shared::password::Hasher;
use shared::runtime;
use shared::secret::Secret;
use shared::secrets::{SecretSource, Secrets};
use shared::store::Store;
use shared::store::settings::MfaPolicy;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::deployment::Deployment;
use crate::doors::Doors;
use crate::embedded::EmbeddedDynamoDb;
use crate::error::StartError;
use crate::feed::Feed;
use crate::folder::Folder;
use crate::functions::Functions;
use crate::gateway::{self, Gateway};
use crate::in_process::InProcess;
use crate::jobs::Jobs;
use crate::options::Options;
use crate::provider::{self, Provider};
use crate::roles::{Roles, Services};
use crate::secret::{self, SecretChange};
use crate::seed::{self, FirstStart};
use crate::store::{Place, Streams, TableStore};
use crate::template::Template;

/// The one account of a local stack.
const ACCOUNT: &str = "demo";
/// Says in the data folder that the first start was finished.
const SEEDED: &str = "seeded";
/// The folder of caught mail.
const OUTBOX: &str = "outbox";

/// A running service.
pub struct Stack {
    address: SocketAddr,
    first_start: Option<FirstStart>,
    context: Context,
    roles: Arc<Roles>,
    store: TableStore,
    stop: watch::Sender<()>,
    tasks: Vec<JoinHandle<()>>,
    /// Held until everything else has ended.
    folder: Arc<Folder>,
}

impl Stack {
    /// Starts the service; it answers once this returns.
    ///
    /// # Errors
    /// What stands in the way, in words for the one who started it.
    pub async fn start(options: Options) -> Result<Self, StartError> {
        Self::with_functions(options, |deployment| Ok(Arc::new(InProcess::new(deployment)?))).await
    }

    /// Starts the service with the functions that `deploy` gives it, in place of those in this process.
    ///
    /// # Errors
    /// As [`Stack::start`], those of `deploy`, and `Template` when a route leads to a function that is not deployed.
    pub async fn with_functions(
        options: Options,
        deploy: impl FnOnce(&Deployment) -> Result<Arc<dyn Functions>, StartError>,
    ) -> Result<Self, StartError> {
        let template = Template::read()?;
        let routes = Routes::new(portal::ROUTES.iter().copied().chain([provider::route()]).collect());
        let listener = TcpListener::bind(options.listen).await;
        let listener = listener.map_err(StartError::io(format!("cannot listen on {}", options.listen)))?;
        let address = listener.local_addr().map_err(StartError::io("cannot listen"))?;
        let folder = if options.memory { Folder::temporary() } else { Folder::open(&options.data) }?;
        let is_first_start = prepare(&folder)?;
        let streams = if options.streams { Streams::On } else { Streams::Off };
        let place = match &options.dynamodb {
            Some(endpoint) => Place::Elsewhere(endpoint),
            None if options.memory => Place::Memory,
            None => Place::Folder(&folder),
        };
        let store = TableStore::start(place, &template.table, streams).await?;
        let secret = secret::text(&folder)?;
        let context = context(&options, address, &secret, &store)?;
        let roles = Arc::new(Roles::new(template.functions, services(&context, &folder, &store)));
        let is_seeded = is_first_start && options.demo_account;
        let first_start = if is_seeded { Some(seed(&folder, &context, &options).await?) } else { None };

        let folder = Arc::new(folder);
        let feed = match template.filters.get("notifier").filter(|_| options.streams) {
            Some(filter) => Some(Feed::resume(&store, filter.clone(), &folder).await?),
            None => None,
        };
        let outbox = folder.join(OUTBOX);
        let functions = deploy(&Deployment {
            context: context.clone(),
            roles: Arc::clone(&roles),
            address,
            dynamodb_url: store.url().to_owned(),
            table_name: store.name().to_owned(),
            secret: secret::file(&folder),
            outbox: outbox.clone(),
        })?;
        check(functions.as_ref(), &routes)?;
        let jobs = Arc::new(Jobs::new(Arc::clone(&functions), Arc::clone(&folder), feed));
        let doors = Doors {
            jobs: Arc::clone(&jobs),
            functions: Arc::clone(&functions),
            clock: context.clock.clone(),
            outbox,
            test_doors: options.test_doors,
        };
        let (clock, provider) = (context.clock.clone(), Provider::new(context.clone()));
        let gateway = Gateway { routes, functions, provider, doors, clock, address };
        let (stop, stopped) = watch::channel(());
        let mut tasks = vec![tokio::spawn(gateway::serve(Arc::new(gateway), listener, stopped.clone()))];
        if let Some(period) = template.schedules.get("cleanup").filter(|_| options.schedules) {
            let cleaning = Arc::clone(&jobs).keep_clean(store.database(), *period, stopped.clone());
            tasks.push(tokio::spawn(cleaning));
        }
        if options.streams {
            tasks.push(tokio::spawn(jobs.keep_notifying(stopped)));
        }
        Ok(Self { address, first_start, context, roles, store, stop, tasks, folder })
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// What was made, if this was the first start on its data.
    #[must_use]
    pub const fn first_start(&self) -> Option<&FirstStart> {
        self.first_start.as_ref()
    }

    /// What its functions work with, for tests that read the meter of its table.
    #[must_use]
    pub const fn context(&self) -> &Context {
        &self.context
    }

    /// Its functions' roles, for tests that compare what was granted with what was used.
    #[must_use]
    pub fn roles(&self) -> &Roles {
        &self.roles
    }

    /// Does what `function` does in the init phase of a new environment.
    ///
    /// # Errors
    /// `Internal` when the template declares no such function, else the function's.
    pub async fn warm_up(&self, function: &str) -> Result<(), Error> {
        let context = self.roles.context(function).map_err(Error::internal)?;
        runtime::warm_up(&context).await
    }

    /// The name of its table, for tests that look behind the service.
    #[must_use]
    pub fn table_name(&self) -> &str {
        self.store.name()
    }

    /// A client of its DynamoDB, for tests that look behind the service.
    #[must_use]
    pub fn store_client(&self) -> aws_sdk_dynamodb::Client {
        self.store.client()
    }

    /// Its embedded DynamoDB itself, for tests that look at every item after each call.
    #[must_use]
    pub fn database(&self) -> Option<dynoxide::Database> {
        self.store.database()
    }

    /// Changes the secret that its functions read, for tests of a rotation.
    ///
    /// # Errors
    /// When the file is out of reach.
    pub fn change_secret(&self, change: SecretChange) -> Result<(), StartError> {
        secret::change(&self.folder, change)
    }

    /// Ends it: requests that run are answered, then the jobs and the store end, then the data is free.
    pub async fn shutdown(self) {
        let _ = self.stop.send(());
        for task in self.tasks {
            drop(task.await);
        }
        self.store.shutdown().await;
        drop(self.folder);
    }
}

/// Holds what is deployed against where the routes lead.
fn check(functions: &dyn Functions, routes: &Routes) -> Result<(), StartError> {
    let needed = routes.iter().map(|route| (route.function, route.key()));
    let mut needed = needed.chain([(portal::DEFAULT_FUNCTION, DEFAULT_KEY.to_owned())]);
    match needed.find(|(function, _)| *function != provider::FUNCTION && !functions.has(function)) {
        Some((function, key)) => Err(StartError::Template(format!("no function {function} for {key}"))),
        None => Ok(()),
    }
}

/// Makes `folder` ready and says whether this is its first start. What a first start left that did not come to its
/// end is removed: nobody was told of it.
fn prepare(folder: &Folder) -> Result<bool, StartError> {
    fs::create_dir_all(folder.join(OUTBOX)).map_err(StartError::io("data folder, outbox"))?;
    if folder.read(SEEDED).map_err(StartError::io("data folder"))?.is_some() {
        return Ok(false);
    }
    for left in EmbeddedDynamoDb::files(folder).into_iter().chain([Feed::file(folder)]) {
        if left.exists() {
            fs::remove_file(&left).map_err(StartError::io(left.display().to_string()))?;
        }
    }
    Ok(true)
}

async fn seed(folder: &Folder, context: &Context, options: &Options) -> Result<FirstStart, StartError> {
    let made = seed::run(context, options.demo_password.clone()).await.map_err(StartError::Service)?;
    folder.write(SEEDED, "").map_err(StartError::io("data folder"))?;
    Ok(made)
}

/// What the functions reach, each with its own role.
fn services(context: &Context, folder: &Folder, store: &TableStore) -> Services {
    Services {
        context: context.clone(),
        table: store.client(),
        table_name: store.name().to_owned(),
        secret: secret::file(folder),
        outbox: folder.join(OUTBOX),
    }
}

fn context(options: &Options, address: SocketAddr, secret: &Secret, store: &TableStore) -> Result<Context, StartError> {
    let keyring = Arc::new(Keyring::parse(secret.expose()).map_err(StartError::Service)?);
    let hashes_at_once = std::thread::available_parallelism().map_or(1, NonZero::get);
    let hasher = if options.cheap_hashes { Hasher::with_params(8, 1) } else { Hasher::new() };
    let hasher = hasher.map_err(StartError::Service)?.bounded(hashes_at_once);
    let config = Config {
        account_name: ACCOUNT.to_owned(),
        mfa_policy_default: MfaPolicy::Optional,
        expired_key_retention_seconds: options.expired_key_retention,
        mail_from: "user-settings@demo.invalid".to_owned(),
        refusal_time_min: options.refusal_time_min,
        portal_origin: format!("http://{address}"),
    };
    let store = Store::new(store.client(), store.name());
    let secrets = Secrets::new(SecretSource::Given(keyring));
    Ok(Context::new(store, options.clock.clone(), secrets, hasher, config))
}

#[cfg(test)]
mod tests;

//! One service of a test's own.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use aws_sdk_dynamodb::types::AttributeValue;
use local::deployment::Deployment;
use local::error::StartError;
use local::functions::Functions;
use local::in_process::InProcess;
use local::options::Options;
use local::secret::SecretChange;
use local::stack::Stack;
use serde_json::{Value, json};
use shared::clock::Timestamp;
use shared::context::Context;
use shared::secret::Secret;
use shared::store::Meter;

use crate::authenticator::Authenticator;
use crate::caller::{Body, Caller};
use crate::clock;
use crate::deployed::{self, Tenancy};
use crate::lambda::Platform;
use crate::mail::Mail;
use crate::new_user::NewUser;
use crate::person::{PASSWORD, Person};
use crate::site::{Site, missing_door};
use crate::wire::Wire;

/// Seconds after which a function reads the secret again.
const SECRET_SECONDS: u32 = 600;

/// A service with the demo account: `admin` (group Admin), `jane` (no group), `sam` (single sign-on).
pub struct World {
    service: Service,
    anyone: Caller,
    users: AtomicU32,
}

enum Service {
    /// A local stack of its own.
    Own(Box<Stack>),
    /// The deployment, for a while.
    Deployed(Box<Tenancy>),
}

impl World {
    /// A service that sends no mail; it starts faster.
    pub async fn start() -> Self {
        Self::with(Options::in_memory()).await
    }

    /// A service that sends mail.
    pub async fn with_mail() -> Self {
        Self::with(Options { streams: true, ..Options::in_memory() }).await
    }

    /// A service as a deployment leaves it: nobody is there yet.
    pub async fn empty() -> Self {
        Self::with(Options { demo_account: false, ..Options::in_memory() }).await
    }

    /// A service with other options than [`Options::in_memory`]; the demo password is [`PASSWORD`] in any case.
    pub async fn with(options: Options) -> Self {
        if let Some(site) = Site::given() {
            return Self::deployed(site, &options).await;
        }
        Self::with_functions(options, |deployment| Ok(Arc::new(InProcess::new(deployment)?))).await
    }

    /// A service whose functions are processes: `deploy` says of which binaries. Their clock stays the system's, and
    /// what they ask of the table is not in the stack's meter.
    pub async fn on_platform(options: Options, deploy: impl FnOnce(&Deployment) -> Platform) -> (Self, Arc<Platform>) {
        let mut deployed = None;
        let world = Self::with_functions(options, |deployment| {
            let platform = Arc::new(deploy(deployment));
            deployed = Some(Arc::clone(&platform));
            Ok(platform)
        });
        (world.await, deployed.expect("the stack was started"))
    }

    /// A service with the functions that `deploy` gives it.
    pub async fn with_functions(
        options: Options,
        deploy: impl FnOnce(&Deployment) -> Result<Arc<dyn Functions>, StartError>,
    ) -> Self {
        if Site::given().is_some() {
            missing_door("functions of its own");
        }
        let options =
            Options { demo_password: Some(Secret::new(PASSWORD)), dynamodb: table::testing::dynamodb(), ..options };
        let stack = Stack::with_functions(options, deploy).await;
        let stack = stack.unwrap_or_else(|error| panic!("the service does not start: {error}"));
        let anyone = Caller::anyone(Wire::new(stack.address(), None));
        Self { service: Service::Own(Box::new(stack)), anyone, users: AtomicU32::new(1) }
    }

    async fn deployed(site: &'static Site, options: &Options) -> Self {
        let usual = Options::in_memory();
        if options.expired_key_retention != usual.expired_key_retention || options.test_doors != usual.test_doors {
            missing_door("options of its own");
        }
        let wire = Wire::deployed(site);
        let mail = if options.streams { deployed::Mail::Wanted } else { deployed::Mail::Unread };
        let password = options.demo_account.then_some(PASSWORD);
        let tenancy = Tenancy::begin(site, &wire, password, mail).await;
        Self { service: Service::Deployed(Box::new(tenancy)), anyone: Caller::anyone(wire), users: AtomicU32::new(1) }
    }

    /// The service itself, for tests that look behind it.
    #[must_use]
    pub fn stack(&self) -> &Stack {
        match &self.service {
            Service::Own(stack) => stack,
            Service::Deployed(_) => missing_door("the stack"),
        }
    }

    /// What works on the service's table beside its functions.
    #[must_use]
    pub fn context(&self) -> &Context {
        match &self.service {
            Service::Own(stack) => stack.context(),
            Service::Deployed(tenancy) => &tenancy.context,
        }
    }

    /// What the service has asked of its table.
    #[must_use]
    pub fn meter(&self) -> &Meter {
        match &self.service {
            Service::Own(stack) => stack.context().store.meter(),
            // Each environment of a function has a meter of its own.
            Service::Deployed(_) => missing_door("the meter"),
        }
    }

    /// Every item of the table.
    pub async fn items(&self) -> Vec<HashMap<String, AttributeValue>> {
        let (client, table) = match &self.service {
            Service::Own(stack) => (stack.store_client(), stack.table_name()),
            Service::Deployed(tenancy) => (tenancy.client.clone(), tenancy.table_name),
        };
        let scan = client.scan().table_name(table).consistent_read(true).send().await.expect("the table answers");
        assert!(scan.last_evaluated_key().is_none(), "the table is longer than a page");
        scan.items.unwrap_or_default()
    }

    /// Where the service's pages come from: what `Origin` says in a request of its own.
    #[must_use]
    pub fn origin(&self) -> String {
        self.anyone.wire.origin()
    }

    /// The service's time.
    pub async fn now(&self) -> Timestamp {
        clock::now(&self.anyone).await
    }

    /// Puts the service's clock ahead; its time then.
    pub async fn advance(&self, seconds: u32) -> Timestamp {
        clock::advance(&self.anyone, seconds).await
    }

    /// Somebody without a credential, who keeps no cookies.
    #[must_use]
    pub fn anyone(&self) -> Caller {
        self.anyone.clone()
    }

    /// A browser without cookies yet.
    #[must_use]
    pub fn browser(&self) -> Caller {
        Caller::browser(self.anyone.wire.clone())
    }

    /// Somebody with this API key.
    #[must_use]
    pub fn key(&self, value: &str) -> Caller {
        Caller::key(self.anyone.wire.clone(), value)
    }

    /// The administrator, signed in by password in a new browser.
    pub async fn admin(&self) -> Person {
        self.sign_in("ROOT", "admin").await
    }

    /// A local user, signed in by password in a new browser.
    pub async fn jane(&self) -> Person {
        self.sign_in("ROOT", "jane").await
    }

    /// A user of single sign-on, signed in by the provider in a new browser.
    pub async fn sam(&self) -> Person {
        self.single_sign_on("ROOT", "sam").await
    }

    /// A local user without MFA whose password is [`PASSWORD`], in a new browser.
    pub async fn sign_in(&self, environment_name: &str, user_name: &str) -> Person {
        Person::sign_in(self.browser(), environment_name, user_name).await
    }

    /// A local user with MFA whose password is [`PASSWORD`], in a new browser; no code of this time may be used yet.
    pub async fn sign_in_with_code(
        &self,
        environment_name: &str,
        user_name: &str,
        authenticator: &Authenticator,
    ) -> Person {
        let code = authenticator.first_code(&self.anyone).await;
        Person::sign_in_with_code(self.browser(), environment_name, user_name, &code).await
    }

    /// A user whom the provider signs in, in a new browser.
    pub async fn single_sign_on(&self, environment_name: &str, user_name: &str) -> Person {
        Person::single_sign_on(self.browser(), environment_name, user_name).await
    }

    /// A user to be made by the administrator.
    pub fn new_user(&self) -> NewUser {
        NewUser::new(&self.anyone, format!("user-{}", self.users.fetch_add(1, Ordering::Relaxed)))
    }

    /// Sets the account's MFA policy: `off`, `optional` or `enforced`.
    pub async fn set_mfa_policy(&self, policy: &str) {
        self.admin().await.patch("/account/settings", json!({"mfa_policy": policy})).await.expect(200);
    }

    /// All mail sent until now, newest first. Needs [`World::with_mail`].
    pub async fn mail(&self) -> Vec<Mail> {
        self.anyone().post("/_local/run/notifier", ()).await.expect(200);
        let answer = self.anyone().get("/_local/mail").await.expect(200);
        answer["items"].as_array().expect("a list").iter().map(Mail::of).collect()
    }

    /// Invokes the function `users` with `event`, past the gateway; what it returns, or its error.
    pub async fn invoke_users(&self, event: impl Into<Body>) -> Value {
        self.anyone().post("/_local/invoke/users", event).await.expect(200).json().clone()
    }

    /// Makes the next version of the secret current as an operator does: beside the old one first, and in force once
    /// every function knows it. `at_hand` is the version that is current until then.
    pub async fn rotate_secret_from(&self, at_hand: u32) {
        for step in [SecretChange::Add(at_hand + 1), SecretChange::MakeCurrent(at_hand + 1)] {
            self.change_secret(step);
            self.advance(SECRET_SECONDS).await;
        }
    }

    /// One step of a rotation, of which a function that has read the secret before knows nothing yet.
    pub fn change_secret(&self, change: SecretChange) {
        self.stack().change_secret(change).expect("a secret that can be changed");
    }

    /// Runs the clean-up now; its report.
    pub async fn run_cleanup(&self) -> Value {
        self.anyone().post("/_local/run/cleanup", ()).await.expect(200).json().clone()
    }
}

/// A request that was refused need not show in any answer: a session's use, say, is recorded if it can be. In a
/// deployment the functions' logs tell.
impl Drop for World {
    fn drop(&mut self) {
        let Service::Own(stack) = &self.service else { return };
        let refused = stack.roles().refused();
        let is_fine = refused.is_empty() || std::thread::panicking();
        assert!(is_fine, "infra/template.yaml does not grant what functions need: {refused:#?}");
    }
}

impl AsRef<Caller> for World {
    fn as_ref(&self) -> &Caller {
        &self.anyone
    }
}

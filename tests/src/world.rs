//! One service of a test's own.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use local::deployment::Deployment;
use local::error::StartError;
use local::functions::Functions;
use local::in_process::InProcess;
use local::options::Options;
use local::stack::Stack;
use serde_json::{Value, json};
use shared::clock::Timestamp;
use shared::secret::Secret;

use crate::authenticator::Authenticator;
use crate::caller::Caller;
use crate::clock;
use crate::lambda::Platform;
use crate::mail::Mail;
use crate::new_user::NewUser;
use crate::person::{PASSWORD, Person};
use crate::wire::Wire;

/// A service with the demo account: `admin` (group Admin), `jane` (no group), `sam` (single sign-on).
pub struct World {
    stack: Stack,
    anyone: Caller,
    users: AtomicU32,
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

    /// A service with other options than [`Options::in_memory`]; the demo password is [`PASSWORD`] in any case.
    pub async fn with(options: Options) -> Self {
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
        let options =
            Options { demo_password: Some(Secret::new(PASSWORD)), dynamodb: table::testing::dynamodb(), ..options };
        let stack = Stack::with_functions(options, deploy).await;
        let stack = stack.unwrap_or_else(|error| panic!("the service does not start: {error}"));
        let anyone = Caller::anyone(Wire::new(stack.address(), None));
        Self { stack, anyone, users: AtomicU32::new(1) }
    }

    /// The service itself, for tests that look behind it: its table, its capacity meter.
    #[must_use]
    pub const fn stack(&self) -> &Stack {
        &self.stack
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
        let code = authenticator.code_at(self.now().await);
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

    /// Runs the clean-up now; its report.
    pub async fn run_cleanup(&self) -> Value {
        self.anyone().post("/_local/run/cleanup", ()).await.expect(200).json().clone()
    }
}

/// A request that was refused need not show in any answer: a session's use, say, is recorded if it can be.
impl Drop for World {
    fn drop(&mut self) {
        let refused = self.stack.roles().refused();
        let is_fine = refused.is_empty() || std::thread::panicking();
        assert!(is_fine, "infra/template.yaml does not grant what functions need: {refused:#?}");
    }
}

impl AsRef<Caller> for World {
    fn as_ref(&self) -> &Caller {
        &self.anyone
    }
}

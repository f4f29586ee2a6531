//! The events that the functions are measured with: recorded from calls to a stack, so that they are Amazon's form.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use local::deployment::Deployment;
use local::error::StartError;
use local::functions::{Functions, Invocation};
use local::in_process::InProcess;
use local::options::Options;
use scenarios::{Call, PASSWORD, World};
use serde_json::{Value, json};

/// A function's events.
#[derive(Clone, Debug)]
pub(crate) struct Events {
    /// What it is started for.
    pub(crate) first: Value,
    /// What takes the most memory, as far as known; comes after the first.
    pub(crate) heaviest: Option<Value>,
}

/// Passes events on and keeps the last one.
struct Recorder {
    functions: InProcess,
    last: Arc<Mutex<Value>>,
}

impl Functions for Recorder {
    fn has(&self, function: &str) -> bool {
        self.functions.has(function)
    }

    fn invoke<'a>(&'a self, function: &'a str, event: Value) -> Invocation<'a> {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = event.clone();
        self.functions.invoke(function, event)
    }
}

/// A world whose calls can be recorded.
pub(crate) struct Recording {
    pub(crate) world: World,
    last: Arc<Mutex<Value>>,
}

impl Recording {
    /// Starts a stack; `deployed` is told what its functions are given.
    pub(crate) async fn start(deployed: impl FnOnce(&Deployment)) -> Self {
        let last = Arc::<Mutex<Value>>::default();
        let recorder = |deployment: &Deployment| -> Result<Arc<dyn Functions>, StartError> {
            deployed(deployment);
            Ok(Arc::new(Recorder { functions: InProcess::new(deployment)?, last: Arc::clone(&last) }))
        };
        let world = World::with_functions(Options { cheap_hashes: false, ..Options::in_memory() }, recorder).await;
        Self { world, last }
    }

    async fn event(&self, call: Call) -> Value {
        let answer = call.await;
        assert!(answer.status() < 300, "{answer:?}");
        self.last.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The events of every function, by its name. They can be sent any number of times within ten minutes.
    pub(crate) async fn events(&self) -> BTreeMap<&'static str, Events> {
        let world = &self.world;
        let (admin, jane) = (world.admin().await, world.jane().await);
        let (mfa, key) = (self.mfa().await, jane.create_key("bench", &["APIKey", "Authentication", "Tasks"]).await);
        let asked = json!({"method": "GET", "path": "/pro-api/v1/tasks", "headers": {"apikey": key.value}});
        let credentials = json!({"user_name": "jane", "password": PASSWORD});
        let light = |first: Value| Events { first, heaviest: None };
        BTreeMap::from([
            ("sign-in", light(self.event(world.browser().post("/session", credentials)).await)),
            ("sessions", light(self.event(key.get("ME/authorization")).await)),
            ("profile", light(self.event(key.get("ME/info")).await)),
            ("password", self.password().await),
            ("mfa", mfa),
            ("api-keys", light(self.event(key.get("ME/api-key")).await)),
            ("users", light(self.event(admin.get("/user")).await)),
            ("portal", light(self.event(world.anyone().raw(http::Method::GET, "/settings")).await)),
            ("authorizer", light(self.event(world.anyone().post("/_local/authorize", asked)).await)),
            ("cleanup", light(self.event(world.anyone().post("/_local/run/cleanup", ())).await)),
            ("notifier", light(json!({"Records": []}))),
        ])
    }

    /// A change to the password that is in force: refused, once it is hashed.
    async fn password(&self) -> Events {
        let user = self.world.new_user().create().await;
        let first = self.event(user.get("ME/password")).await;
        let same = json!({"current_password": PASSWORD, "new_password": PASSWORD});
        user.put("ME/password", same).await.problem("password-rejected");
        let heaviest = self.last.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Events { first, heaviest: Some(heaviest) }
    }

    /// Ten recovery codes are ten hashes.
    async fn mfa(&self) -> Events {
        let user = self.world.new_user().create().await;
        user.enable_mfa().await;
        let first = self.event(user.get("ME/mfa")).await;
        Events { first, heaviest: Some(self.event(user.post("ME/mfa/recovery-codes", ())).await) }
    }
}

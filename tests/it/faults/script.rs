//! Which request meets which fault: a script between the SDK and the network, below the SDK's retries.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aws_sdk_dynamodb::config::retry::{RetryConfig, RetryPartition, TokenBucket};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use local::roles::Rewire;
use shared::runtime::timeouts;

use super::fault::Fault;
use super::request::Request;

/// How often the SDK tries, as deployed.
const ATTEMPTS_MAX: u32 = 3;
/// What the SDK waits between two attempts, at most: deployed it is a second.
const BACKOFF: Duration = Duration::from_millis(1);

/// One request of an operation: the `nth` of its kind.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Site {
    pub(super) request: Request,
    pub(super) nth: usize,
}

impl fmt::Display for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.request, self.nth)
    }
}

/// How long a fault stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stay {
    /// One request meets it.
    Once,
    /// From that request on, every request to the same service that can meet it does.
    UntilFurtherNotice,
}

#[derive(Debug)]
struct Plan {
    site: Site,
    fault: Fault,
    stay: Stay,
    played: usize,
}

#[derive(Debug, Default)]
struct State {
    /// Whose requests count.
    function: String,
    seen: BTreeMap<Request, usize>,
    log: Vec<Site>,
    plan: Option<Plan>,
}

/// What happens to the requests of one function. All others pass.
#[derive(Clone, Debug, Default)]
pub(super) struct Script(Arc<Mutex<State>>);

impl Script {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on the requests of `function` count, from the first, and none meets a fault.
    pub(super) fn record(&self, function: &str) {
        *self.state() = State { function: function.to_owned(), ..State::default() };
    }

    /// As [`Script::record`], and the request at `site` meets `fault`.
    pub(super) fn plan(&self, function: &str, site: &Site, fault: Fault, stay: Stay) {
        self.record(function);
        self.state().plan = Some(Plan { site: site.clone(), fault, stay, played: 0 });
    }

    /// Ends the fault; how many requests met it.
    pub(super) fn end_fault(&self) -> usize {
        self.state().plan.take().map_or(0, |plan| plan.played)
    }

    /// The requests so far.
    pub(super) fn recorded(&self) -> Vec<Site> {
        self.state().log.clone()
    }

    /// What this request meets, and whether it is the first to meet it.
    fn meet(&self, function: &str, request: &Request) -> Option<(Fault, bool)> {
        let mut state = self.state();
        if state.function != function {
            return None;
        }
        let nth = state.seen.entry(request.clone()).and_modify(|seen| *seen += 1).or_insert(1);
        let site = Site { request: request.clone(), nth: *nth };
        state.log.push(site.clone());
        let plan = state.plan.as_mut()?;
        let meets = match (plan.played, plan.stay) {
            (0, _) => plan.site == site,
            (played, Stay::Once) => played < plan.fault.meets_once() && plan.site.request == *request,
            (_, Stay::UntilFurtherNotice) => {
                plan.site.request.is_of_one_service_with(request) && plan.fault.meets(request)
            }
        };
        if !meets {
            return None;
        }
        plan.played += 1;
        Some((plan.fault, plan.played == 1))
    }

    fn between(&self, function: &str, inner: SharedHttpClient) -> SharedHttpClient {
        let (script, function) = (self.clone(), function.to_owned());
        http_client_fn(move |settings, components| {
            let inner = inner.http_connector(settings, components);
            SharedHttpConnector::new(Wire { script: script.clone(), function: function.clone(), inner })
        })
    }
}

/// A client like this one, with the script below its retries.
macro_rules! rewired {
    ($sdk:ident, $client:ident, $script:ident, $function:ident) => {{
        let config = $client.config();
        let wire = $script.between($function, config.http_client().expect("connections"));
        let config = config
            .to_builder()
            .http_client(wire)
            .retry_config(retries())
            .retry_partition(partition())
            .timeout_config(timeouts());
        $sdk::Client::from_conf(config.build())
    }};
}

impl Rewire for Script {
    fn table(&self, function: &str, client: aws_sdk_dynamodb::Client) -> aws_sdk_dynamodb::Client {
        rewired!(aws_sdk_dynamodb, client, self, function)
    }

    fn secret(&self, function: &str, client: aws_sdk_secretsmanager::Client) -> aws_sdk_secretsmanager::Client {
        rewired!(aws_sdk_secretsmanager, client, self, function)
    }

    fn mail(&self, function: &str, client: aws_sdk_sesv2::Client) -> aws_sdk_sesv2::Client {
        rewired!(aws_sdk_sesv2, client, self, function)
    }
}

fn retries() -> RetryConfig {
    RetryConfig::standard().with_max_attempts(ATTEMPTS_MAX).with_initial_backoff(BACKOFF).with_max_backoff(BACKOFF)
}

/// With tokens for as many retries as there are faults here.
fn partition() -> RetryPartition {
    RetryPartition::custom("faults").token_bucket(TokenBucket::unlimited()).build()
}

/// A connector that asks the script first.
#[derive(Debug)]
struct Wire {
    script: Script,
    function: String,
    inner: SharedHttpConnector,
}

impl HttpConnector for Wire {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let about = match request.headers().get("x-amz-target") {
            Some(target) => Request::read(target, request.body().bytes().expect("a body in memory")),
            None => Request::mail(),
        };
        let inner = self.inner.clone();
        match self.script.meet(&self.function, &about) {
            None => inner.call(request),
            Some((fault, is_first)) => HttpConnectorFuture::new(async move {
                let answer: Result<_, ConnectorError> = fault.play(inner, request, about, is_first).await;
                answer
            }),
        }
    }
}

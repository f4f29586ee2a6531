//! A world's time in the deployment: it has it alone, and begins on a table as the first start of a local stack leaves it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{AttributeValue, DeleteRequest, WriteRequest};
use local::seed;
use shared::context::Context;
use shared::secret::Secret;
use tokio::sync::{Mutex, MutexGuard};

use super::fence;
use super::inbox;
use super::invocations;
use crate::site::{Site, missing_door};
use crate::wire::Wire;

/// As many as one request to DynamoDB removes.
const REMOVED_AT_ONCE: usize = 25;

static TAKEN: Mutex<()> = Mutex::const_new(());
/// Whether functions may remember a policy that is no longer, or not yet, the account's.
static POLICY_WAS_CHANGED: AtomicBool = AtomicBool::new(false);

/// Whether a tenant looks into the inbox.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Mail {
    Wanted,
    Unread,
}

/// The right to the deployment, until it is dropped.
pub(crate) struct Tenancy {
    pub(crate) context: Context,
    pub(crate) client: Client,
    pub(crate) table_name: &'static str,
    _alone: MutexGuard<'static, ()>,
}

impl Tenancy {
    /// Empties the table and makes the demo account in it, if it is to have a password. Where mail is wanted, none of the
    /// tenant before comes any more.
    #[expect(clippy::print_stdout, reason = "tests/deployed counts the scenarios that say so")]
    pub(crate) async fn begin(site: &'static Site, wire: &Wire, password: Option<&str>, mail: Mail) -> Self {
        let alone = TAKEN.try_lock().unwrap_or_else(|_| missing_door("two services at once"));
        println!("in the deployment");
        let (client, context) = (site.table_client(), site.context());
        empty(&client, &site.table_name).await;
        if POLICY_WAS_CHANGED.swap(false, Ordering::Relaxed) {
            invocations::renew_functions(site, wire).await;
        }
        if let Some(password) = password {
            seed::run(&context, Some(Secret::new(password))).await.expect("the demo account is made");
        }
        if let Mail::Wanted = mail {
            fence::pass(site).await;
        }
        inbox::forget(site, wire).await;
        Self { context, client, table_name: &site.table_name, _alone: alone }
    }
}

/// Functions remember the account's policy for up to 30 seconds; this does what waiting would.
pub(crate) async fn forget_policy(site: &Site, wire: &Wire) {
    POLICY_WAS_CHANGED.store(true, Ordering::Relaxed);
    invocations::renew_functions(site, wire).await;
}

async fn empty(client: &Client, table: &str) {
    let scan = || client.scan().table_name(table).projection_expression("PK, SK").consistent_read(true);
    loop {
        let keys = scan().send().await.expect("the table answers").items.unwrap_or_default();
        if keys.is_empty() {
            return;
        }
        for some in keys.chunks(REMOVED_AT_ONCE) {
            let removals = some.iter().cloned().map(removal).collect();
            client.batch_write_item().request_items(table, removals).send().await.expect("the table answers");
        }
    }
}

fn removal(key: HashMap<String, AttributeValue>) -> WriteRequest {
    let removal = DeleteRequest::builder().set_key(Some(key)).build().expect("a key");
    WriteRequest::builder().delete_request(removal).build()
}

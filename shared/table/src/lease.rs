//! A name for a table in another DynamoDB, which goes with its user.

use std::thread;

use aws_sdk_dynamodb::error::DisplayErrorContext;
use data_encoding::HEXLOWER;

use crate::clients::{client, connections};
use crate::endpoint::Endpoint;

/// The name of a table, which is deleted with this value: also where a test panics.
#[derive(Debug)]
pub struct Lease {
    /// Where it is.
    pub endpoint: Endpoint,
    /// Its name, used by nobody else.
    pub table: String,
}

impl Lease {
    /// A new name that begins with `table`.
    ///
    /// # Errors
    /// Says why there is no randomness.
    pub fn new(endpoint: Endpoint, table: &str) -> Result<Self, String> {
        let mut unique = [0; 8];
        getrandom::fill(&mut unique).map_err(|error| error.to_string())?;
        Ok(Self { endpoint, table: format!("{table}-{}", HEXLOWER.encode(&unique)) })
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let (endpoint, table) = (self.endpoint.to_string(), self.table.clone());
        // A thread of its own: the runtime that made the table may be ending.
        drop(thread::spawn(move || delete(&endpoint, table)).join());
    }
}

fn delete(endpoint: &str, table: String) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let (Ok(connections), Ok(runtime)) = (connections(), runtime) else { return };
    let request = client(endpoint, &connections).delete_table().table_name(table);
    if let Err(error) = runtime.block_on(request.send()) {
        tracing::warn!(error = %DisplayErrorContext(error), "table not deleted");
    }
}

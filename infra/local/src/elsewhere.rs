//! A table in another DynamoDB: of this run's own, and gone with it.

use std::fmt;
use std::net::SocketAddr;
use std::str::FromStr;
use std::thread;

use aws_sdk_dynamodb::error::DisplayErrorContext;
use data_encoding::HEXLOWER;
use shared::secret::random_bytes;

use crate::dynamodb;
use crate::error::StartError;

/// Where another DynamoDB listens, on loopback.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Endpoint(SocketAddr);

impl FromStr for Endpoint {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let address = text.strip_prefix("http://").map(|rest| rest.trim_end_matches('/'));
        let address: SocketAddr =
            address.and_then(|address| address.parse().ok()).ok_or("not of the form http://127.0.0.1:8000")?;
        if address.ip().is_loopback() { Ok(Self(address)) } else { Err("only a loopback address".to_owned()) }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "http://{}", self.0)
    }
}

/// The name of a table in another DynamoDB, which is deleted with this value: also where a test panics.
pub struct Leased {
    /// Where it is.
    pub endpoint: Endpoint,
    /// Its name, used by nobody else.
    pub table: String,
}

impl Leased {
    /// A new name.
    ///
    /// # Errors
    /// `Service` when there is no randomness.
    pub fn new(endpoint: &Endpoint) -> Result<Self, StartError> {
        let unique = HEXLOWER.encode(&random_bytes::<8>().map_err(StartError::Service)?);
        Ok(Self { endpoint: *endpoint, table: format!("{}-{unique}", dynamodb::TABLE) })
    }
}

impl Drop for Leased {
    fn drop(&mut self) {
        let (endpoint, table) = (self.endpoint.to_string(), self.table.clone());
        // A thread of its own: the runtime that made the table may be ending.
        drop(thread::spawn(move || delete(&endpoint, table)).join());
    }
}

fn delete(endpoint: &str, table: String) {
    let (Ok(connections), Ok(runtime)) =
        (dynamodb::connections(), tokio::runtime::Builder::new_current_thread().enable_all().build())
    else {
        return;
    };
    let request = dynamodb::client(endpoint, &connections).delete_table().table_name(table);
    if let Err(error) = runtime.block_on(request.send()) {
        tracing::warn!(error = %DisplayErrorContext(error), "table not deleted");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_dynamodb_is_on_loopback() {
        for good in ["http://127.0.0.1:8000", "http://127.0.0.1:8000/", "http://[::1]:4566"] {
            assert!(good.parse::<Endpoint>().is_ok(), "{good}");
        }
        for bad in [
            "http://192.168.1.2:8000",
            "http://dynamodb.eu-central-1.amazonaws.com",
            "https://127.0.0.1:8000",
            "127.0.0.1:8000",
            "http://127.0.0.1",
            "",
        ] {
            assert!(bad.parse::<Endpoint>().is_err(), "{bad}");
        }
    }
}

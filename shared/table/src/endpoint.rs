//! Where another DynamoDB listens.

use std::fmt;
use std::net::SocketAddr;
use std::str::FromStr;

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

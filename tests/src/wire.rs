//! HTTP/1.1 to the service, from an address of one's choice.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

/// Longer than any answer takes; a test that hangs says where.
const ANSWER_WITHIN: Duration = Duration::from_mins(1);

/// Connections to one service.
#[derive(Clone, Debug)]
pub(crate) struct Wire {
    address: SocketAddr,
    client: Client<HttpConnector, Full<Bytes>>,
}

impl Wire {
    /// To the service at `address`, from `source`, or from wherever the system likes.
    pub(crate) fn new(address: SocketAddr, source: Option<IpAddr>) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_local_address(source);
        connector.set_nodelay(true);
        Self { address, client: Client::builder(TokioExecutor::new()).build(connector) }
    }

    /// The same service, from `source`.
    pub(crate) fn with_source(&self, source: IpAddr) -> Self {
        Self::new(self.address, Some(source))
    }

    /// Where the service's pages would come from.
    pub(crate) fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Sends a request to `target`, a path with its query exactly as it goes over the wire.
    pub(crate) async fn send(&self, request: Request<Bytes>, target: &str) -> http::Response<Bytes> {
        let (mut parts, body) = request.into_parts();
        let uri = format!("{}{target}", self.origin());
        parts.uri = uri.parse().unwrap_or_else(|error| panic!("{uri}: {error}"));
        let asked = format!("{} {target}", parts.method);
        let sent = async {
            let response = self.client.request(Request::from_parts(parts, Full::new(body))).await;
            let (parts, body) = response.unwrap_or_else(|error| panic!("{asked}: {error:?}")).into_parts();
            let body = body.collect().await.unwrap_or_else(|error| panic!("{asked}: {error:?}"));
            http::Response::from_parts(parts, body.to_bytes())
        };
        tokio::time::timeout(ANSWER_WITHIN, sent).await.unwrap_or_else(|_| panic!("{asked}: no answer"))
    }
}

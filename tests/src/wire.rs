//! HTTP/1.1 to the service, from an address of one's choice.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use bytes::Bytes;
use http::header::HOST;
use http::{HeaderValue, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

use crate::site::{Site, emulator_differs};

/// Longer than any answer takes; a test that hangs says where.
const ANSWER_WITHIN: Duration = Duration::from_mins(1);

/// Connections to one service.
#[derive(Clone, Debug)]
pub(crate) struct Wire {
    address: SocketAddr,
    site: Option<&'static Site>,
    client: Client<HttpConnector, Full<Bytes>>,
}

impl Wire {
    /// To the service at `address`, from `source`, or from wherever the system likes.
    pub(crate) fn new(address: SocketAddr, source: Option<IpAddr>) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_local_address(source);
        connector.set_nodelay(true);
        Self { address, site: None, client: Client::builder(TokioExecutor::new()).build(connector) }
    }

    /// To a deployed service.
    pub(crate) fn deployed(site: &'static Site) -> Self {
        Self { site: Some(site), ..Self::new(site.address, None) }
    }

    /// The deployment that the service is in, if it is no local stack.
    pub(crate) const fn site(&self) -> Option<&'static Site> {
        self.site
    }

    /// The same service, from `source`.
    pub(crate) fn with_source(&self, source: IpAddr) -> Self {
        match self.site {
            None => Self::new(self.address, Some(source)),
            // The emulator's gateway tells every function the same address.
            Some(_) => emulator_differs("another source address"),
        }
    }

    /// Where the service's pages would come from.
    pub(crate) fn origin(&self) -> String {
        match self.site {
            None => format!("http://{}", self.address),
            // What the functions are told, as behind Amazon's gateway.
            Some(site) => format!("https://{}", site.host),
        }
    }

    /// Sends a request to the service, to `target`, a path with its query exactly as it goes over the wire.
    pub(crate) async fn send(&self, request: Request<Bytes>, target: &str) -> Response<Bytes> {
        match self.site {
            None => self.send_elsewhere(request, target).await,
            Some(site) => self.send_to(&site.host, request, target).await,
        }
    }

    /// Sends a request to what is called `host` at the same address.
    pub(crate) async fn send_to(&self, host: &str, mut request: Request<Bytes>, target: &str) -> Response<Bytes> {
        let host = HeaderValue::from_str(host).expect("a host's name");
        request.headers_mut().entry(HOST).or_insert(host);
        self.send_elsewhere(request, target).await
    }

    /// Sends a request to the address, whoever answers there.
    pub(crate) async fn send_elsewhere(&self, request: Request<Bytes>, target: &str) -> Response<Bytes> {
        let (mut parts, body) = request.into_parts();
        let uri = format!("http://{}{target}", self.address);
        parts.uri = uri.parse().unwrap_or_else(|error| panic!("{uri}: {error}"));
        let asked = format!("{} {target}", parts.method);
        let sent = async {
            let response = self.client.request(Request::from_parts(parts, Full::new(body))).await;
            let (parts, body) = response.unwrap_or_else(|error| panic!("{asked}: {error:?}")).into_parts();
            let body = body.collect().await.unwrap_or_else(|error| panic!("{asked}: {error:?}"));
            Response::from_parts(parts, body.to_bytes())
        };
        tokio::time::timeout(ANSWER_WITHIN, sent).await.unwrap_or_else(|_| panic!("{asked}: no answer"))
    }
}

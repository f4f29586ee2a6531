//! One HTTP connection that stays open, and does no more than send and read.

use std::net::SocketAddr;

use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// A client's one connection.
pub(crate) struct Connection {
    address: SocketAddr,
    sender: SendRequest<Full<Bytes>>,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// A header of a request.
pub(crate) type Header = (&'static str, String);

impl Connection {
    /// To the service at `address`.
    pub(crate) async fn open(address: SocketAddr) -> Self {
        Self::try_open(address).await.expect("the service listens")
    }

    /// To the service at `address`, if it listens already.
    pub(crate) async fn try_open(address: SocketAddr) -> Option<Self> {
        let stream = TcpStream::connect(address).await.ok()?;
        stream.set_nodelay(true).expect("a socket");
        let (sender, connection) = handshake(TokioIo::new(stream)).await.expect("the service speaks HTTP");
        tokio::spawn(connection);
        Some(Self { address, sender })
    }

    /// Sends `body` as JSON, or nothing, with one header more.
    pub(crate) async fn call(&mut self, method: &str, path: &str, header: (&str, &str), body: Bytes) -> Answer {
        self.send(method, path, [header], body).await
    }

    /// Sends `body` as JSON, or nothing, with these headers.
    pub(crate) async fn send<'a>(
        &mut self,
        method: &str,
        path: &str,
        headers: impl IntoIterator<Item = (&'a str, &'a str)>,
        body: Bytes,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path).header("host", self.address.to_string());
        for (name, value) in headers {
            request = request.header(name, value);
        }
        if !body.is_empty() {
            request = request.header("content-type", "application/json");
        }
        let request = request.body(Full::new(body)).expect("a request");
        self.sender.ready().await.expect("the connection stays open");
        let (parts, body) = self.sender.send_request(request).await.expect("an answer").into_parts();
        let body = body.collect().await.expect("a whole answer").to_bytes();
        Answer { status: parts.status, headers: parts.headers, body }
    }
}

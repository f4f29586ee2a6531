//! One HTTP connection that stays open, and does no more than send and read.

use std::net::SocketAddr;

use bytes::Bytes;
use http::{Request, StatusCode};
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
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) body: Bytes,
}

impl Connection {
    /// To the service at `address`.
    pub(crate) async fn open(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.expect("the service listens");
        stream.set_nodelay(true).expect("a socket");
        let (sender, connection) = handshake(TokioIo::new(stream)).await.expect("the service speaks HTTP");
        tokio::spawn(connection);
        Self { address, sender }
    }

    /// Sends `body` as JSON, or nothing, with one header more.
    pub(crate) async fn call(&mut self, method: &str, path: &str, header: (&str, &str), body: Bytes) -> Answer {
        let mut request = Request::builder().method(method).uri(path).header("host", self.address.to_string());
        request = request.header(header.0, header.1);
        if !body.is_empty() {
            request = request.header("content-type", "application/json");
        }
        let request = request.body(Full::new(body)).expect("a request");
        self.sender.ready().await.expect("the connection stays open");
        let (parts, body) = self.sender.send_request(request).await.expect("an answer").into_parts();
        let body = body.collect().await.expect("a whole answer").to_bytes();
        Answer { status: parts.status, body }
    }
}

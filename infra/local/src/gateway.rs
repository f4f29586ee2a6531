//! Stands in for Amazon's HTTP API: HTTP/1.1 in, events to the functions, their answers out.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use http::header::HOST;
use http::request::Parts;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt;
use hyper::body::{Body, Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use serde_json::Value;
use shared::Error;
use shared::clock::Clock;
use shared::http::route::{DEFAULT_KEY, Found, RequestPath, Routes};
use time::OffsetDateTime;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::doors::Doors;
use crate::event::Arrival;
use crate::functions::Functions;
use crate::provider::{self, Provider};
use crate::reply::{self, Reply};

/// Request line and headers, in bytes.
const HEAD_BYTES_MAX: usize = 10_240;
/// A body, in bytes.
const BODY_BYTES_MAX: usize = 10 * 1_024 * 1_024;
/// Beyond this a body that is refused anyway is not even read to its end.
const DISCARDED_BYTES_MAX: usize = 4 * BODY_BYTES_MAX;
/// How long a body may take to arrive.
const BODY_WITHIN: Duration = Duration::from_secs(10);
/// How long a function may take to answer.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);
/// How long a connection may stay without a request.
const IDLE_FOR: Duration = Duration::from_secs(75);
/// How long running requests may take once the stack ends.
const END_WITHIN: Duration = Duration::from_secs(5);

/// The gateway with all that is behind it.
pub struct Gateway {
    /// Which path leads where.
    pub routes: Routes,
    /// What the routes lead to.
    pub functions: Arc<dyn Functions>,
    /// Stands in for the identity provider.
    pub provider: Provider,
    /// The calls under `/_local/`.
    pub doors: Doors,
    /// When requests come.
    pub clock: Clock,
    /// Where it listens.
    pub address: SocketAddr,
}

/// Answers on `listener` until `stop` changes, then lets what runs finish.
pub async fn serve(gateway: Arc<Gateway>, listener: TcpListener, mut stop: watch::Receiver<()>) {
    let mut connections = http1::Builder::new();
    connections.timer(TokioTimer::new()).header_read_timeout(IDLE_FOR).max_buf_size(8 * HEAD_BYTES_MAX);
    let running = GracefulShutdown::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stop.changed() => break,
        };
        let Ok((stream, peer)) = accepted else {
            // Out of file descriptors, as a rule: give running requests time to free some.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let gateway = Arc::clone(&gateway);
        let answer = service_fn(move |request| {
            let gateway = Arc::clone(&gateway);
            async move { Ok::<_, std::convert::Infallible>(gateway.answer(request, peer).await) }
        });
        let connection = running.watch(connections.serve_connection(TokioIo::new(stream), answer));
        // A client that goes away or sends no HTTP is no one's concern here.
        tokio::spawn(async move { drop(connection.await) });
    }
    drop(listener);
    drop(tokio::time::timeout(END_WITHIN, running.shutdown()).await);
}

impl Gateway {
    async fn answer(&self, request: Request<Incoming>, peer: SocketAddr) -> Reply {
        let (parts, body) = request.into_parts();
        if head_bytes(&parts) > HEAD_BYTES_MAX {
            return reply::of_gateway(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
        }
        let body = match tokio::time::timeout(BODY_WITHIN, read(body)).await {
            Ok(Ok(body)) => body,
            Ok(Err(status)) => return reply::of_gateway(status),
            Err(_) => return reply::of_gateway(StatusCode::REQUEST_TIMEOUT),
        };
        let Ok(request_id) = shared::secret::random_bytes::<11>() else {
            return reply::of_gateway(StatusCode::INTERNAL_SERVER_ERROR);
        };
        let request_id = data_encoding::BASE64URL.encode(&request_id);
        self.route(&parts, &body, peer, &request_id).await
    }

    async fn route(&self, parts: &Parts, body: &[u8], peer: SocketAddr, request_id: &str) -> Reply {
        let path = RequestPath::parse(parts.uri.path());
        let found = self.routes.find(parts.method.as_str(), &path);
        let door = parts.uri.path().strip_prefix("/_local/");
        if let Some(door) = door.filter(|_| !matches!(found, Found::Route(..))) {
            // A page elsewhere whose name leads here would be of the same site.
            if !self.is_called_by_name(&parts.headers) {
                return reply::of_error(Error::CrossSiteRequest, request_id).await;
            }
            return self.doors.answer(door, parts, body, request_id).await;
        }
        let (route_key, function, parameters) = match found {
            Found::Route(route, parameters) => (route.key(), route.function, parameters),
            Found::OtherMethods(_) | Found::Nothing => {
                (DEFAULT_KEY.to_owned(), portal::DEFAULT_FUNCTION, BTreeMap::new())
            }
        };
        let now = OffsetDateTime::from_unix_timestamp(self.clock.now().unix_seconds());
        let arrival = Arrival {
            parts,
            path: &path,
            body,
            source: peer.ip(),
            authority: &self.authority(&parts.headers),
            request_id,
            now: now.unwrap_or(OffsetDateTime::UNIX_EPOCH),
        };
        self.invoke(function, arrival.event(&route_key, &parameters)).await
    }

    /// Passes on what the function answers in time.
    async fn invoke(&self, function: &str, event: Value) -> Reply {
        let answer = async {
            if function == provider::FUNCTION {
                self.provider.invoke(event).await
            } else {
                self.functions.invoke(function, event).await
            }
        };
        let Ok(answer) = tokio::time::timeout(ANSWER_WITHIN, answer).await else {
            return reply::of_gateway(StatusCode::SERVICE_UNAVAILABLE);
        };
        if let Err(error) = &answer {
            tracing::error!(function, %error, "no answer");
        }
        reply::of_function(answer)
    }

    /// This gateway's own two names.
    fn names(&self) -> [String; 2] {
        [self.address.to_string(), format!("localhost:{}", self.address.port())]
    }

    fn is_called_by_name(&self, headers: &HeaderMap) -> bool {
        headers.get(HOST).is_none_or(|host| self.names().iter().any(|name| host == name.as_str()))
    }

    /// The host that a function is told: one of this gateway's own names, whatever the client claims.
    fn authority(&self, headers: &HeaderMap) -> String {
        let [address, localhost] = self.names();
        if headers.get(HOST).is_some_and(|host| host == localhost.as_str()) { localhost } else { address }
    }
}

fn head_bytes(parts: &Parts) -> usize {
    let target = parts.uri.path_and_query().map_or(0, |target| target.as_str().len());
    let headers: usize = parts.headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    parts.method.as_str().len() + target + headers
}

/// Reads a body; one that is too large is read on for a while, so that its sender gets to see the answer.
async fn read<B: Body<Data = Bytes> + Unpin>(mut body: B) -> Result<Vec<u8>, StatusCode> {
    let mut bytes = Vec::new();
    let mut length = 0;
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame.map_err(|_| StatusCode::BAD_REQUEST)?.into_data() else { continue };
        length += frame.len();
        if length <= BODY_BYTES_MAX {
            bytes.extend_from_slice(&frame);
        } else if length > DISCARDED_BYTES_MAX {
            break;
        }
    }
    if length > BODY_BYTES_MAX { Err(StatusCode::PAYLOAD_TOO_LARGE) } else { Ok(bytes) }
}

//! TLS in front of a plain server on loopback, as slow to shake hands as one likes.

use std::io::Write;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rcgen::{CertifiedKey, generate_simple_self_signed};
use tempfile::NamedTempFile;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{AbortHandle, JoinSet};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

/// Ends with all its connections when it is dropped.
#[derive(Debug)]
pub struct TlsFront {
    address: SocketAddr,
    certificate: NamedTempFile,
    connections: Arc<Connections>,
    accepting: AbortHandle,
}

#[derive(Debug, Default)]
struct Connections {
    running: Mutex<JoinSet<()>>,
    made: AtomicU64,
}

impl TlsFront {
    /// Passes on to the server at `url`, `http://ADDRESS:PORT`; each handshake begins after `delay`.
    #[must_use]
    pub fn start(url: &str, delay: Duration) -> Self {
        let behind: SocketAddr = url.trim_start_matches("http://").parse().expect("an address");
        let made = generate_simple_self_signed(["127.0.0.1".to_owned()]);
        let CertifiedKey { cert, signing_key } = made.expect("a certificate");
        let mut certificate = NamedTempFile::new().expect("a temporary file");
        certificate.write_all(cert.pem().as_bytes()).expect("writable");
        let key = PrivateKeyDer::try_from(signing_key.serialize_der()).expect("a key");
        let config = ServerConfig::builder().with_no_client_auth().with_single_cert(vec![cert.der().clone()], key);
        let acceptor = TlsAcceptor::from(Arc::new(config.expect("a pair")));
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        listener.set_nonblocking(true).expect("a socket");
        let address = listener.local_addr().expect("an address");
        let listener = TcpListener::from_std(listener).expect("a runtime");
        let connections = Arc::<Connections>::default();
        let accepted = Arc::clone(&connections);
        let accepting = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                accepted.made.fetch_add(1, Ordering::Relaxed);
                let passing = pass_on(acceptor.clone(), stream, behind, delay);
                accepted.running.lock().unwrap_or_else(PoisonError::into_inner).spawn(passing);
            }
        });
        Self { address, certificate, connections, accepting: accepting.abort_handle() }
    }

    /// Where it listens, `https://…`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("https://{}", self.address)
    }

    /// The file with its certificate, which signs itself.
    #[must_use]
    pub fn certificate(&self) -> &Path {
        self.certificate.path()
    }

    /// How many connections were made until now.
    #[must_use]
    pub fn connections_made(&self) -> u64 {
        self.connections.made.load(Ordering::Relaxed)
    }

    /// Closes all connections; returns when they are closed.
    pub async fn drop_connections(&self) {
        let mut running = std::mem::take(&mut *self.connections.running.lock().unwrap_or_else(PoisonError::into_inner));
        running.shutdown().await;
    }
}

impl Drop for TlsFront {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn pass_on(acceptor: TlsAcceptor, stream: TcpStream, behind: SocketAddr, delay: Duration) {
    tokio::time::sleep(delay).await;
    let Ok(mut outside) = acceptor.accept(stream).await else { return };
    let Ok(mut inside) = TcpStream::connect(behind).await else { return };
    // Either side may go away at any moment.
    let _ = tokio::io::copy_bidirectional(&mut outside, &mut inside).await;
}

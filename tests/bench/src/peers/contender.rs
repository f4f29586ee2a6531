//! Whatever is measured: a server on loopback, its people and their keys.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::process::Command;

use shared::secret::random_bytes;

use crate::connection::{Connection, Header};

/// What a contender does over a connection.
pub(crate) type Work<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// The headers by which a session is known.
pub(crate) type Session = Vec<Header>;

/// Where a contender keeps its data and listens, the same in all rounds.
pub(crate) struct Place {
    pub(crate) folder: PathBuf,
    pub(crate) address: SocketAddr,
    /// For what has a second port.
    pub(crate) admin: SocketAddr,
}

/// Somebody with an account.
#[derive(Debug)]
pub(crate) struct Person {
    pub(crate) name: String,
    /// Of the one-time codes, in base32.
    pub(crate) secret: Option<String>,
    /// The time step of the last code that was used.
    pub(crate) last_step: Cell<i64>,
    /// The cookie by which the browser is recognised, where it has one.
    pub(crate) device: RefCell<Option<String>>,
}

/// A key that was made.
pub(crate) struct Key {
    pub(crate) id: String,
    pub(crate) value: String,
}

/// A sign-in that waits for its second factor.
pub(crate) struct Challenge {
    pub(crate) session: Session,
    pub(crate) token: String,
}

/// A server with accounts.
pub(crate) trait Contender {
    /// As the tables show it.
    fn name(&self) -> &'static str;

    /// Where it is.
    fn place(&self) -> &Place;

    /// Makes what must be there before the first start.
    fn prepare(&self, with_codes: usize);

    /// The server.
    fn server(&self) -> Command;

    /// Everybody: first one without a second factor, then `with_codes` with one. Over HTTP, or as prepared.
    fn people<'a>(&'a self, connection: &'a mut Connection, with_codes: usize) -> Work<'a, Vec<Person>>;

    /// What says who holds a credential, by `GET`.
    fn check_path(&self) -> &'static str;

    /// Signs in with the password alone.
    fn sign_in<'a>(&'a self, connection: &'a mut Connection, person: &'a Person) -> Work<'a, Session>;

    /// Proves the password of somebody with a second factor.
    fn begin<'a>(&'a self, connection: &'a mut Connection, person: &'a Person) -> Work<'a, Challenge>;

    /// Ends that sign-in with a code: a session is there afterwards.
    fn finish<'a>(&'a self, connection: &'a mut Connection, challenge: &'a Challenge, code: &'a str) -> Work<'a, ()>;

    /// Its API keys, where it has them; else a session's token is what is checked.
    fn keys(&self) -> Option<&dyn Keys> {
        None
    }
}

/// The API keys of one user.
pub(crate) trait Keys {
    /// The header that carries a key.
    fn header(&self, value: &str) -> Header;

    /// Makes one that ends in 90 days.
    fn create<'a>(&'a self, connection: &'a mut Connection, session: &'a Session, name: &'a str) -> Work<'a, Key>;

    /// How many there are.
    fn list<'a>(&'a self, connection: &'a mut Connection, session: &'a Session) -> Work<'a, usize>;

    /// Gives the key a new value, where that can be done.
    fn rotate<'a>(
        &'a self,
        _connection: &'a mut Connection,
        _session: &'a Session,
        _key: &'a Key,
    ) -> Option<Work<'a, Key>> {
        None
    }

    /// Removes it.
    fn delete<'a>(&'a self, connection: &'a mut Connection, session: &'a Session, key: &'a Key) -> Work<'a, ()>;
}

/// Listens below the ports that a system gives to whoever connects (from 32768 on Linux): who knocks at one of those
/// before anybody listens may be given it, and is then connected with itself.
fn any_listener() -> TcpListener {
    loop {
        let port = 10_000 + u16::from_le_bytes(random_bytes().expect("randomness")) % 20_000;
        if let Ok(listener) = TcpListener::bind(("127.0.0.1", port)) {
            return listener;
        }
    }
}

impl Place {
    /// In this folder, on ports that are free now.
    pub(crate) fn new(folder: PathBuf) -> Self {
        let listeners = [(); 2].map(|()| any_listener());
        let [address, admin] = listeners.each_ref().map(|listener| listener.local_addr().expect("an address"));
        std::fs::create_dir_all(&folder).expect("a folder");
        Self { folder, address, admin }
    }

    /// As a browser names it.
    pub(crate) fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The one database file of a peer.
    pub(crate) fn database(&self) -> String {
        self.folder.join("database.sqlite").to_string_lossy().into_owned()
    }
}

impl Person {
    /// Somebody without a second factor, or with this one.
    pub(crate) fn new(name: &str, secret: Option<&str>) -> Self {
        let secret = secret.map(str::to_owned);
        Self { name: name.to_owned(), secret, last_step: Cell::new(0), device: RefCell::default() }
    }
}

/// What is installed for a peer.
pub(crate) fn installed(peer: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/peers").join(peer)
}

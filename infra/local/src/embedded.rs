//! The embedded DynamoDB: in this process, on a loopback port of its own.

use std::path::PathBuf;

use dynoxide::Database;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::error::StartError;
use crate::folder::Folder;
use crate::trim::Trim;

/// Where the database is in the data folder.
const FILE: &str = "table.sqlite";

/// A running DynamoDB.
pub struct EmbeddedDynamoDb {
    /// What is behind its API.
    pub database: Database,
    /// Where its API is.
    pub endpoint: String,
    stop: oneshot::Sender<()>,
    server: JoinHandle<Result<(), String>>,
    file: Option<PathBuf>,
}

impl EmbeddedDynamoDb {
    /// Starts it on the database in `folder`, or on one in memory.
    ///
    /// A database on disk is in write-ahead mode with full synchronisation, the build's default:
    /// what was acknowledged survives the end of the process and of the machine.
    ///
    /// # Errors
    /// `Store` when the database cannot be made, `Io` when there is no port.
    pub async fn start(folder: Option<&Folder>) -> Result<Self, StartError> {
        let file = folder.map(|folder| folder.join(FILE));
        let database = match &file {
            Some(file) => Database::new(&file.to_string_lossy()),
            None => Database::memory(),
        };
        let database = database.map_err(|error| failed(&error))?;
        let listener = TcpListener::bind("127.0.0.1:0").await.map_err(StartError::io("embedded DynamoDB"))?;
        let address = listener.local_addr().map_err(StartError::io("embedded DynamoDB"))?;
        let (stop, stopped) = oneshot::channel();
        let until = async move { drop(stopped.await) };
        let server = tokio::spawn(dynoxide::server::serve_with_shutdown(listener, database.clone(), until));
        Ok(Self { database, endpoint: format!("http://{address}"), stop, server, file })
    }

    /// What forgets its stream's records; nothing where it has no file.
    ///
    /// # Errors
    /// As [`Trim::open`].
    pub fn trim(&self) -> Result<Option<Trim>, StartError> {
        self.file.as_deref().map(Trim::open).transpose()
    }

    /// Whether it holds this table.
    ///
    /// # Errors
    /// `Store` when the database cannot be read.
    pub fn has(&self, table: &str) -> Result<bool, StartError> {
        self.database.get_table_metadata(table).map(|table| table.is_some()).map_err(|error| failed(&error))
    }

    /// The files it keeps in `folder`.
    #[must_use]
    pub fn files(folder: &Folder) -> [PathBuf; 3] {
        ["", "-wal", "-shm"].map(|end| folder.join(&format!("{FILE}{end}")))
    }

    /// Ends it once what runs has finished.
    pub async fn shutdown(self) {
        let _ = self.stop.send(());
        if let Ok(Err(error)) = self.server.await {
            tracing::error!(error, "embedded DynamoDB ended badly");
        }
    }
}

fn failed(error: &dynoxide::DynoxideError) -> StartError {
    StartError::Store(error.to_string())
}

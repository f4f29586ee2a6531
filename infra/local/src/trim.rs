//! Forgets what the stream has brought, which the embedded DynamoDB does not do by itself: it keeps every record and
//! looks through all of them at each write, so that a write takes the longer the more there were.

use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rusqlite::Connection;
use shared::Error;

use crate::error::StartError;

/// What the embedded DynamoDB adds to the numbers that it keeps.
const NUMBERS_BEGIN: u128 = 100_000_000_000_000_000_000;
/// Milliseconds are a long time here, and the next reading of the stream is soon.
const WAIT_MAX: Duration = Duration::from_millis(100);

/// A second connection to its database file.
pub struct Trim(Mutex<Connection>);

impl Trim {
    /// To the database in this file, which the embedded DynamoDB has opened before.
    ///
    /// # Errors
    /// `Store` when it cannot be opened.
    pub fn open(file: &Path) -> Result<Self, StartError> {
        let open = || {
            let connection = Connection::open(file)?;
            connection.busy_timeout(WAIT_MAX)?;
            // What is forgotten may be there again after the machine has failed.
            connection.pragma_update(None, "synchronous", "NORMAL")?;
            Ok(connection)
        };
        open()
            .map(|connection| Self(Mutex::new(connection)))
            .map_err(|error: rusqlite::Error| StartError::Store(error.to_string()))
    }

    /// Forgets the records before `last`, a sequence number. That one stays: the next number is the one after it.
    ///
    /// # Errors
    /// `Unavailable` when the database is busy for too long; `Internal` when it has another form than that of the
    /// version that this was written for.
    pub fn forget_before(&self, last: &str) -> Result<(), Error> {
        let kept = last.parse::<u128>().ok().and_then(|number| i64::try_from(number.checked_sub(NUMBERS_BEGIN)?).ok());
        let kept = kept.ok_or_else(|| Error::internal(format!("{last} is no sequence number of the stream")))?;
        let forgotten = "DELETE FROM _stream_records WHERE CAST(sequence_number AS INTEGER) < ?1";
        let connection = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match connection.execute(forgotten, [kept]) {
            Ok(_) => Ok(()),
            Err(error) if error.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseBusy) => {
                Err(Error::unavailable(error.to_string()))
            }
            Err(error) => Err(Error::internal(error.to_string())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_number_of_the_stream_forgets_nothing() {
        let trim = Trim(Mutex::new(Connection::open_in_memory().expect("a database")));
        for last in ["", "last", "99999999999999999999", "-1"] {
            assert!(matches!(trim.forget_before(last), Err(Error::Internal(_))), "{last}");
        }
    }
}

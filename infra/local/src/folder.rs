//! Where a stack keeps what must outlive it, and the lock that keeps a second stack out.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::error::StartError;

/// A folder that this stack alone uses until it is dropped.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    _held: Held,
}

#[derive(Debug)]
enum Held {
    Lock { _file: File },
    Temporary { _folder: TempDir },
}

impl Folder {
    /// Opens or makes the folder at `path` and locks it; the lock ends with the process, however it ends.
    ///
    /// # Errors
    /// `DataInUse` when another stack has it, `Io` when it cannot be made.
    pub fn open(path: &Path) -> Result<Self, StartError> {
        let failed = || StartError::io(format!("data folder {}", path.display()));
        DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(failed())?;
        let path = path.canonicalize().map_err(failed())?;
        let lock = private().write(true).create(true).truncate(false).open(path.join("lock")).map_err(failed())?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path, _held: Held::Lock { _file: lock } }),
            Err(TryLockError::WouldBlock) => Err(StartError::DataInUse(path)),
            Err(TryLockError::Error(error)) => Err(failed()(error)),
        }
    }

    /// A new folder that is removed with this value.
    ///
    /// # Errors
    /// `Io` when it cannot be made.
    pub fn temporary() -> Result<Self, StartError> {
        let folder = TempDir::with_prefix("user-settings-").map_err(StartError::io("temporary folder"))?;
        Ok(Self { path: folder.path().to_owned(), _held: Held::Temporary { _folder: folder } })
    }

    /// Where something in it is.
    #[must_use]
    pub fn join(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// What stands in the file `name`, if there is one.
    ///
    /// # Errors
    /// When there is one that cannot be read.
    pub fn read(&self, name: &str) -> io::Result<Option<String>> {
        match fs::read_to_string(self.join(name)) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Replaces the file `name` as a whole: a reader finds the old text or the new one.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn write(&self, name: &str, text: &str) -> io::Result<()> {
        let new = self.join(&format!("{name}.new"));
        let mut file = private().write(true).create(true).truncate(true).open(&new)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(new, self.join(name))
    }
}

/// For the owner's eyes only.
fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.mode(0o600);
    options
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_second_stack_is_kept_out_until_the_first_ends() {
        let parent = TempDir::new().expect("a temporary folder");
        let path = parent.path().join("data");
        let first = Folder::open(&path).expect("a free folder");
        assert!(matches!(Folder::open(&path), Err(StartError::DataInUse(_))));
        drop(first);
        Folder::open(&path).expect("free again");
    }

    #[test]
    fn files_are_replaced_whole_and_private() {
        let folder = Folder::temporary().expect("a temporary folder");
        assert_eq!(folder.read("a").expect("readable"), None);
        for text in ["longer than the next", "short"] {
            folder.write("a", text).expect("writable");
            assert_eq!(folder.read("a").expect("readable").as_deref(), Some(text));
        }
        let mode = fs::metadata(folder.join("a")).expect("a file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

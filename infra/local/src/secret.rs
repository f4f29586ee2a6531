//! The generated secret, which Secrets Manager holds in the cloud and a private file holds here.

use std::path::PathBuf;

use data_encoding::HEXUPPER;
use serde_json::json;
use shared::secret::{Secret, random_bytes};

use crate::error::StartError;
use crate::folder::Folder;

/// The file's name.
const FILE: &str = "secret.json";

/// The file in `folder`.
#[must_use]
pub fn file(folder: &Folder) -> PathBuf {
    folder.join(FILE)
}

/// The secret from `folder`, generated once.
///
/// # Errors
/// `Io` when the file is out of reach, `Service` when the system has no randomness.
pub fn text(folder: &Folder) -> Result<Secret, StartError> {
    let failed = || StartError::io(format!("data folder, {FILE}"));
    if let Some(text) = folder.read(FILE).map_err(failed())? {
        return Ok(Secret::new(text));
    }
    let generated = HEXUPPER.encode(&random_bytes::<32>().map_err(StartError::Service)?);
    let text = json!({"current": "1", "1": generated}).to_string();
    folder.write(FILE, &text).map_err(failed())?;
    Ok(Secret::new(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_secret_is_generated_once_per_folder() {
        let folder = Folder::temporary().expect("a temporary folder");
        let first = text(&folder).expect("a secret");
        assert_eq!(text(&folder).expect("a secret").expose(), first.expose());
        let other = Folder::temporary().expect("a temporary folder");
        assert_ne!(text(&other).expect("a secret").expose(), first.expose());
        shared::keyring::Keyring::parse(first.expose()).expect("a secret of the form that the service reads");
    }
}

//! The generated secret, which Secrets Manager holds in the cloud and a private file holds here.

use std::collections::BTreeMap;
use std::path::PathBuf;

use data_encoding::HEXUPPER;
use serde_json::json;
use shared::secret::{Secret, random_bytes};

use crate::error::StartError;
use crate::folder::Folder;

/// The file's name.
const FILE: &str = "secret.json";

/// What an operator does to the secret, one step of a rotation at a time.
#[derive(Clone, Copy, Debug)]
pub enum SecretChange {
    /// Generates a version beside the others.
    Add(u32),
    /// Makes a version the one that new work uses.
    MakeCurrent(u32),
    /// Takes a version away.
    Remove(u32),
}

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
    if let Some(text) = folder.read(FILE).map_err(failed())? {
        return Ok(Secret::new(text));
    }
    let text = json!({"current": "1", "1": generate()?}).to_string();
    write(folder, &text)?;
    Ok(Secret::new(text))
}

/// Changes the secret in `folder`, whatever comes of it. Functions know of it when they read the secret again.
///
/// # Errors
/// As [`text`], and `Service` when it is no object of texts.
pub fn change(folder: &Folder, change: SecretChange) -> Result<(), StartError> {
    let text = text(folder)?;
    let parsed: Result<BTreeMap<String, String>, _> = serde_json::from_str(text.expose());
    let mut members = parsed.map_err(|error| StartError::Service(shared::Error::internal(error)))?;
    match change {
        SecretChange::Add(version) => members.insert(version.to_string(), generate()?),
        SecretChange::MakeCurrent(version) => members.insert("current".to_owned(), version.to_string()),
        SecretChange::Remove(version) => members.remove(&version.to_string()),
    };
    write(folder, &json!(members).to_string())
}

fn generate() -> Result<String, StartError> {
    Ok(HEXUPPER.encode(&random_bytes::<32>().map_err(StartError::Service)?))
}

fn write(folder: &Folder, text: &str) -> Result<(), StartError> {
    folder.write(FILE, text).map_err(failed())
}

fn failed() -> impl FnOnce(std::io::Error) -> StartError {
    StartError::io(format!("data folder, {FILE}"))
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

    #[test]
    fn a_rotation_keeps_the_other_version_until_it_is_removed() {
        let folder = Folder::temporary().expect("a temporary folder");
        let members = || serde_json::from_str(text(&folder).expect("a secret").expose()).expect("an object");
        let first: BTreeMap<String, String> = members();
        for step in [SecretChange::Add(2), SecretChange::MakeCurrent(2)] {
            change(&folder, step).expect("changed");
        }
        let both: BTreeMap<String, String> = members();
        assert_eq!((both["current"].as_str(), &both["1"]), ("2", &first["1"]));
        assert_ne!(both["1"], both["2"]);
        change(&folder, SecretChange::Remove(1)).expect("changed");
        assert_eq!(members().keys().collect::<Vec<_>>(), ["2", "current"]);
    }
}

//! A stored password: what is not one of ours is a fault, takes no memory, and opens for nobody.

use std::sync::LazyLock;

use shared::Error;
use shared::keyring::{Keyring, SecretVersion};
use shared::password::{Hasher, Password, StoredPassword};
use shared::secret::Secret;

use crate::{block_on, text};

/// One for all inputs, as in a function: what one of them makes it take, the next one finds taken.
static HASHER: LazyLock<Hasher> = LazyLock::new(|| Hasher::with_params(8, 1).expect("valid parameters"));
static KEYRING: LazyLock<Keyring> = LazyLock::new(|| {
    Keyring::parse(&format!(r#"{{"current":"1","1":"{}"}}"#, "k".repeat(64))).expect("a valid secret")
});

pub(crate) fn check(input: &[u8]) {
    let Some(phc) = text(input) else { return };
    let secret_version = SecretVersion::parse("1").expect("a version");
    let stored = StoredPassword { phc: phc.to_owned(), secret_version };
    let (right, wrong) = (Password::new(&Secret::new("correct horse")), Password::new(&Secret::new("wrong horse")));
    let _ = HASHER.is_outdated(&stored, &KEYRING);
    let is_right = match block_on(HASHER.verify(&right, &stored, &KEYRING)) {
        Ok(is_right) => is_right,
        Err(Error::Internal(_)) => return,
        Err(error) => panic!("{error:?}"),
    };
    let fields: Vec<&str> = phc.split('$').collect();
    let has_form = fields.len() == 6 && fields[..3] == ["", "argon2id", "v=19"] && fields[3].starts_with("m=");
    assert!(has_form, "{phc} is not one of ours");
    if is_right {
        assert!(!block_on(HASHER.verify(&wrong, &stored, &KEYRING)).expect("as the right one"), "{phc} opens for all");
    }
}

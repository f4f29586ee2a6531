//! Recovery codes: 80 random bits each, hashed under one salt per set, so that an attempt costs one hash.
//!
//! No pepper is in them (OWASP ASVS 6.5.2 asks for a salt): nobody guesses 80 random bits, and a set of which one code
//! is shown at a time could not follow the secret to its next version.

use subtle::ConstantTimeEq;

use crate::error::Result;
use crate::password::Hasher;
use crate::secret::{Secret, random_bytes};

/// Codes of one set.
pub const CODES: usize = 10;
const SALT_LENGTH: usize = 16;
/// Crockford's base32: no i, l, o or u.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// A set as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredCodes {
    /// One salt for the set.
    pub salt: Vec<u8>,
    /// Argon2id of each unused code.
    pub digests: Vec<Vec<u8>>,
}

/// A new set: the codes to show once, and what is stored of them.
///
/// # Errors
/// `Internal` when the system has no randomness to give.
pub async fn generate(hasher: &Hasher) -> Result<(Vec<String>, StoredCodes)> {
    let salt = random_bytes::<SALT_LENGTH>()?.to_vec();
    let mut codes = Vec::with_capacity(CODES);
    let mut digests = Vec::with_capacity(CODES);
    for _ in 0..CODES {
        let code = new_code()?;
        digests.push(hasher.digest_code(&normalize(&code), &salt).await?);
        codes.push(code);
    }
    Ok((codes, StoredCodes { salt, digests }))
}

/// The stored digest that `typed` opens, if it is an unused code; accepted in any case, with or without separators.
///
/// # Errors
/// `Internal` when Argon2 refuses its input.
pub async fn matching_digest(typed: &Secret, stored: &StoredCodes, hasher: &Hasher) -> Result<Option<Vec<u8>>> {
    let digest = hasher.digest_code(&normalize(typed.expose()), &stored.salt).await?;
    let is_among = stored.digests.iter().fold(subtle::Choice::from(0), |found, known| found | known.ct_eq(&digest));
    Ok(bool::from(is_among).then_some(digest))
}

/// Sixteen characters in groups of four.
fn new_code() -> Result<String> {
    let bits = random_bytes::<16>()?;
    let mut code = String::with_capacity(19);
    for (index, byte) in bits.iter().enumerate() {
        if index > 0 && index % 4 == 0 {
            code.push('-');
        }
        code.push(char::from(ALPHABET.get(usize::from(byte % 32)).copied().unwrap_or(b'0')));
    }
    Ok(code)
}

/// Lower case, without separators, and with the letters that are mistaken for digits read as those.
fn normalize(typed: &str) -> Secret {
    let text: String = typed
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| match c.to_ascii_lowercase() {
            'o' => '0',
            'i' | 'l' => '1',
            other => other,
        })
        .collect();
    Secret::new(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_has_eighty_bits_in_groups() {
        let code = new_code().expect("randomness");
        assert_eq!(code.len(), 19);
        assert!(code.split('-').all(|group| group.len() == 4));
        assert_eq!(normalize(&code.to_uppercase()).expose(), code.replace('-', ""));
    }

    #[test]
    fn every_character_of_the_alphabet_occurs() {
        let codes: String = (0..64).map(|_| new_code().expect("randomness")).collect();
        assert!(ALPHABET.iter().all(|character| codes.contains(char::from(*character))), "{codes}");
    }

    #[test]
    fn letters_that_are_mistaken_for_digits_are_read_as_those() {
        assert_eq!(normalize("oO0 iI1-lL1.uU\u{e9}").expose(), "000111111uu");
    }

    #[tokio::test]
    async fn a_code_is_accepted_in_any_case_and_grouping() {
        let hasher = Hasher::with_params(8, 1).expect("valid parameters");
        let (codes, stored) = generate(&hasher).await.expect("a set");
        assert_eq!(codes.len(), CODES);
        let typed = Secret::new(codes[3].to_uppercase().replace('-', " "));
        let found = matching_digest(&typed, &stored, &hasher).await.expect("checked");
        assert_eq!(found.as_ref(), Some(&stored.digests[3]));
        let wrong = Secret::new("0000-0000-0000-0000");
        assert_eq!(matching_digest(&wrong, &stored, &hasher).await.expect("checked"), None);
    }
}

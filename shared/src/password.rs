//! Passwords: what may be one, and Argon2id (RFC 9106) under a pepper.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, Zeroizing};

use crate::error::{Error, PasswordReason, Result};
use crate::keyring::{Keyring, Keys, SecretVersion};
use crate::name;
use crate::secret::{Secret, random_bytes};

/// Fewest characters without MFA (NIST SP 800-63B-4 §3.1.1.2).
pub const CHARACTERS_MIN: usize = 15;
/// Fewest characters while MFA is on.
pub const CHARACTERS_MIN_WITH_MFA: usize = 8;
/// Most characters.
pub const CHARACTERS_MAX: usize = 128;
/// Shortest part of a name that a password must not hold.
const CONTEXT_CHARACTERS_MIN: usize = 3;
/// Shortest word of a full name that a password must not hold.
const NAME_WORD_CHARACTERS_MIN: usize = 4;

/// A password in Normalization Form C, as it is judged and hashed.
#[derive(Clone, Debug)]
pub struct Password(Secret);

impl Password {
    /// Normalises what was typed.
    #[must_use]
    pub fn new(typed: &Secret) -> Self {
        Self(Secret::new(name::nfc(typed.expose())))
    }

    /// Code points.
    #[must_use]
    pub fn characters(&self) -> usize {
        self.0.expose().chars().count()
    }

    /// Whether both are the same text; compares in constant time.
    #[must_use]
    pub fn is_same_as(&self, other: &Self) -> bool {
        self.0.expose().as_bytes().ct_eq(other.0.expose().as_bytes()).into()
    }

    /// Whether it is long enough to stand without MFA.
    #[must_use]
    pub fn is_long(&self) -> bool {
        self.characters() >= CHARACTERS_MIN
    }
}

/// What a password is judged against.
pub struct Context<'a> {
    /// Whether the user has a second factor.
    pub is_mfa_enabled: bool,
    /// The user's name.
    pub user_name: &'a str,
    /// The user's address, if any.
    pub email: Option<&'a str>,
    /// The user's full name, if any.
    pub full_name: Option<&'a str>,
    /// The account's name.
    pub account_name: &'a str,
}

impl Context<'_> {
    /// Fewest characters a password needs here.
    #[must_use]
    pub const fn characters_min(&self) -> usize {
        if self.is_mfa_enabled { CHARACTERS_MIN_WITH_MFA } else { CHARACTERS_MIN }
    }

    fn words(&self) -> Vec<String> {
        let local_part = self.email.and_then(|email| email.split('@').next());
        // "Dorsten, Anne-Marie" has three words, none of them with a comma.
        let name_words = self.full_name.unwrap_or_default().split(is_between_words);
        let name_words = name_words.filter(|word| word.chars().count() >= NAME_WORD_CHARACTERS_MIN);
        [self.user_name, self.account_name]
            .into_iter()
            .chain(local_part)
            .filter(|word| word.chars().count() >= CONTEXT_CHARACTERS_MIN)
            .chain(name_words)
            .map(name::fold)
            .collect()
    }

    fn is_hard_to_guess(&self, text: &str, words: &[String]) -> bool {
        let score_min = if self.is_mfa_enabled { zxcvbn::Score::Two } else { zxcvbn::Score::Three };
        let inputs: Vec<&str> = words.iter().map(String::as_str).collect();
        let is_hard = |characters| zxcvbn::zxcvbn(beginning(text, characters), &inputs).score() >= score_min;
        is_hard(BEGINNING_CHARACTERS) || is_hard(JUDGED_CHARACTERS_MAX)
    }

    /// Every reason why `password` may not be used; none when it may.
    #[must_use]
    pub fn reasons_against(&self, password: &Password) -> Vec<PasswordReason> {
        let text = password.0.expose();
        let characters = password.characters();
        if characters > CHARACTERS_MAX {
            return vec![PasswordReason::TooLong];
        }
        let mut reasons = Vec::new();
        if characters < self.characters_min() {
            reasons.push(PasswordReason::TooShort);
        }
        let words = self.words();
        let folded = name::fold(text);
        if is_common(&folded) {
            reasons.push(PasswordReason::Common);
        }
        if !self.is_hard_to_guess(text, &words) {
            reasons.push(PasswordReason::Guessable);
        }
        if words.iter().any(|word| folded.contains(word.as_str())) {
            reasons.push(PasswordReason::ContainsContext);
        }
        reasons
    }
}

/// Blanks, punctuation of ASCII, and the dashes and quotation marks of General Punctuation (U+2010–U+201F).
const fn is_between_words(c: char) -> bool {
    c.is_whitespace() || c.is_ascii_punctuation() || matches!(c, '\u{2010}'..='\u{201F}')
}

/// Whether the whole of `folded` stands in the list of common passwords that the estimator carries.
fn is_common(folded: &str) -> bool {
    use zxcvbn::matching::patterns::MatchPattern;

    if folded.chars().count() > COMMON_CHARACTERS_MAX {
        return false;
    }
    let estimate = zxcvbn::zxcvbn(beginning(folded, COMMON_CHARACTERS_MAX), &[]);
    let [only] = estimate.sequence() else { return false };
    match &only.pattern {
        MatchPattern::Dictionary(found) => {
            !found.l33t && !found.reversed && format!("{:?}", found.dictionary_name) == "Passwords"
        }
        _ => false,
    }
}

/// Longer than any password of the list.
const COMMON_CHARACTERS_MAX: usize = 24;
/// What is judged first: whoever needs many guesses for a part needs no fewer for the whole.
const BEGINNING_CHARACTERS: usize = 24;
/// What is judged at most.
const JUDGED_CHARACTERS_MAX: usize = 100;
/// Most readings of the substituted characters, times the square of the characters, that one estimate may try.
const ESTIMATE_WORK_MAX: usize = 16 * JUDGED_CHARACTERS_MAX * JUDGED_CHARACTERS_MAX;
/// The characters that the estimator reads as each letter; it tries every combination of those that occur.
const SUBSTITUTES: [&str; 12] = ["4@", "8", "({[<", "3", "69", "1!|", "1|7", "0", "$5", "+7", "%", "2"];

/// The first characters of `text`, fewer where the estimator would have too many readings of them to try.
fn beginning(text: &str, characters: usize) -> &str {
    let occurring = |letters: &&str| letters.chars().filter(|c| text.contains(*c)).count().max(1);
    let readings: usize = SUBSTITUTES.iter().map(occurring).product();
    let affordable = (ESTIMATE_WORK_MAX / readings).isqrt();
    let end = text.char_indices().nth(characters.min(affordable)).map_or(text.len(), |(at, _)| at);
    text.get(..end).unwrap_or(text)
}

/// The Argon2id parameters that OWASP's Password Storage Cheat Sheet names first for 19 MiB.
const MEMORY_KIB: u32 = 19_456;
const ITERATIONS: u32 = 2;
const LANES: u32 = 1;
/// Above these a stored hash is not one of ours: refused before it takes the memory it asks for.
const MEMORY_KIB_MAX: u32 = 65_536;
const ITERATIONS_MAX: u32 = 16;
const SALT_LENGTH: usize = 16;
const OUTPUT_LENGTH: usize = 32;

/// A password as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredPassword {
    /// Parameters, salt and hash as a PHC string.
    pub phc: String,
    /// The version of the secret whose pepper is in it.
    pub secret_version: SecretVersion,
}

/// Argon2id with memory that is allocated once, reused, and wiped after each hash.
#[derive(Clone)]
pub struct Hasher {
    params: Params,
    idle: Arc<Mutex<Vec<Vec<Block>>>>,
    hashes: Arc<AtomicU64>,
    /// Bounds the hashes at work in a process that serves many requests at once.
    permits: Option<Arc<tokio::sync::Semaphore>>,
}

impl fmt::Debug for Hasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hasher").field("params", &self.params).finish_non_exhaustive()
    }
}

impl Hasher {
    /// For a function: one request at a time, hashed on the spot.
    ///
    /// # Errors
    /// Never: the parameters are constants.
    pub fn new() -> Result<Self> {
        Self::with_params(MEMORY_KIB, ITERATIONS)
    }

    /// With other costs, for tests: `memory_kib` from 8.
    ///
    /// # Errors
    /// `Internal` for parameters that Argon2 does not take.
    pub fn with_params(memory_kib: u32, iterations: u32) -> Result<Self> {
        let params = Params::new(memory_kib, iterations, LANES, Some(OUTPUT_LENGTH))
            .map_err(|e| Error::internal(e.to_string()))?;
        Ok(Self { params, idle: Arc::default(), hashes: Arc::default(), permits: None })
    }

    /// For a server that runs many requests at once: at most `at_once` hashes, off the async threads.
    #[must_use]
    pub fn bounded(mut self, at_once: usize) -> Self {
        self.permits = Some(Arc::new(tokio::sync::Semaphore::new(at_once)));
        self
    }

    /// Hashes so far, of this and its clones, whatever they were for.
    #[must_use]
    pub fn hashes(&self) -> u64 {
        self.hashes.load(Ordering::Relaxed)
    }

    /// Hashes a password under the current pepper and a new salt.
    ///
    /// # Errors
    /// `Internal` when the system has no randomness to give.
    pub async fn hash(&self, password: &Password, keyring: &Keyring) -> Result<StoredPassword> {
        let keys = keyring.current()?;
        let salt = random_bytes::<SALT_LENGTH>()?;
        let output = self.digest(password.0.clone(), salt.to_vec(), Some(keys), self.params.clone()).await?;
        let phc = PasswordHash {
            algorithm: Algorithm::Argon2id.ident(),
            version: Some(Version::V0x13.into()),
            params: ParamsString::try_from(&self.params).map_err(internal)?,
            salt: Some(Salt::new(&salt).map_err(internal)?),
            hash: Some(Output::new(&output).map_err(internal)?),
        };
        Ok(StoredPassword { phc: phc.to_string(), secret_version: keys.version })
    }

    /// Whether `password` is the stored one; compares in constant time.
    ///
    /// # Errors
    /// `Internal` when the stored hash cannot be read or its pepper is gone.
    pub async fn verify(&self, password: &Password, stored: &StoredPassword, keyring: &Keyring) -> Result<bool> {
        let phc = PasswordHash::new(&stored.phc).map_err(internal)?;
        let params = Params::try_from(&phc).map_err(internal)?;
        // What it leaves out would else be taken as it is today, and another version as this one.
        let is_ours = phc.algorithm == Algorithm::Argon2id.ident()
            && phc.version == Some(Version::V0x13.into())
            && ParamsString::try_from(&params).is_ok_and(|written| written == phc.params)
            && params.m_cost() <= MEMORY_KIB_MAX
            && params.t_cost() <= ITERATIONS_MAX
            && params.p_cost() == LANES;
        let (Some(salt), Some(expected), true) = (phc.salt, phc.hash, is_ours) else {
            return Err(Error::internal("a stored password hash is not one of ours"));
        };
        let keys = keyring.version(stored.secret_version)?;
        let output = self.digest(password.0.clone(), salt.to_vec(), Some(keys), params).await?;
        Ok(output.ct_eq(expected.as_bytes()).into())
    }

    /// The work of [`Hasher::verify`] where there is nothing to compare with.
    ///
    /// # Errors
    /// Never in practice; the same as `verify`.
    pub async fn verify_nothing(&self, password: &Password, keyring: &Keyring) -> Result<()> {
        let salt = [0; SALT_LENGTH].to_vec();
        self.digest(password.0.clone(), salt, Some(keyring.current()?), self.params.clone()).await.map(|_| ())
    }

    /// Whether a right password should be hashed anew: older parameters, or a retired pepper.
    #[must_use]
    pub fn is_outdated(&self, stored: &StoredPassword, keyring: &Keyring) -> bool {
        let is_current = keyring.current().is_ok_and(|keys| keys.version == stored.secret_version);
        let params = PasswordHash::new(&stored.phc).ok().and_then(|phc| Params::try_from(&phc).ok());
        let is_of_these =
            params.is_some_and(|p| (p.m_cost(), p.t_cost()) == (self.params.m_cost(), self.params.t_cost()));
        keyring.is_retired(stored.secret_version) || is_current && !is_of_these
    }

    /// Argon2id of a random code under a given salt and no pepper, for recovery codes.
    ///
    /// # Errors
    /// `Internal` when Argon2 refuses its input.
    pub async fn digest_code(&self, code: &Secret, salt: &[u8]) -> Result<Vec<u8>> {
        self.digest(code.clone(), salt.to_vec(), None, self.params.clone()).await
    }

    async fn digest(&self, text: Secret, salt: Vec<u8>, keys: Option<&Keys>, params: Params) -> Result<Vec<u8>> {
        // Argon2 takes no bytes as no secret.
        let pepper = keys.map(|keys| Zeroizing::new(keys.pepper.to_vec())).unwrap_or_default();
        let Some(permits) = &self.permits else {
            return self.digest_now(&text, &salt, &pepper, params);
        };
        let permit = Arc::clone(permits).acquire_owned().await.map_err(|e| Error::internal(e.to_string()))?;
        let hasher = self.clone();
        tokio::task::spawn_blocking(move || {
            let _permit = permit;
            hasher.digest_now(&text, &salt, &pepper, params)
        })
        .await
        .map_err(Error::internal)?
    }

    fn digest_now(&self, text: &Secret, salt: &[u8], pepper: &[u8], params: Params) -> Result<Vec<u8>> {
        self.hashes.fetch_add(1, Ordering::Relaxed);
        let blocks = params.block_count();
        let argon2 = Argon2::new_with_secret(pepper, Algorithm::Argon2id, Version::V0x13, params)
            .map_err(|e| Error::internal(e.to_string()))?;
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        // What is too small goes first: grown, both would be in use at once, and it grows to twice its size.
        let mut memory = idle.filter(|memory| memory.capacity() >= blocks).unwrap_or_default();
        memory.resize(blocks, Block::default());
        let mut output = vec![0; OUTPUT_LENGTH];
        let outcome =
            argon2.hash_password_into_with_memory(text.expose().as_bytes(), salt, &mut output, memory.as_mut_slice());
        memory.iter_mut().for_each(Zeroize::zeroize);
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(memory);
        outcome.map(|()| output).map_err(|e| Error::internal(e.to_string()))
    }
}

fn internal(error: impl fmt::Display) -> Error {
    Error::internal(error.to_string())
}

#[cfg(test)]
mod tests;

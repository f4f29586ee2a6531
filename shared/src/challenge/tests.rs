//! Challenges, written, read and told from what is none.

use proptest::prelude::*;

use super::*;
use crate::id::{ItemId, UserId};
use crate::keyring::Keyring;
use crate::token::{OpaqueToken, TokenKind};

const NOW: Timestamp = Timestamp::from_unix_seconds(1_800_000_000);

fn keyring(version: u32) -> Keyring {
    let text = version.to_string().repeat(64);
    Keyring::parse(&format!(r#"{{"current":"{version}","{version}":"{text}"}}"#)).expect("a valid secret")
}

fn opens(user: &str) -> Locator {
    Locator { user: UserId::of_text(user), item: ItemId::of_text("session") }
}

fn challenge() -> Challenge {
    Challenge::new(opens("jane"), 7, NOW, keyring(2).current().expect("there")).expect("a key of 256 bits")
}

/// As it comes back from its holder.
fn read(text: &str, epoch: u64, version: u32) -> bool {
    let keyring = keyring(version);
    let keys = keyring.current().expect("there");
    Challenge::parse(text).is_some_and(|challenge| challenge.is_genuine(epoch, keys).expect("a key of 256 bits"))
}

#[test]
fn it_is_read_back_with_what_it_tells() {
    let text = challenge().to_text();
    assert_eq!(text.expose().len(), 87);
    let read = Challenge::parse(text.expose()).expect("genuine");
    assert_eq!((read.opens, read.created_at, read.secret_version.number()), (opens("jane"), NOW, 2));
    assert_eq!(read.expires_at(), NOW.plus(300));
    assert_eq!(read.to_text().expose(), text.expose());
}

#[test]
fn it_is_genuine_for_one_epoch_and_one_key() {
    let text = challenge().to_text();
    assert!(read(text.expose(), 7, 2));
    assert!(!read(text.expose(), 6, 2) && !read(text.expose(), 8, 2), "another epoch");
    assert!(!read(text.expose(), 7, 1), "another key");
}

#[test]
fn no_part_of_it_can_be_changed() {
    let text = challenge().to_text();
    let bytes = data_encoding::BASE64URL_NOPAD.decode(text.expose().as_bytes()).expect("base64url");
    for at in 0..bytes.len() {
        for bit in 0..8 {
            let mut other = bytes.clone();
            other[at] ^= 1 << bit;
            assert!(!read(&data_encoding::BASE64URL_NOPAD.encode(&other), 7, 2), "byte {at}, bit {bit}");
        }
    }
    for length in 0..bytes.len() {
        assert!(!read(&data_encoding::BASE64URL_NOPAD.encode(&bytes[..length]), 7, 2), "{length} bytes");
    }
    assert!(!read(&data_encoding::BASE64URL_NOPAD.encode(&[bytes.as_slice(), &[0]].concat()), 7, 2), "one byte more");
}

#[test]
fn a_mailed_token_of_the_same_key_is_none() {
    let keyring = keyring(2);
    let keys = keyring.current().expect("there");
    let token = OpaqueToken::mailed(TokenKind::MailedReset, opens("jane"), &keys.challenge).expect("a key of 256 bits");
    assert!(Challenge::parse(token.expose()).is_none());
}

proptest! {
    #[test]
    fn no_other_text_is_genuine(text in "[A-Za-z0-9_-]{80,90}|.*") {
        prop_assert!(!read(&text, 7, 2));
    }

    /// Over all claims that can be made; a time that no clock of ours shows is refused, and not changed into another.
    #[test]
    fn what_is_read_is_written_the_same(claims in proptest::collection::vec(any::<u8>(), CLAIMS_LENGTH), at in any::<i64>()) {
        let mut bytes = [claims, vec![0; 32]].concat();
        bytes[0] = TAG;
        bytes[1 + Locator::LENGTH..][..8].copy_from_slice(&at.to_be_bytes());
        let text = data_encoding::BASE64URL_NOPAD.encode(&bytes);
        if let Some(read) = Challenge::parse(&text) {
            let written = read.to_text();
            prop_assert_eq!(written.expose(), text.as_str());
        }
    }
}

//! Values of keys and tokens, written, read and compared.

use proptest::prelude::*;

use super::*;

fn locator() -> Locator {
    Locator { user: UserId::generate().expect("randomness"), item: ItemId::generate().expect("randomness") }
}

#[test]
fn a_key_value_has_the_published_form() {
    let value = ApiKeyValue::generate(locator()).expect("randomness");
    let text = value.expose();
    assert_eq!(text.len(), 4 + 70 + 6);
    assert!(text.starts_with("upk_") && text[4..].bytes().all(|b| b.is_ascii_alphanumeric()));
    let (signed, check) = text.split_at(74);
    let mut number = crc32fast::hash(signed.as_bytes());
    let mut digits = [0_u8; 6];
    for digit in digits.iter_mut().rev() {
        *digit = ALPHABET[(number % 62) as usize];
        number /= 62;
    }
    assert_eq!(check.as_bytes(), digits);
    assert!(value.hint().ends_with(&text[76..]));
}

#[test]
fn a_value_is_read_back_with_its_locator() {
    let locator = locator();
    let value = ApiKeyValue::generate(locator).expect("randomness");
    let read = ApiKeyValue::parse(value.expose()).expect("a genuine value");
    assert_eq!((read.locator, read.digest()), (locator, value.digest()));
}

#[test]
fn every_changed_character_breaks_the_checksum() {
    let value = ApiKeyValue::generate(locator()).expect("randomness");
    for at in 0..value.expose().len() {
        let mut text = value.expose().to_owned();
        let other = if &text[at..=at] == "x" { "y" } else { "x" };
        text.replace_range(at..=at, other);
        assert!(ApiKeyValue::parse(&text).is_none(), "position {at}");
    }
}

#[test]
fn a_token_of_one_kind_is_not_taken_for_another() {
    let token = OpaqueToken::generate(TokenKind::Invitation, locator()).expect("randomness");
    assert!(OpaqueToken::parse_kind(TokenKind::Session, token.expose()).is_none());
    assert!(OpaqueToken::parse_kind(TokenKind::Invitation, token.expose()).is_some());
}

#[test]
fn a_mailed_token_is_the_same_each_time_and_differs_by_purpose() {
    let locator = locator();
    let mailed = |kind, key| OpaqueToken::mailed(kind, locator, &[key; 32]).expect("a key of 256 bits").digest();
    assert_eq!(mailed(TokenKind::MailedReset, 1), mailed(TokenKind::MailedReset, 1));
    assert_ne!(mailed(TokenKind::MailedReset, 1), mailed(TokenKind::MailedAddress, 1));
    assert_ne!(mailed(TokenKind::MailedReset, 1), mailed(TokenKind::MailedReset, 2));
}

#[test]
fn what_was_mailed_under_any_version_is_known_again() {
    let keyring = |versions: [&str; 2]| {
        let texts = versions.map(|version| format!(r#","{version}":"{}""#, version.repeat(64))).concat();
        Keyring::parse(&format!(r#"{{"current":"{}"{texts}}}"#, versions[1])).expect("a valid secret")
    };
    let (old, new) = (keyring(["1", "2"]), keyring(["2", "3"]));
    let mail_key = &old.current().expect("there").mail;
    let token = OpaqueToken::mailed(TokenKind::MailedReset, locator(), mail_key).expect("a key of 256 bits");
    assert!(token.is_mailed(&old).expect("keys") && token.is_mailed(&new).expect("keys"));
    assert!(!token.is_mailed(&keyring(["3", "4"])).expect("keys"));
    let random = OpaqueToken::generate(TokenKind::MailedReset, locator()).expect("randomness");
    assert!(!random.is_mailed(&old).expect("keys"));
}

#[test]
fn a_payload_that_is_too_great_or_too_long_is_none() {
    assert_eq!(base62_decode("48", 1), None, "256");
    assert_eq!(base62_decode("47", 1), Some(vec![255]));
    assert_eq!(base62_decode("4_", 1), None);
    let token = OpaqueToken::generate(TokenKind::Session, locator()).expect("randomness");
    let longer = [token.expose(), "AAAA"].concat();
    assert!(OpaqueToken::parse(&longer).is_none());
    assert!(OpaqueToken::parse(&token.expose()[..40]).is_none());
    let other = data_encoding::BASE64URL_NOPAD.encode(&[b'x'; 53]);
    assert!(OpaqueToken::parse(&other).is_none(), "of no kind");
}

proptest! {
    #[test]
    fn base62_round_trips(bytes in proptest::collection::vec(any::<u8>(), PAYLOAD_LENGTH)) {
        let text = base62_encode(&bytes, PAYLOAD_DIGITS);
        prop_assert_eq!(base62_decode(&text, PAYLOAD_LENGTH), Some(bytes));
    }

    #[test]
    fn no_text_makes_a_parser_panic(text in any::<String>()) {
        let _ = (ApiKeyValue::parse(&text), OpaqueToken::parse(&text));
    }
}

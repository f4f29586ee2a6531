//! API keys, opaque tokens and challenges as text: what is read is what was made here, in its one form, and prints nowhere.

use data_encoding::BASE64URL_NOPAD;
use shared::challenge::Challenge;
use shared::secret::Digest;
use shared::token::{ApiKeyValue, OpaqueToken, TokenKind};

use crate::text;

const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// 2^416 - 1, the greatest payload. The digits are in the order of ASCII, so texts of one length compare as numbers.
const PAYLOAD_MAX: &str = "ZlOZDQVAxLXddYiblIIrCJL5YzvFM2OYtpGc8dnpb5ODWJhyps3ibGFM467qXRgt96viL1";
/// 9999-12-31T23:59:59Z.
const LAST_SECOND: i64 = 253_402_300_799;
const KINDS: [(u8, TokenKind); 5] = [
    (b's', TokenKind::Session),
    (b'i', TokenKind::Invitation),
    (b'r', TokenKind::MailedReset),
    (b'w', TokenKind::MailedInvitation),
    (b'e', TokenKind::MailedAddress),
];

pub(crate) fn check(input: &[u8]) {
    if let Some(text) = text(input) {
        key_is_read_in_its_one_form(text);
        token_is_read_in_its_one_form(text);
        challenge_is_read_in_its_one_form(text);
    }
    key_is_read_in_its_one_form(&signed(input));
    token_is_read_in_its_one_form(&BASE64URL_NOPAD.encode(input));
    challenge_is_read_in_its_one_form(&BASE64URL_NOPAD.encode(input));
}

/// A text with a checksum that is right, over digits that the input chooses.
fn signed(input: &[u8]) -> String {
    let digits = (0..PAYLOAD_MAX.len()).map(|at| input.get(at).map_or(0, |byte| usize::from(byte % 62)));
    let text: String = "upk_".chars().chain(digits.map(|digit| char::from(DIGITS[digit]))).collect();
    format!("{text}{}", checksum(&text))
}

fn checksum(text: &str) -> String {
    let mut number = crc32fast::hash(text.as_bytes());
    let mut digits = [b'0'; 6];
    for digit in digits.iter_mut().rev() {
        *digit = DIGITS[(number % 62) as usize];
        number /= 62;
    }
    digits.iter().copied().map(char::from).collect()
}

/// What the contract calls a value.
fn is_value(text: &str) -> bool {
    let Some((signed, check)) = text.split_at_checked(4 + PAYLOAD_MAX.len()) else { return false };
    let Some(payload) = signed.strip_prefix("upk_") else { return false };
    payload.bytes().all(|digit| DIGITS.contains(&digit)) && payload <= PAYLOAD_MAX && check == checksum(signed)
}

fn key_is_read_in_its_one_form(text: &str) {
    let read = ApiKeyValue::parse(text);
    assert_eq!(read.is_some(), is_value(text), "{text:?}");
    let Some(value) = read else { return };
    assert_eq!(value.expose(), text);
    assert_eq!(value.digest(), Digest::of(text.as_bytes()));
    assert_eq!(value.hint(), format!("upk_…{}", &text[text.len() - 4..]));
    assert!(!format!("{value:?}").contains(&text[4..]), "a value prints");
    let another = ApiKeyValue::generate(value.locator).expect("randomness");
    assert_eq!(ApiKeyValue::parse(another.expose()).expect("a value").locator, value.locator);
}

fn token_is_read_in_its_one_form(text: &str) {
    let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).unwrap_or_default();
    let kind = KINDS.iter().find(|(tag, _)| bytes.len() == 53 && bytes.first() == Some(tag)).map(|(_, kind)| *kind);
    let read = OpaqueToken::parse(text);
    assert_eq!(read.as_ref().map(|token| token.kind), kind, "{text:?}");
    for (_, asked) in KINDS {
        assert_eq!(OpaqueToken::parse_kind(asked, text).is_some(), kind == Some(asked), "{asked:?} {text:?}");
    }
    let Some(token) = read else { return };
    assert_eq!(token.expose(), text);
    assert_eq!(BASE64URL_NOPAD.encode(&bytes), text, "a token has two forms");
    assert_eq!(token.locator.user.as_bytes().as_slice(), &bytes[1..13]);
    assert_eq!(token.locator.item.as_bytes().as_slice(), &bytes[13..21]);
    assert!(!format!("{token:?}").contains(text), "a token prints");
}

/// Kind, user, session, second, version of the secret, HMAC.
fn challenge_is_read_in_its_one_form(text: &str) {
    let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).unwrap_or_default();
    let is_whole = bytes.len() == 1 + 12 + 8 + 8 + 4 + 32 && bytes[0] == b'c';
    let is_in_time = || (0..=LAST_SECOND).contains(&i64::from_be_bytes(bytes[21..29].try_into().expect("eight bytes")));
    let read = Challenge::parse(text);
    assert_eq!(read.is_some(), is_whole && is_in_time() && bytes[29..33] != [0; 4], "{text:?}");
    let Some(challenge) = read else { return };
    assert_eq!(challenge.to_text().expose(), text, "a challenge has two forms");
    assert!(!format!("{challenge:?}").contains(&format!("{:?}", &bytes[33..])), "a challenge prints");
}

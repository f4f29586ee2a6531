//! Names that people choose: one form, unique under folding, and each a segment of a path, a cursor and a key.

use percent_encoding::percent_decode_str;
use shared::http::BASE_PATH;
use shared::http::route::path_of_route;
use shared::name::{Description, EmailAddress, EnvironmentName, FullName, GroupName, KeyName, UserName, fold, nfc};
use shared::store::directory::Group;
use shared::store::keys::key_id;
use shared::store::layout;

use crate::text;

/// Most bytes of a sort key in DynamoDB, and of the key in a cursor.
const SORT_KEY_BYTES_MAX: usize = 1_000;

pub(crate) fn check(input: &[u8]) {
    let Some(text) = text(input) else { return };
    assert_eq!(fold(&fold(text)), fold(text), "folding is not stable");
    assert_eq!(fold(&nfc(text)), fold(text), "another normal form folds otherwise");
    if let Ok(name) = KeyName::parse(text) {
        assert_segment(name.as_str(), &name.folded(), text);
        assert_eq!(KeyName::parse(name.as_str()), Ok(name.clone()), "the form that is kept is not read back");
        for written in [name.folded(), name.as_str().to_uppercase(), name.as_str().to_lowercase()] {
            if let Ok(other) = KeyName::parse(&written) {
                assert_eq!(key_id(&other) == key_id(&name), other.folded() == name.folded(), "{written:?}");
            }
        }
        assert_group(text);
    }
    if let Ok(name) = UserName::parse(text) {
        assert_segment(name.as_str(), &name.folded(), text);
        assert!(text.is_ascii() && name.as_str() == text);
    }
    for full in
        [FullName::parse(text).map(|name| name.to_string()), Description::parse(text).map(|text| text.to_string())]
    {
        let Ok(full) = full else { continue };
        assert!((1..=200).contains(&full.chars().count()) && !full.chars().any(char::is_control), "{full:?}");
        assert_eq!(full, nfc(text));
    }
    if let Ok(address) = EmailAddress::parse(text) {
        assert_eq!(address.as_str(), text);
        assert!(text.is_ascii() && text.len() <= 254 && text.matches('@').count() == 1);
        // In a header of a mail, or in `To:`, none of these may stand.
        assert!(!text.contains([' ', '\r', '\n', ',', '<', '>', '"', '(', ')', '\\', ':', ';']), "{text:?}");
    }
}

fn assert_segment(name: &str, folded: &str, text: &str) {
    assert_eq!(name, nfc(text));
    assert!((1..=64).contains(&name.chars().count()), "{name:?}");
    assert!(!folded.is_empty() && !folded.contains('#'), "{name:?} folds to {folded:?}");
    let key = format!("GET {BASE_PATH}/user/{{user}}/api-key/{{name}}");
    let value_of = |variable: &str| Some(if variable == "user" { "@current" } else { name });
    let path = path_of_route(&key, value_of).expect("a name that no path can hold");
    let segment = path.rsplit('/').next().unwrap_or_default();
    assert_eq!(percent_decode_str(segment).decode_utf8().expect("UTF-8"), name);
}

/// The longest sort key and cursor are those of a group.
fn assert_group(text: &str) {
    let (environment, name) = (EnvironmentName::parse(text), GroupName::parse(text));
    let group = Group::new(environment.expect("as a key's name"), name.expect("as a key's name"), None);
    let key = layout::group(&group.environment.folded(), &group.name.folded());
    let longest = key.sk.len().max(group.sort_key().len());
    assert!(longest <= SORT_KEY_BYTES_MAX, "{longest} bytes for {text:?}");
}

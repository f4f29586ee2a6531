//! Names that people choose, and the rules that make each one unique and printable.

use std::fmt;

use icu_casemap::CaseMapper;
use icu_normalizer::{ComposingNormalizerBorrowed, DecomposingNormalizerBorrowed};
use serde::{Serialize, Serializer};

/// `text` in Normalization Form C (Unicode UAX #15).
#[must_use]
pub fn nfc(text: &str) -> String {
    ComposingNormalizerBorrowed::new_nfc().normalize(text).into_owned()
}

/// `text` under full case folding (canonical caseless matching, Unicode §3.13 D145), so that equal names have equal
/// bytes.
#[must_use]
pub fn fold(text: &str) -> String {
    let decomposed = DecomposingNormalizerBorrowed::new_nfd().normalize(text);
    nfc(&CaseMapper::new().fold_string(&decomposed))
}

macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $parse:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub struct $name(String);

        impl $name {
            /// Reads a name.
            ///
            /// # Errors
            /// What is wrong with it, in words for the person who typed it.
            pub fn parse(text: &str) -> Result<Self, &'static str> {
                $parse(text).map(Self)
            }

            /// The name as it was first written.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// The form under which it is unique.
            #[must_use]
            pub fn folded(&self) -> String {
                fold(&self.0)
            }

            /// Takes back what this crate stored.
            #[must_use]
            pub fn from_stored(text: String) -> Self {
                Self(text)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }
    };
}

name!(
    /// The name of an API key: 1–64 characters of any script, safe as one segment of a path.
    KeyName,
    parse_segment
);
name!(
    /// The name of an environment, under the rules of a key's name.
    EnvironmentName,
    parse_segment
);
name!(
    /// The name of a group, under the rules of a key's name.
    GroupName,
    parse_segment
);
name!(
    /// A user's name: 1–64 of `A-Z a-z 0-9 . _ - @ +`.
    UserName,
    parse_user_name
);
name!(
    /// A person's full name: 1–200 characters, none of them a control character.
    FullName,
    parse_full_name
);
name!(
    /// What an environment or a group is for: 1–200 characters, none of them a control character.
    Description,
    parse_full_name
);
name!(
    /// An e-mail address as the `email` input of HTML accepts it, at most 254 characters.
    EmailAddress,
    parse_email
);

/// The longest name, in characters.
pub const NAME_CHARACTERS_MAX: usize = 64;

fn parse_segment(text: &str) -> Result<String, &'static str> {
    let name = nfc(text);
    if name.is_empty() || name.chars().count() > NAME_CHARACTERS_MAX {
        return Err("must have 1 to 64 characters");
    }
    if name.chars().any(|c| c.is_control() || is_format_control(c)) {
        return Err("must not contain control characters");
    }
    if name.contains(['/', '\\', '%', '?', '#']) {
        return Err("must not contain / \\ % ? or #");
    }
    if name.trim() != name {
        return Err("must not begin or end with a blank");
    }
    if name.starts_with('@') {
        return Err("must not begin with @");
    }
    if name == "." || name == ".." {
        return Err("must not be . or ..");
    }
    Ok(name)
}

/// Line and paragraph separators, and the bidirectional controls that make one name look like another
/// (Unicode UAX #9, UTS #55).
const fn is_format_control(c: char) -> bool {
    matches!(c, '\u{2028}' | '\u{2029}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

fn parse_user_name(text: &str) -> Result<String, &'static str> {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"._-@+".contains(&b);
    if text.is_empty() || text.len() > NAME_CHARACTERS_MAX {
        return Err("must have 1 to 64 characters");
    }
    if !text.bytes().all(allowed) {
        return Err("may contain letters and digits of ASCII and . _ - @ +");
    }
    if text == "." || text == ".." {
        // No path could name such a user.
        return Err("must not be . or ..");
    }
    Ok(text.to_owned())
}

fn parse_full_name(text: &str) -> Result<String, &'static str> {
    let name = nfc(text);
    if name.trim().is_empty() || name.chars().count() > 200 {
        return Err("must have 1 to 200 characters, not all of them blank");
    }
    if name.chars().any(|c| c.is_control() || is_format_control(c)) {
        return Err("must not contain control characters");
    }
    Ok(name)
}

/// The `valid e-mail address` of HTML (WHATWG HTML §4.10.5.1.5).
fn parse_email(text: &str) -> Result<String, &'static str> {
    const REFUSED: &str = "must be an e-mail address such as jane@example.com";
    if text.len() > 254 {
        return Err("must have at most 254 characters");
    }
    let (local, domain) = text.split_once('@').ok_or(REFUSED)?;
    let local_is_valid =
        !local.is_empty() && local.bytes().all(|b| b.is_ascii_alphanumeric() || b".!#$%&'*+/=?^_`{|}~-".contains(&b));
    let label_is_valid = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    if local_is_valid && domain.split('.').all(label_is_valid) { Ok(text.to_owned()) } else { Err(REFUSED) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_are_folded_in_full() {
        let sharp = KeyName::parse("Straße").expect("a valid name");
        assert_eq!(sharp.folded(), KeyName::parse("STRASSE").expect("a valid name").folded());
        let composed = KeyName::parse("é").expect("a valid name");
        assert_eq!(composed, KeyName::parse("e\u{301}").expect("a valid name"));
    }

    #[test]
    fn names_that_would_break_a_path_are_refused() {
        let long = "x".repeat(65);
        for bad in
            ["", " a", "a ", "a/b", "a\\b", "100%", "a?b", "a#b", "@self", ".", "..", "a\nb", "a\u{202E}b", &long]
        {
            assert!(KeyName::parse(bad).is_err(), "{bad:?}");
        }
        for good in ["a", "CI deploy", "部署", "a.b", "...", "naïve", &"é".repeat(64)] {
            assert!(KeyName::parse(good).is_ok(), "{good:?}");
        }
    }

    #[test]
    fn addresses_are_what_an_email_input_accepts() {
        for good in ["a@b", "jane.doe+x@example.co.uk", "x@1-2.nl"] {
            assert!(EmailAddress::parse(good).is_ok(), "{good}");
        }
        for bad in ["", "a", "@b", "a@", "a@-b", "a@b-", "a@b..c", "a b@c", "a@b@c", "ü@b", "a@b\n"] {
            assert!(EmailAddress::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn full_names_have_two_hundred_characters_at_most_and_none_that_is_not_shown() {
        for good in ["Jane", " Jane ", "Anne\u{2010}Marie", &"\u{e9}".repeat(200), &"e\u{301}".repeat(200)] {
            assert!(FullName::parse(good).is_ok() && Description::parse(good).is_ok(), "{good:?}");
        }
        for bad in ["", "  ", "a\nb", "a\u{85}b", "a\u{2066}b", &"x".repeat(201)] {
            assert!(FullName::parse(bad).is_err() && Description::parse(bad).is_err(), "{bad:?}");
        }
        for hidden in ['\u{2028}', '\u{2029}', '\u{202A}', '\u{202E}', '\u{2066}', '\u{2069}'] {
            assert!(FullName::parse(&format!("a{hidden}b")).is_err(), "{hidden:?}");
        }
    }

    #[test]
    fn user_names_have_sixty_four_characters_of_ascii_at_most() {
        for good in ["a", "Jane.Doe_x-1@demo+2", "...", &"x".repeat(64)] {
            assert_eq!(UserName::parse(good).expect("valid").as_str(), good);
        }
        for bad in ["", ".", "..", "a b", "a/b", "\u{fc}", &"x".repeat(65)] {
            assert!(UserName::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn addresses_and_their_labels_have_a_longest() {
        let (label, local) = ("b".repeat(63), "a".repeat(190));
        assert!(EmailAddress::parse(&format!("a@{label}")).is_ok());
        assert!(EmailAddress::parse(&format!("a@{label}b")).is_err());
        assert!(EmailAddress::parse(&format!("{local}@{label}")).is_ok(), "254 characters");
        assert!(EmailAddress::parse(&format!("{local}a@{label}")).is_err(), "255 characters");
    }

    #[test]
    fn a_name_is_shown_as_it_was_first_written() {
        let name = KeyName::from_stored("CI Deploy".to_owned());
        assert_eq!(
            (name.to_string().as_str(), name.as_str(), name.folded().as_str()),
            ("CI Deploy", "CI Deploy", "ci deploy")
        );
        assert_eq!(serde_json::to_value(&name).expect("JSON"), "CI Deploy");
    }

    proptest! {
        #[test]
        fn no_text_makes_a_parser_panic(text in any::<String>()) {
            let _ = (KeyName::parse(&text), UserName::parse(&text), FullName::parse(&text), EmailAddress::parse(&text));
        }

        #[test]
        fn folding_is_stable(text in any::<String>()) {
            prop_assert_eq!(fold(&fold(&text)), fold(&text));
        }
    }
}

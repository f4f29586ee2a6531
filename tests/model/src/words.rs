//! What a step may name: few people, passwords, keys and places, so that steps meet each other.

use serde::{Deserialize, Serialize};

/// Stands for something that the service makes and whoever calls it learns: `token 3` is the third of all that is made.
pub(crate) type Name = String;

/// Somebody who has an account, had one, or may get one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Person {
    Admin,
    Jane,
    Sam,
    Kim,
    Lee,
    KimOfLab,
    AdaOfLab,
}

impl Person {
    pub(crate) const ALL: [Self; 7] =
        [Self::Admin, Self::Jane, Self::Sam, Self::Kim, Self::Lee, Self::KimOfLab, Self::AdaOfLab];

    pub(crate) const fn environment(self) -> Place {
        match self {
            Self::KimOfLab | Self::AdaOfLab => Place::Lab,
            Self::Admin | Self::Jane | Self::Sam | Self::Kim | Self::Lee => Place::Root,
        }
    }

    pub(crate) const fn user_name(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Jane => "jane",
            Self::Sam => "sam",
            Self::Kim | Self::KimOfLab => "kim",
            Self::Lee => "Lee.Q",
            Self::AdaOfLab => "ada",
        }
    }
}

/// An environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Place {
    Root,
    Lab,
    Field,
}

impl Place {
    pub(crate) const ALL: [Self; 3] = [Self::Root, Self::Lab, Self::Field];

    pub(crate) const fn text(self) -> &'static str {
        match self {
            Self::Root => "ROOT",
            Self::Lab => "Lab",
            Self::Field => "Field",
        }
    }
}

/// A group of an environment; of which one, the step says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Group {
    Admin,
    Publisher,
    Crew,
    Watch,
}

impl Group {
    pub(crate) const ALL: [Self; 4] = [Self::Admin, Self::Publisher, Self::Crew, Self::Watch];

    pub(crate) const fn text(self) -> &'static str {
        match self {
            Self::Admin => "Admin",
            Self::Publisher => "App Publisher",
            Self::Crew => "crew",
            Self::Watch => "Watch",
        }
    }
}

/// Who keeps a user's password and MFA.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Provider {
    Local,
    ActiveDirectory,
    Saml,
}

impl Provider {
    pub(crate) const fn text(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::ActiveDirectory => "active_directory",
            Self::Saml => "saml",
        }
    }
}

/// The account's MFA policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Policy {
    Off,
    Optional,
    Enforced,
}

impl Policy {
    pub(crate) const fn text(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Optional => "optional",
            Self::Enforced => "enforced",
        }
    }
}

/// A password that is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Password {
    /// What the demo users begin with.
    First,
    Second,
    Third,
    /// 12 characters, hard to guess: enough while MFA is on.
    Brief,
    /// 7 characters: never enough.
    TooShort,
    /// Holds the user's name.
    Named,
    /// On every list of common ones.
    Common,
}

impl Password {
    pub(crate) fn text(self, person: Person) -> String {
        match self {
            Self::First => scenarios::PASSWORD.to_owned(),
            Self::Second => "amber-Turnstile-31-osprey".to_owned(),
            Self::Third => "gravel Lantern 58 ĥorizon".to_owned(),
            Self::Brief => "kV7#xq2Lw!zR".to_owned(),
            Self::TooShort => "kV7#xq2".to_owned(),
            Self::Named => format!("plover-{}-Quagmire-7-tundra", person.user_name()),
            Self::Common => "password".to_owned(),
        }
    }

    pub(crate) const fn is_long(self) -> bool {
        !matches!(self, Self::Brief | Self::TooShort | Self::Common)
    }

    /// One of the reasons for which it is refused, if it is.
    pub(crate) const fn rejected(self, is_mfa_on: bool) -> Option<&'static str> {
        match self {
            Self::First | Self::Second | Self::Third => None,
            Self::Brief if is_mfa_on => None,
            Self::Brief | Self::TooShort => Some("too_short"),
            Self::Named => Some("contains_context"),
            Self::Common => Some("common"),
        }
    }
}

/// An address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Address {
    One,
    Two,
    Three,
}

impl Address {
    pub(crate) const fn text(self) -> &'static str {
        match self {
            Self::One => "post.one@example.com",
            Self::Two => "post.two@example.com",
            Self::Three => "post.three@example.org",
        }
    }
}

/// How a key is called; some are the same name in another form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum KeyName {
    Nightly,
    NightlyInCapitals,
    Street,
    StreetInCapitals,
    Backup,
    Deploy,
    /// One of many.
    Bulk(u8),
    /// What cannot be a name.
    Bad,
}

impl KeyName {
    pub(crate) const USUAL: [Self; 6] =
        [Self::Nightly, Self::NightlyInCapitals, Self::Street, Self::StreetInCapitals, Self::Backup, Self::Deploy];

    pub(crate) fn text(self) -> String {
        match self {
            Self::Nightly => "nightly report".to_owned(),
            Self::NightlyInCapitals => "NIGHTLY Report".to_owned(),
            Self::Street => "Straße".to_owned(),
            Self::StreetInCapitals => "STRASSE".to_owned(),
            Self::Backup => "backup".to_owned(),
            Self::Deploy => "deploy.übung".to_owned(),
            Self::Bulk(number) => format!("one of many {number:02}"),
            Self::Bad => "@nightly".to_owned(),
        }
    }

    /// The form in which two names are the same: full case folding.
    pub(crate) fn folded(self) -> String {
        match self {
            Self::Street | Self::StreetInCapitals => "strasse".to_owned(),
            other => other.text().to_lowercase(),
        }
    }
}

/// Scopes of a key, a bit for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Scopes(pub(crate) u16);

/// In the order of the contract.
const SCOPES: [&str; 9] =
    ["Authentication", "PublishApp", "Tasks", "APIKey", "Session", "PublishAimms", "Secret", "User", "Account"];

impl Scopes {
    pub(crate) const AUTHENTICATION: Self = Self(1);
    pub(crate) const TASKS: Self = Self(4);
    pub(crate) const API_KEY: Self = Self(8);
    pub(crate) const ACCOUNT: Self = Self(256);
    pub(crate) const ALL: Self = Self(511);

    pub(crate) fn names(self) -> Vec<&'static str> {
        SCOPES.into_iter().enumerate().filter(|(at, _)| self.0 & (1 << at) != 0).map(|(_, name)| name).collect()
    }

    pub(crate) const fn without(self, others: Self) -> Self {
        Self(self.0 & !others.0)
    }

    pub(crate) const fn is_empty(self) -> bool {
        self.0 == 0
    }
}

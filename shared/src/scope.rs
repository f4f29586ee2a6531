//! Scopes: what an API key may do.

use std::fmt;

use serde::{Serialize, Serializer};

/// One permission of an API key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// Environments, groups and users.
    Authentication,
    /// Publish, update, edit and delete apps.
    PublishApp,
    /// Tasks.
    Tasks,
    /// Operations on API keys.
    ApiKey,
    /// `WebUI`, solve and task sessions.
    Session,
    /// AIMMS versions.
    PublishAimms,
    /// Secrets of the portal.
    Secret,
    /// Named by newer portals.
    User,
    /// Settings of the account.
    Account,
}

impl Scope {
    /// Every scope, in the order of output.
    pub const ALL: [Self; 9] = [
        Self::Authentication,
        Self::PublishApp,
        Self::Tasks,
        Self::ApiKey,
        Self::Session,
        Self::PublishAimms,
        Self::Secret,
        Self::User,
        Self::Account,
    ];

    /// The one form of output.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Authentication => "Authentication",
            Self::PublishApp => "PublishApp",
            Self::Tasks => "Tasks",
            Self::ApiKey => "APIKey",
            Self::Session => "Session",
            Self::PublishAimms => "PublishAimms",
            Self::Secret => "Secret",
            Self::User => "User",
            Self::Account => "Account",
        }
    }

    /// What the scope opens, in a few words.
    #[must_use]
    pub const fn description(self) -> &'static str {
        match self {
            Self::Authentication => "Manage environments, groups and users",
            Self::PublishApp => "Publish, update, edit and delete apps",
            Self::Tasks => "Run and manage tasks",
            Self::ApiKey => "Create, list, rotate and delete API keys",
            Self::Session => "Manage WebUI, solve and task sessions",
            Self::PublishAimms => "Publish AIMMS versions",
            Self::Secret => "Manage secrets",
            Self::User => "Read and change the user's own settings",
            Self::Account => "Read and change the settings of the account",
        }
    }

    /// Reads a scope in any case; `API Key` and `Task` are aliases.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            _ if text.eq_ignore_ascii_case("API Key") => Some(Self::ApiKey),
            _ if text.eq_ignore_ascii_case("Task") => Some(Self::Tasks),
            _ => Self::ALL.into_iter().find(|scope| text.eq_ignore_ascii_case(scope.as_str())),
        }
    }

    const fn bit(self) -> u16 {
        1 << self as u16
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Scope {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// Scopes, each at most once, always in the order of [`Scope::ALL`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ScopeSet(u16);

impl ScopeSet {
    /// Whether it holds `scope`.
    #[must_use]
    pub const fn contains(self, scope: Scope) -> bool {
        self.0 & scope.bit() != 0
    }

    /// Whether it holds nothing.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// What this holds and `other` does not.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// The scopes, in the order of output.
    pub fn iter(self) -> impl Iterator<Item = Scope> {
        Scope::ALL.into_iter().filter(move |scope| self.contains(*scope))
    }

    /// The scopes as OAuth writes them: separated by blanks (RFC 6749 §3.3).
    #[must_use]
    pub fn to_scope_string(self) -> String {
        self.iter().map(Scope::as_str).collect::<Vec<_>>().join(" ")
    }
}

impl FromIterator<Scope> for ScopeSet {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        Self(scopes.into_iter().fold(0, |bits, scope| bits | scope.bit()))
    }
}

impl From<Scope> for ScopeSet {
    fn from(scope: Scope) -> Self {
        Self(scope.bit())
    }
}

impl Serialize for ScopeSet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn aliases_and_any_case_are_read() {
        assert_eq!(Scope::parse("api key"), Some(Scope::ApiKey));
        assert_eq!(Scope::parse("TASK"), Some(Scope::Tasks));
        assert_eq!(Scope::parse("publishapp"), Some(Scope::PublishApp));
        assert_eq!(Scope::parse("Admin"), None);
        assert_eq!(Scope::parse(""), None);
    }

    #[test]
    fn each_scope_says_what_it_opens() {
        let said: std::collections::BTreeSet<_> = Scope::ALL.map(Scope::description).into();
        assert_eq!(said.len(), Scope::ALL.len());
        assert!(said.iter().all(|text| text.split(' ').count() > 1), "{said:?}");
    }

    #[test]
    fn a_set_has_each_scope_once_in_one_order() {
        use Scope::{Account, Tasks};
        let set: ScopeSet = [Account, Tasks, Account].into_iter().collect();
        assert_eq!(set.iter().collect::<Vec<_>>(), [Tasks, Account]);
        assert_eq!((set.to_scope_string(), Tasks.to_string()), ("Tasks Account".to_owned(), "Tasks".to_owned()));
        assert_eq!(serde_json::to_value(set).expect("JSON"), serde_json::json!(["Tasks", "Account"]));
        assert!(!set.is_empty() && ScopeSet::default().is_empty());
        assert_eq!(set.without(Tasks.into()), Account.into());
        assert!(Scope::ALL.iter().all(|scope| set.contains(*scope) == [Account, Tasks].contains(scope)));
    }

    fn any_set() -> impl Strategy<Value = ScopeSet> {
        proptest::collection::vec(proptest::sample::select(Scope::ALL.to_vec()), 0..12).prop_map(ScopeSet::from_iter)
    }

    proptest! {
        #[test]
        fn parse_and_print_round_trip(scope in proptest::sample::select(Scope::ALL.to_vec())) {
            prop_assert_eq!(Scope::parse(scope.as_str()), Some(scope));
        }

        #[test]
        fn a_subset_never_grants_more(a in any_set(), b in any_set()) {
            let less = a.without(b);
            for scope in less.iter() {
                prop_assert!(a.contains(scope) && !b.contains(scope));
            }
            prop_assert!(less.without(a).is_empty());
        }
    }
}

//! What clients know of each other's doings when a round begins.

use std::collections::BTreeMap;

use scenarios::Authenticator;

use crate::keys::{Tag, Value};

/// Cookies, challenges and values that are remembered: the last ones, good or bad.
const REMEMBERED_MAX: usize = 8;

/// A text that was told, with its number.
pub(crate) type Told = (u32, String);

/// A local user, as far as clients know.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    /// The name, in environment ROOT.
    pub(crate) user_name: String,
    /// Passwords that were set or tried to be, the one that was set last at the end.
    pub(crate) passwords: Vec<Told>,
    /// Cookies, newest last.
    pub(crate) cookies: Vec<Told>,
    /// Challenges, newest last.
    pub(crate) challenges: Vec<Told>,
    /// The second factor.
    pub(crate) factor: Option<Factor>,
}

/// A second factor.
#[derive(Clone, Debug)]
pub(crate) struct Factor {
    /// Makes codes.
    pub(crate) authenticator: Authenticator,
    /// The number of the set of recovery codes, and the codes.
    pub(crate) codes: (u32, Vec<String>),
}

/// The keys of one user.
#[derive(Clone, Debug, Default)]
pub(crate) struct KeyRing {
    /// The cookie of their owner.
    pub(crate) cookie: String,
    /// Values by name, newest last.
    pub(crate) values: BTreeMap<u8, Vec<(Value, String)>>,
    /// Entity tags by name, newest last.
    pub(crate) tags: BTreeMap<u8, Vec<(Tag, String)>>,
}

/// All of it.
#[derive(Clone, Debug)]
pub(crate) struct Knowledge {
    /// Who signs in.
    pub(crate) people: Vec<Person>,
    /// Whose keys are used.
    pub(crate) keys: KeyRing,
}

/// What one answer told.
#[derive(Clone, Debug)]
pub(crate) enum News {
    /// A cookie of a person.
    Cookie(usize, Told),
    /// A person's session outlived others.
    Survivor(usize, u32),
    /// A person's cookie is of no session any more.
    Over(usize, u32),
    /// A challenge of a person.
    Challenge(usize, Told),
    /// A person's password was set.
    Password(usize, Told),
    /// A person's recovery codes.
    Codes(usize, u32, Vec<String>),
    /// A key's value and tag.
    Key(u8, Tag, String, String),
}

impl Knowledge {
    /// Takes in what an answer told.
    pub(crate) fn learn(&mut self, news: News) {
        match news {
            News::Cookie(person, told) => self.person(person, |known| remember(&mut known.cookies, told)),
            News::Survivor(person, cookie) => self.person(person, |known| {
                // The newest is the one that most use.
                known.cookies.sort_by_key(|(number, _)| *number == cookie);
            }),
            News::Over(person, cookie) => self.person(person, |known| {
                known.cookies.retain(|(number, _)| *number != cookie);
            }),
            News::Challenge(person, told) => self.person(person, |known| remember(&mut known.challenges, told)),
            News::Password(person, told) => self.person(person, |known| {
                known.passwords.retain(|(number, _)| *number != told.0);
                remember(&mut known.passwords, told);
            }),
            News::Codes(person, set, texts) => self.person(person, |known| {
                if let Some(factor) = &mut known.factor {
                    factor.codes = (set, texts);
                }
            }),
            News::Key(name, tag, value, etag) => {
                remember(self.keys.values.entry(name).or_default(), (tag.value, value));
                remember(self.keys.tags.entry(name).or_default(), (tag, etag));
            }
        }
    }

    fn person(&mut self, person: usize, change: impl FnOnce(&mut Person)) {
        if let Some(known) = self.people.get_mut(person) {
            change(known);
        }
    }
}

fn remember<T>(known: &mut Vec<T>, told: T) {
    known.push(told);
    known.drain(..known.len().saturating_sub(REMEMBERED_MAX));
}

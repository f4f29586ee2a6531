//! What each problem means and what to do next, in every language of the page.

mod dutch;
mod english;

use serde_json::{Value, json};

use crate::negotiation::Language;

/// A problem of the contract, explained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Explanation {
    pub(crate) status: u16,
    pub(crate) slug: &'static str,
    english: Words,
    dutch: Words,
}

/// One language's words for a problem; plain text without markup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Words {
    /// As in the problem's document.
    pub(crate) title: &'static str,
    /// What happened.
    pub(crate) meaning: &'static str,
    /// What to do next.
    pub(crate) advice: &'static str,
}

impl Explanation {
    /// Its words in this language.
    pub(crate) const fn words(&self, language: Language) -> Words {
        match language {
            Language::English => self.english,
            Language::Dutch => self.dutch,
        }
    }

    /// The same for programs.
    pub(crate) fn json(&self, language: Language) -> Value {
        let Words { title, meaning, advice } = self.words(language);
        let (kind, status) = (format!("/problems/{}", self.slug), self.status);
        json!({"type": kind, "title": title, "status": status, "description": format!("{meaning} {advice}")})
    }
}

/// The explanation of that problem.
pub(crate) fn of(slug: &str) -> Option<Explanation> {
    let (status, slug, english) = english::WORDS.into_iter().find(|(_, known, _)| *known == slug)?;
    let (_, dutch) = dutch::WORDS.into_iter().find(|(known, _)| *known == slug)?;
    Some(Explanation { status, slug, english, dutch })
}

const fn words(title: &'static str, meaning: &'static str, advice: &'static str) -> Words {
    Words { title, meaning, advice }
}

#[cfg(test)]
mod tests;

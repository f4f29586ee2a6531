//! What the service made and told: values, tokens, codes, tags, by their names.

use std::collections::{BTreeMap, BTreeSet};

use scenarios::Authenticator;
use serde_json::Value;
use shared::clock::Timestamp;

use crate::exchange::{SentTag, Tag};

#[derive(Debug, Default)]
pub(crate) struct Known {
    texts: BTreeMap<String, String>,
    lists: BTreeMap<String, Vec<String>>,
    tags: BTreeMap<Tag, String>,
    /// Which content a tag of a resource stands for.
    contents: BTreeMap<(String, String), String>,
    /// Every secret, which must be new when it is made.
    secrets: BTreeSet<String>,
}

impl Known {
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.texts.get(name).map(String::as_str)
    }

    /// Keeps what has this name.
    ///
    /// # Errors
    /// When it is not new: no two things are told by one text.
    pub(crate) fn keep(&mut self, name: &str, text: &str) -> Result<(), String> {
        if self.texts.get(name).is_some_and(|before| before == text) {
            return Ok(());
        }
        if !self.secrets.insert(text.to_owned()) {
            return Err(format!("{name} is what something else is already: {text}"));
        }
        self.texts.insert(name.to_owned(), text.to_owned());
        Ok(())
    }

    pub(crate) fn keep_list(&mut self, name: &str, texts: &[String]) -> Result<(), String> {
        if let Some(known) = texts.iter().find(|text| !self.secrets.insert((*text).clone())) {
            return Err(format!("{name} holds what something else is already: {known}"));
        }
        self.lists.insert(name.to_owned(), texts.to_vec());
        Ok(())
    }

    /// Notes what a tag stands for.
    ///
    /// # Errors
    /// When the same content had another tag, or the tag another content.
    pub(crate) fn keep_tag(&mut self, tag: &Tag, text: &str) -> Result<(), String> {
        if let Some(before) = self.tags.insert(tag.clone(), text.to_owned()).filter(|before| before != text) {
            return Err(format!("the tag {text} of {tag:?} was {before}"));
        }
        let at = (tag.resource.clone(), text.to_owned());
        match self.contents.insert(at, tag.content.clone()).filter(|before| *before != tag.content) {
            Some(before) => Err(format!("the tag {text} of {tag:?} is that of {before} too")),
            None => Ok(()),
        }
    }

    pub(crate) fn tag(&self, sent: &SentTag) -> String {
        let seen = match sent {
            SentTag::Seen(tag) => self.tags.get(tag).cloned(),
            SentTag::Stale => None,
        };
        seen.unwrap_or_else(|| "\"stale\"".to_owned())
    }

    /// A secret that `text` holds, but for those of these names.
    pub(crate) fn leak(&self, text: &str, told: &[(String, String)]) -> Option<&str> {
        let is_secret = |name: &str| !name.starts_with("id of ");
        let secrets = self.texts.iter().filter(|(name, _)| is_secret(name));
        let mut found = secrets.filter(|(_, secret)| text.contains(secret.as_str()));
        found.find(|(name, _)| told.iter().all(|(known, _)| known != *name)).map(|(name, _)| name.as_str())
    }

    /// A path with what its names in braces stand for.
    pub(crate) fn path(&self, path: &str) -> String {
        match (path.find('{'), path.find('}')) {
            (Some(from), Some(to)) => {
                let id = self.text(&path[from + 1..to]).unwrap_or("nothing");
                format!("{}{id}{}", &path[..from], &path[to + 1..])
            }
            _ => path.to_owned(),
        }
    }

    /// A body with what its names stand for.
    pub(crate) fn body(&self, body: &Value) -> Value {
        let Some(members) = body.as_object() else { return body.clone() };
        if let Some(name) = body["$known"].as_str() {
            return self.text(name).unwrap_or("nothing-of-that-name").into();
        }
        if let Some(list) = body["$entry"].as_str() {
            let at = body["at"].as_u64().and_then(|at| usize::try_from(at).ok()).unwrap_or_default();
            let entry = self.lists.get(list).and_then(|list| list.get(at));
            return entry.map_or("ABCD-EFGH-JKLM-NPQR", String::as_str).into();
        }
        let at = Timestamp::from_unix_seconds(body["step"].as_i64().unwrap_or_default() * 30);
        if let Some(name) = body["$code"].as_str() {
            return self.authenticator(name).map_or_else(|| "000000".to_owned(), |own| own.code_at(at)).into();
        }
        if let Some(name) = body["$wrong_code"].as_str() {
            return self.authenticator(name).map_or_else(|| "000000".to_owned(), |own| own.wrong_code_at(at)).into();
        }
        members.iter().map(|(name, value)| (name.clone(), self.body(value))).collect()
    }

    fn authenticator(&self, name: &str) -> Option<Authenticator> {
        self.text(name).map(Authenticator::new)
    }
}

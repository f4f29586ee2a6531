//! Lists in pages: `limit` and an opaque `cursor`.

use serde::Serialize;

use crate::error::{Error, Result};
use crate::secret::short_hash;

/// Most items of a page, and how many there are when `limit` is left out.
pub const LIMIT_MAX: usize = 100;
/// Characters of the check that a cursor begins with: a changed one, and one of another list, is refused.
const CHECK_CHARACTERS: usize = 8;

/// Which page was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageRequest {
    /// At most so many items.
    pub limit: usize,
    /// What the last item of the page before sorts by.
    pub after: Option<String>,
    list: String,
}

/// One page.
#[derive(Clone, Debug, Serialize)]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// The cursor of the next page; `None` at the end.
    pub next: Option<String>,
}

impl PageRequest {
    pub(super) fn read(list: &str, limit: Option<&str>, cursor: Option<&str>) -> Result<Self> {
        let limit = match limit {
            None => LIMIT_MAX,
            Some(text) => Some(text)
                .filter(|text| !text.starts_with('+'))
                .and_then(|text| text.parse().ok())
                .filter(|limit| (1..=LIMIT_MAX).contains(limit))
                .ok_or_else(|| Error::invalid("?limit", "must be a whole number from 1 to 100"))?,
        };
        let after = cursor.map(|cursor| read_cursor(list, cursor).ok_or_else(unknown_cursor)).transpose()?;
        Ok(Self { limit, after, list: list.to_owned() })
    }

    /// The cursor after an item that sorts by `key`.
    #[must_use]
    pub fn cursor_after(&self, key: &str) -> String {
        data_encoding::BASE64URL_NOPAD.encode(format!("{}{key}", check(&self.list, key)).as_bytes())
    }

    /// The page of `sorted`, which sorts by `key`.
    #[must_use]
    pub fn cut<T>(&self, sorted: Vec<T>, key: impl Fn(&T) -> String) -> Page<T> {
        let is_after = |item: &T| self.after.as_ref().is_none_or(|after| key(item) > *after);
        let mut items: Vec<T> = sorted.into_iter().filter(is_after).take(self.limit + 1).collect();
        let next = (items.len() > self.limit).then(|| items.truncate(self.limit));
        let next = next.and_then(|()| items.last()).map(|last| self.cursor_after(&key(last)));
        Page { items, next }
    }
}

fn unknown_cursor() -> Error {
    Error::invalid("?cursor", "must be the next of an earlier page")
}

fn read_cursor(list: &str, cursor: &str) -> Option<String> {
    let bytes = data_encoding::BASE64URL_NOPAD.decode(cursor.as_bytes()).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    let (found, key) = text.split_at_checked(CHECK_CHARACTERS)?;
    // A key is a name or an id; DynamoDB takes no longer start key than 1 KiB.
    let is_ours = !key.is_empty() && key.len() <= 1_000 && found == check(list, key);
    is_ours.then(|| key.to_owned())
}

fn check(list: &str, key: &str) -> String {
    short_hash(&["cursor", list, key]).chars().take(CHECK_CHARACTERS).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn pages_hold_every_item_once() {
        let all: Vec<u32> = (100..350).collect();
        let mut seen = Vec::new();
        let mut cursor = None;
        loop {
            let page = PageRequest::read("list", Some("100"), cursor.as_deref())
                .expect("valid")
                .cut(all.clone(), u32::to_string);
            seen.extend(page.items);
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(seen, all);
    }

    #[test]
    fn a_limit_out_of_range_is_refused() {
        for bad in ["0", "101", "-1", "+5", "1.0", "", "a", "18446744073709551616"] {
            assert!(PageRequest::read("list", Some(bad), None).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_cursor_of_another_list_or_a_changed_one_is_refused() {
        let page = PageRequest::read("keys", None, None).expect("valid");
        let cursor = page.cursor_after("jane");
        assert!(PageRequest::read("keys", None, Some(&cursor)).is_ok());
        assert!(PageRequest::read("users", None, Some(&cursor)).is_err());
        for at in 0..cursor.len() {
            let mut changed = cursor.clone();
            changed.replace_range(at..=at, if &cursor[at..=at] == "A" { "B" } else { "A" });
            assert!(PageRequest::read("keys", None, Some(&changed)).is_err(), "{at}");
        }
    }

    proptest! {
        #[test]
        fn only_our_own_cursors_are_taken(text in any::<String>()) {
            prop_assert!(PageRequest::read("list", None, Some(&text)).is_err());
        }
    }
}

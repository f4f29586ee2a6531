//! Holds what was answered against what must be, and learns what only the service could know.

use serde_json::Value;
use shared::clock::Timestamp;

use crate::known::Known;

/// What an answer taught.
#[derive(Clone, Debug, Default)]
pub(crate) struct Learnt {
    pub(crate) texts: Vec<(String, String)>,
    pub(crate) lists: Vec<(String, Vec<String>)>,
    /// Of a key's value, what is shown of it for good.
    pub(crate) hints: Vec<(String, String)>,
}

/// Where what was answered differs from what must be, if it does.
pub(crate) fn compare(wanted: &Value, found: &Value, known: &Known, learnt: &mut Learnt) -> Result<(), String> {
    match (wanted, found) {
        (Value::Object(members), _) if members.keys().next().is_some_and(|name| name.starts_with('$')) => {
            compare_special(wanted, found, known, learnt)
        }
        (Value::Object(wanted), Value::Object(found)) => {
            let (names, others): (Vec<_>, Vec<_>) = (wanted.keys().collect(), found.keys().collect());
            if names != others {
                return Err(format!("members {others:?} in place of {names:?}"));
            }
            wanted.iter().try_for_each(|(name, wanted)| {
                compare(wanted, &found[name], known, learnt).map_err(|fault| format!("/{name}{fault}"))
            })
        }
        (Value::Array(wanted), Value::Array(found)) if wanted.len() == found.len() => {
            wanted.iter().zip(found).enumerate().try_for_each(|(at, (wanted, found))| {
                compare(wanted, found, known, learnt).map_err(|fault| format!("/{at}{fault}"))
            })
        }
        (wanted, found) if wanted == found => Ok(()),
        (wanted, found) => Err(format!(": {found} in place of {wanted}")),
    }
}

fn compare_special(wanted: &Value, found: &Value, known: &Known, learnt: &mut Learnt) -> Result<(), String> {
    let fault = || Err(format!(": {found} in place of {wanted}"));
    let text = found.as_str();
    if let (Some(name), Some(text)) = (wanted["$learn"].as_str(), text) {
        if known.text(name).is_some_and(|before| before != text) {
            return fault();
        }
        learnt.texts.push((name.to_owned(), text.to_owned()));
        return Ok(());
    }
    if let (Some(name), Some(list)) = (wanted["$learn_list"].as_str(), found.as_array()) {
        let texts: Vec<_> = list.iter().filter_map(Value::as_str).map(str::to_owned).collect();
        let different: std::collections::BTreeSet<_> = texts.iter().collect();
        let is_full = wanted["count"] == different.len() && texts.len() == list.len() && texts.len() == different.len();
        learnt.lists.push((name.to_owned(), texts.clone()));
        return if is_full { Ok(()) } else { fault() };
    }
    if let (Some(name), Some(text)) = (wanted["$hint"].as_str(), text) {
        learnt.hints.push((name.to_owned(), text.to_owned()));
        return Ok(());
    }
    if let (Some(bounds), Some(text)) = (wanted["$within"].as_array(), text) {
        let at = |value: &Value| value.as_str().and_then(Timestamp::parse_rfc3339);
        let is_within =
            Timestamp::parse_rfc3339(text) >= at(&bounds[0]) && Timestamp::parse_rfc3339(text) <= at(&bounds[1]);
        return if is_within { Ok(()) } else { fault() };
    }
    if let (Some(items), Some(list)) = (wanted["$set"].as_array(), found.as_array()) {
        return compare_sets(items, list, known, learnt);
    }
    let contains = |list: &Vec<Value>| list.contains(&wanted["$containing"]);
    if wanted["$any"] == true || found.as_array().is_some_and(contains) { Ok(()) } else { fault() }
}

/// Each must be there, once.
fn compare_sets(wanted: &[Value], found: &[Value], known: &Known, learnt: &mut Learnt) -> Result<(), String> {
    if wanted.len() != found.len() {
        return Err(format!(": {} in place of {}: {found:#?} in place of {wanted:#?}", found.len(), wanted.len()));
    }
    let mut left: Vec<&Value> = found.iter().collect();
    for item in wanted {
        let fits = |candidate: &&Value| {
            let mut tried = Learnt::default();
            compare(item, candidate, known, &mut tried).is_ok().then_some(tried)
        };
        let Some((at, tried)) = left.iter().enumerate().find_map(|(at, candidate)| Some((at, fits(candidate)?))) else {
            return Err(format!(": no {item} in {found:#?}"));
        };
        left.remove(at);
        learnt.texts.extend(tried.texts);
        learnt.lists.extend(tried.lists);
        learnt.hints.extend(tried.hints);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::exchange::{any, containing, known, learn, learn_list, set, within};

    fn agree(wanted: &Value, found: &Value) -> bool {
        let mut known = Known::default();
        known.keep("token 1", "abc").expect("new");
        compare(wanted, found, &known, &mut Learnt::default()).is_ok()
    }

    #[test]
    fn what_is_spelled_out_is_exact() {
        assert!(agree(&json!({"a": [1, null]}), &json!({"a": [1, null]})));
        for other in [json!({"a": [1]}), json!({"a": [1, 2]}), json!({"a": [1, null], "b": 1}), json!({}), json!(null)]
        {
            assert!(!agree(&json!({"a": [1, null]}), &other), "{other}");
        }
    }

    #[test]
    fn what_was_learnt_stays_the_same() {
        assert!(agree(&learn("token 1"), &json!("abc")) && agree(&learn("token 2"), &json!("abd")));
        assert!(!agree(&learn("token 1"), &json!("abd")) && !agree(&learn("token 2"), &json!(null)));
        assert!(agree(&learn_list("codes 1", 2), &json!(["a", "b"])));
        assert!(!agree(&learn_list("codes 1", 2), &json!(["a", "a"])));
    }

    #[test]
    fn bounds_sets_and_parts_hold() {
        let at = |text| Timestamp::parse_rfc3339(text).expect("an instant");
        let day = within(at("2027-01-01T00:00:00Z"), at("2027-01-02T00:00:00Z"));
        assert!(agree(&day, &json!("2027-01-02T00:00:00Z")) && !agree(&day, &json!("2027-01-02T00:00:01Z")));
        assert!(!agree(&day, &json!(null)));
        let items = set(&[json!(1), any()]);
        assert!(agree(&items, &json!([2, 1])) && !agree(&items, &json!([2, 3])) && !agree(&items, &json!([1])));
        assert!(agree(&containing("a"), &json!(["b", "a"])) && !agree(&containing("a"), &json!(["b"])));
        assert!(!agree(&known("token 1"), &json!("abd")));
    }
}

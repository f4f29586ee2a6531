//! Which stream records start a function: the part of Lambda's event filtering that the template uses.

use serde_json::Value;

/// Passes what any of its patterns matches.
#[derive(Clone, Debug)]
pub struct Filter(Vec<Value>);

impl Filter {
    /// Reads patterns, each a JSON text; one that uses more than exact values and `prefix` is refused.
    ///
    /// # Errors
    /// Says which pattern is not understood.
    pub fn parse<'a>(patterns: impl IntoIterator<Item = &'a str>) -> Result<Self, String> {
        let parse_one = |text: &str| {
            let pattern = serde_json::from_str(text).map_err(|e| format!("{text}: {e}"))?;
            if is_understood(&pattern) { Ok(pattern) } else { Err(format!("{text}: only values and prefix are known")) }
        };
        patterns.into_iter().map(parse_one).collect::<Result<_, _>>().map(Self)
    }

    /// Whether `record` starts the function.
    #[must_use]
    pub fn passes(&self, record: &Value) -> bool {
        self.0.iter().any(|pattern| matches(pattern, Some(record)))
    }
}

fn is_understood(pattern: &Value) -> bool {
    match pattern {
        Value::Object(fields) => fields.values().all(is_understood),
        Value::Array(rules) => rules.iter().all(|rule| match rule {
            Value::Object(rule) => rule.len() == 1 && rule.get("prefix").is_some_and(Value::is_string),
            other => !other.is_array(),
        }),
        _ => false,
    }
}

fn matches(pattern: &Value, value: Option<&Value>) -> bool {
    match pattern {
        Value::Object(fields) => {
            fields.iter().all(|(name, pattern)| matches(pattern, value.and_then(|value| value.get(name))))
        }
        Value::Array(rules) => rules.iter().any(|rule| match rule.get("prefix").and_then(Value::as_str) {
            Some(prefix) => value.and_then(Value::as_str).is_some_and(|text| text.starts_with(prefix)),
            None => value == Some(rule),
        }),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn record(name: &str, pk: &str, sk: &str) -> Value {
        json!({"eventName": name, "dynamodb": {"Keys": {"PK": {"S": pk}, "SK": {"S": sk}}}})
    }

    #[test]
    fn all_fields_of_one_pattern_must_match() {
        let filter =
            Filter::parse([r#"{"eventName":["INSERT"],"dynamodb":{"Keys":{"SK":{"S":[{"prefix":"EVENT#"}]}}}}"#])
                .expect("a known pattern");
        assert!(filter.passes(&record("INSERT", "USER#1", "EVENT#2")));
        assert!(!filter.passes(&record("REMOVE", "USER#1", "EVENT#2")));
        assert!(!filter.passes(&record("INSERT", "USER#1", "PROFILE")));
        assert!(!filter.passes(&json!({})));
    }

    #[test]
    fn a_pattern_that_is_not_understood_is_refused() {
        for bad in ["{", "[]x", r#"{"a":1}"#, r#"{"a":[{"anything-but":["b"]}]}"#, r#"{"a":[["b"]]}"#] {
            assert!(Filter::parse([bad]).is_err(), "{bad}");
        }
    }
}

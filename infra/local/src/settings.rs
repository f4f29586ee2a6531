//! What the template gives a function: memory, time and environment variables.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

/// What a function is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionSettings {
    /// Its memory, in megabytes.
    pub memory_megabytes: u32,
    /// How long an invocation may take.
    pub timeout: Duration,
    /// Its environment variables; what the template refers to stands here under its name there, and of a choice what
    /// holds where its condition does.
    pub variables: BTreeMap<String, String>,
}

/// What may stand in one function or in all.
#[derive(Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Settings {
    memory_size: Option<u32>,
    timeout: Option<u64>,
    environment: Variables,
}

#[derive(Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Variables {
    variables: BTreeMap<String, Value>,
}

/// The text of a value: as it is written, or of `!If` what holds where its condition does.
fn text(written: &Value) -> Option<String> {
    let written = if let Value::Array(choice) = written { choice.get(1)? } else { written };
    written.as_str().map(str::to_owned)
}

impl Settings {
    /// These, where the function has none of its own.
    pub(crate) fn with(&self, own: &Self) -> Self {
        let mut all = self.clone();
        all.memory_size = own.memory_size.or(all.memory_size);
        all.timeout = own.timeout.or(all.timeout);
        all.environment.variables.extend(own.environment.variables.clone());
        all
    }

    /// Complete, where memory and timeout are set and every variable is a text.
    pub(crate) fn finish(self) -> Option<FunctionSettings> {
        let variables = self.environment.variables.into_iter();
        Some(FunctionSettings {
            memory_megabytes: self.memory_size?,
            timeout: Duration::from_secs(self.timeout?),
            variables: variables.map(|(name, written)| Some((name, text(&written)?))).collect::<Option<_>>()?,
        })
    }
}

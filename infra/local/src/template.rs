//! Reads from the deployment's template what the local stack stands in for. Its routes are read where the portal is
//! built, whose function answers for all that no route covers.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use crate::error::StartError;
use crate::filter::Filter;
use crate::permission::{self, Permission};
use crate::policy;
use crate::settings::{FunctionSettings, Settings};

const TEXT: &str = include_str!("../../template.yaml");

/// What the template declares, as far as it matters here.
#[derive(Clone, Debug)]
pub struct Template {
    /// The one table.
    pub table: Table,
    /// How often a function runs by itself.
    pub schedules: BTreeMap<String, Duration>,
    /// Which stream records start a function.
    pub filters: BTreeMap<String, Filter>,
    /// What each function is given, by its folder.
    pub functions: BTreeMap<String, Declared>,
}

/// What a function is given.
#[derive(Clone, Debug)]
pub struct Declared {
    /// What its role may do.
    pub permissions: BTreeSet<Permission>,
    /// Whether it is told where the secret is.
    pub has_secret: bool,
    /// Memory, time and environment variables.
    pub settings: FunctionSettings,
}

/// The table's definition, under the names that the template and DynamoDB share.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Table {
    /// Type of each key attribute.
    pub attribute_definitions: Vec<Attribute>,
    /// Its own key.
    pub key_schema: Vec<KeyPart>,
    /// Its indexes.
    #[serde(default)]
    pub global_secondary_indexes: Vec<Index>,
    /// Which attribute ends an item.
    pub time_to_live_specification: TimeToLive,
    /// Its stream.
    pub stream_specification: Stream,
}

/// A key attribute and its type.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Attribute {
    /// Its name.
    pub attribute_name: String,
    /// `S`, `N` or `B`.
    pub attribute_type: String,
}

/// One part of a key.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct KeyPart {
    /// Its attribute.
    pub attribute_name: String,
    /// `HASH` or `RANGE`.
    pub key_type: String,
}

/// A global index.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Index {
    /// Its name.
    pub index_name: String,
    /// Its key.
    pub key_schema: Vec<KeyPart>,
    /// What it holds beside keys.
    pub projection: Projection,
}

/// What an index holds.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Projection {
    /// `KEYS_ONLY` or `ALL`.
    pub projection_type: String,
}

/// Time to live.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct TimeToLive {
    /// The attribute with the instant.
    pub attribute_name: String,
}

/// The table's stream.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Stream {
    /// What its records hold.
    pub stream_view_type: String,
}

impl Template {
    /// Reads the template of this build.
    ///
    /// # Errors
    /// `Template` when it declares what this stack cannot stand in for.
    pub fn read() -> Result<Self, StartError> {
        Self::parse(TEXT)
    }

    fn parse(text: &str) -> Result<Self, StartError> {
        let file: File = serde_saphyr::from_str(text).map_err(|e| StartError::Template(e.to_string()))?;
        let mut table = None;
        let (mut events, mut functions) = (Events::default(), BTreeMap::new());
        for (id, resource) in file.resources {
            match resource.kind.as_str() {
                "AWS::DynamoDB::Table" => table = Some(properties::<Table>(&id, resource.properties)?),
                "AWS::Serverless::Function" => {
                    let function: Function = properties(&id, resource.properties)?;
                    let declared = function.declared(&file.globals.function);
                    let declared = declared.map_err(|e| StartError::Template(format!("{id}: {e}")))?;
                    functions.insert(function.folder(), declared);
                    events.add(function)?;
                }
                _ => {}
            }
        }
        let table = table.ok_or_else(|| StartError::Template("no table".to_owned()))?;
        let Events { schedules, filters } = events;
        Ok(Self { table, schedules, filters, functions })
    }
}

/// What starts the functions.
#[derive(Default)]
struct Events {
    schedules: BTreeMap<String, Duration>,
    filters: BTreeMap<String, Filter>,
}

impl Events {
    fn add(&mut self, function: Function) -> Result<(), StartError> {
        let folder = function.folder();
        for event in function.events.into_values() {
            let function = folder.clone();
            match event {
                Event::HttpApi(IgnoredAny) => {}
                Event::ScheduleV2 { schedule_expression } => {
                    self.schedules.insert(function, period(&schedule_expression)?);
                }
                Event::DynamoDB { filter_criteria } => {
                    self.filters.insert(function, filter_criteria.filter()?);
                }
            }
        }
        Ok(())
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct File {
    #[serde(default)]
    globals: Globals,
    resources: BTreeMap<String, Resource>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Globals {
    function: Settings,
}

#[derive(Deserialize)]
struct Resource {
    #[serde(rename = "Type")]
    kind: String,
    #[serde(rename = "Properties", default)]
    properties: Value,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Function {
    code_uri: String,
    #[serde(default)]
    policies: Vec<Value>,
    #[serde(default)]
    events: BTreeMap<String, Event>,
    #[serde(flatten)]
    settings: Settings,
}

impl Function {
    fn folder(&self) -> String {
        self.code_uri.rsplit('/').next().unwrap_or_default().to_owned()
    }

    fn declared(&self, of_all: &Settings) -> Result<Declared, String> {
        let settings = of_all.with(&self.settings).finish();
        let settings = settings.ok_or("no memory, no timeout or a variable that is no text")?;
        let permissions = policy::permissions(&self.policies)?;
        let has_secret = settings.variables.contains_key("SECRET_ARN");
        if has_secret != permissions.iter().any(|permission| permission.resource == permission::Resource::Secret) {
            return Err("SECRET_ARN and the right to read the secret go together".to_owned());
        }
        Ok(Declared { permissions, has_secret, settings })
    }
}

#[derive(Deserialize)]
#[serde(tag = "Type", content = "Properties")]
enum Event {
    HttpApi(IgnoredAny),
    #[serde(rename_all = "PascalCase")]
    ScheduleV2 {
        schedule_expression: String,
    },
    #[serde(rename_all = "PascalCase")]
    DynamoDB {
        filter_criteria: FilterCriteria,
    },
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct FilterCriteria {
    filters: Vec<Pattern>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Pattern {
    pattern: String,
}

impl FilterCriteria {
    fn filter(&self) -> Result<Filter, StartError> {
        Filter::parse(self.filters.iter().map(|filter| filter.pattern.as_str())).map_err(StartError::Template)
    }
}

fn properties<T: for<'de> Deserialize<'de>>(id: &str, properties: Value) -> Result<T, StartError> {
    serde_json::from_value(properties).map_err(|e| StartError::Template(format!("{id}: {e}")))
}

/// Reads `rate(1 hour)`.
fn period(expression: &str) -> Result<Duration, StartError> {
    let parse = || {
        let (count, unit) = expression.strip_prefix("rate(")?.strip_suffix(')')?.split_once(' ')?;
        let seconds = match unit.trim_end_matches('s') {
            "minute" => 60,
            "hour" => 3_600,
            "day" => 86_400,
            _ => return None,
        };
        Some(Duration::from_secs(count.parse::<u64>().ok()?.checked_mul(seconds)?))
    };
    parse().ok_or_else(|| StartError::Template(format!("{expression}: only rates are known")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn template() -> Template {
        Template::read().expect("the template of this build")
    }

    #[test]
    fn the_table_is_read_with_its_index() {
        let table = template().table;
        assert_eq!(table.time_to_live_specification.attribute_name, "purge_at");
        assert_eq!(table.stream_specification.stream_view_type, "NEW_IMAGE");
        let index = table.global_secondary_indexes.first().expect("one index");
        assert_eq!((index.index_name.as_str(), index.projection.projection_type.as_str()), ("expiry", "KEYS_ONLY"));
    }

    #[test]
    fn the_clean_up_is_scheduled_and_the_notifier_filtered() {
        let template = template();
        assert_eq!(template.schedules.get("cleanup"), Some(&Duration::from_hours(1)));
        let filter = template.filters.get("notifier").expect("a stream mapping");
        let record = |pk: &str, sk: &str| serde_json::json!({"eventName": "INSERT", "dynamodb": {"Keys": {"PK": {"S": pk}, "SK": {"S": sk}}}});
        assert!(filter.passes(&record("USER#1", "EVENT#1")) && filter.passes(&record("REQUEST#1", "REQUEST")));
        assert!(!filter.passes(&record("USER#1", "SESSION#1")));
    }

    #[test]
    fn a_function_has_its_own_settings_over_those_of_all() {
        let functions = template().functions;
        let (hashing, reading) = (functions.get("sign-in"), functions.get("sessions"));
        let (hashing, reading) = (hashing.expect("a function"), reading.expect("a function"));
        assert!(hashing.settings.memory_megabytes > reading.settings.memory_megabytes);
        assert_eq!(hashing.settings.variables.get("SECRET_ARN").map(String::as_str), Some("Secret"));
        assert_eq!(reading.settings.variables.get("SECRET_ARN"), None);
        assert_eq!(hashing.settings.variables.get("TABLE_NAME"), reading.settings.variables.get("TABLE_NAME"));
        assert_eq!(reading.settings.variables.get("PORTAL_ORIGIN").map(String::as_str), Some("PortalOrigin"));
    }

    #[test]
    fn another_schedule_than_a_rate_is_refused() {
        for bad in ["cron(0 * * * ? *)", "rate(1 week)", "rate(x hours)", "rate(1)"] {
            assert!(period(bad).is_err(), "{bad}");
        }
    }
}

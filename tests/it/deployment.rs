//! What a mistake in the template would cost most: data, alarms that stay silent, a flood that nothing holds back.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use serde_json::{Value, json};

/// The template; an intrinsic function stands there as its argument alone.
static TEMPLATE: LazyLock<Value> = LazyLock::new(|| {
    let text = fs::read_to_string(root().join("infra/template.yaml")).expect("infra/template.yaml");
    serde_saphyr::from_str(&text).expect("a template")
});

/// The resources of one type, by their names.
fn resources(kind: &str) -> BTreeMap<&'static str, &'static Value> {
    let all = TEMPLATE["Resources"].as_object().expect("resources").iter();
    all.filter(|(_, resource)| resource["Type"] == kind).map(|(name, resource)| (name.as_str(), resource)).collect()
}

fn properties(kind: &str) -> BTreeMap<&'static str, &'static Value> {
    resources(kind).into_iter().map(|(name, resource)| (name, &resource["Properties"])).collect()
}

fn functions() -> BTreeMap<&'static str, &'static Value> {
    properties("AWS::Serverless::Function")
}

fn text(value: &'static Value) -> &'static str {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text"))
}

/// The folder of a function's code.
fn folder(function: &'static Value) -> &'static str {
    text(&function["CodeUri"]).strip_prefix("../functions/").expect("a folder below functions/")
}

/// Everything that a map names.
fn names<T>(map: &BTreeMap<&'static str, T>) -> BTreeSet<&'static str> {
    map.keys().copied().collect()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the folder above this crate")
}

#[track_caller]
fn is_kept(resource: &'static Value) {
    // What a stack made that never came to be holds nothing.
    let deletion = text(&resource["DeletionPolicy"]);
    assert!(["Retain", "RetainExceptOnCreate"].contains(&deletion), "{deletion}");
    assert_eq!(resource["UpdateReplacePolicy"], "Retain");
}

/// A change of these lines makes another secret, under which no password and no authenticator is right.
#[test]
fn the_secret_is_generated_as_it_ever_was() {
    let secrets = resources("AWS::SecretsManager::Secret");
    assert_eq!(names(&secrets), BTreeSet::from(["Secret"]), "another name is another secret");
    let secret = secrets["Secret"];
    is_kept(secret);
    let generated = json!({
        "SecretStringTemplate": r#"{"current":"1"}"#,
        "GenerateStringKey": "1",
        "PasswordLength": 64,
        "ExcludePunctuation": true,
    });
    assert_eq!(secret["Properties"]["GenerateSecretString"], generated);
    let said: BTreeSet<_> = secret["Properties"].as_object().expect("properties").keys().collect();
    assert_eq!(said, BTreeSet::from(["Description", "GenerateSecretString", "KmsKeyId"].map(String::from).each_ref()));
}

#[test]
fn the_table_is_kept_and_goes_back_to_an_earlier_state_only_when_told() {
    let tables = resources("AWS::DynamoDB::Table");
    assert_eq!(names(&tables), BTreeSet::from(["Table"]), "another name is another table");
    is_kept(tables["Table"]);
    let table = &tables["Table"]["Properties"];
    assert_eq!(table["DeletionProtectionEnabled"], true);
    assert_eq!(table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"], true);
    assert_eq!(table["BillingMode"], "PAY_PER_REQUEST");
    assert_eq!(table["TableName"], Value::Null, "a name of its own stands in the way of a restore");
    let import = &table["ImportSourceSpecification"];
    assert_eq!((&import[0], &import[2]), (&json!("IsRestored"), &json!("AWS::NoValue")));
    assert_eq!(TEMPLATE["Parameters"]["RestoreBucket"]["Default"], "");
}

#[test]
fn every_function_is_deployed_from_its_folder() {
    let folders: BTreeSet<_> = functions().into_values().map(folder).collect();
    let there = fs::read_dir(root().join("functions")).expect("the functions");
    let there: BTreeSet<_> =
        there.map(|entry| entry.expect("a function").file_name().to_string_lossy().into_owned()).collect();
    assert_eq!(folders, there.iter().map(String::as_str).collect());
    for (name, resource) in resources("AWS::Serverless::Function") {
        assert_eq!(resource["Metadata"]["BuildMethod"], "rust-cargolambda", "{name}");
    }
}

#[test]
fn every_function_logs_json_to_a_log_of_its_own_that_ends() {
    let shared = &TEMPLATE["Globals"]["Function"]["LoggingConfig"];
    assert_eq!((&shared["LogFormat"], &shared["SystemLogLevel"]), (&json!("JSON"), &json!("WARN")));
    let logs = properties("AWS::Logs::LogGroup");
    let used: Vec<_> = functions().into_values().map(|one| text(&one["LoggingConfig"]["LogGroup"])).collect();
    let access = text(&TEMPLATE["Resources"]["Api"]["Properties"]["AccessLogSettings"]["DestinationArn"]);
    let all: BTreeSet<_> = used.iter().copied().chain(access.strip_suffix(".Arn")).collect();
    assert_eq!((all.len(), &all), (used.len() + 1, &names(&logs)));
    for (name, log) in logs {
        assert_eq!(log["RetentionInDays"], "LogRetentionDays", "{name}");
    }
}

/// The names stand in paths, and an address is personal data that is of no use there.
#[test]
fn the_access_log_holds_neither_path_nor_address_and_no_line_of_a_success_is_over_200_bytes() {
    let format = text(&TEMPLATE["Resources"]["Api"]["Properties"]["AccessLogSettings"]["Format"]);
    let key = portal::ROUTES.iter().map(shared::http::route::Route::key).max_by_key(String::len).expect("a route");
    let line = [
        ("$context.requestId", "JKJaXmPLvHcESHA="),
        ("$context.routeKey", &key),
        ("$context.status", "201"),
        ("$context.responseLatency", "29999"),
        ("$context.integrationErrorMessage", "-"),
        ("$context.error.responseType", "-"),
    ];
    let line = line.into_iter().fold(format.to_owned(), |line, (variable, value)| line.replace(variable, value));
    assert!(!line.contains("$context"), "{line}");
    let parsed: Value = serde_json::from_str(&line).expect("JSON");
    assert_eq!(parsed["request.id"], "JKJaXmPLvHcESHA=", "as the functions call it");
    assert!(line.len() < 200, "{} bytes: {line}", line.len());
}

/// A number, or that of a parameter where nothing else is said.
fn number(value: &'static Value) -> u64 {
    let default = || TEMPLATE["Parameters"][text(value)]["Default"].as_u64();
    value.as_u64().or_else(default).expect("a number")
}

#[test]
fn what_hashes_is_throttled_more_than_the_rest() {
    let api = &TEMPLATE["Resources"]["Api"]["Properties"];
    let settings = api["RouteSettings"].as_object().expect("settings");
    let routes: BTreeMap<_, _> = portal::ROUTES.iter().map(|route| (route.key(), route)).collect();
    for route in settings.keys() {
        assert!(routes.contains_key(route), "{route}: settings for no route fail the deployment");
    }
    let hashing = ["ChangePassword", "ConfirmTotp", "ReplaceRecoveryCodes"];
    for (key, route) in routes {
        if route.function == "sign-in" || hashing.contains(&route.operation) {
            for limit in ["ThrottlingBurstLimit", "ThrottlingRateLimit"] {
                let own = settings.get(&key).unwrap_or_else(|| panic!("{key} has no settings"));
                assert!(number(&own[limit]) < number(&api["DefaultRouteSettings"][limit]), "{key}: {limit}");
            }
        }
    }
}

#[test]
fn what_nobody_waits_for_is_tried_again_and_then_laid_aside() {
    let events = |name: &str, event: &str| &functions()[name]["Events"][event]["Properties"];
    let aside = json!({"Type": "SQS", "Destination": "DeadLetters.Arn"});
    let mapping = events("NotifierFunction", "Notify");
    assert_eq!(mapping["BisectBatchOnFunctionError"], true);
    assert_eq!(mapping["FunctionResponseTypes"], json!(["ReportBatchItemFailures"]));
    assert!(mapping["MaximumRetryAttempts"].as_i64() > Some(0) && mapping["MaximumRecordAgeInSeconds"].is_u64());
    assert_eq!(mapping["DestinationConfig"]["OnFailure"], aside);
    let schedule = events("CleanupFunction", "Cleanup");
    assert_eq!(schedule["DeadLetterConfig"]["Arn"], "DeadLetters.Arn");
    assert!(schedule["RetryPolicy"]["MaximumRetryAttempts"].as_u64() > Some(0));
    assert_eq!(functions()["CleanupFunction"]["EventInvokeConfig"]["DestinationConfig"]["OnFailure"], aside);
}

#[test]
fn whoever_reaches_the_table_may_use_its_key() {
    let with_table = functions().into_iter().filter(|(_, function)| !function["Policies"].is_null());
    let wanted: BTreeSet<_> = with_table.map(|(name, _)| format!("{name}Role")).collect();
    let roles = TEMPLATE["Resources"]["DataKeyPolicy"]["Properties"]["Roles"].as_array().expect("roles");
    let roles: BTreeSet<_> = roles.iter().map(|role| role.as_str().expect("a role").to_owned()).collect();
    assert_eq!(roles, wanted);
}

/// The functions of which an alarm watches a metric of Lambda's.
fn watched(metric: &str) -> BTreeSet<&'static str> {
    let alarms: Vec<_> = properties("AWS::CloudWatch::Alarm").into_values().collect();
    let single = alarms.iter().copied().filter(|alarm| alarm["Namespace"] == "AWS/Lambda");
    let of_many = alarms.iter().filter_map(|alarm| alarm["Metrics"].as_array()).flatten();
    let metrics = single.chain(of_many.map(|one| &one["MetricStat"]["Metric"]));
    metrics.filter(|one| one["MetricName"] == metric).map(|one| text(&one["Dimensions"][0]["Value"])).collect()
}

#[test]
fn alarms_watch_every_function() {
    let all = names(&functions());
    for metric in ["Throttles", "Duration"] {
        assert_eq!(watched(metric), all, "{metric}");
    }
    // Each 401 counts as an error of it.
    let unwatched: BTreeSet<_> = all.difference(&watched("Errors")).copied().collect();
    assert_eq!(unwatched, BTreeSet::from(["AuthorizerFunction"]));
}

#[test]
fn alarms_can_be_evaluated_and_tell_the_one_topic() {
    for (name, alarm) in properties("AWS::CloudWatch::Alarm") {
        assert_eq!((&alarm["AlarmActions"], &alarm["OKActions"]), (&json!(["Alarms"]), &json!(["Alarms"])), "{name}");
        let metrics = alarm["Metrics"].as_array().map_or(&[][..], Vec::as_slice);
        let read = metrics.iter().filter(|one| one["MetricStat"].is_object());
        assert!(read.clone().count() <= 10, "{name}: an alarm reads ten metrics at most");
        let periods: BTreeSet<_> = read.map(|one| one["MetricStat"]["Period"].as_u64()).collect();
        assert!(periods.len() <= 1, "{name}: one period for all metrics");
        let ids: BTreeSet<_> = metrics.iter().map(|one| one["Id"].as_str()).collect();
        assert_eq!(ids.len(), metrics.len(), "{name}: an id twice");
    }
}

/// The metrics that are counted in logs.
fn counted() -> BTreeSet<&'static str> {
    let filters = properties("AWS::Logs::MetricFilter").into_values();
    filters.map(|filter| text(&filter["MetricTransformations"][0]["MetricName"])).collect()
}

#[test]
fn what_is_counted_in_logs_is_watched() {
    let alarms = properties("AWS::CloudWatch::Alarm").into_values();
    let own = alarms.filter(|alarm| alarm["Namespace"].as_str().is_some_and(|name| name.starts_with("UserSettings")));
    let watched: BTreeSet<_> = own.map(|alarm| text(&alarm["MetricName"])).collect();
    assert_eq!(watched, counted());
}

#[test]
fn errors_of_every_function_are_counted() {
    let logs = properties("AWS::Logs::MetricFilter").into_values();
    let errors = logs.filter(|filter| filter["MetricTransformations"][0]["MetricName"] == "Faults");
    let counted: BTreeSet<_> = errors.map(|filter| text(&filter["LogGroupName"])).collect();
    let all: BTreeSet<_> = functions().into_values().map(|one| text(&one["LoggingConfig"]["LogGroup"])).collect();
    assert_eq!(counted, all);
}

/// All sources of a function, one behind the other.
fn sources(folder: &Path) -> String {
    let entries = fs::read_dir(folder).expect("sources").map(|entry| entry.expect("a source").path());
    let read =
        |path: std::path::PathBuf| if path.is_dir() { sources(&path) } else { fs::read_to_string(path).expect("text") };
    entries.map(read).collect()
}

#[test]
fn what_a_metric_counts_is_what_the_function_logs() {
    for (name, filter) in properties("AWS::Logs::MetricFilter") {
        let log = &filter["LogGroupName"];
        if log == "AccessLog" {
            let format = text(&TEMPLATE["Resources"]["Api"]["Properties"]["AccessLogSettings"]["Format"]);
            assert!(format.contains(r#""refused":"$context.error.responseType""#), "{format}");
            assert_eq!(filter["FilterPattern"], r#"{ $.refused = "THROTTLED" }"#);
            continue;
        }
        let function = functions().into_values().find(|one| one["LoggingConfig"]["LogGroup"] == *log);
        let folder = root().join("functions").join(folder(function.expect("whose log it is"))).join("src");
        let code = sources(&folder) + &sources(&root().join("shared/src"));
        let pattern = text(&filter["FilterPattern"]);
        let terms: Vec<_> = pattern.split("$.").skip(1).filter_map(|term| term.split_once(" = \"")).collect();
        assert!(!terms.is_empty(), "{name}: {pattern}");
        for (field, rest) in terms {
            let value = rest.split('"').next().unwrap_or_default();
            match field {
                "event" => assert!(code.contains(&format!("\"{value}\"")), "{name}: {value} is logged nowhere"),
                "level" => assert_eq!(value, tracing::Level::ERROR.as_str(), "{name}"),
                "refusal" => {
                    assert_eq!(value, shared::http::problem::slug(&shared::Error::TooManyAttempts(1)), "{name}");
                }
                other => panic!("{name}: nothing is logged as {other}"),
            }
        }
    }
}

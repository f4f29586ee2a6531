//! One entry of `tests/asvs.toml`, and all of them as a table.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use toml::Value;

use super::levels::Requirement;

/// Whether a requirement is met.
pub(super) enum Verdict {
    Met,
    /// There is nothing that it could apply to, and why.
    Absent(String),
    /// The contract decides otherwise, and where.
    Deviation(String),
    /// It is not met, and what there is instead.
    Gap(String),
}

/// What is said of one requirement.
pub(super) struct Entry {
    asks: String,
    how: String,
    pub(super) tests: Vec<String>,
    pub(super) verdict: Verdict,
}

impl Entry {
    pub(super) fn read(id: &str, value: Value) -> Self {
        let Value::Table(mut members) = value else { panic!("{id} is no table") };
        let mut text = |name: &str| match members.remove(name) {
            None => None,
            Some(Value::String(text)) => Some(text),
            Some(other) => panic!("{id}: {name} is {other:?}"),
        };
        let (asks, how) = (text("asks").unwrap_or_else(|| panic!("{id} says not what is asked")), text("how"));
        let verdict = match (&how, text("absent"), text("deviation"), text("gap")) {
            (Some(_), None, None, None) => Verdict::Met,
            (None, Some(why), None, None) => Verdict::Absent(why),
            (None, None, Some(where_from), None) => Verdict::Deviation(where_from),
            (None, None, None, Some(instead)) => Verdict::Gap(instead),
            _ => panic!("{id}: how, absent, deviation or gap, and one of them"),
        };
        let tests = match members.remove("tests") {
            Some(Value::Array(tests)) => tests.iter().map(|test| test.as_str().expect("a test").to_owned()).collect(),
            _ => Vec::new(),
        };
        assert!(members.is_empty(), "{id}: {members:?}");
        Self { asks, how: how.unwrap_or_default(), tests, verdict }
    }

    /// How it is met, or why not.
    fn said(&self) -> String {
        match &self.verdict {
            Verdict::Met => self.how.clone(),
            Verdict::Absent(why) => format!("*does not apply:* {why}"),
            Verdict::Deviation(reason) => format!("**deviation, contract** {reason}"),
            Verdict::Gap(instead) => format!("**not met:** {instead}"),
        }
    }
}

/// The chapters' names, in words of ours.
const CHAPTERS: [(u8, &str); 10] = [
    (1, "Encoding and sanitizing"),
    (2, "Validation and business logic"),
    (4, "API and web service"),
    (6, "Authentication"),
    (7, "Sessions"),
    (8, "Authorization"),
    (11, "Cryptography"),
    (13, "Configuration"),
    (14, "Data"),
    (16, "Logs and errors"),
];

/// The table in Markdown.
pub(super) fn render(entries: &BTreeMap<Requirement, Entry>, levels: &BTreeMap<Requirement, u8>) -> String {
    let count = |level: u8, is: fn(&Verdict) -> bool| {
        entries.iter().filter(|(id, entry)| levels.get(id) == Some(&level) && is(&entry.verdict)).count()
    };
    let mut text = String::from(
        "# OWASP ASVS 5.0.0\n\n\
         Made from `tests/asvs.toml` by `tests/it/asvs`, which fails when a requirement has no entry, when a test that\n\
         is named is not there, or when a requirement of level 1 or 2 that applies has none. What a requirement asks is\n\
         told in words of ours; its text is in the standard.\n\n\
         | level | met | deviation that the contract states | does not apply | not met |\n|---|---|---|---|---|\n",
    );
    for level in 1..=3 {
        let [met, deviating, absent, missing] = [
            count(level, |verdict| matches!(verdict, Verdict::Met)),
            count(level, |verdict| matches!(verdict, Verdict::Deviation(_))),
            count(level, |verdict| matches!(verdict, Verdict::Absent(_))),
            count(level, |verdict| matches!(verdict, Verdict::Gap(_))),
        ];
        writeln!(text, "| {level} | {met} | {deviating} | {absent} | {missing} |").expect("a text");
    }
    for (chapter, name) in CHAPTERS {
        write!(text, "\n## V{chapter} {name}\n\n| | level | asks | how | shown by |\n|---|---|---|---|---|\n")
            .expect("a text");
        for (id, entry) in entries.iter().filter(|(id, _)| id.0 == chapter) {
            let tests: Vec<_> = entry.tests.iter().map(|test| format!("`{}`", test.replace('#', ": "))).collect();
            let (level, asks, said, tests) = (levels[id], &entry.asks, entry.said(), tests.join("<br>"));
            writeln!(text, "| {id} | {level} | {asks} | {said} | {tests} |").expect("a text");
        }
    }
    text
}

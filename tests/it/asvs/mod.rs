//! OWASP ASVS 5.0.0: every requirement has its entry, every entry its test, and `tests/ASVS.md` says so.

mod evidence;
mod levels;
mod service;
pub(crate) mod sources;
mod table;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use levels::{Requirement, requirements};
use table::{Entry, Verdict};

pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the folder above this crate")
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The entries of `tests/asvs.toml` by requirement.
fn entries() -> BTreeMap<Requirement, Entry> {
    let file: toml::Table = read(&root().join("tests/asvs.toml")).parse().expect("TOML");
    let entry = |(id, value): (String, toml::Value)| (Requirement::parse(&id), Entry::read(&id, value));
    file.into_iter().map(entry).collect()
}

#[test]
fn every_requirement_has_its_entry() {
    let (entries, all) = (entries(), requirements());
    let missing: Vec<_> = all.keys().filter(|id| !entries.contains_key(id)).map(ToString::to_string).collect();
    let unknown: Vec<_> = entries.keys().filter(|id| !all.contains_key(id)).map(ToString::to_string).collect();
    assert!(missing.is_empty(), "tests/asvs.toml lacks {missing:?}");
    assert!(unknown.is_empty(), "ASVS 5.0.0 has no {unknown:?}");
    assert_eq!(all.len(), 213);
}

#[test]
fn every_requirement_of_level_one_and_two_that_applies_has_a_test() {
    let levels = requirements();
    for (id, entry) in entries() {
        match entry.verdict {
            Verdict::Met | Verdict::Deviation(_) => {
                assert!(!entry.tests.is_empty(), "{id} names no test");
            }
            Verdict::Gap(_) => assert_eq!(levels[&id], 3, "{id} is of level {} and not met", levels[&id]),
            Verdict::Absent(_) => {}
        }
    }
}

#[test]
fn every_test_that_is_named_is_there() {
    let mut missing = BTreeSet::new();
    for (id, entry) in entries() {
        missing.extend(entry.tests.iter().filter(|test| !evidence::exists(test)).map(|test| format!("{id}: {test}")));
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

/// Where a deviation says that the contract decides so, it names the section.
#[test]
fn a_deviation_names_where_it_is_decided() {
    for (id, entry) in entries() {
        if let Verdict::Deviation(reason) = entry.verdict {
            assert!(reason.starts_with('§'), "{id}: {reason}");
        }
    }
}

#[test]
fn the_table_says_what_the_entries_say() {
    let rendered = table::render(&entries(), &requirements());
    let committed = fs::read_to_string(root().join("tests/ASVS.md")).unwrap_or_default();
    if rendered != committed {
        let fresh: PathBuf = root().join("target/ASVS.md");
        fs::write(&fresh, rendered).expect("target/");
        panic!("tests/ASVS.md is not up to date: cp target/ASVS.md tests/ASVS.md");
    }
}

//! Peers that bring a script of their own for what must be there before the first start.

use std::fs;
use std::process::Command;

use scenarios::PASSWORD;
use serde_json::Value;

use super::contender::{Person, Place};

const FILE: &str = "people.json";

/// What cookies are signed with; it need not be kept from anybody here, but has to stay the same.
pub(crate) const SECRET: &str = "for a measurement on this machine alone, and for nothing else";

/// Runs the script, which prints everybody as JSON.
pub(crate) fn run(mut script: Command, place: &Place, with_codes: usize) {
    script.env("SECRET", SECRET).env("PASSWORD", PASSWORD).env("WITH_CODES", with_codes.to_string());
    let output = script.output().expect("it is installed");
    assert!(output.status.success(), "{script:?}: {}", String::from_utf8_lossy(&output.stderr));
    fs::write(place.folder.join(FILE), output.stdout).expect("the folder is writable");
}

/// Everybody whom the script made.
pub(crate) fn people(place: &Place) -> Vec<Person> {
    let text = fs::read(place.folder.join(FILE)).expect("it was prepared");
    let people: Vec<Value> = serde_json::from_slice(&text).expect("a list");
    let person = |person: &Value| Person::new(person["name"].as_str().expect("a name"), person["secret"].as_str());
    people.iter().map(person).collect()
}

//! Every target on its kept inputs, and on changes of them.

use std::fs;
use std::path::Path;

use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::TestRunner;

use super::*;

/// One change of an input: where, what, and which of four ways.
type Edit = (Index, u8, u8);

fn kept(target: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target);
    let inputs = fs::read_dir(folder).expect("a corpus").map(|entry| entry.expect("an entry").path());
    inputs.map(|path| fs::read(path).expect("an input")).collect()
}

fn edited(mut input: Vec<u8>, other: &[u8], edits: &[Edit]) -> Vec<u8> {
    for (at, byte, way) in edits {
        let at = at.index(input.len() + 1);
        match (way, input.get_mut(at)) {
            (0, Some(changed)) => *changed = *byte,
            (1, Some(_)) => drop(input.remove(at)),
            (2, _) => input.insert(at, *byte),
            // Half of this input, and half of another one.
            _ => input.splice(at.., other.iter().skip(at).copied()).for_each(drop),
        }
    }
    input
}

fn try_out(name: &str, cases: u32) {
    let target = Target::named(name).expect("a target");
    let kept = kept(name);
    assert!(!kept.is_empty(), "{name} has no kept inputs");
    for input in &kept {
        target.hold(input);
    }
    let edits = proptest::collection::vec((any::<Index>(), any::<u8>(), 0..4_u8), 1..8);
    let config = ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() };
    let tried = TestRunner::new(config).run(&(any::<Index>(), any::<Index>(), edits), |(one, other, edits)| {
        target.hold(&edited(one.get(&kept).clone(), other.get::<Vec<u8>>(&kept), &edits));
        Ok(())
    });
    tried.unwrap_or_else(|failure| panic!("{failure}"));
}

#[test]
fn only_a_cursor_of_the_list_is_taken() {
    try_out("cursor", 2_000);
}

#[test]
fn an_instant_or_a_date_is_what_rfc_3339_says() {
    try_out("date", 10_000);
}

#[test]
fn a_path_that_no_row_covers_opens_for_no_scope() {
    try_out("door", 2_000);
}

#[test]
fn no_event_opens_anything_while_the_table_is_away() {
    try_out("event", 1_000);
}

/// Lambda takes 6 MB; the gateway more, but no more than that of anything else than a body.
#[test]
fn the_longest_body_that_lambda_takes_needs_no_more_memory() {
    let target = Target::named("event").expect("a target");
    for is_base64 in [false, true] {
        let event = serde_json::json!({
            "version": "2.0",
            "routeKey": format!("POST {}/session", shared::http::BASE_PATH),
            "rawPath": format!("{}/session", shared::http::BASE_PATH),
            "headers": {"content-type": "application/json"},
            "requestContext": {"requestId": "r", "http": {"method": "POST"}},
            "body": (if is_base64 { "A" } else { "[" }).repeat(6_000_000),
            "isBase64Encoded": is_base64,
        });
        target.hold(event.to_string().as_bytes());
    }
}

#[test]
fn a_corrupt_item_is_a_fault_and_any_other_is_kept() {
    try_out("item", 300);
}

#[test]
fn only_what_has_the_form_of_a_value_is_one() {
    try_out("key_value", 2_000);
}

#[test]
fn a_name_has_one_form_and_fits_where_it_stands() {
    try_out("name", 2_000);
}

#[test]
fn scopes_are_read_in_any_case_and_written_in_one_order() {
    try_out("scopes", 2_000);
}

#[test]
fn a_hash_that_is_not_ours_is_a_fault() {
    try_out("stored_password", 2_000);
}

#[test]
fn every_target_is_tried() {
    let tests = include_str!("tests.rs");
    for (name, _) in TARGETS {
        assert_eq!(tests.matches(&format!("try_out(\"{name}\"")).count(), 1, "{name}");
    }
}

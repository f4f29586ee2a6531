//! Whether a test that is named is there.

use std::path::PathBuf;

use super::{read, root};

/// The file that `name` stands for: a bare name is a file of `tests/it`, others are paths from the top.
fn file(name: &str) -> Option<PathBuf> {
    let path = if name.contains('/') { root().join(name) } else { root().join("tests/it").join(name) };
    let with = |end: &str| PathBuf::from(format!("{}{end}", path.display()));
    [path.clone(), with(".rs"), path.join("mod.rs")].into_iter().find(|path| path.is_file())
}

/// Whether `file#name` is a test of that name in that file: of Rust, of the browser, or a step of a script.
pub(super) fn exists(evidence: &str) -> bool {
    let Some((place, name)) = evidence.split_once('#') else { return false };
    let Some(file) = file(place) else { return false };
    // The tests of this module stand in two files more.
    let parts = ["sources.rs", "service.rs"].map(|part| file.with_file_name(part));
    let parts = parts.into_iter().filter(|part| place == "asvs" && part.is_file());
    std::iter::once(file.clone()).chain(parts).any(|file| says(&read(&file), name))
}

fn says(text: &str, name: &str) -> bool {
    let is_in_rust = text.split_once(&format!("fn {name}(")).is_some_and(|(before, _)| {
        let attributes = before.rsplit("\n\n").next().unwrap_or_default();
        attributes.contains("#[test]") || attributes.contains("#[tokio::test")
    });
    is_in_rust || text.contains(&format!("test(\"{name}\"")) || text.contains(&format!("step \"{name}\""))
}

#[test]
fn a_test_is_found_where_it_is_and_nowhere_else() {
    assert!(exists("asvs#every_requirement_has_its_entry"));
    assert!(exists("tests/browser/it/sign-in.test.js#the right password opens the profile"));
    assert!(exists("shared/src/totp#rfc_6238_vectors_are_accepted"));
    assert!(exists(".ci/run#lints"));
    assert!(!exists("asvs#there_is_no_such_test"));
    assert!(!exists("nowhere#every_requirement_has_its_entry"));
    assert!(!exists("asvs#entries"), "no test, but there");
}

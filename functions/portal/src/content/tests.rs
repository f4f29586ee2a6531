//! What the build made of `page/`.

use std::collections::BTreeSet;
use std::io::Read as _;

use super::*;

/// All of a first visit over the wire, in bytes.
const FIRST_LOAD_BYTES_MAX: usize = 45_000;

fn text(content: &Content) -> &'static str {
    std::str::from_utf8(content.plain).expect("UTF-8")
}

fn asset_of_this_build(name: &str) -> &'static Content {
    asset(DIGEST, name).unwrap_or_else(|| panic!("the page asks for {name}, which is not in page/"))
}

/// The names in `text` between `before` and a quotation mark.
fn named(text: &'static str, before: &str) -> Vec<&'static str> {
    text.split(before).skip(1).filter_map(|rest| rest.split(['"', '\'']).next()).collect()
}

/// The assets that the document names behind `before`.
fn in_document(before: &str) -> BTreeSet<&'static str> {
    let before = format!("{before}/assets/{DIGEST}/");
    named(text(&ENGLISH), &before).into_iter().collect()
}

/// The modules that `script` imports before it runs, and theirs.
fn modules_from(script: &'static str) -> BTreeSet<&'static str> {
    let (mut found, mut left) = (BTreeSet::from([script]), vec![script]);
    while let Some(module) = left.pop() {
        let code = text(asset_of_this_build(module));
        let imported = [named(code, "from \"./"), named(code, "import \"./")].concat();
        left.extend(imported.into_iter().filter(|name| found.insert(name)));
    }
    found
}

/// The page's own scripts, each with all that it imports.
fn modules() -> BTreeSet<&'static str> {
    in_document(r#"<script type="module" src=""#).into_iter().flat_map(modules_from).collect()
}

#[test]
fn every_module_is_asked_for_before_it_is_needed() {
    let named_first: BTreeSet<_> = in_document(r#"<link rel="modulepreload" href=""#)
        .union(&in_document(r#"<script type="module" src=""#))
        .copied()
        .collect();
    assert!(!named_first.is_empty(), "the page has no script");
    assert_eq!(named_first, modules(), "index.html (left) does not name the modules that it loads (right)");
}

#[test]
fn what_is_sent_is_what_is_written_line_by_line_but_for_comments() {
    for (name, content) in ASSETS.iter().filter(|(_, content)| content.media_type.starts_with("text/")) {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("page").join(name);
        let written = std::fs::read_to_string(path).expect("the file that was built in");
        assert_eq!(written.lines().count(), text(content).lines().count(), "{name}");
        for (written, sent) in written.lines().zip(text(content).lines()) {
            let is_comment = ["//", "/*", "* ", "*/"].iter().any(|start| written.trim_start().starts_with(start));
            let is_code_behind_one = written.contains("*/ ");
            assert_eq!(sent, if is_comment && !is_code_behind_one { "" } else { written }, "{name}");
        }
    }
}

#[test]
fn a_first_visit_stays_within_its_budget() {
    let mut contents = vec![("index.html", &ENGLISH)];
    let linked = in_document(r#"<link rel="stylesheet" href=""#);
    contents.extend(linked.union(&modules()).map(|name| (*name, asset_of_this_build(name))));
    let sum = |coding| -> usize {
        contents.iter().map(|(_, content)| content.bytes(coding).unwrap_or(content.plain).len()).sum()
    };
    let (brotli, gzip, plain) = (sum(Coding::Brotli), sum(Coding::Gzip), sum(Coding::Identity));
    let each: Vec<_> = contents.iter().map(|(name, one)| (name, one.bytes(Coding::Brotli).map(<[u8]>::len))).collect();
    assert!(
        brotli <= FIRST_LOAD_BYTES_MAX,
        "{brotli} bytes by brotli ({gzip} by gzip, {plain} plain), {FIRST_LOAD_BYTES_MAX} at most: {each:?}"
    );
}

#[test]
fn every_coding_unpacks_to_the_same_bytes() {
    let all = ASSETS.iter().map(|(_, content)| content).chain([&ENGLISH, &DUTCH]);
    for content in all {
        if let Some(mut packed) = content.brotli {
            let mut unpacked = Vec::new();
            brotli::BrotliDecompress(&mut packed, &mut unpacked).expect("a brotli stream");
            assert!(unpacked == content.plain && packed.len() < content.plain.len(), "{content:?}");
        }
        if let Some(packed) = content.gzip {
            let mut unpacked = Vec::new();
            flate2::read::GzDecoder::new(packed).read_to_end(&mut unpacked).expect("a gzip stream");
            assert!(unpacked == content.plain && packed.len() < content.plain.len(), "{content:?}");
        }
    }
    assert!(ENGLISH.brotli.is_some() && ENGLISH.gzip.is_some());
}

#[test]
fn the_document_is_the_same_in_every_language_but_for_the_language() {
    assert_eq!(text(&ENGLISH).replace(r#"<html lang="en""#, r#"<html lang="nl""#), text(&DUTCH));
    assert!(!text(&ENGLISH).contains("/assets/@/"));
}

/// What the policy forbids would be dead in the page: a style or a script within the document, a handler.
#[test]
fn the_document_has_nothing_inline() {
    let document = text(&ENGLISH);
    for forbidden in ["<style", " style=", "javascript:", "<script>", " onclick=", " onload=", "http://", "https://"] {
        assert!(!document.contains(forbidden), "{forbidden}");
    }
}

#[test]
fn a_browser_that_has_a_representation_is_not_sent_it_again() {
    let known = |value: &'static str| {
        let mut headers = HeaderMap::new();
        headers.insert(IF_NONE_MATCH, HeaderValue::from_static(value));
        is_known(&headers, r#""a-br""#)
    };
    for good in [r#""a-br""#, r#"W/"a-br""#, "*", r#""b", "a-br""#, r#" "a-br" "#] {
        assert!(known(good), "{good}");
    }
    for bad in [r#""a""#, r#""a-gzip""#, "a-br", "", r#""a-br"#] {
        assert!(!known(bad), "{bad}");
    }
    assert!(!is_known(&HeaderMap::new(), r#""a-br""#));
}

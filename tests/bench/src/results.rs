//! The file of results, one section a measurement.

use std::fs;
use std::path::Path;

const TITLE: &str =
    "# Results\n\nEach section is written by one run of `cargo run --release -p bench`, and by nothing else.\n";

/// Puts `body` under `heading` in `RESULTS.md`, in place of what stands there.
pub(crate) fn replace(heading: &str, body: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("RESULTS.md");
    let text = fs::read_to_string(&file).unwrap_or_else(|_| TITLE.to_owned());
    fs::write(&file, replaced(&text, heading, body)).expect("the file is writable");
}

fn replaced(text: &str, heading: &str, body: &str) -> String {
    let line = format!("## {heading}\n");
    let section = format!("{line}\n{}\n", body.trim());
    let Some(start) = text.find(&line).filter(|at| *at == 0 || text[..*at].ends_with('\n')) else {
        return format!("{}\n\n{section}", text.trim_end());
    };
    let behind = &text[start + line.len()..];
    match behind.find("\n## ") {
        Some(end) => format!("{}{section}{}", &text[..start], &behind[end..]),
        None => format!("{}{section}", &text[..start]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_is_replaced_and_the_others_stay() {
        let text = replaced(&replaced("# Results\n", "One", "first"), "Two", "second");
        assert_eq!(text, "# Results\n\n## One\n\nfirst\n\n## Two\n\nsecond\n");
        let text = replaced(&text, "One", "again\n");
        assert_eq!(text, "# Results\n\n## One\n\nagain\n\n## Two\n\nsecond\n");
        assert_eq!(replaced(&text, "Two", "last"), "# Results\n\n## One\n\nagain\n\n## Two\n\nlast\n");
    }
}

//! Conditions that are almost the same.

use std::ops::Range;

/// A changed condition.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Change {
    /// What was changed, as `#expires_at <= :now is never`.
    pub(crate) what: String,
    pub(crate) condition: String,
}

/// Each comparison or function of `condition`, made always true, always false, and off by one.
pub(crate) fn changes(condition: &str) -> Vec<Change> {
    let mut changes = Vec::new();
    for range in atoms(condition) {
        let atom = &condition[range.clone()];
        let mut add = |what: &str, instead: String| {
            let condition = [&condition[..range.start], &instead, &condition[range.end..]].concat();
            changes.push(Change { what: format!("{atom} is {what}"), condition });
        };
        // What it names stays named: the table refuses values that nothing uses.
        add("always", format!("({atom} OR attribute_exists(PK) OR attribute_not_exists(PK))"));
        add("never", format!("({atom} AND attribute_exists(PK) AND attribute_not_exists(PK))"));
        for (operator, other) in [(" < ", " <= "), (" <= ", " < "), (" > ", " >= "), (" >= ", " > ")] {
            if atom.contains(operator) {
                add(other.trim(), atom.replace(operator, other));
            }
        }
    }
    changes
}

/// Where the comparisons and functions of a condition stand.
fn atoms(condition: &str) -> Vec<Range<usize>> {
    let until = |from: usize, ends: &[char]| condition[from..].find(ends).map_or(condition.len(), |at| from + at);
    let (mut atoms, mut at) = (Vec::new(), 0);
    while at < condition.len() {
        let rest = &condition[at..];
        if let Some(word) = ["AND ", "OR ", "(", ")", " "].into_iter().find(|word| rest.starts_with(word)) {
            at += word.len();
            continue;
        }
        let mut end = if rest.starts_with('#') { until(at, &[' ', ')']) } else { until(at, &[')']) + 1 };
        let operator = ["=", "<>", "<", "<=", ">", ">="].map(|operator| format!(" {operator} ")).into_iter();
        if let Some(operator) = operator.into_iter().find(|operator| condition[end..].starts_with(operator)) {
            end = until(end + operator.len(), &[' ', ')']);
        }
        atoms.push(at..end);
        at = end;
    }
    atoms
}

#[test]
fn every_atom_is_changed_in_every_way() {
    let condition = "(attribute_not_exists(#PK) OR #at <= :now) AND (size(#times) < :most AND contains(#a, :b))";
    let found: Vec<_> = atoms(condition).into_iter().map(|range| &condition[range]).collect();
    assert_eq!(found, ["attribute_not_exists(#PK)", "#at <= :now", "size(#times) < :most", "contains(#a, :b)"]);
    let changes = changes("#a = :a AND #b > :b");
    let told: Vec<_> = changes.iter().map(|change| change.what.as_str()).collect();
    let expected = ["#a = :a is always", "#a = :a is never", "#b > :b is always", "#b > :b is never", "#b > :b is >="];
    assert_eq!(told, expected);
    assert_eq!(changes[4].condition, "#a = :a AND #b >= :b");
}

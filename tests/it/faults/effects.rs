//! What a request did to the table, with all that is random or a time left out.

use std::collections::BTreeSet;

use dynoxide::{AttributeValue, Database, Item};
use serde_json::{Value, json};

use super::request::kind;
use crate::whole_table::{Items, Place, put_back, read};

/// Attributes that are random, or a time, in any item: that they are there is compared, and how many they hold.
const MASKED: [&str; 33] = [
    "address_hash",
    "at",
    "attempt",
    "creation",
    "digest",
    "digests",
    "event_id",
    "expiry_pk",
    "expiry_sk",
    "factor",
    "fresh_until",
    "hint",
    "invitation_digest",
    "invitation_token",
    "key_id",
    "known",
    "last_step",
    "mail_attempt",
    "notice_attempt",
    "pending_email_token",
    "pending_factor",
    "pending_sealed",
    "phc",
    "place",
    "previous_digest",
    "previous_until",
    "purge_at",
    "salt",
    "sealed",
    "times",
    "token",
    "until",
    "used_by",
];

/// Those of them that are random: whether they are other than before is compared too.
const RANDOM: [&str; 9] = [
    "creation",
    "digest",
    "invitation_digest",
    "pending_email_token",
    "pending_sealed",
    "phc",
    "salt",
    "sealed",
    "token",
];

/// Attributes that any request may change: when a key or session was last used, and the id of a write.
const TOUCHED: [&str; 3] = ["last_seen_at", "last_used_at", "write_id"];

/// Side effects that a failed request may leave, or a request that is answered well may lack: the kind of item, the
/// operations (none: any), and why.
const SIDE_EFFECTS: [(&str, &[&str], &str); 5] = [
    (
        "ATTEMPTS",
        &[],
        "an attempt is counted before it is checked; one too many makes somebody wait, and opens nothing",
    ),
    ("MAILS", &[], "a mail is counted before it is asked for; one too many makes somebody wait an hour"),
    ("ENV", &["first-administrator"], ACCOUNT),
    ("GROUP", &["first-administrator"], ACCOUNT),
    ("DEVICES", &["SignIn", "AnswerChallenge", "AcceptInvitation"], "the session stands; its browser stays a stranger"),
];

const ACCOUNT: &str = "every account has them, and whoever comes next finds them";

/// What changed: a line for each item, sorted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Effects(pub(super) Vec<String>);

impl Effects {
    pub(super) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Without those that are tolerated of this operation.
    pub(super) fn without_side_effects(&self, operation: &str) -> Self {
        let is_side_effect = |line: &String| {
            SIDE_EFFECTS.iter().any(|(kind, operations, _)| {
                line.starts_with(kind) && (operations.is_empty() || operations.contains(&operation))
            })
        };
        Self(self.0.iter().filter(|line| !is_side_effect(line)).cloned().collect())
    }

    /// What these have that `others` lack, and the other way round.
    pub(super) fn against(&self, others: &Self) -> String {
        let lacking = |these: &Self, those: &Self| {
            let mut left = those.0.clone();
            let is_left =
                |line: &&String| left.iter().position(|it| it == *line).map(|at| left.swap_remove(at)).is_none();
            these.0.iter().filter(is_left).cloned().collect::<Vec<_>>().join("; ")
        };
        format!("did [{}] and not [{}]", lacking(self, others), lacking(others, self))
    }

    /// Whether these are some of `others`.
    pub(super) fn are_within(&self, others: &Self) -> bool {
        let mut left = others.0.clone();
        self.0.iter().all(|line| left.iter().position(|other| other == line).map(|at| left.swap_remove(at)).is_some())
    }
}

/// The table after a request.
pub(super) struct Seen {
    pub(super) effects: Effects,
    pub(super) changed: Vec<Place>,
    /// The most failures that login protection counts of one row.
    pub(super) failures: u64,
}

/// The table as it stood once everything was prepared.
pub(super) struct Base {
    database: Database,
    items: Items,
    partitions: BTreeSet<String>,
}

impl Base {
    /// As it stands.
    pub(super) fn of(database: Database) -> Self {
        let items = read(&database);
        let partitions = items.keys().map(|place| place.0.clone()).collect();
        Self { database, items, partitions }
    }

    /// What has changed, and where.
    pub(super) fn look(&self) -> Seen {
        let now = read(&self.database);
        let places = self.items.keys().chain(now.keys().filter(|place| !self.items.contains_key(*place)));
        let changed: Vec<_> = places.filter(|place| self.items.get(*place) != now.get(*place)).cloned().collect();
        let line = |place: &Place| {
            let (before, after) = (self.items.get(place), now.get(place));
            let shown = |item: Option<&Item>| item.map_or_else(|| "gone".to_owned(), |item| masked(item, before));
            let [before, after] = [shown(before), shown(after)];
            (before != after).then(|| format!("{} {after}", self.name(place)))
        };
        let mut lines: Vec<_> = changed.iter().filter_map(line).collect();
        lines.sort_unstable();
        let failures = now.values().flat_map(|item| item.iter()).filter(|(name, _)| name.starts_with("n_"));
        let failures =
            failures.filter_map(|(_, value)| if let AttributeValue::N(n) = value { n.parse().ok() } else { None });
        Seen { effects: Effects(lines), changed, failures: failures.max().unwrap_or_default() }
    }

    /// Makes the table say at `places` what it said.
    pub(super) fn put_back(&self, places: &[Place]) {
        for place in places {
            put_back(&self.database, place, self.items.get(place));
        }
    }

    /// What stood there is named by its keys, what is new by its kind.
    fn name(&self, place: &Place) -> String {
        let kind = kind(&place.0, &place.1);
        let partition = if self.partitions.contains(&place.0) { place.0.as_str() } else { "new" };
        let sort = if self.items.contains_key(place) { place.1.as_str() } else { "new" };
        format!("{kind} {partition} {sort}")
    }
}

fn masked(item: &Item, before: Option<&Item>) -> String {
    let [item, before] = [Some(item), before].map(|item| serde_json::to_value(item).expect("an item in JSON"));
    let attributes = item.as_object().expect("attributes").iter();
    let kept =
        attributes.filter(|(name, _)| !["PK", "SK"].contains(&name.as_str()) && !TOUCHED.contains(&name.as_str()));
    let shown = kept.map(|(name, value)| {
        let is_other = RANDOM.contains(&name.as_str()) && before[name] != *value;
        (name.clone(), if is_masked(name) { mask(value, is_other) } else { value.clone() })
    });
    Value::Object(shown.collect()).to_string()
}

fn is_masked(name: &str) -> bool {
    MASKED.contains(&name)
        || name.ends_with("_at")
        || ["u_", "user_"].iter().any(|prefix| name.starts_with(prefix) && name != "user_name" && name != "user_agent")
}

/// The type, for a list or a set how many it holds, and whether it is another value than before.
fn mask(value: &Value, is_other: bool) -> Value {
    let (kind, held) = value.as_object().and_then(|value| value.iter().next()).expect("a typed value");
    let held = held.as_array().map_or(if is_other { json!("another") } else { json!("…") }, |held| held.len().into());
    json!({kind.as_str(): held})
}

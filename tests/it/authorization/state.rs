//! The table behind the service, as it stood at one moment: compared, and put back.

use std::collections::BTreeSet;

use dynoxide::{Database, Item};
use scenarios::World;
use shared::store::layout;

pub(super) use crate::whole_table::Place;
use crate::whole_table::{Items, put_back, read, read_partition};

/// All that a refused call may write: that a key or a session was used, and the id of that write. Sort keys begin as on
/// the left.
const TOUCHES: [(&str, [&str; 2]); 2] =
    [("KEY#", ["last_used_at", "write_id"]), ("SESSION#", ["last_seen_at", "write_id"])];

/// Every item, but for those of users who were deleted before: the clean-up may take them away at any time.
pub(super) struct State {
    database: Database,
    items: Items,
    of_clean_up: BTreeSet<String>,
}

impl State {
    pub(super) fn read(world: &World) -> Self {
        let database = world.stack().database().expect("the embedded DynamoDB");
        let mut items = read(&database);
        let deleted = items.keys().filter(|place| place.0 == layout::DELETED_PARTITION).map(|place| place.1.clone());
        let of_clean_up: BTreeSet<_> = deleted.chain([layout::cleanup().pk]).collect();
        items.retain(|place, _| !is_of(&of_clean_up, place));
        assert!(items.len() > 100, "the table has {} items", items.len());
        Self { database, items, of_clean_up }
    }

    /// The places of which the table says something else now.
    pub(super) fn changes(&self) -> Vec<Place> {
        let mut now = read(&self.database);
        now.retain(|place, _| !is_of(&self.of_clean_up, place));
        differences(&self.items, &now)
    }

    /// Those within one partition; a tenth of the work.
    pub(super) fn changes_in(&self, partition: &str) -> Vec<Place> {
        let before = self.items.iter().filter(|(place, _)| place.0 == partition);
        let before = before.map(|(place, item)| (place.clone(), item.clone())).collect();
        differences(&before, &read_partition(&self.database, partition))
    }

    /// Makes the table say at `places` what it said.
    pub(super) fn put_back(&self, places: &[Place]) {
        for place in places {
            put_back(&self.database, place, self.items.get(place));
        }
    }
}

/// Whether an item, or the note that it is to be removed, is the clean-up's.
fn is_of(of_clean_up: &BTreeSet<String>, place: &Place) -> bool {
    of_clean_up.contains(&place.0) || of_clean_up.contains(&place.1)
}

fn differences(before: &Items, after: &Items) -> Vec<Place> {
    let places = before.keys().chain(after.keys().filter(|place| !before.contains_key(*place)));
    places.filter(|place| !are_alike(place, before.get(*place), after.get(*place))).cloned().collect()
}

/// Whether an item says the same, but for when it was last used.
fn are_alike(place: &Place, before: Option<&Item>, after: Option<&Item>) -> bool {
    let (Some(before), Some(after)) = (before, after) else { return before.is_none() && after.is_none() };
    let is_touch = |name: &&String| {
        TOUCHES.iter().any(|(prefix, touches)| place.1.starts_with(prefix) && touches.contains(&name.as_str()))
    };
    let names: BTreeSet<_> = before.keys().chain(after.keys()).filter(|name| !is_touch(name)).collect();
    names.into_iter().all(|name| before.get(name) == after.get(name))
}

//! The clean-up against a table in memory.

mod support;

use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use shared::id::{ItemId, UserId};
use shared::store::item::Item;
use shared::store::keys::key_id;
use shared::store::{Write, layout};

use self::support::{Bench, DAY, RETENTION, text, user};
use crate::{MARGIN, Report};

const HOUR: u32 = 60 * 60;

impl Bench {
    async fn run(&self) -> Report {
        crate::run(&self.context, Duration::from_mins(5)).await.expect("a report")
    }

    async fn oldest_day(&self) -> i64 {
        self.context.store.oldest_unfinished_day().await.expect("a read").expect("a day")
    }
}

fn report(deleted: u64, kept: u64, left: u64) -> Report {
    Report { seen: deleted + kept + left, deleted, kept, left }
}

#[tokio::test]
async fn only_keys_past_their_retention_go_each_with_an_event() {
    let bench = Bench::start().await;
    let jane = user();
    bench.make_key(jane, "old", HOUR).await;
    bench.make_key(jane, "younger", 2 * HOUR).await;
    bench.make_key(jane, "active", 30 * DAY).await;

    bench.context.clock.advance(RETENTION + HOUR - 60);
    assert_eq!(bench.run().await, report(0, 0, 0), "expired, and still to be seen");
    bench.context.clock.advance(60);
    assert_eq!(bench.run().await, report(1, 0, 0));
    assert_eq!(bench.run().await, report(0, 0, 0), "a second run finds nothing");

    assert_eq!(bench.expired_names(jane).await, ["old"]);
    let mut names: Vec<_> = bench.context.store.list_api_keys(jane, bench.now()).await.expect("a read");
    names.sort_by(|a, b| a.name.cmp(&b.name));
    assert_eq!(names.iter().map(|key| key.name.as_str()).collect::<Vec<_>>(), ["active", "younger"]);
}

#[tokio::test]
async fn a_key_that_was_extended_after_the_index_named_it_stays() {
    let bench = Bench::start().await;
    let jane = user();
    let key = bench.make_key(jane, "deploy", HOUR).await;
    let later = AttributeValue::N(bench.now().plus(90 * DAY).unix_seconds().to_string());
    bench.update(layout::api_key(jane, key_id(&key.name)), "SET expires_at = :value", later).await;

    bench.context.clock.advance(RETENTION + DAY);
    assert_eq!(bench.run().await, report(0, 1, 0));
    assert!(bench.context.store.api_key_by_name(jane, &key.name).await.expect("a read").is_some());
    assert_eq!(bench.expired_names(jane).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_run_after_weeks_of_silence_finds_every_key() {
    let bench = Bench::start().await;
    let users: Vec<UserId> = (0..5).map(|_| user()).collect();
    for (number, jane) in (1..).zip(&users) {
        bench.make_key(*jane, "weekly", number * 7 * DAY).await;
    }
    bench.context.clock.advance(RETENTION + 36 * DAY);
    let until = bench.now().minus(RETENTION);
    assert_eq!(bench.run().await, report(5, 0, 0));
    assert!(bench.oldest_day().await >= until.day(), "days that are over are finished");
}

#[tokio::test]
async fn the_first_run_of_all_misses_nothing() {
    let bench = Bench::start_new().await;
    bench.make_key(user(), "first", 1).await;
    bench.context.clock.advance(RETENTION + 40 * DAY);
    assert_eq!(bench.run().await, report(1, 0, 0));
}

#[tokio::test]
async fn two_runs_at_once_delete_each_key_once() {
    let bench = Bench::start().await;
    let users: Vec<UserId> = (0..6).map(|_| user()).collect();
    for jane in &users {
        for name in ["a", "b", "c", "d", "e"] {
            bench.make_key(*jane, name, HOUR).await;
        }
    }
    bench.context.clock.advance(RETENTION + DAY);
    let (one, other) = tokio::join!(bench.run(), bench.run());
    assert_eq!(one.deleted + other.deleted, 30);
    assert_eq!((one.left, other.left), (0, 0));
    for jane in users {
        assert_eq!(bench.expired_names(jane).await, ["a", "b", "c", "d", "e"]);
    }
}

#[tokio::test]
async fn a_run_without_time_deletes_nothing_and_reports_what_it_left() {
    let bench = Bench::start().await;
    let jane = user();
    let first = bench.make_key(jane, "first", HOUR).await;
    // More than a page of the index names.
    for number in 1..130 {
        bench.make_key(jane, &format!("{number:03}"), HOUR).await;
    }
    bench.context.clock.advance(RETENTION + 3 * DAY);
    assert_eq!(crate::run(&bench.context, MARGIN).await.expect("a report"), report(0, 0, 130));
    assert!(bench.oldest_day().await <= first.expires_at.day(), "a day with keys is not finished");
    assert_eq!(crate::run(&bench.context, Duration::ZERO).await.expect("a report"), report(0, 0, 0));
    assert_eq!(bench.run().await, report(130, 0, 0));
}

#[tokio::test]
async fn a_corrupt_key_is_left_and_stops_no_other() {
    let bench = Bench::start().await;
    let (jane, joe) = (user(), user());
    let key = bench.make_key(jane, "broken", HOUR).await;
    bench.update(layout::api_key(jane, key_id(&key.name)), "SET digest = :value", text("no digest")).await;
    bench.make_key(joe, "sound", HOUR).await;
    bench.make_key(jane, "sound", 2 * DAY).await;

    bench.context.clock.advance(RETENTION + 5 * DAY);
    assert_eq!(bench.run().await, report(2, 0, 1));
    assert!(bench.oldest_day().await <= key.expires_at.day(), "the next run tries again");
    assert_eq!(bench.run().await, report(0, 0, 1));
}

/// What makes a finished day safe: every expiry that can still be written lies after it, whatever the retention.
#[tokio::test]
async fn no_key_can_come_to_a_finished_day() {
    let bench = Bench::start().await;
    bench.context.clock.advance(RETENTION + 5 * DAY);
    bench.run().await;
    let soonest = bench.now().plus(1);
    assert!(bench.oldest_day().await <= soonest.day());
    bench.context.store.finish_days_before(0).await.expect("an outcome");
    assert!(bench.oldest_day().await > 0, "and no run takes a finished day back");
}

#[tokio::test]
async fn what_a_deleted_user_left_goes_and_nobody_elses() {
    let bench = Bench::start().await;
    let (deleted, present) = (bench.make_user().await, bench.make_user().await);
    for number in 0..230_u32 {
        let id = ItemId::of_text(&number.to_string());
        // Some are over already; the table's own removal is not waited for.
        let item = Item::new(&layout::token(deleted, id)).purged_at(bench.now().plus(number).minus(100));
        bench.context.store.write(Write::put(item).expect("an item")).await.expect("a write");
    }
    bench.make_key(deleted, "left", HOUR).await;
    bench.make_key(present, "kept", 30 * DAY).await;
    bench.update(layout::profile(deleted), "SET deleted = :value", AttributeValue::Bool(true)).await;
    for user in [deleted, present] {
        let work = Item::new(&layout::deleted_user(user));
        bench.context.store.write(Write::put(work).expect("an item")).await.expect("a write");
    }

    crate::run(&bench.context, MARGIN).await.expect("a report");
    assert!(bench.context.store.profile(deleted).await.expect("a read").is_some(), "not without time");
    for _ in 0..2 {
        bench.run().await;
        assert!(bench.context.store.profile(deleted).await.expect("a read").is_none());
        assert!(bench.context.store.keys_of_user(deleted).await.expect("a read").is_empty());
        let work = bench.context.store.list_deleted_users(bench.now()).await.expect("a read");
        assert_eq!(work, [present], "a user who is not marked deleted is not touched");
    }
    // The state, two names, and the present user's profile, key and work item.
    assert_eq!(bench.count_items().await, 6);
}

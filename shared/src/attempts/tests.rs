//! How failures are counted, waited for and forgotten.

use super::*;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix_seconds(1_800_000_000 + seconds)
}

fn source(name: &str) -> Origin {
    Origin::Source(name.into())
}

impl Attempts {
    /// Takes steps as the table does; whether their conditions hold.
    fn take(&mut self, steps: &[(String, Step)]) -> bool {
        let mut rows = self.rows.clone();
        for (name, step) in steps {
            let row = rows.get(name).copied();
            let failures = row.map_or(0, |row| row.failures);
            let next = match *step {
                Step::Add { below, until } if failures < below => Row { failures: failures + 1, until },
                Step::Replace { seen, next } if row == Some(seen) => next,
                _ => return false,
            };
            rows.insert(name.clone(), next);
        }
        self.rows = rows;
        true
    }

    fn succeed(&mut self, origin: &Origin) {
        self.rows.retain(|name, _| !origin.rows().contains(name));
    }
}

impl Spray {
    fn take(&mut self, user: &str, step: SprayStep, now: Timestamp) {
        match step {
            SprayStep::Add => {
                self.users.insert(user.to_owned(), now);
                self.until = now.plus(SPRAY_SECONDS);
            }
            SprayStep::Replace(next) => *self = next,
        }
    }
}

/// Fails from `origin` until so many failures counted; when the last was, and the wait after it.
fn fail(attempts: &mut Attempts, origin: &Origin, times: u32, from: i64) -> (i64, Option<u32>) {
    let mut now = from;
    for _ in 0..times {
        let steps = loop {
            match attempts.count(origin, at(now)) {
                Ok(steps) => break steps,
                Err(Wait(seconds)) => now += i64::from(seconds),
            }
        };
        assert!(attempts.take(&steps), "nobody else failed meanwhile");
    }
    (now, attempts.count(origin, at(now)).err().map(|wait| wait.0))
}

#[test]
fn waits_start_at_the_fifth_failure_and_double_to_fifteen_minutes() {
    let mut attempts = Attempts::default();
    let mut now = 0;
    let mut waits = Vec::new();
    for _ in 0..12 {
        let (after, wait) = fail(&mut attempts, &source("a"), 1, now);
        now = after;
        waits.push(wait);
    }
    let expected = [0, 0, 0, 0, 30, 60, 120, 240, 480, 900, 900, 900].map(|s| (s > 0).then_some(s));
    assert_eq!(waits, expected);
}

#[test]
fn of_many_who_read_the_same_row_no_more_get_through_than_one_after_the_other() {
    let mut attempts = Attempts::default();
    let got_through = |attempts: &mut Attempts, now| {
        let steps = attempts.count(&source("a"), at(now)).expect("no wait");
        (0..32).filter(|_| attempts.take(&steps)).count()
    };
    assert_eq!(got_through(&mut attempts, 0), 5);
    assert_eq!(attempts.count(&source("a"), at(0)), Err(Wait(30)));
    assert_eq!(got_through(&mut attempts, 30), 1);
    assert_eq!(attempts.count(&source("a"), at(30)), Err(Wait(60)));
    let forgotten = i64::from(MEMORY_SECONDS) + 30;
    assert_eq!(got_through(&mut attempts, forgotten), 1);
    assert_eq!(got_through(&mut attempts, forgotten), 4);
}

#[test]
fn what_is_counted_is_remembered_for_as_long_as_the_contract_says() {
    assert_eq!((MEMORY_SECONDS, SPRAY_SECONDS, WAIT_SECONDS_MAX_TOGETHER), (86_400, 600, 3_600));
}

#[test]
fn one_source_does_not_make_another_wait() {
    let mut attempts = Attempts::default();
    fail(&mut attempts, &source("a"), 9, 0);
    assert!(attempts.count(&source("b"), at(0)).is_ok());
    assert!(attempts.count(&Origin::Device("d".into()), at(0)).is_ok());
}

#[test]
fn a_success_or_a_day_ends_the_wait() {
    let mut attempts = Attempts::default();
    let (now, wait) = fail(&mut attempts, &source("a"), 5, 0);
    assert_eq!(wait, Some(30));
    let later = now + i64::from(MEMORY_SECONDS);
    assert_eq!(attempts.forgotten(at(later - 1)), [""; 0]);
    assert_eq!(attempts.forgotten(at(later)), ["all", "sa"]);
    assert_eq!(fail(&mut attempts.clone(), &source("a"), 1, later), (later, None));
    attempts.succeed(&source("a"));
    assert_eq!(attempts, Attempts::default());
}

#[test]
fn a_hundred_failures_together_make_unrecognised_sources_wait_and_recognised_ones_not() {
    let mut attempts = Attempts::default();
    for number in 0..100 {
        assert_eq!(fail(&mut attempts, &source(&number.to_string()), 1, 0).0, 0, "each source is new");
    }
    assert_eq!(attempts.count(&source("new"), at(0)), Err(Wait(30)));
    assert!(attempts.count(&Origin::Device("d".into()), at(0)).is_ok());
    let mut now = 0;
    for number in 100..120 {
        now = fail(&mut attempts, &source(&number.to_string()), 1, now).0;
    }
    assert_eq!(attempts.count(&source("last"), at(now)), Err(Wait(WAIT_SECONDS_MAX_TOGETHER)));
}

#[test]
fn a_hundred_sources_are_remembered_and_of_more_the_latest() {
    let mut attempts = Attempts::default();
    for number in 0..103 {
        // A right password from elsewhere lets the sources together fail anew.
        attempts.rows.remove(TOGETHER);
        fail(&mut attempts, &source(&format!("{number:03}")), 1, number);
    }
    fail(&mut attempts, &Origin::Device("d".into()), 1, 0);
    assert_eq!(attempts.forgotten(at(103)), ["s000", "s001", "s002"]);
}

#[test]
fn a_browser_is_void_after_ten_failures_in_a_row_and_stays_so() {
    let device = Origin::Device("d".into());
    let mut attempts = Attempts::default();
    assert!(!is_voided_by(&attempts.count(&device, at(0)).expect("the first")));
    let (mut now, _) = fail(&mut attempts, &device, 9, 0);
    assert!(!attempts.is_device_void("d"));
    now += 900;
    let tenth = attempts.count(&device, at(now)).expect("the wait is over");
    assert!(is_voided_by(&tenth));
    assert!(attempts.take(&tenth));
    assert!(attempts.is_device_void("d"));
    assert_eq!(attempts.forgotten(at(now + 3 * i64::from(MEMORY_SECONDS))), [""; 0]);
}

#[test]
fn a_source_that_fails_for_thirty_users_waits_ten_minutes() {
    let mut spray = Spray::default();
    for user in 0..30 {
        let step = spray.count(&user.to_string(), at(user)).expect("under the limit");
        assert_eq!(step, SprayStep::Add);
        spray.take(&user.to_string(), step, at(user));
    }
    assert_eq!(spray.count("0", at(29)), Err(Wait(600)));
    assert_eq!(spray.count("31", at(628)), Err(Wait(1)));
    let Ok(SprayStep::Replace(after)) = spray.count("0", at(629)) else { panic!("the wait is over") };
    assert_eq!(after.users.keys().collect::<Vec<_>>(), ["0"]);
    spray.users.remove("7");
    assert_eq!(spray.count("31", at(30)), Ok(SprayStep::Add));
}

#[test]
fn users_of_more_than_ten_minutes_ago_do_not_count() {
    let mut spray = Spray::default();
    for second in 0..2_000 {
        let user = (second / 22).to_string();
        let step = spray.count(&user, at(second)).expect("29 users within ten minutes");
        spray.take(&user, step, at(second));
    }
}

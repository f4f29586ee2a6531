//! Instants and dates: what RFC 3339 says and nothing else, brought to one form.

use shared::clock::Timestamp;

use crate::text;

/// 9999-12-31T23:59:59Z.
const LAST: i64 = 253_402_300_799;
const DAY_SECONDS: i64 = 86_400;

pub(crate) fn check(input: &[u8]) {
    if let Some(text) = text(input) {
        assert_instant(text);
        assert_date(text);
    }
    let number = input.iter().take(8).fold(0_i64, |number, byte| number << 8 | i64::from(*byte));
    for seconds in [number, number.rem_euclid(LAST + 1)] {
        assert_round_trip(Timestamp::from_unix_seconds(seconds));
    }
}

fn assert_round_trip(at: Timestamp) {
    let written = at.to_string();
    assert_eq!(Timestamp::parse_rfc3339(&written), Some(at), "{written}");
    assert_eq!(serde_json::to_value(at).expect("JSON"), written);
    let end = Timestamp::parse_end_of_date(&written[..10]).expect("the date of an instant");
    assert!(end >= at && end.unix_seconds() - at.unix_seconds() < DAY_SECONDS && end.day() == at.day(), "{written}");
    let year = at.plus_calendar_year().unix_seconds() - at.unix_seconds();
    let is_at_the_end = at.unix_seconds() > LAST - 366 * DAY_SECONDS;
    assert!([365, 366].map(|days| days * DAY_SECONDS).contains(&year) || is_at_the_end, "{written}: {year}");
}

fn assert_instant(text: &str) {
    let read = Timestamp::parse_rfc3339(text);
    let meant = instant(text).filter(|seconds| (0..=LAST).contains(seconds)).map(Timestamp::from_unix_seconds);
    // A leap second, which the grammar allows, is read or not as the library knows leap seconds.
    if text.get(17..19) != Some("60") {
        assert_eq!(read, meant, "{text:?}");
    }
    read.into_iter().for_each(assert_round_trip);
}

fn assert_date(text: &str) {
    let day = (text.len() == 10).then(|| day(text)).flatten();
    let meant = day.map(|day| day * DAY_SECONDS + DAY_SECONDS - 1).filter(|end| (0..=LAST).contains(end));
    assert_eq!(Timestamp::parse_end_of_date(text), meant.map(Timestamp::from_unix_seconds), "{text:?}");
}

/// A number of exactly so many digits.
fn number(text: Option<&str>) -> Option<i64> {
    text.filter(|digits| digits.bytes().all(|digit| digit.is_ascii_digit()))?.parse().ok()
}

/// The day since 1970 that a text begins with as `YYYY-MM-DD`, of the Gregorian calendar.
fn day(text: &str) -> Option<i64> {
    let (year, month, day) = (number(text.get(..4))?, number(text.get(5..7))?, number(text.get(8..10))?);
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = [31, if is_leap { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let month = usize::try_from(month).ok()?.checked_sub(1)?;
    let are_there =
        (1..=*days.get(month)?).contains(&day) && text.get(4..5) == Some("-") && text.get(7..8) == Some("-");
    let before = (year - 1) * 365 + (year - 1).div_euclid(4) - (year - 1).div_euclid(100) + (year - 1).div_euclid(400);
    are_there.then(|| before + days[..month].iter().sum::<i64>() + day - 719_163)
}

/// Unix seconds of an instant (RFC 3339 §5.6), a fraction cut off.
fn instant(text: &str) -> Option<i64> {
    let day = day(text.get(..10)?)?;
    let (hour, minute, second) = (number(text.get(11..13))?, number(text.get(14..16))?, number(text.get(17..19))?);
    let marks = [text.get(10..11)?, text.get(13..14)?, text.get(16..17)?];
    let are_there = matches!(marks, ["T" | "t", ":", ":"]) && hour < 24 && minute < 60 && second < 60;
    let mut rest = text.get(19..)?;
    if let Some(fraction) = rest.strip_prefix('.') {
        rest = fraction.trim_start_matches(|c: char| c.is_ascii_digit());
        (rest.len() < fraction.len()).then_some(())?;
    }
    are_there.then(|| day * DAY_SECONDS + hour * 3_600 + minute * 60 + second).zip(offset(rest)).map(|(at, by)| at - by)
}

fn offset(text: &str) -> Option<i64> {
    let sign = match text.get(..1)? {
        "Z" | "z" => return (text.len() == 1).then_some(0),
        "+" => 1,
        "-" => -1,
        _ => return None,
    };
    let (hours, minutes) = (number(text.get(1..3))?, number(text.get(4..6))?);
    let is_one = text.len() == 6 && text.get(3..4) == Some(":") && hours < 24 && minutes < 60;
    is_one.then_some(sign * (hours * 3_600 + minutes * 60))
}

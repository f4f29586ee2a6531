//! Time, to the second, in UTC; the only module that reads it.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use serde::{Deserialize, Serialize, Serializer};
use time::format_description::well_known::Rfc3339;
use time::{Date, Month, OffsetDateTime, PrimitiveDateTime, Time, UtcOffset};

/// An instant: seconds since 1970-01-01T00:00:00Z. Sent as RFC 3339 in UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

/// The last second that RFC 3339 can write: 9999-12-31T23:59:59Z.
const LAST: i64 = 253_402_300_799;

impl Timestamp {
    /// From Unix seconds; what RFC 3339 cannot write is brought to its nearest end.
    #[must_use]
    pub const fn from_unix_seconds(seconds: i64) -> Self {
        if seconds < 0 {
            Self(0)
        } else if seconds > LAST {
            Self(LAST)
        } else {
            Self(seconds)
        }
    }

    /// Unix seconds.
    #[must_use]
    pub const fn unix_seconds(self) -> i64 {
        self.0
    }

    /// This many seconds later.
    #[must_use]
    pub const fn plus(self, seconds: u32) -> Self {
        Self::from_unix_seconds(self.0 + seconds as i64)
    }

    /// This many seconds earlier.
    #[must_use]
    pub const fn minus(self, seconds: u32) -> Self {
        Self::from_unix_seconds(self.0 - seconds as i64)
    }

    /// Seconds from `earlier` to this; zero when this is not later.
    #[must_use]
    pub fn seconds_since(self, earlier: Self) -> u32 {
        u32::try_from((self.0 - earlier.0).max(0)).unwrap_or(u32::MAX)
    }

    /// Parses RFC 3339 §5.6 with any offset; a fraction of a second is cut off.
    #[must_use]
    pub fn parse_rfc3339(text: &str) -> Option<Self> {
        // The library takes any character between date and time.
        text.as_bytes().get(10).filter(|separator| matches!(separator, b'T' | b't'))?;
        let parsed = OffsetDateTime::parse(text, &Rfc3339).ok()?;
        let seconds = parsed.unix_timestamp();
        (0..=LAST).contains(&seconds).then_some(Self(seconds))
    }

    /// Parses a date, `YYYY-MM-DD`, as the last second of that day in UTC.
    #[must_use]
    pub fn parse_end_of_date(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let [_, _, _, _, b'-', _, _, b'-', _, _] = bytes else { return None };
        let number =
            |part: Option<&str>| part.filter(|digits| digits.bytes().all(|b| b.is_ascii_digit()))?.parse::<u16>().ok();
        let year = number(text.get(0..4))?;
        let month = Month::try_from(u8::try_from(number(text.get(5..7))?).ok()?).ok()?;
        let day = u8::try_from(number(text.get(8..10))?).ok()?;
        let date = Date::from_calendar_date(i32::from(year), month, day).ok()?;
        let end = PrimitiveDateTime::new(date, Time::from_hms(23, 59, 59).ok()?).assume_utc();
        (0..=LAST).contains(&end.unix_timestamp()).then(|| Self(end.unix_timestamp()))
    }

    /// The same instant one calendar year later; 29 February becomes 28 February.
    #[must_use]
    pub fn plus_calendar_year(self) -> Self {
        let from = self.utc();
        let year = from.year() + 1;
        let date = from.date().replace_year(year).or_else(|_| Date::from_calendar_date(year, Month::February, 28));
        date.map_or(self, |date| Self::from_unix_seconds(from.replace_date(date).unix_timestamp()))
    }

    /// The day in UTC, counted from 1970-01-01.
    #[must_use]
    pub const fn day(self) -> i64 {
        self.0.div_euclid(86_400)
    }

    fn utc(self) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp(self.0).unwrap_or(OffsetDateTime::UNIX_EPOCH).to_offset(UtcOffset::UTC)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = self.utc();
        write!(
            f,
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z",
            at.year(),
            u8::from(at.month()),
            at.day(),
            at.hour(),
            at.minute(),
            at.second()
        )
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The service's clock; clones of one clock agree.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    ahead_seconds: Arc<AtomicI64>,
    /// Where it stands, if it does not go.
    stands_at: Option<Timestamp>,
}

impl Clock {
    /// The system's time.
    #[must_use]
    pub fn system() -> Self {
        Self::default()
    }

    /// One that stands at `instant` until it is put ahead, for tests that know what the time is to the second.
    #[must_use]
    pub fn standing_at(instant: Timestamp) -> Self {
        Self { stands_at: Some(instant), ..Self::default() }
    }

    /// Now.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the time")]
    pub fn now(&self) -> Timestamp {
        let ahead = self.ahead_seconds.load(Ordering::Relaxed);
        let from = self.stands_at.map_or_else(|| OffsetDateTime::now_utc().unix_timestamp(), Timestamp::unix_seconds);
        Timestamp::from_unix_seconds(from + ahead)
    }

    /// Puts this clock and its clones ahead, for tests; never back.
    pub fn advance(&self, seconds: u32) {
        self.ahead_seconds.fetch_add(i64::from(seconds), Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse_rfc3339(text).expect("a valid instant")
    }

    #[test]
    fn a_standing_clock_goes_as_far_as_it_is_put_ahead() {
        let clock = Clock::standing_at(at("2027-05-19T23:59:59Z"));
        assert_eq!(clock.now(), at("2027-05-19T23:59:59Z"));
        clock.clone().advance(1);
        assert_eq!(clock.now(), at("2027-05-20T00:00:00Z"));
    }

    #[test]
    fn any_offset_is_accepted_and_fractions_are_cut_off() {
        assert_eq!(at("2027-05-20T01:59:59.999+02:00").to_string(), "2027-05-19T23:59:59Z");
    }

    #[test]
    fn what_is_no_rfc_3339_is_no_instant() {
        assert_eq!(at("2027-05-19t10:00:00z"), at("2027-05-19T10:00:00Z"));
        for separator in ["x", " ", "_", "\t", "\n", "/", "-", "é", ""] {
            assert_eq!(Timestamp::parse_rfc3339(&format!("2027-05-19{separator}10:00:00Z")), None, "{separator:?}");
        }
        for bad in ["2027-02-29T10:00:00Z", "2027-05-19T10:00:00", "2027-05-19T24:00:00Z", "1969-12-31T23:59:59Z"] {
            assert_eq!(Timestamp::parse_rfc3339(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_date_means_the_end_of_that_day() {
        let end = Timestamp::parse_end_of_date("2027-05-19").expect("a valid date");
        assert_eq!(end.to_string(), "2027-05-19T23:59:59Z");
        for bad in ["2027-02-29", "2027-5-19", "+027-05-19", "2027-05-19 ", "", "٢٠٢٧-٠٥-١٩"] {
            assert_eq!(Timestamp::parse_end_of_date(bad), None, "{bad}");
        }
    }

    #[test]
    fn what_cannot_be_written_is_brought_to_its_nearest_end() {
        let (first, last) = (at("1970-01-01T00:00:00Z"), at("9999-12-31T23:59:59Z"));
        for (seconds, brought) in [(i64::MIN, first), (-1, first), (LAST + 1, last), (i64::MAX, last)] {
            assert_eq!(Timestamp::from_unix_seconds(seconds), brought, "{seconds}");
        }
        assert_eq!((first.unix_seconds(), last.unix_seconds()), (0, LAST));
        assert_eq!((first.minus(1), last.plus(1)), (first, last));
    }

    #[test]
    fn seconds_and_days_are_counted_from_the_first() {
        let noon = at("1970-01-03T12:00:00Z");
        assert_eq!((noon.unix_seconds(), noon.day()), (216_000, 2));
        assert_eq!((noon.plus(60).unix_seconds(), noon.minus(60).unix_seconds()), (216_060, 215_940));
        assert_eq!((noon.plus(60).seconds_since(noon), noon.seconds_since(noon.plus(60))), (60, 0));
        assert_eq!(at("9999-12-31T23:59:59Z").seconds_since(noon), u32::MAX);
    }

    #[test]
    fn clones_of_a_clock_go_ahead_together() {
        let clock = Clock::system();
        let (clone, before) = (clock.clone(), clock.now());
        assert!(before > at("2026-01-01T00:00:00Z"));
        clock.advance(3_600);
        clone.advance(3_600);
        assert!((7_200..7_260).contains(&clone.now().seconds_since(before)));
        assert!((7_200..7_260).contains(&clock.now().seconds_since(before)));
    }

    #[test]
    fn a_year_from_the_29th_of_february_is_the_28th() {
        assert_eq!(at("2028-02-29T10:00:00Z").plus_calendar_year(), at("2029-02-28T10:00:00Z"));
        assert_eq!(at("2027-02-28T10:00:00Z").plus_calendar_year(), at("2028-02-28T10:00:00Z"));
    }
}

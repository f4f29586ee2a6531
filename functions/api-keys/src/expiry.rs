//! When a key ends: at most one calendar year from now, and never after the key that makes it.

use serde_json::Value;
use shared::Result;
use shared::clock::Timestamp;
use shared::error::Error;
use shared::http::fields::Refusal;

/// Seconds that a key lives when nothing is asked for: 90 days.
const LIFETIME_SECONDS_DEFAULT: u32 = 90 * 24 * 60 * 60;

/// The expiry as it was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expiry {
    /// This instant.
    Instant(Timestamp),
    /// The end of this day in UTC.
    EndOf(Timestamp),
}

impl Expiry {
    pub(crate) fn read(value: &Value) -> Result<Self, Refusal> {
        let text = value.as_str().ok_or("must be a text: a date or an instant")?;
        let instant = || Timestamp::parse_rfc3339(text).map(Self::Instant);
        let read = Timestamp::parse_end_of_date(text).map(Self::EndOf).or_else(instant);
        Ok(read.ok_or("must be a date such as 2027-05-19 or an instant such as 2027-05-19T12:00:00Z")?)
    }

    /// The form in which two requests are compared.
    pub(crate) fn normalized(self) -> String {
        match self {
            Self::Instant(at) | Self::EndOf(at) => at.to_string(),
        }
    }
}

/// When a new key ends; `cap` is the end of the key that makes it.
pub(crate) fn at_creation(asked: Option<Expiry>, cap: Option<Timestamp>, now: Timestamp) -> Result<Timestamp> {
    if let Some(asked) = asked {
        return chosen(asked, cap, now);
    }
    let end = now.plus(LIFETIME_SECONDS_DEFAULT);
    Ok(cap.map_or(end, |cap| end.min(cap)))
}

/// When a rotated key ends; left out, its end stays, but is never after the end of the key that rotates it.
pub(crate) fn at_rotation(
    asked: Option<Expiry>,
    unchanged: Timestamp,
    cap: Option<Timestamp>,
    now: Timestamp,
) -> Result<Timestamp> {
    match asked {
        Some(asked) => chosen(asked, cap, now),
        None => Ok(cap.map_or(unchanged, |cap| unchanged.min(cap))),
    }
}

/// A chosen end, if it may be one.
pub(crate) fn chosen(asked: Expiry, cap: Option<Timestamp>, now: Timestamp) -> Result<Timestamp> {
    let refused = |detail: &str| Err(Error::invalid("/expiration_date", detail));
    let latest = now.plus_calendar_year();
    let end = match asked {
        Expiry::Instant(at) => at,
        Expiry::EndOf(end) if end.day() == latest.day() => end.min(latest),
        Expiry::EndOf(end) => end,
    };
    if end <= now {
        return refused("must be in the future");
    }
    if end > latest {
        return refused("must be at most one calendar year from now");
    }
    match cap {
        Some(cap) if end > cap => refused("must not be after the expiry of the API key that makes the request"),
        _ => Ok(end),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse_rfc3339(text).expect("a valid instant")
    }

    fn asked(text: &str) -> Expiry {
        Expiry::read(&Value::from(text)).expect("a valid expiry")
    }

    const NOW: &str = "2027-05-19T12:00:00Z";

    fn created(text: &str) -> Option<String> {
        at_creation(Some(asked(text)), None, at(NOW)).ok().map(|at| at.to_string())
    }

    #[test]
    fn an_expiry_is_in_the_future_and_within_a_calendar_year() {
        assert_eq!(created("2027-05-19T12:00:00Z"), None);
        assert_eq!(created("2027-05-19T12:00:01Z").as_deref(), Some("2027-05-19T12:00:01Z"));
        assert_eq!(created("2028-05-19T12:00:00Z").as_deref(), Some("2028-05-19T12:00:00Z"));
        assert_eq!(created("2028-05-19T12:00:01Z"), None);
        assert_eq!(created("2027-05-18"), None);
    }

    #[test]
    fn a_date_is_its_end_cut_to_the_year() {
        assert_eq!(created("2027-05-19").as_deref(), Some("2027-05-19T23:59:59Z"));
        assert_eq!(created("2028-05-19").as_deref(), Some("2028-05-19T12:00:00Z"));
        assert_eq!(created("2028-05-20"), None);
    }

    #[test]
    fn left_out_it_is_ninety_days_and_never_after_the_makers_end() {
        assert_eq!(at_creation(None, None, at(NOW)).expect("valid"), at("2027-08-17T12:00:00Z"));
        let cap = Some(at("2027-06-01T00:00:00Z"));
        assert_eq!(at_creation(None, cap, at(NOW)).expect("valid"), at("2027-06-01T00:00:00Z"));
        assert!(at_creation(Some(asked("2027-06-01T00:00:01Z")), cap, at(NOW)).is_err());
    }

    #[test]
    fn a_rotation_leaves_the_end_unless_asked() {
        let end = at("2027-07-01T00:00:00Z");
        assert_eq!(at_rotation(None, end, None, at(NOW)).expect("valid"), end);
        let cap = Some(at("2027-06-01T00:00:00Z"));
        assert_eq!(at_rotation(None, end, cap, at(NOW)).expect("valid"), at("2027-06-01T00:00:00Z"));
    }

    #[test]
    fn other_texts_are_refused() {
        for bad in ["", "tomorrow", "2027-13-01", "2027-05-19 12:00", "2027-05-19T12:00:00", "1800000000"] {
            assert!(Expiry::read(&Value::from(bad)).is_err(), "{bad}");
        }
        assert!(Expiry::read(&Value::from(1_800_000_000)).is_err());
    }
}

//! Dates of entries: RFC 3339 when we write, whatever can be understood when we read.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::fmt::rfc2822;
use jiff::tz::TimeZone;

/// The longest text that is looked at, in bytes.
const MAX: usize = 64;

/// Reads a date: RFC 3339, ISO 8601 without an offset (taken as UTC), a day alone, or RFC 2822.
pub fn read(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if text.is_empty() || text.len() > MAX {
        return None;
    }
    let in_utc = |time: DateTime| time.to_zoned_datetime(TimeZone::UTC).ok().map(|time| time.timestamp());
    text.parse::<Timestamp>()
        .ok()
        .or_else(|| in_utc(text.parse::<DateTime>().ok()?))
        .or_else(|| in_utc(text.parse::<Date>().ok()?.to_datetime(jiff::civil::Time::midnight())))
        .or_else(|| rfc2822::parse(text).ok().map(|time| time.timestamp()))
}

/// The moment to the millisecond, as it is written and will be read back. Two posts of one second keep their order.
pub fn whole(time: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(time.as_millisecond()).unwrap_or(time)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sloppy_dates_are_understood() {
        let noon: Timestamp = "2026-11-23T12:00:00Z".parse().expect("a date");
        for text in [
            "2026-11-23T12:00:00Z",
            " 2026-11-23T13:00:00+01:00\n",
            "2026-11-23T12:00:00.000Z",
            "2026-11-23T12:00:00",
            "2026-11-23 12:00:00",
            "Mon, 23 Nov 2026 12:00:00 +0000",
        ] {
            assert_eq!(read(text), Some(noon), "{text}");
        }
        assert_eq!(read("2026-11-23"), "2026-11-23T00:00:00Z".parse().ok());
        for text in ["", "yesterday", "0000-00-00T00:00:00Z", "99999-01-01"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}

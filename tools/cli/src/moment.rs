//! Parses and formats times and durations for people.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// End of the year 9999; later times cannot be formatted.
const LAST: Duration = Duration::from_secs(253_402_300_799);

/// Formats a time to the second, in UTC.
pub(crate) fn seconds(at: SystemTime) -> String {
    humantime::format_rfc3339_seconds(bounded(at)).to_string()
}

/// Formats the time of day to the second, in UTC.
pub(crate) fn time_of_day(at: SystemTime) -> String {
    let whole = seconds(at);
    whole
        .split_once('T')
        .map_or(whole.clone(), |(_, time)| time.to_owned())
}

/// Formats a time to the millisecond, in UTC.
pub(crate) fn milliseconds(at: SystemTime) -> String {
    humantime::format_rfc3339_millis(bounded(at)).to_string()
}

/// Converts milliseconds since 1970.
pub(crate) fn from_milliseconds(milliseconds: u64) -> SystemTime {
    let since = Duration::from_millis(milliseconds).min(LAST);
    UNIX_EPOCH + since
}

/// Formats a wait, rounded to seconds.
pub(crate) fn about(wait: Duration) -> String {
    let whole = Duration::from_secs_f64(wait.as_secs_f64().round());
    format!("about {}", humantime::format_duration(whole))
}

/// The start of a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Since {
    /// Relative to now.
    Ago(Duration),
    /// An absolute time.
    At(SystemTime),
}

impl Since {
    /// Resolves it to an absolute time.
    pub(crate) fn moment(self, now: SystemTime) -> SystemTime {
        match self {
            Self::Ago(ago) => now.checked_sub(ago).unwrap_or(UNIX_EPOCH).max(UNIX_EPOCH),
            Self::At(moment) => moment,
        }
    }
}

/// Parses a [`Since`].
pub(crate) fn since(text: &str) -> Result<Since, String> {
    if let Ok(ago) = humantime::parse_duration(text) {
        return Ok(Since::Ago(ago));
    }
    humantime::parse_rfc3339_weak(text)
        .map(Since::At)
        .map_err(|_| {
            "write how long ago, such as `15m` or `2h`, or a time in UTC, such as `2026-01-31T12:00:00Z`"
                .to_owned()
        })
}

fn bounded(at: SystemTime) -> SystemTime {
    at.clamp(UNIX_EPOCH, UNIX_EPOCH + LAST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_past_is_named_by_its_distance_or_its_moment() {
        let now = from_milliseconds(1_800_000_000_000);
        let at = |text: &str| since(text).map(|since| seconds(since.moment(now)));
        assert_eq!(at("1h 30m").unwrap(), "2027-01-15T06:30:00Z");
        assert_eq!(at("2026-01-31T12:00:00Z").unwrap(), "2026-01-31T12:00:00Z");
        assert_eq!(at("2026-01-31 12:00:00").unwrap(), "2026-01-31T12:00:00Z");
        assert_eq!(at("900y").unwrap(), "1970-01-01T00:00:00Z");
        for bad in ["", "15", "yesterday", "2026-13-01T00:00:00Z", "-5m"] {
            assert!(since(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_damaged_moment_is_shown_and_breaks_nothing() {
        assert_eq!(
            milliseconds(from_milliseconds(u64::MAX)),
            "9999-12-31T23:59:59.000Z"
        );
        assert_eq!(about(Duration::from_millis(4_700)), "about 5s");
        assert_eq!(about(Duration::from_secs(7_265)), "about 2h 1m 5s");
    }
}

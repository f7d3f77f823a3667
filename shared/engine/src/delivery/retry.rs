//! When to retry a failed delivery.

#[cfg(test)]
mod tests;

use std::time::{Duration, SystemTime};

/// Wait before each attempt; none before the first.
pub const SCHEDULE: [Duration; 8] = [
    Duration::ZERO,
    Duration::from_secs(5),
    Duration::from_secs(30),
    Duration::from_mins(2),
    Duration::from_mins(10),
    Duration::from_mins(30),
    Duration::from_hours(2),
    Duration::from_hours(6),
];

/// How long to postpone a delivery when bindings, hooks or secrets cannot be read. Does not count as an attempt.
pub const POSTPONEMENT: Duration = Duration::from_secs(30);

/// Maximum total postponement of a delivery; after it the delivery becomes a dead letter.
pub const POSTPONED_AT_MOST: Duration = Duration::from_hours(4 * 24);

/// How long to wait after the failure of an attempt, or `None` after the last one.
///
/// The scheduled wait varies by up to a fifth either way, to spread out the deliveries of one outage; `chance` is a
/// random number from 0 to 1. A wait the endpoint asked for is raised to one scheduled wait and limited to two.
pub fn wait_after(attempt: u32, asked: Option<Duration>, chance: f64) -> Option<Duration> {
    let next = usize::try_from(attempt).ok()?;
    let planned = SCHEDULE
        .get(next)?
        .mul_f64(0.8 + 0.4 * chance.clamp(0.0, 1.0));
    Some(asked.map_or(planned, |asked| asked.clamp(planned, planned * 2)))
}

/// A random number from 0 to 1, or 0.5 when the system has no randomness.
pub fn chance() -> f64 {
    let mut bytes = [0_u8; 4];
    match getrandom::fill(&mut bytes) {
        Ok(()) => f64::from(u32::from_le_bytes(bytes)) / f64::from(u32::MAX),
        Err(_) => 0.5,
    }
}

/// Parses the value of a `Retry-After` header: seconds, or the time left until a date (RFC 9110, section 10.2.3).
pub fn retry_after(value: &str, now: SystemTime) -> Option<Duration> {
    let value = value.trim();
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = httpdate::parse_http_date(value).ok()?;
    Some(date.duration_since(now).unwrap_or_default())
}

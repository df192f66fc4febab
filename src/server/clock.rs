//! The daemon's clock.

use std::time::{SystemTime, UNIX_EPOCH};

use segno_base::text::day::Day;

/// Milliseconds since the Unix epoch.
pub(super) fn now_ms() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_millis() as u64)
}

/// A time of the user's day, such as `2026-11-21 14:02`.
pub(super) fn local_time(at_ms: u64) -> String {
    segno_base::system::os::local_time(at_ms / 1000)
}

/// The day of the user's calendar at a moment.
pub(super) fn day(at_ms: u64) -> Day {
    let seconds = at_ms / 1000;
    Day::of(seconds, segno_base::system::os::utc_offset(seconds).unwrap_or(0))
}

/// Seconds that the user's clock is ahead of UTC.
pub(super) fn utc_offset() -> Option<i32> {
    segno_base::system::os::utc_offset(now_ms() / 1000)
}

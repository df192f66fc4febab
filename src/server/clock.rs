//! The daemon's clock.

use std::time::{SystemTime, UNIX_EPOCH};

/// Milliseconds since the Unix epoch.
pub(super) fn now_ms() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_millis() as u64)
}

/// A time of the user's day, such as `2026-11-21 14:02`.
pub(super) fn local_time(at_ms: u64) -> String {
    crate::base::os::local_time(at_ms / 1000)
}

/// Seconds that the user's clock is ahead of UTC.
pub(super) fn utc_offset() -> Option<i32> {
    crate::base::os::utc_offset(now_ms() / 1000)
}

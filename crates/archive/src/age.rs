//! What time it is for conversations that are kept for so many days.

use std::fs;
use std::path::Path;

use crate::originals::files::{self, Sync};

/// In the archive's directory; in milliseconds since the Unix epoch.
const FILE: &str = ".age-clock";
/// In milliseconds.
pub const DAY: i64 = 24 * 60 * 60 * 1000;

/// The time by which something is too old. A clock that is set wrong for a moment must not let
/// everything be forgotten, so that one which has jumped ahead is believed a day at each update.
pub fn now(archive: &Path, clock: i64) -> i64 {
    let file = archive.join(FILE);
    let before = fs::read_to_string(&file).ok().and_then(|text| text.trim().parse().ok());
    let now = believed(before, clock);
    // Without it the next update believes its clock, as the first one does.
    let _ = files::write(&file, now.to_string().as_bytes(), Sync::Later);
    now
}

fn believed(before: Option<i64>, clock: i64) -> i64 {
    match before {
        Some(before) if before < clock => clock.min(before.saturating_add(DAY)),
        _ => clock,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_jumps_ahead_is_believed_a_day_at_a_time() {
        assert_eq!(believed(None, 5), 5);
        assert_eq!(believed(Some(5), 7), 7);
        assert_eq!(believed(Some(5), 5 + 9 * DAY), 5 + DAY);
        assert_eq!(believed(Some(5 + DAY), 7), 7, "it was set back");
        assert_eq!(believed(Some(i64::MAX - 1), i64::MAX), i64::MAX);
    }

    #[test]
    fn it_is_kept_between_updates() {
        let archive = tempfile::tempdir().unwrap();
        assert_eq!(now(archive.path(), DAY), DAY);
        assert_eq!(now(archive.path(), 100 * DAY), 2 * DAY);
        assert_eq!(now(archive.path(), 100 * DAY), 3 * DAY);
        assert_eq!(now(archive.path(), 3 * DAY + 1), 3 * DAY + 1);
    }
}

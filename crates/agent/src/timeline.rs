//! The list of conversations that a pane went through: in order, bounded, and with at most its
//! last entry open.
//!
//! Must not decide when a conversation changes: `tracking` does.

use crate::identity::{ChangeReason, SessionId, TimelineEntry};

/// How many entries are kept; the oldest go first.
pub const TIMELINE_MAX: usize = 200;

/// Begins a stretch with a conversation; the one before ends there.
///
/// `from` is a tracker's time and may be wrong; `now` is the daemon's, which may have been set
/// back: no entry keeps a time later than `now`, and none begins before the one before it.
pub fn begin(
    entries: &mut Vec<TimelineEntry>,
    session: Option<SessionId>,
    reason: ChangeReason,
    title: Option<String>,
    from: u64,
    now: u64,
) {
    let from = end(entries, from, now);
    entries.push(TimelineEntry { session, from, to: None, reason, title });
    if entries.len() > TIMELINE_MAX {
        entries.drain(..entries.len() - TIMELINE_MAX);
    }
}

/// Ends the stretch that lasts, if one does; returns the time at which it ended, which is where
/// the next may begin.
pub fn end(entries: &mut [TimelineEntry], at: u64, now: u64) -> u64 {
    let mut earliest = 0;
    let last = entries.len().saturating_sub(1);
    for (i, entry) in entries.iter_mut().enumerate() {
        entry.from = entry.from.min(now).max(earliest);
        earliest = entry.from;
        match entry.to {
            Some(to) => {
                let to = to.min(now).max(entry.from);
                entry.to = Some(to);
                earliest = to;
            }
            // Only a damaged record has an open entry that is not the last.
            None if i < last => entry.to = Some(entry.from),
            None => {}
        }
    }
    let at = at.min(now).max(earliest);
    if let Some(entry) = entries.last_mut().filter(|entry| entry.to.is_none()) {
        entry.to = Some(at);
    }
    at
}

/// Gives every stretch with a conversation its newest title.
pub fn retitle(entries: &mut [TimelineEntry], session: &SessionId, title: &str) {
    for entry in entries.iter_mut().filter(|entry| entry.session.as_ref() == Some(session)) {
        if entry.title.as_deref() != Some(title) {
            entry.title = Some(title.to_string());
        }
    }
}

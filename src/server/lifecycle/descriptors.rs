//! Room for descriptors: panes may not take the last ones, so that the daemon can always be talked
//! to, and can write what it has to.

use segno_base::system::os::{Descriptors, descriptors};

/// What a pane takes: its terminal, the pipe of output, the file of input, the journal.
const PANE: usize = 4;
/// For files that are open for a moment, such as the next segment of a journal, and for clients'
/// terminals.
const OWN: usize = 48;

/// How many panes there is room for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    panes: usize,
    limit: usize,
}

/// There is no room for a pane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "this daemon may have {limit} files open, and another pane would leave too few for the others: \
     close some, or raise `ulimit -n` (hard limit) and use `segno daemon restart`"
)]
pub struct NoRoom {
    limit: usize,
}

/// How many connections there may be at a time.
pub fn connections_max() -> usize {
    descriptors().map_or(4096, |found| connections(found.limit))
}

fn connections(limit: usize) -> usize {
    (limit / 8).clamp(16, 4096)
}

impl Room {
    /// Now, with so many panes on their way.
    pub fn now(launching: usize) -> Room {
        match descriptors() {
            Ok(found) => Room::of(found, launching),
            // Not known, so not limited.
            Err(_) => Room { panes: usize::MAX, limit: usize::MAX },
        }
    }

    fn of(found: Descriptors, launching: usize) -> Room {
        let reserve = connections(found.limit) + OWN;
        let free = found.limit.saturating_sub(found.open + reserve);
        Room { panes: (free / PANE).saturating_sub(launching), limit: found.limit }
    }

    /// Takes the room of one pane.
    pub fn take(&mut self) -> Result<(), NoRoom> {
        self.panes = self.panes.checked_sub(1).ok_or(NoRoom { limit: self.limit })?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn panes_leave_room_for_connections_and_files() {
        let mut room = Room::of(Descriptors { open: 20, limit: 256 }, 0);
        let panes = std::iter::from_fn(|| room.take().ok()).count();
        assert!(20 + panes * PANE + connections(256) + OWN <= 256);
        assert!(panes > 30, "{panes}");
        assert_eq!(Room::of(Descriptors { open: 20, limit: 256 }, panes).take(), room.take());
        assert!(room.take().unwrap_err().to_string().contains("256"));
    }
}

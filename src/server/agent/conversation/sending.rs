//! Has conversations sent where the user has logged in: by a process of its own, one at a time,
//! that ends when it has sent everything. The daemon itself opens no connection; where nobody has
//! logged in, no process is started either.

use std::time::{Duration, Instant};

use crate::server::clock;
use crate::server::desktop::event_hooks::Run;
use crate::server::lifecycle::diagnostics::Topic;
use crate::server::shared::Shared;
use segno_sync::word::Word;

/// The first run may have years to send.
const TIMEOUT: Duration = Duration::from_secs(24 * 60 * 60);

/// What is due sooner than this a run waits for itself. One that could not move what is due,
/// because another process is at it or the archive cannot be read, is not started again at once.
const PAUSE: Duration = Duration::from_secs(15);

/// What is to be sent.
#[derive(Debug, Default)]
pub(in crate::server) struct Sending {
    running: bool,
    /// More was archived while it ran.
    again: bool,
    /// What could not be sent, or was not complete, is tried again then.
    due: Option<Instant>,
}

impl Sending {
    pub fn due(&self) -> Option<Instant> {
        self.due.filter(|_| !self.running)
    }
}

impl Sending {
    /// What sends what is in the archive, where the user has logged in; `None`: that goes on.
    pub fn send(&mut self, shared: &Shared) -> Option<Run> {
        if self.running {
            self.again = true;
            return None;
        }
        *self = Sending { running: true, ..Sending::default() };
        let arguments = ["sync", "run", "--background"];
        Some(Run::of_segno(shared, "sync", &arguments, String::new(), TIMEOUT))
    }

    /// The same when it is time to try again.
    pub fn send_again(&mut self, shared: &Shared, now: Instant) -> Option<Run> {
        self.due().filter(|at| *at <= now)?;
        self.send(shared)
    }

    /// Everything was sent, or something is in the way; what is to be sent meanwhile.
    pub fn sent(&mut self, shared: &mut Shared, word: Word) -> Option<Run> {
        self.running = false;
        let wait = word.next.map(|next| wait(next, clock::now_ms()));
        self.due = wait.map(|wait| Instant::now() + wait);
        shared.set_diagnostics(Topic::Sending, word.problems);
        std::mem::take(&mut self.again).then(|| self.send(shared)).flatten()
    }
}

/// How long until what is due then is tried; both in milliseconds since the Unix epoch.
fn wait(next: u64, now: u64) -> Duration {
    Duration::from_millis(next.saturating_sub(now)).max(PAUSE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_that_moved_nothing_is_not_started_again_at_once() {
        assert_eq!(wait(0, 5_000), PAUSE);
        assert_eq!(wait(5_001, 5_000), PAUSE);
        assert_eq!(wait(65_000, 5_000), Duration::from_secs(60));
    }
}

//! Has conversations sent where the user has logged in: by a process of its own, one at a time, that
//! ends when it has sent everything. The daemon itself opens no connection; where nobody has logged
//! in, no process is started either.

use std::time::{Duration, Instant};

use crate::server::aside::sending::SendingWord;
use crate::server::clock;
use crate::server::desktop::event_hooks::Run;
use crate::server::lifecycle::diagnostics::Topic;
use crate::server::shared::Shared;

/// The first run may have years to send.
const TIMEOUT: Duration = Duration::from_secs(24 * 60 * 60);

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
    pub fn sent(&mut self, shared: &mut Shared, word: SendingWord) -> Option<Run> {
        self.running = false;
        let wait = word.next.map(|next| next.saturating_sub(clock::now_ms()));
        self.due = wait.map(|wait| Instant::now() + Duration::from_millis(wait));
        shared.set_diagnostics(Topic::Sending, word.problems);
        std::mem::take(&mut self.again).then(|| self.send(shared)).flatten()
    }
}

//! Has conversations sent where the user has logged in: by a process of its own, one at a time, that
//! ends when it has sent everything. The daemon itself opens no connection; where nobody has logged
//! in, no process is started either.

use std::time::{Duration, Instant};

use crate::server::aside::sending::SendingWord;
use crate::server::desktop::event_hooks::Run;
use crate::server::lifecycle::diagnostics::Topic;
use crate::server::message::Message;
use crate::server::{Server, aside, clock};

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

impl Server {
    /// Sends what is in the archive, where the user has logged in.
    pub(in crate::server) fn send_conversations(&mut self) {
        if self.sending.running {
            self.sending.again = true;
            return;
        }
        self.sending = Sending { running: true, ..Sending::default() };
        let program = self.options.exe.to_string_lossy().into_owned();
        let arguments = ["sync", "run", "--background"].map(str::to_string);
        let run = Run {
            event: "sync",
            run: std::iter::once(program).chain(arguments).collect(),
            input: String::new(),
            timeout: TIMEOUT,
            env: self.env.clone(),
            home: self.options.home.path().to_path_buf(),
        };
        let (home, also) = (self.options.home.clone(), self.options.home.clone());
        let wanted = move || aside::sending::is_logged_in(&home);
        self.run_aside_if(run, wanted, move || Message::Sent(aside::sending::word(&also)));
    }

    /// Sends again when it is time.
    pub(in crate::server) fn send_again(&mut self, now: Instant) {
        if self.sending.due().is_some_and(|at| at <= now) {
            self.send_conversations();
        }
    }

    /// Everything was sent, or something is in the way.
    pub(in crate::server) fn sent(&mut self, word: SendingWord) {
        self.sending.running = false;
        let wait = word.next.map(|next| next.saturating_sub(clock::now_ms()));
        self.sending.due = wait.map(|wait| Instant::now() + Duration::from_millis(wait));
        self.set_diagnostics(Topic::Sending, word.problems);
        if std::mem::take(&mut self.sending.again) {
            self.send_conversations();
        }
    }
}

//! What wakes a page in a pane: keys, another size of its pane, and changes of the workspace.

use std::io::Read;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::time::Duration;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use crate::caller::{CallError, Control};
use crate::process;
use segno_client::signals::{self, Asked};
use segno_client::terminal::Terminal;
use segno_store::home::Home;
use segno_wire::control::Call;
use segno_wire::control::events::{EventList, EventsAsked, Subscription};
use segno_wire::control::panes::pane::PaneRef;
use segno_wire::control::panes::wait::{Changed, WaitChange};

/// How long until a daemon that was out of reach is looked for again.
const AGAIN: Duration = Duration::from_millis(400);

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WatchEvent {
    /// The user typed something.
    Typed(Vec<u8>),
    /// The pane is gone.
    End,
    /// The workspace is another, or the agent that is watched does something else.
    Change,
    /// Another size, or nothing that matters.
    Nothing,
}

/// Where all of it comes from.
pub struct Watch<'a> {
    home: &'a Home,
    terminal: &'a Terminal,
    signals: &'a UnixStream,
    /// A call to it is under way.
    daemon: Option<Control>,
    /// The agent that is watched; none: the workspace is.
    pane: Option<PaneRef>,
    /// What it said last: of the workspace, of the pane's events.
    mark: Option<String>,
    next: Option<u64>,
}

impl<'a> Watch<'a> {
    pub fn new(home: &'a Home, terminal: &'a Terminal, signals: &'a UnixStream) -> Watch<'a> {
        Watch { home, terminal, signals, daemon: None, pane: None, mark: None, next: None }
    }

    /// The same for what the agent of a pane does, where there is one.
    pub fn of_agent(self, pane: Option<PaneRef>) -> Watch<'a> {
        Watch { pane, ..self }
    }

    /// Waits for the next thing that happens.
    pub fn next(&mut self) -> WatchEvent {
        if self.daemon.is_none() {
            let connected = process::greet(self.home, process::connect_to_look).ok();
            self.daemon = connected.and_then(|control| self.ask(control).ok());
        }
        let waiting = |fd| PollFd::new(fd, PollFlags::POLLIN);
        let mut fds = vec![waiting(self.terminal.fd()), waiting(self.signals.as_fd())];
        fds.extend(self.daemon.as_ref().map(|control| waiting(control.as_fd())));
        let timeout = match self.daemon {
            Some(_) => PollTimeout::NONE,
            None => PollTimeout::try_from(AGAIN).unwrap_or(PollTimeout::MAX),
        };
        if poll(&mut fds, timeout).is_err() {
            return WatchEvent::Nothing;
        }
        let ready: Vec<bool> = fds.iter().map(|fd| fd.any() == Some(true)).collect();
        match ready[..] {
            [true, ..] => self.key(),
            [_, true, ..] => self.signal(),
            [_, _, true] => self.change(),
            _ => WatchEvent::Nothing,
        }
    }

    fn ask(&self, mut control: Control) -> Result<Control, CallError> {
        control.ask(&match &self.pane {
            None => Call::WorkspaceWait(WaitChange { mark: self.mark.clone() }),
            Some(pane) => Call::EventsRead(EventsAsked {
                of: Subscription {
                    since: self.next,
                    pane: Some(pane.clone()),
                    types: vec!["state.*".to_string()],
                },
                wait: true,
                timeout_ms: None,
            }),
        })?;
        Ok(control)
    }

    fn change(&mut self) -> WatchEvent {
        let Some(mut control) = self.daemon.take() else { return WatchEvent::Nothing };
        if self.pane.is_some() {
            let Ok(EventList { next, .. }) = control.answer() else { return WatchEvent::Nothing };
            self.next = Some(next);
        } else {
            let Ok(Changed { mark }) = control.answer() else { return WatchEvent::Nothing };
            self.mark = Some(mark);
        }
        self.daemon = self.ask(control).ok();
        WatchEvent::Change
    }

    fn signal(&mut self) -> WatchEvent {
        let mut byte = [0];
        match self.signals.read(&mut byte).map(|_| signals::asked(byte[0])) {
            Ok(Asked::Quit) => WatchEvent::End,
            _ => WatchEvent::Nothing,
        }
    }

    fn key(&self) -> WatchEvent {
        let mut buffer = [0; 4096];
        match self.terminal.read(&mut buffer) {
            Ok(Some(0)) | Err(_) => WatchEvent::End,
            Ok(None) => WatchEvent::Nothing,
            Ok(Some(n)) => WatchEvent::Typed(buffer[..n].to_vec()),
        }
    }
}

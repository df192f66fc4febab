//! Storing the workspace: soon after a change, never two at once, beside the server.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::core::model::persist::Saved;
use crate::server::aside::Order;
use crate::server::lifecycle::write_ahead::{self, Commit};
use crate::server::message::Message;
use crate::server::{Server, Topic};
use segno_agent::start::Beginning;
use segno_base::ids::PaneId;
use segno_store::home::Home;
use segno_store::pane::spool::Cursor;
use segno_store::workspace_file::{self, Loaded, WorkspaceError};

/// The workspace with how far each tracker was followed; both are stored at once, so that an
/// event is neither missed nor counted twice after a crash.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(in crate::server) struct Stored {
    #[serde(flatten)]
    pub workspace: Saved,
    pub spools: BTreeMap<PaneId, Cursor>,
    pub pending: BTreeMap<PaneId, Pending>,
    /// Grows with every one that is made.
    pub revision: u64,
}

/// A start that waits for the pane's program to end.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(in crate::server) struct Pending {
    /// The program that is to end first.
    pub after: i32,
    #[serde(flatten)]
    pub beginning: Beginning,
}

/// What was stored, or was to be by a daemon that was killed; and whether it is to be stored again.
pub(in crate::server) fn load(
    home: &Home,
    commit: Option<&Commit>,
) -> Result<(Loaded<Stored>, bool), WorkspaceError> {
    let mut loaded: Loaded<Stored> = workspace_file::load(&home.workspace_file())?;
    let stored = loaded.value.as_ref().map(|stored| stored.revision);
    let newer = commit.filter(|commit| Some(commit.stored.revision) > stored);
    if let Some(commit) = newer {
        loaded.value = Some(commit.stored.clone());
    }
    Ok((loaded, newer.is_some()))
}

/// When the workspace is stored next.
#[derive(Debug)]
pub(in crate::server) struct Saver {
    path: PathBuf,
    due: Option<Instant>,
    busy: bool,
    /// Of the newest [`Stored`].
    revision: u64,
    /// Of the one that is being stored.
    storing: u64,
    /// Of the one that a client's command left in a file of its own.
    pub committed: Option<u64>,
    /// Closed panes that the keeper may forget once a workspace without them is stored, by the
    /// first that lacks them.
    closed: Vec<(u64, PaneId)>,
    /// Whether there ever were panes: a workspace that loses its last one ends.
    pub had_panes: bool,
}

/// How soon to try again after a failure.
const RETRY: Duration = Duration::from_secs(2);

impl Saver {
    pub fn new(path: PathBuf, revision: u64) -> Saver {
        Saver {
            path,
            due: None,
            busy: false,
            revision,
            storing: 0,
            committed: None,
            closed: Vec::new(),
            had_panes: false,
        }
    }

    /// Wants the workspace stored within this time.
    pub fn soon(&mut self, now: Instant, within: Duration) {
        let at = now + within;
        self.due = Some(self.due.map_or(at, |due| due.min(at)));
    }

    /// Has the keeper forget a closed pane when that is stored.
    pub fn then_forget(&mut self, pane: PaneId) {
        self.closed.push((self.revision + 1, pane));
    }

    /// When [`Server::save_now`] is to be called.
    pub fn due(&self) -> Option<Instant> {
        self.due.filter(|_| !self.busy)
    }

    pub fn save_at_once(&self, stored: &Stored) -> Result<(), WorkspaceError> {
        workspace_file::save(&self.path, stored)
    }
}

impl Server {
    pub(in crate::server) fn stored(&mut self) -> Stored {
        self.saver.revision += 1;
        let pending = self.panes.iter().filter_map(|(pane, runtime)| {
            let beginning = runtime.process.next()?.clone();
            Some((pane, Pending { after: runtime.process.pid()?, beginning }))
        });
        let spools = self.panes.iter().flat_map(|(_, runtime)| &runtime.spool.cursors);
        let spools = spools.map(|(files, cursor)| (*files, *cursor));
        Stored {
            workspace: self.model.saved(),
            spools: spools.collect(),
            pending: pending.collect(),
            revision: self.saver.revision,
        }
    }

    pub(in crate::server) fn save_now(&mut self) {
        self.saver.due = None;
        self.saver.busy = true;
        self.saver.had_panes |= !self.model.tabs.is_empty();
        let stored = self.stored();
        self.saver.storing = stored.revision;
        let (path, queue) = (self.saver.path.clone(), self.queue.clone());
        crate::server::aside::pool::spawn(move || {
            let result = workspace_file::save(&path, &stored).map_err(|e| e.to_string());
            let _ = queue.send(Message::Saved(result));
        });
        self.save_history();
    }

    pub(in crate::server) fn saved(&mut self, result: Result<(), String>) {
        self.saver.busy = false;
        // What a user does to the workspace is done now and then.
        self.footprint.used(Instant::now());
        let mut problems = Vec::new();
        if let Err(why) = result {
            problems.push(format!("{why}; the workspace is stored as soon as that works again"));
            self.saver.soon(Instant::now(), RETRY);
        } else {
            let stored = self.saver.storing;
            if self.saver.committed.take_if(|done| *done <= stored).is_some() {
                write_ahead::remove(&self.options.home);
            }
            let closed = self.saver.closed.extract_if(.., |(first, _)| *first <= stored);
            for (_, pane) in closed.collect::<Vec<_>>() {
                self.order(pane, Order::Forget);
            }
        }
        self.set_diagnostics(Topic::Saving, problems);
    }
}

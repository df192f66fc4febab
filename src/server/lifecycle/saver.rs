//! Storing the workspace: soon after a change, never two at once, beside the server.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::server::Topic;
use crate::server::agent::evidence::Evidence;
use crate::server::aside::Order;
use crate::server::aside::give_order;
use crate::server::aside::removal::remove_files;
use crate::server::lifecycle::leaving::Leaving;
use crate::server::lifecycle::write_ahead::{self, Commit};
use crate::server::message::Message;
use crate::server::shared::Shared;
use segno_agent::start::Beginning;
use segno_base::ids::PaneId;
use segno_core::model::persist::Saved;
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
    /// Panes that their program's end has closed a moment ago.
    pub(super) leaving: Option<Leaving>,
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
            leaving: None,
            had_panes: false,
        }
    }

    /// Wants the workspace stored within this time.
    pub fn soon(&mut self, now: Instant, within: Duration) {
        let at = now + within;
        self.due = Some(self.due.map_or(at, |due| due.min(at)));
    }

    /// A pane was closed, and its program has ended: the keeper forgets it when that is stored.
    /// Until then the keeper's note is all that a next daemon knows of it.
    pub fn pane_closed(&mut self, shared: &mut Shared, pane: PaneId) {
        self.closed.push((self.revision + 1, pane));
        if !self.is_leaving(pane) {
            let home = shared.options.home.clone();
            crate::server::aside::pool::spawn(move || remove_files(&home, pane));
        }
    }

    /// When [`Saver::save_now`] is to be called.
    pub fn due(&self) -> Option<Instant> {
        self.due.filter(|_| !self.busy)
    }

    pub fn save_at_once(&self, stored: &Stored) -> Result<(), WorkspaceError> {
        workspace_file::save(&self.path, stored)
    }
}

/// What the dispatcher asks for.
impl Saver {
    /// The workspace as it is now.
    pub(in crate::server) fn stored(&mut self, shared: &Shared) -> Stored {
        self.revision += 1;
        let pending = shared.panes.iter().filter_map(|(pane, runtime)| {
            let beginning = runtime.process.next()?.clone();
            Some((pane, Pending { after: runtime.process.pid()?, beginning }))
        });
        let spools = shared.panes.iter().flat_map(|(_, runtime)| &runtime.spool.cursors);
        let spools = spools.map(|(files, cursor)| (*files, *cursor));
        Stored {
            workspace: shared.model.saved(),
            spools: spools.collect(),
            pending: pending.collect(),
            revision: self.revision,
        }
    }

    /// Stores the workspace, beside the owner.
    pub(in crate::server) fn save_now(&mut self, shared: &mut Shared) {
        self.due = None;
        self.busy = true;
        let stored = self.stored(shared);
        self.storing = stored.revision;
        let (path, queue) = (self.path.clone(), shared.queue.clone());
        crate::server::aside::pool::spawn(move || {
            let result = workspace_file::save(&path, &stored).map_err(|e| e.to_string());
            let _ = queue.send(Message::Saved(result));
        });
        shared.to(Evidence::save_history);
    }

    /// It was stored, or not.
    pub(in crate::server) fn saved(&mut self, shared: &mut Shared, result: Result<(), String>) {
        self.busy = false;
        let mut problems = Vec::new();
        if let Err(why) = result {
            problems.push(format!("{why}; the workspace is stored as soon as that works again"));
            self.soon(Instant::now(), RETRY);
        } else {
            let stored = self.storing;
            if self.committed.take_if(|done| *done <= stored).is_some() {
                write_ahead::remove(&shared.options.home);
            }
            let closed = self.closed.extract_if(.., |(first, _)| *first <= stored);
            for (_, pane) in closed.collect::<Vec<_>>() {
                give_order(shared, pane, Order::Forget);
            }
        }
        shared.set_diagnostics(Topic::Saving, problems);
    }
}

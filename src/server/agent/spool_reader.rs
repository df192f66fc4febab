//! What trackers report: assets written, spools read, session files checked, and the history of
//! conversations kept.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::core::update::event::Event;
use crate::server::aside::evidence::{read_piece, read_recorded};
use crate::server::aside::{Lane, Work};
use crate::server::control::wait::Waits;
use crate::server::{Server, clock};
use segno_agent::event::{Event as AgentEvent, What};
use segno_agent::identity::{Record, SessionId};
use segno_agent::panetype::PaneType;
use segno_base::ids::PaneId;
use segno_store::pane::history::{History, Known};
use segno_store::pane::spool::{Batch, Cursor};

/// How many pieces of each pane's spool are read before the daemon serves anybody.
const START_PIECES: usize = 16;

/// What goes on when a spool was read to its end.
type AfterSpool = Box<dyn FnOnce(&mut Server) + Send>;

/// How far a pane's spool was read.
#[derive(Debug, Default)]
pub(in crate::server) struct SpoolState {
    /// By what the tracker's files are named by: a shell may have several agents.
    pub cursors: BTreeMap<PaneId, Cursor>,
    /// A conversation that the agent said it does not know, until all that was reported is read.
    missing: Option<SessionId>,
}

/// What the reports of all trackers add up to.
#[derive(Debug, Default)]
pub(in crate::server) struct Spools {
    /// Refusals that were logged; each is logged once.
    refused: HashSet<String>,
    pub history: Option<History>,
    history_dirty: bool,
}

impl Spools {
    /// Stores the history of conversations, if there is something new.
    pub fn store_history(&mut self) -> std::io::Result<()> {
        let history = self.history.as_ref().filter(|_| std::mem::take(&mut self.history_dirty));
        history.map_or(Ok(()), History::save)
    }
}

impl Server {
    /// Reads what a pane's tracker has reported since. Of a program whose start is not known yet
    /// nothing is read: the start would wipe it out.
    pub(in crate::server) fn read_spool(&mut self, pane: PaneId) {
        self.in_lane_once(Lane::Spool(pane), move |server| {
            let runtime = server.shared.panes.get(pane);
            if runtime.is_some_and(|runtime| runtime.process.is_launching()) {
                None
            } else {
                server.spool_piece(pane, None)
            }
        });
    }

    /// Goes on when all is read that a pane's tracker has reported until now.
    pub(in crate::server) fn after_spool(
        &mut self,
        pane: PaneId,
        then: impl FnOnce(&mut Server) + Send + 'static,
    ) {
        match self.pane_type(pane).is_some_and(|ty| ty.tracker.is_some()) {
            false => then(self),
            true => {
                let then: AfterSpool = Box::new(then);
                self.in_lane(Lane::Spool(pane), move |server| server.spool_piece(pane, Some(then)));
            }
        }
    }

    /// Reads a piece of a spool, and on until its end.
    fn spool_piece(&mut self, pane: PaneId, then: Option<AfterSpool>) -> Option<Work> {
        let Some(ty) = self.pane_type(pane).cloned().filter(|ty| ty.tracker.is_some()) else {
            if let Some(then) = then {
                then(self);
            }
            return None;
        };
        let files = self.files_id(pane);
        let path = self.shared.options.home.events_file(files);
        let cursor = self.spool_cursor(pane);
        Some(Work::new(
            move || read_piece(path, cursor),
            move |server: &mut Server, read| {
                let more = match read {
                    // Another agent may be in the foreground of its shell by now.
                    Ok(_) if server.files_id(pane) != files => true,
                    Ok((cursor, batch)) => server.spool_read(pane, &ty, cursor, batch),
                    Err((path, why)) => {
                        server.refuse(&path, &why);
                        false
                    }
                };
                match (more, then) {
                    (true, None) => server.read_spool(pane),
                    (true, then) => {
                        server.in_lane(Lane::Spool(pane), move |server| {
                            server.spool_piece(pane, then)
                        });
                    }
                    (false, Some(then)) => then(server),
                    (false, None) => {}
                }
            },
        ))
    }

    /// What a pane's tracker has reported up to a place; answers whether there is more.
    pub(in crate::server) fn spool_read(
        &mut self,
        pane: PaneId,
        ty: &PaneType,
        cursor: Cursor,
        batch: Batch,
    ) -> bool {
        if !self.shared.model.panes.contains_key(&pane) {
            return false;
        }
        // Both are stored at once, so that no event is missed or counted twice.
        let files = self.files_id(pane);
        self.shared.panes.entry(pane).spool.cursors.insert(files, cursor);
        for event in batch.events {
            match event.what {
                What::Missing { session } => {
                    self.shared.panes.entry(pane).spool.missing = Some(session)
                }
                _ => self.apply_agent_event(pane, ty, event),
            }
        }
        if !batch.more
            && let Some(session) = self.shared.panes.entry(pane).spool.missing.take()
        {
            self.conversation_missing(pane, &session);
        }
        self.with(Waits::check);
        batch.more
    }

    /// Takes over an event, when it is about something that the type allows.
    pub(in crate::server) fn apply_agent_event(
        &mut self,
        pane: PaneId,
        ty: &PaneType,
        event: AgentEvent,
    ) {
        if !event.session().is_none_or(|s| ty.session_id_ok(s.as_str())) {
            return;
        }
        let current = matches!(event.what, What::Current { .. });
        let remember = current || matches!(event.what, What::Title { .. } | What::Prompt { .. });
        let deleted = match &event.what {
            What::Deleted { session } => Some(session.clone()),
            _ => None,
        };
        if let What::Usage { session, usage } = &event.what {
            self.note_usage(pane, session, usage, event.at);
        }
        if let What::WriteFailed { lost, why, .. } = &event.what {
            self.tracker_failed(pane, *lost, why.as_deref());
        }
        let session =
            |server: &Server| server.shared.model.panes.get(&pane).and_then(|p| p.session());
        let before = session(self);
        self.handle(Event::Agent { pane, event });
        if remember {
            self.remember_conversation(pane);
        }
        if current {
            self.compare_record_soon(pane);
        }
        if current && (session(self) != before || self.lacks_files(pane, ty)) {
            // Another conversation may have another file.
            self.follow_files(pane);
        }
        if let Some(session) = deleted {
            for list in self.lists.values_mut() {
                list.retain(|listed| listed.session != session);
            }
            let type_name = ty.name.clone();
            self.with_history(move |server, history| {
                let forgotten = history.forget(&type_name, &session);
                server.history_dirty |= forgotten;
            });
        }
    }

    fn remember_conversation(&mut self, pane: PaneId) {
        let Some(state) = self.shared.model.panes.get(&pane) else { return };
        let Some(session) = state.session() else { return };
        let known = state.tracking.as_ref().and_then(|tracking| tracking.conversation());
        let known = known.map(|known| Known {
            title: known.title.clone(),
            first_prompt: known.first_prompt.clone(),
            last_prompt: known.last_prompt.clone(),
        });
        let (type_name, cwd) = (state.agent_type().to_string(), state.agent_directory());
        let now = clock::now_ms();
        self.with_history(move |spools, history| {
            history.record(&type_name, &session, &cwd, known.unwrap_or_default(), now);
            spools.history_dirty = true;
        });
        self.saver.soon(std::time::Instant::now(), std::time::Duration::from_secs(1));
    }

    /// Uses the history of conversations, which is read when it is needed first.
    pub(in crate::server) fn with_history(
        &mut self,
        then: impl FnOnce(&mut Spools, &mut History) + Send + 'static,
    ) {
        self.after_history(move |server| {
            if let Some(mut history) = server.tracker.history.take() {
                then(&mut server.tracker, &mut history);
                server.tracker.history = Some(history);
            }
        });
    }

    /// Goes on when the history of conversations is there.
    pub(in crate::server) fn after_history(
        &mut self,
        then: impl FnOnce(&mut Server) + Send + 'static,
    ) {
        if self.tracker.history.is_some() {
            return then(self);
        }
        self.in_lane(Lane::History, move |server| {
            if server.tracker.history.is_some() {
                then(server);
                return None;
            }
            let path = server.shared.options.home.history_file();
            Some(Work::new(
                move || History::open(&path),
                move |server: &mut Server, (history, warning)| {
                    if let Some(warning) = warning {
                        tracing::warn!("{warning}");
                    }
                    server.tracker.history = Some(history);
                    then(server);
                },
            ))
        });
    }

    /// Has the history of conversations stored, if there is something new.
    pub(in crate::server) fn save_history(&mut self) {
        if !self.tracker.history_dirty {
            return;
        }
        self.in_lane_once(Lane::History, |server| {
            let dirty = std::mem::take(&mut server.tracker.history_dirty);
            let history = server.tracker.history.clone().filter(|_| dirty)?;
            Some(Work::new(
                move || history.save(),
                |_: &mut Server, stored| {
                    if let Err(error) = stored {
                        tracing::warn!(%error, "the history of conversations could not be stored");
                    }
                },
            ))
        });
    }

    /// Where a pane's session file is, and which type checks it.
    fn session_file(&self, pane: PaneId) -> Option<(Arc<PaneType>, PathBuf)> {
        let ty = self.pane_type(pane)?.clone();
        let path = self.shared.options.home.session_file(&ty.name, self.files_id(pane));
        Some((ty, path))
    }

    /// Goes on with what a pane's session file says; whatever is wrong with it counts as nothing.
    pub(in crate::server) fn with_recorded(
        &mut self,
        pane: PaneId,
        then: impl FnOnce(&mut Server, Record) + Send + 'static,
    ) {
        self.in_lane(Lane::Spool(pane), move |server| {
            let Some((ty, path)) = server.session_file(pane) else {
                then(server, Record::default());
                return None;
            };
            let files = server.files_id(pane);
            Some(Work::new(
                move || (read_recorded(&ty, &path), path),
                move |server: &mut Server, (recorded, path)| {
                    let recorded = recorded.unwrap_or_else(|why| {
                        server.refuse(&path, &why);
                        Record::default()
                    });
                    // Another agent may be in the foreground of its shell by now.
                    let known =
                        server.shared.model.panes.get(&pane).map(|pane| pane.recorded.clone());
                    let same = server.files_id(pane) == files;
                    then(server, if same { recorded } else { known.unwrap_or_default() });
                },
            ))
        });
    }

    /// At the daemon's start, before it serves anybody: what a pane's tracker reported while there
    /// was none, as far as that is little, and what is recorded. The rest is read beside.
    pub(in crate::server) fn catch_up(&mut self, pane: PaneId) -> Record {
        let Some((ty, path)) = self.session_file(pane) else { return Record::default() };
        if ty.tracker.is_some() {
            let files = self.files_id(pane);
            let events = self.shared.options.home.events_file(files);
            for n in 0.. {
                let cursor = self.spool_cursor(pane);
                match read_piece(events.clone(), cursor) {
                    Err((_, why)) => self.refuse(&events, &why),
                    Ok((cursor, batch)) => match self.spool_read(pane, &ty, cursor, batch) {
                        true if n < START_PIECES => continue,
                        true => self.read_spool(pane),
                        false => {}
                    },
                }
                break;
            }
        }
        read_recorded(&ty, &path).unwrap_or_else(|why| {
            self.refuse(&path, &why);
            Record::default()
        })
    }

    /// What a pane's tracker's files are named by.
    /// How far the spool was read that a pane's agent writes.
    fn spool_cursor(&self, pane: PaneId) -> Cursor {
        let spool = self.shared.panes.get(pane).map(|runtime| &runtime.spool);
        let cursor = spool.and_then(|spool| spool.cursors.get(&self.files_id(pane)));
        cursor.copied().unwrap_or_default()
    }

    pub(in crate::server) fn files_id(&self, pane: PaneId) -> PaneId {
        self.shared
            .model
            .panes
            .get(&pane)
            .map_or(pane, crate::core::model::workspace::Pane::files_id)
    }

    /// The pane whose files these are, or those of an agent in its shell.
    fn pane_of_files(&mut self, files: PaneId) -> Option<PaneId> {
        if self.shared.model.panes.contains_key(&files) {
            return Some(files).filter(|pane| self.files_id(*pane) == files);
        }
        let pane = self.shared.model.host_of(files)?;
        self.show_guest(pane, files);
        Some(pane).filter(|pane| self.files_id(*pane) == files)
    }

    fn refuse(&mut self, path: &Path, why: &str) {
        let line = format!("{}: {why}", path.display());
        if self.tracker.refused.insert(line.clone()) {
            tracing::warn!("refused {line}");
        }
    }

    pub(in crate::server) fn files_changed(&mut self, paths: Vec<PathBuf>) {
        let home = self.shared.options.home.clone();
        let mut reload_types = false;
        let mut reload_config = false;
        let mut panes = Vec::new();
        for path in paths {
            if path == home.config_file()
                || path == home.keys_file()
                || path.starts_with(home.themes_dir())
            {
                reload_config = true;
            } else if path.starts_with(home.panes_dir()) {
                reload_types = true;
            } else if !path.starts_with(home.path())
                || path.extension().is_some_and(|ending| ending == "watched")
            {
                self.evidence_changed(&path);
            } else if let Some(pane) = pane_of(&path) {
                panes.push((pane, path.starts_with(home.sessions_dir())));
            }
        }
        if reload_config || reload_types {
            // What changed may be where a link leads.
            self.in_lane_once(Lane::Links, |server| {
                let watch = server.watch.clone();
                Some(Work::new(move || watch.lock().follow_links(), |_: &mut Server, ()| {}))
            });
        }
        if reload_config {
            self.settings_changed();
        }
        if reload_types {
            self.reload_types(None);
        }
        panes.sort();
        panes.dedup();
        for (files, session) in panes {
            let Some(pane) = self.pane_of_files(files) else { continue };
            if session {
                self.with_recorded(pane, move |server, recorded| {
                    server.handle(Event::Recorded { pane, recorded });
                    server.compare_record_soon(pane);
                });
            } else {
                self.read_spool(pane);
            }
        }
    }
}

/// The pane whose spool (`p1.jsonl`) or session file (`TYPE-p1.id`) this is.
pub(in crate::server) fn pane_of(path: &Path) -> Option<PaneId> {
    let name = path.file_name()?.to_str()?;
    if let Some(pane) = name.strip_suffix(".jsonl").or(name.strip_suffix(".jsonl.1")) {
        return pane.parse().ok();
    }
    name.strip_suffix(".id")?.rsplit_once('-')?.1.parse().ok()
}

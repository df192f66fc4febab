//! What trackers report: assets written, spools read, session files checked, and the history of
//! conversations kept.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::server::agent::conversation::missing::conversation_missing;
use crate::server::agent::evidence::Evidence;
use crate::server::agent::observer::{follow_files, lacks_files};
use crate::server::agent::record::{compare_record_soon, tracker_failed};
use crate::server::aside::evidence::{read_piece, read_recorded};
use crate::server::aside::{Lane, Work};
use crate::server::clock;
use crate::server::control::wait::Waits;
use crate::server::lifecycle::fs_watcher::{Changed, Report};
use crate::server::shared::Call;
use crate::server::shared::Shared;
use crate::server::shared::Stateless;
use segno_agent::event::{Event as AgentEvent, What};
use segno_agent::identity::{Record, SessionId};
use segno_agent::panetype::PaneType;
use segno_base::ids::PaneId;
use segno_core::update::effect::Effect;
use segno_core::update::event::Event;
use segno_store::pane::history::History;
use segno_store::pane::spool::{Batch, Cursor};

/// How many pieces of each pane's spool are read before the daemon serves anybody.
const START_PIECES: usize = 16;

/// How far a pane's spool was read.
#[derive(Debug, Default)]
pub(in crate::server) struct SpoolState {
    /// By what the tracker's files are named by: a shell may have several agents.
    pub cursors: BTreeMap<PaneId, Cursor>,
    /// A conversation that the agent said it does not know, until all that was reported is read.
    missing: Option<SessionId>,
}

impl Evidence {
    /// Takes over an event, when it is about something that the type allows.
    pub(in crate::server) fn apply_agent_event(
        &mut self,
        shared: &mut Shared,
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
            self.note_usage(shared, pane, session, usage, event.at);
        }
        if let What::WriteFailed { lost, why, .. } = &event.what {
            tracker_failed(shared, pane, *lost, why.as_deref());
        }
        let session = |shared: &Shared| shared.model.panes.get(&pane).and_then(|p| p.session());
        let before = session(shared);
        shared.handle(Event::Agent { pane, event });
        if remember {
            self.remember_conversation(shared, pane);
        }
        if current {
            compare_record_soon(shared, pane);
        }
        if current && (session(shared) != before || lacks_files(shared, pane, ty)) {
            // Another conversation may have another file.
            follow_files(shared, pane);
        }
        if let Some(session) = deleted {
            for list in self.lists.values_mut() {
                list.retain(|listed| listed.session != session);
            }
            let type_name = ty.name.clone();
            self.with_history(shared, move |history| history.forget(&type_name, &session));
        }
    }

    fn remember_conversation(&mut self, shared: &mut Shared, pane: PaneId) {
        let Some(state) = shared.model.panes.get(&pane) else { return };
        let Some(session) = state.session() else { return };
        let known = state.tracking.as_ref().and_then(|tracking| tracking.conversation());
        let known = known.map(|known| known.summary.clone());
        let (type_name, cwd) = (state.agent_type().to_string(), state.agent_directory());
        let now = clock::now_ms();
        self.with_history(shared, move |history| {
            history.record(&type_name, &session, &cwd, known.unwrap_or_default(), now);
            true
        });
        shared.effect(Effect::SaveSoon);
    }

    /// Changes the history of conversations, which is read when it is needed first; answers whether
    /// that is to be stored.
    fn with_history(
        &mut self,
        shared: &mut Shared,
        change: impl FnOnce(&mut History) -> bool + Send + 'static,
    ) {
        self.after_history(shared, move |evidence: &mut Evidence, _: &mut Shared| {
            if let Some(history) = &mut evidence.history {
                evidence.history_dirty |= change(history);
            }
        });
    }

    /// Goes on when the history of conversations is there.
    pub(in crate::server) fn after_history(
        &mut self,
        shared: &mut Shared,
        then: impl FnOnce(&mut Evidence, &mut Shared) + Send + 'static,
    ) {
        if self.history.is_some() {
            return then(self, shared);
        }
        shared.in_lane(Lane::History, move |evidence: &mut Evidence, shared: &mut Shared| {
            if evidence.history.is_some() {
                then(evidence, shared);
                return None;
            }
            let path = shared.options.home.history_file();
            Some(Work::of(
                move || History::open(&path),
                move |evidence: &mut Evidence, shared: &mut Shared, (history, warning)| {
                    if let Some(warning) = warning {
                        tracing::warn!("{warning}");
                    }
                    evidence.history = Some(history);
                    then(evidence, shared);
                },
            ))
        });
    }

    /// Has the history of conversations stored, if there is something new.
    pub(in crate::server) fn save_history(&mut self, shared: &mut Shared) {
        if !self.history_dirty {
            return;
        }
        shared.in_lane_once(Lane::History, |evidence: &mut Evidence, _: &mut Shared| {
            let dirty = std::mem::take(&mut evidence.history_dirty);
            let history = evidence.history.clone().filter(|_| dirty)?;
            Some(Work::of(
                move || history.save(),
                |_: &mut Stateless, _: &mut Shared, stored| {
                    if let Err(error) = stored {
                        tracing::warn!(%error, "the history of conversations could not be stored");
                    }
                },
            ))
        });
    }

    /// At the daemon's start, before it serves anybody: what a pane's tracker reported while there
    /// was none, as far as that is little, and what is recorded. The rest is read beside.
    pub(in crate::server) fn catch_up(&mut self, shared: &mut Shared, pane: PaneId) -> Record {
        let Some((ty, path)) = session_file(shared, pane) else { return Record::default() };
        if ty.tracker.is_some() {
            let files = shared.files_id(pane);
            let events = shared.options.home.events_file(files);
            for n in 0.. {
                let cursor = spool_cursor(shared, pane);
                match read_piece(events.clone(), cursor) {
                    Err((_, why)) => self.refuse(&events, &why),
                    Ok((cursor, batch)) => match spool_read(shared, pane, &ty, cursor, batch) {
                        true if n < START_PIECES => continue,
                        true => read_spool(shared, pane),
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

    /// The pane whose files these are, or those of an agent in its shell.
    fn pane_of_files(&mut self, shared: &mut Shared, files: PaneId) -> Option<PaneId> {
        if shared.model.panes.contains_key(&files) {
            return Some(files).filter(|pane| shared.files_id(*pane) == files);
        }
        let pane = shared.model.host_of(files)?;
        self.show_guest(shared, pane, files);
        Some(pane).filter(|pane| shared.files_id(*pane) == files)
    }

    fn refuse(&mut self, path: &Path, why: &str) {
        let line = format!("{}: {why}", path.display());
        if self.refused.insert(line.clone()) {
            tracing::warn!("refused {line}");
        }
    }

    /// Files that trackers and agents write have changed.
    pub(in crate::server) fn files_changed(&mut self, shared: &mut Shared, changed: Changed) {
        for path in changed.followed {
            self.evidence_changed(shared, &path);
        }
        for (files, report) in changed.reports {
            let Some(pane) = self.pane_of_files(shared, files) else { continue };
            match report {
                Report::Events => read_spool(shared, pane),
                Report::Session => {
                    with_recorded(shared, pane, move |shared: &mut Shared, recorded| {
                        shared.handle(Event::Recorded { pane, recorded });
                        compare_record_soon(shared, pane);
                    })
                }
            }
        }
    }
}

/// Reads what a pane's tracker has reported since. Of a program whose start is not known yet
/// nothing is read: the start would wipe it out.
pub(in crate::server) fn read_spool(shared: &mut Shared, pane: PaneId) {
    shared.in_lane_once(Lane::Spool(pane), move |_: &mut Stateless, shared: &mut Shared| {
        let runtime = shared.panes.get(pane);
        if runtime.is_some_and(|runtime| runtime.process.is_launching()) {
            None
        } else {
            spool_piece(shared, pane, None)
        }
    });
}

/// Goes on when all is read that a pane's tracker has reported until now.
pub(in crate::server) fn after_spool(shared: &mut Shared, pane: PaneId, then: Call) {
    match shared.pane_type(pane).is_some_and(|ty| ty.tracker.is_some()) {
        false => shared.call(then),
        true => shared.in_lane(Lane::Spool(pane), move |_: &mut Stateless, shared: &mut Shared| {
            spool_piece(shared, pane, Some(then))
        }),
    }
}

/// Reads a piece of a spool, and on until its end.
fn spool_piece(shared: &mut Shared, pane: PaneId, then: Option<Call>) -> Option<Work> {
    let Some(ty) = shared.pane_type(pane).cloned().filter(|ty| ty.tracker.is_some()) else {
        then.into_iter().for_each(|then| shared.call(then));
        return None;
    };
    let files = shared.files_id(pane);
    let path = shared.options.home.events_file(files);
    let cursor = spool_cursor(shared, pane);
    Some(Work::of(
        move || read_piece(path, cursor),
        move |evidence: &mut Evidence, shared: &mut Shared, read| {
            let more = match read {
                // Another agent may be in the foreground of its shell by now.
                Ok(_) if shared.files_id(pane) != files => true,
                Ok((cursor, batch)) => spool_read(shared, pane, &ty, cursor, batch),
                Err((path, why)) => {
                    evidence.refuse(&path, &why);
                    false
                }
            };
            match (more, then) {
                (true, None) => read_spool(shared, pane),
                (true, then) => {
                    shared.in_lane(
                        Lane::Spool(pane),
                        move |_: &mut Stateless, shared: &mut Shared| {
                            spool_piece(shared, pane, then)
                        },
                    );
                }
                (false, Some(then)) => shared.call(then),
                (false, None) => {}
            }
        },
    ))
}

/// What a pane's tracker has reported up to a place; answers whether there is more.
pub(in crate::server) fn spool_read(
    shared: &mut Shared,
    pane: PaneId,
    ty: &Arc<PaneType>,
    cursor: Cursor,
    batch: Batch,
) -> bool {
    if !shared.model.panes.contains_key(&pane) {
        return false;
    }
    // Both are stored at once, so that no event is missed or counted twice.
    let files = shared.files_id(pane);
    shared.panes.entry(pane).spool.cursors.insert(files, cursor);
    for event in batch.events {
        match event.what {
            What::Missing { session } => shared.panes.entry(pane).spool.missing = Some(session),
            _ => event_read(shared, pane, ty, event),
        }
    }
    let more = batch.more;
    shared.to(move |_: &mut Stateless, shared: &mut Shared| {
        let missing = shared.panes.get_mut(pane).filter(|_| !more);
        if let Some(session) = missing.and_then(|runtime| runtime.spool.missing.take()) {
            conversation_missing(shared, pane, &session);
        }
    });
    shared.to(Waits::check);
    batch.more
}

/// Takes over an event when all that follows from those before it is done: each state is seen
/// by whoever waits for it.
pub(in crate::server) fn event_read(
    shared: &mut Shared,
    pane: PaneId,
    ty: &Arc<PaneType>,
    event: AgentEvent,
) {
    let ty = ty.clone();
    shared.to(move |evidence: &mut Evidence, shared: &mut Shared| {
        evidence.apply_agent_event(shared, pane, &ty, event);
    });
}

/// Where a pane's session file is, and which type checks it.
fn session_file(shared: &Shared, pane: PaneId) -> Option<(Arc<PaneType>, PathBuf)> {
    let ty = shared.pane_type(pane)?.clone();
    let path = shared.options.home.session_file(&ty.name, shared.files_id(pane));
    Some((ty, path))
}

/// Goes on with what a pane's session file says; whatever is wrong with it counts as nothing.
pub(in crate::server) fn with_recorded(
    shared: &mut Shared,
    pane: PaneId,
    then: impl FnOnce(&mut Shared, Record) + Send + 'static,
) {
    shared.in_lane(Lane::Spool(pane), move |_: &mut Stateless, shared: &mut Shared| {
        let Some((ty, path)) = session_file(shared, pane) else {
            then(shared, Record::default());
            return None;
        };
        let files = shared.files_id(pane);
        Some(Work::of(
            move || (read_recorded(&ty, &path), path),
            move |evidence: &mut Evidence, shared: &mut Shared, (recorded, path)| {
                let recorded = recorded.unwrap_or_else(|why| {
                    evidence.refuse(&path, &why);
                    Record::default()
                });
                // Another agent may be in the foreground of its shell by now.
                let known = shared.model.panes.get(&pane).map(|pane| pane.recorded.clone());
                let same = shared.files_id(pane) == files;
                then(shared, if same { recorded } else { known.unwrap_or_default() });
            },
        ))
    });
}

/// How far the spool was read that a pane's agent writes.
fn spool_cursor(shared: &Shared, pane: PaneId) -> Cursor {
    let spool = shared.panes.get(pane).map(|runtime| &runtime.spool);
    let cursor = spool.and_then(|spool| spool.cursors.get(&shared.files_id(pane)));
    cursor.copied().unwrap_or_default()
}

/// The pane whose spool (`p1.jsonl`) or session file (`TYPE-p1.id`) this is.
pub(in crate::server) fn pane_of(path: &Path) -> Option<PaneId> {
    let name = path.file_name()?.to_str()?;
    if let Some(pane) = name.strip_suffix(".jsonl").or(name.strip_suffix(".jsonl.1")) {
        return pane.parse().ok();
    }
    name.strip_suffix(".id")?.rsplit_once('-')?.1.parse().ok()
}

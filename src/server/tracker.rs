//! What trackers report: assets written, spools read, session files checked, and the history of
//! conversations kept.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};

use crate::agent::event::{Event as AgentEvent, What};
use crate::agent::identity::Record;
use crate::base::ids::PaneId;
use crate::core::event::Event;
use crate::panetype::PaneType;
use crate::panetype::registry::asset;
use crate::store::history::{History, Known};
use crate::store::home::Home;
use crate::store::spool::{self, Cursor};
use crate::store::{assets, session_file};

use super::{Server, clock};

/// Bytes of a spool read in one go.
const SPOOL_CHUNK: usize = 256 * 1024;

/// Where each spool was read to, and what was refused.
#[derive(Debug, Default)]
pub(super) struct Spools {
    pub cursors: BTreeMap<PaneId, Cursor>,
    /// Refusals that were logged; each is logged once.
    refused: HashSet<String>,
    types: HashMap<PaneId, String>,
    history: Option<History>,
    history_dirty: bool,
}

impl Spools {
    pub fn new(cursors: BTreeMap<PaneId, Cursor>) -> Spools {
        Spools { cursors, ..Spools::default() }
    }

    pub fn forget(&mut self, pane: PaneId) {
        self.cursors.remove(&pane);
        self.types.remove(&pane);
    }

    pub(super) fn history(&mut self, home: &Home) -> &mut History {
        self.history.get_or_insert_with(|| {
            let (history, warning) = History::open(&home.history_file());
            if let Some(warning) = warning {
                tracing::warn!("{warning}");
            }
            history
        })
    }

    pub fn save_history(&mut self, home: &Home) {
        if std::mem::take(&mut self.history_dirty)
            && let Err(error) = self.history(home).save()
        {
            tracing::warn!(%error, "the history of conversations could not be stored");
        }
    }
}

impl Server {
    /// Writes the trackers' assets of every pane type; answers what went wrong.
    pub(super) fn install_assets(&mut self) -> Vec<String> {
        let mut problems = Vec::new();
        for ty in self.registry.iter() {
            let Some(tracker) = &ty.tracker else { continue };
            let mut files = Vec::new();
            for name in &tracker.assets {
                match asset(ty, name) {
                    Ok(bytes) => files.push((name.as_str(), bytes)),
                    Err(error) => problems.push(format!(
                        "pane type {}: the asset {name} cannot be read: {error}",
                        ty.name
                    )),
                }
            }
            let borrowed: Vec<_> =
                files.iter().map(|(name, bytes)| (*name, bytes.as_ref())).collect();
            match assets::install(&self.options.home.assets_dir(&ty.name), &borrowed) {
                Ok(written) => {
                    for name in written {
                        tracing::info!(pane_type = %ty.name, %name, "asset written");
                    }
                }
                Err(error) => problems.push(format!("pane type {}: {error}", ty.name)),
            }
        }
        problems
    }

    /// Reads what a pane's tracker has reported since. Of a program whose start is not known yet
    /// nothing is read: the start would wipe it out.
    pub(super) fn read_spool(&mut self, pane: PaneId) {
        if self.slots.get(&pane).is_some_and(|slot| slot.launching) {
            return;
        }
        let path = self.options.home.events_file(pane);
        let Some(ty) = self.pane_type(pane).cloned().filter(|t| t.tracker.is_some()) else {
            return;
        };
        let mut missing = None;
        loop {
            let cursor = self.tracker.cursors.entry(pane).or_default();
            let batch = match spool::read_new(&path, cursor, SPOOL_CHUNK) {
                Ok(batch) => batch,
                Err(refusal) => return self.refuse(&path, &refusal.to_string()),
            };
            for event in batch.events {
                match event.what {
                    What::Missing { session } => missing = Some(session),
                    _ => self.agent_said(pane, &ty, event),
                }
            }
            if !batch.more {
                break;
            }
        }
        if let Some(session) = missing {
            self.conversation_missing(pane, &session);
        }
        self.check_waits();
    }

    /// Takes over an event, when it is about something that the type allows.
    pub(super) fn agent_said(&mut self, pane: PaneId, ty: &PaneType, event: AgentEvent) {
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
        let session = |server: &Server| server.model.panes.get(&pane).and_then(|p| p.session());
        let before = session(self);
        self.handle(Event::Agent { pane, event });
        if remember {
            self.remember_conversation(pane);
        }
        if current {
            self.compare_record_soon(pane);
        }
        if current && (session(self) != before || self.evidence.lacks_files(pane, ty)) {
            // Another conversation may have another file.
            self.follow_files(pane);
        }
        if let Some(session) = deleted {
            for list in self.lists.values_mut() {
                list.retain(|listed| listed.session != session);
            }
            let home = self.options.home.clone();
            self.tracker.history_dirty |= self.tracker.history(&home).forget(&ty.name, &session);
        }
    }

    fn remember_conversation(&mut self, pane: PaneId) {
        let Some(state) = self.model.panes.get(&pane) else { return };
        let Some(session) = state.session() else { return };
        let known = state.tracking.as_ref().and_then(|tracking| tracking.conversation());
        let known = known.map(|known| Known {
            title: known.title.clone(),
            first_prompt: known.first_prompt.clone(),
            last_prompt: known.last_prompt.clone(),
        });
        let home = self.options.home.clone();
        self.tracker.types.insert(pane, state.spec.type_name.clone());
        let history = self.tracker.history(&home);
        let now = clock::now_ms();
        let (type_name, cwd) = (&state.spec.type_name, &state.spec.cwd);
        history.record(type_name, &session, cwd, known.unwrap_or_default(), now);
        self.tracker.history_dirty = true;
        self.saver.soon(std::time::Instant::now(), std::time::Duration::from_secs(1));
    }

    /// What a pane's session file says; whatever is wrong with it counts as nothing.
    pub(super) fn recorded(&mut self, pane: PaneId) -> Record {
        let Some(ty) = self.pane_type(pane).cloned() else { return Record::default() };
        let path = self.options.home.session_file(&ty.name, pane);
        match session_file::read_dated(&path, &|id| ty.session_id_ok(id)) {
            Ok(recorded) => recorded,
            Err(refusal) => {
                self.refuse(&path, &refusal.to_string());
                Record::default()
            }
        }
    }

    fn refuse(&mut self, path: &Path, why: &str) {
        let line = format!("{}: {why}", path.display());
        if self.tracker.refused.insert(line.clone()) {
            tracing::warn!("refused {line}");
        }
    }

    pub(super) fn files_changed(&mut self, paths: Vec<PathBuf>) {
        let home = self.options.home.clone();
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
            self.watch.follow_links();
        }
        if reload_config {
            self.settings_changed();
        }
        if reload_types {
            self.reload_types();
        }
        panes.sort();
        panes.dedup();
        for (pane, session) in panes {
            if !self.model.panes.contains_key(&pane) {
                continue;
            }
            if session {
                let recorded = self.recorded(pane);
                self.handle(Event::Recorded { pane, recorded });
                self.compare_record_soon(pane);
            } else {
                self.read_spool(pane);
            }
        }
    }
}

/// The pane whose spool (`p1.jsonl`) or session file (`TYPE-p1.id`) this is.
pub(super) fn pane_of(path: &Path) -> Option<PaneId> {
    let name = path.file_name()?.to_str()?;
    if let Some(pane) = name.strip_suffix(".jsonl").or(name.strip_suffix(".jsonl.1")) {
        return pane.parse().ok();
    }
    name.strip_suffix(".id")?.rsplit_once('-')?.1.parse().ok()
}

//! Control calls: what `segno ls`, `new`, `send` and the others ask for.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde::Serialize;
use tokio::sync::oneshot;

use crate::agent::status::Activity;
use crate::base::geometry::Direction;
use crate::base::ids::PaneId;
use crate::base::key::KeyEvent;
use crate::config::command::{COMMANDS, CommandInfo};
use crate::core::effect::PaneInput;
use crate::core::extras::{Extras, Tint, UnknownTint};
use crate::core::model::{ExitStatus, Life, Pane, PaneSpec};
use crate::core::panes::{Place, Refusal, Start};
use crate::panetype::launch::{Wishes, check_request};
use crate::term::{Lines, TextFormat};
use crate::wire::control::Call;
use crate::wire::control::daemon::{DaemonStatus, Stopping};
use crate::wire::control::keys::{KeyInfo, KeyList};
use crate::wire::control::pane::{
    Created, ExitInfo, MovePane, NewPane, PaneInfo, PaneList, PaneState, PaneStatus, Placement,
    Read, ReadFormat, ReadResult, RestartWith, SessionList, SetPane, TabInfo,
};
use crate::wire::control::project::ProjectTrust;
use crate::wire::frame::ByeReason;
use crate::wire::rpc::{RpcError, code};

use super::catalogue::Types;
use super::message::Answer;
use super::project::Purpose;
use super::wait::{Waiting, Wanted};
use super::{Ending, Server};

/// A result as an answer.
pub(super) fn result<T: Serialize>(value: &T) -> Answer {
    serde_json::to_value(value).map_err(|error| RpcError::failed(error.to_string()))
}

fn done(outcome: Result<(), Refusal>) -> Answer {
    outcome.map(|()| serde_json::Value::Null).map_err(|r| refused(&r))
}

pub(super) fn refused(refusal: &Refusal) -> RpcError {
    let code = match refusal {
        Refusal::NoPane(_) | Refusal::NoTab(_) | Refusal::NoType(_) => code::NOT_FOUND,
        _ => code::REFUSED,
    };
    RpcError::new(code, refusal.to_string())
}

/// What a pane is doing and since when.
pub(super) fn state_of(pane: &Pane) -> (PaneState, u64) {
    match &pane.life {
        Life::Queued { .. } => (PaneState::Queued, 0),
        Life::Starting { .. } => (PaneState::Starting, 0),
        Life::Failed { .. } => (PaneState::Failed, 0),
        Life::Exited { at, .. } => (PaneState::Exited, *at),
        Life::Running { since, .. } => match pane.agent() {
            None => (PaneState::Running, *since),
            Some(agent) => {
                let state = match agent.activity {
                    Activity::Starting => PaneState::Starting,
                    Activity::Working => PaneState::Working,
                    Activity::Blocked => PaneState::Blocked,
                    Activity::Idle => PaneState::Idle,
                    Activity::Error => PaneState::Error,
                    Activity::Retrying => PaneState::Retrying,
                    Activity::Exited | Activity::Unknown => PaneState::Running,
                };
                (state, agent.since)
            }
        },
    }
}

impl Server {
    pub(super) fn call(&mut self, call: Call, answer: oneshot::Sender<Answer>) {
        let outcome = match call {
            Call::PaneWait(wait) => match self.pane_by_name(&wait.pane).and_then(|pane| {
                let wanted = Wanted::new(&wait.wait_for).map_err(RpcError::invalid_params)?;
                self.can_be(pane, &wanted)?;
                Ok((pane, wanted))
            }) {
                Ok((pane, wanted)) => {
                    let deadline =
                        wait.timeout_ms.map(|ms| Instant::now() + Duration::from_millis(ms));
                    return self.wait(Waiting { pane, wanted, deadline, answer });
                }
                Err(error) => Err(error),
            },
            Call::ConversationsList(of) => return self.list_conversations(of, answer),
            Call::UsageReport(asked) => return self.report_usage(asked, answer),
            Call::PaneNew(new) => self.new_pane(*new),
            Call::PaneList => result(&PaneList { panes: self.pane_infos() }),
            Call::PaneStatus(of) => self
                .pane_by_name(of.pane.as_deref().unwrap_or("@focused"))
                .and_then(|pane| self.pane_status(pane)),
            Call::PaneSend(send) => self.pane_by_name(&send.pane).and_then(|pane| {
                self.must_run(pane)?;
                self.pane_input(pane, PaneInput::PasteStart);
                self.pane_input(pane, PaneInput::Paste(send.text.into_bytes()));
                self.pane_input(pane, PaneInput::PasteEnd);
                if send.enter {
                    let enter = crate::base::key::Key::plain(crate::base::key::KeyCode::Enter);
                    self.pane_input(pane, PaneInput::Key(KeyEvent::from(enter)));
                }
                Ok(serde_json::Value::Null)
            }),
            Call::PaneKeys(keys) => self.pane_by_name(&keys.pane).and_then(|pane| {
                self.must_run(pane)?;
                for key in keys.keys {
                    self.pane_input(pane, PaneInput::Key(KeyEvent::from(key)));
                }
                Ok(serde_json::Value::Null)
            }),
            Call::PaneRead(read) => {
                self.pane_by_name(&read.pane).and_then(|pane| self.read(pane, &read))
            }
            Call::PaneSessions(on) => self.pane_by_name(&on.pane).and_then(|pane| {
                let tracking = self.model.panes.get(&pane).and_then(|p| p.tracking.as_ref());
                let sessions = tracking.map(|t| t.timeline().to_vec()).unwrap_or_default();
                result(&SessionList { sessions })
            }),
            Call::PaneRestart(restart) => self.pane_by_name(&restart.pane).and_then(|pane| {
                let recorded = self.recorded(pane);
                let start = match restart.with {
                    RestartWith::Recorded => Start::Recorded,
                    RestartWith::Fresh => Start::Fresh,
                    RestartWith::Continue => Start::ContinueLast,
                    RestartWith::Session(session) => {
                        self.check_session(pane, session.as_str())?;
                        Start::Session(session)
                    }
                };
                done(self.with_model(|model, cx, out| {
                    model.set_recorded(pane, recorded);
                    model.restart(pane, start, cx, out)
                }))
            }),
            Call::PaneClose(on) => self.pane_by_name(&on.pane).and_then(|pane| {
                if self.model.is_pinned(pane) && !on.force {
                    return Err(refused(&Refusal::Pinned(pane)));
                }
                done(self.with_model(|model, cx, out| model.close(pane, cx, out)))
            }),
            Call::PaneSet(set) => self.set_pane(&set),
            Call::PaneNote(note) => self.note(note),
            Call::PaneLog(log) => self.log_pane(log),
            Call::PaneSave(save) => return self.save_pane(save, answer),
            Call::BroadcastEnd => done(self.with_model(|model, _, out| {
                model.end_broadcast(out);
                Ok(())
            })),
            Call::PaneFocus(on) => self.pane_by_name(&on.pane).and_then(|pane| {
                done(self.with_model(|model, _, out| model.focus(None, pane, out)))
            }),
            Call::PaneRename(rename) => self.pane_by_name(&rename.pane).and_then(|pane| {
                done(self.with_model(|model, _, out| model.rename_pane(pane, &rename.name, out)))
            }),
            Call::PaneZoom(on) => self.pane_by_name(&on.pane).and_then(|pane| {
                done(self.with_model(|model, _, out| model.zoom(None, pane, out)))
            }),
            Call::PanePopup(on) => self.pane_by_name(&on.pane).and_then(|of| self.toggle_popup(of)),
            Call::PaneMove(to) => self.move_pane(&to),
            Call::LayoutArrange(arrange) => self.pane_by_name(&arrange.pane).and_then(|pane| {
                done(self.with_model(|model, _, out| model.arrange_as(pane, arrange.preset, out)))
            }),
            Call::LayoutExport => self.export_layout(),
            Call::LayoutApply(layout) => self.apply_layout(&layout.toml),
            Call::NotificationsList => result(&self.notice_list()),
            Call::NotificationsClear => {
                self.with_model(|model, _, out| model.clear_notices(out));
                Ok(serde_json::Value::Null)
            }
            Call::ProjectList => self.project_list(),
            Call::ProjectOpen(project) => {
                return self.look_into(project.directory, Purpose::Open { answer });
            }
            Call::ProjectTrust(project) => {
                let ProjectTrust { directory, trusted } = project;
                return self.look_into(directory, Purpose::Decide { trusted, answer });
            }
            Call::TypesList => result(&self.types().list()),
            Call::TypesReload => {
                self.reload_types();
                result(&self.types().list())
            }
            Call::TypesShow(show) => self.show_type(&show.name),
            Call::KeysList => result(&self.key_list()),
            Call::ClientList => self.list_clients(),
            Call::ClientDetach(detach) => self.detach_clients(&detach),
            Call::DaemonStatus => result(&self.daemon_status()),
            Call::DaemonStop(stop) => {
                let reason = if stop.restart { ByeReason::Restarting } else { ByeReason::Stopped };
                self.ending = Some(Ending::Stop(reason));
                result(&self.stopping())
            }
            Call::KillAll => {
                self.ending = Some(Ending::Everything);
                result(&self.stopping())
            }
        };
        let _ = answer.send(outcome);
    }

    pub(super) fn types(&self) -> Types<'_> {
        Types { registry: &self.registry, env: &self.env }
    }

    /// The pane with this id or name, or the focused one.
    pub(super) fn pane_by_name(&self, name: &str) -> Result<PaneId, RpcError> {
        if name == "@focused" {
            let focused = self.model.focused_pane();
            return focused.ok_or_else(|| RpcError::not_found("there are no panes"));
        }
        if name == "@waiting" {
            let waiting = self.model.waiting().first().copied();
            return waiting.ok_or_else(|| RpcError::not_found("no agent waits"));
        }
        if let Some(pane) = name.parse().ok().filter(|p| self.model.panes.contains_key(p)) {
            return Ok(pane);
        }
        let named: Vec<_> = self
            .model
            .panes
            .values()
            .filter(|p| p.spec.name.as_deref() == Some(name))
            .map(|p| p.id)
            .collect();
        match named[..] {
            [pane] => Ok(pane),
            [] => Err(RpcError::not_found(format!(
                "there is no pane {name:?}; `segno ls` lists them"
            ))),
            _ => {
                let ids: Vec<_> = named.iter().map(ToString::to_string).collect();
                Err(RpcError::new(
                    code::AMBIGUOUS,
                    format!(
                        "{} panes are called {name:?}; use an id: {}",
                        ids.len(),
                        ids.join(", ")
                    ),
                ))
            }
        }
    }

    /// Refuses to wait for what will never be known.
    fn can_be(&self, pane: PaneId, wanted: &Wanted) -> Result<(), RpcError> {
        let told = matches!(wanted, Wanted::Output(_) | Wanted::State(PaneState::Exited));
        match self.model.panes.get(&pane) {
            Some(state) if !told && state.tracking.is_none() => Err(RpcError::new(
                code::REFUSED,
                format!(
                    "what a {} pane is doing is not known; wait for `exited` or `output=REGEX`",
                    state.spec.type_name
                ),
            )),
            _ => Ok(()),
        }
    }

    fn must_run(&self, pane: PaneId) -> Result<(), RpcError> {
        // A program that is still being started gets it when it runs.
        match self.model.panes.get(&pane) {
            Some(state) if state.is_live() => Ok(()),
            _ => Err(RpcError::new(
                code::REFUSED,
                format!("the program of {pane} does not run; `segno restart {pane}` starts it"),
            )),
        }
    }

    fn check_session(&self, pane: PaneId, session: &str) -> Result<(), RpcError> {
        match self.pane_type(pane) {
            Some(ty) if ty.session_id_ok(session) => Ok(()),
            Some(ty) => Err(RpcError::invalid_params(format!(
                "{session:?} is no conversation of {}; `segno sessions {pane}` lists those of this pane",
                ty.title
            ))),
            None => Ok(()),
        }
    }

    fn new_pane(&mut self, new: NewPane) -> Answer {
        self.refresh_directories();
        let type_name = new.type_name.unwrap_or_else(|| self.config.general.default_type.clone());
        let ty = self
            .registry
            .get(&type_name)
            .cloned()
            .ok_or_else(|| refused(&Refusal::NoType(type_name.clone())))?;
        if let Some(cwd) = new.cwd.as_ref().filter(|cwd| !cwd.is_dir()) {
            return Err(RpcError::invalid_params(format!(
                "{} is no directory; make it first, or name another with --cwd",
                cwd.display()
            )));
        }
        let toggles = match new.toggles {
            Some(toggles) => toggles.into_iter().collect(),
            None => ty.default_toggles(),
        };
        let of = match (&new.of, new.placement) {
            (None, Placement::Tab) => None,
            // Where there is nothing to split, the pane gets a tab.
            (None, _) => self.model.focused_pane(),
            (Some(of), _) if of == "@focused" => self.model.focused_pane(),
            (Some(of), _) => Some(self.pane_by_name(of)?),
        };
        let place = match (new.placement, of) {
            (Placement::Right, Some(of)) => Place::Split { of, side: Direction::Right },
            (Placement::Down, Some(of)) => Place::Split { of, side: Direction::Down },
            (Placement::Popup, Some(of)) => Place::Popup { of },
            _ => Place::Tab,
        };
        let spec = PaneSpec {
            type_name,
            name: new.name.filter(|n| !n.trim().is_empty()),
            cwd: self.directory_for(new.cwd),
            toggles,
            fields: new.fields,
            args: new.args,
            labels: new.labels,
            model: new.model,
        };
        let wishes = Wishes {
            toggles: &spec.toggles,
            fields: &spec.fields,
            model: spec.model.as_deref(),
            prompt: new.prompt.as_deref(),
            session: new.session.as_ref(),
        };
        check_request(&ty, &wishes).map_err(|e| RpcError::invalid_params(e.to_string()))?;
        let start = new.session.map_or(Start::Fresh, Start::Session);
        let created = self.with_model(|model, cx, out| {
            let pane = model.open(spec, place, start, new.prompt, cx, out)?;
            if !new.background {
                model.focus(None, pane, out)?;
            }
            Ok(pane)
        });
        self.saver.had_panes = true;
        created.map_err(|r| refused(&r)).and_then(|pane| result(&Created { pane }))
    }

    fn toggle_popup(&mut self, of: PaneId) -> Answer {
        self.refresh_directories();
        let toggled = self.with_model(|model, cx, out| model.toggle_popup(None, of, cx, out));
        toggled.map_err(|r| refused(&r)).and_then(|pane| result(&Created { pane }))
    }

    fn key_list(&self) -> KeyList {
        let info = |info: &CommandInfo| KeyInfo {
            command: info.name.to_string(),
            description: info.description.to_string(),
            keys: self.config.keys.keys_for(info.command),
        };
        KeyList {
            prefix: self.config.keys.prefix.to_string(),
            keys: COMMANDS.iter().map(info).collect(),
        }
    }

    fn set_pane(&mut self, set: &SetPane) -> Answer {
        let pane = self.pane_by_name(&set.pane)?;
        let color = match set.color.as_deref() {
            None => None,
            Some("none" | "") => Some(None),
            Some(name) => {
                let tint: Tint = name
                    .parse()
                    .map_err(|e: UnknownTint| RpcError::invalid_params(e.to_string()))?;
                Some(Some(tint))
            }
        };
        let change = |extras: &mut Extras| {
            extras.pinned = set.pinned.unwrap_or(extras.pinned);
            extras.muted = set.muted.unwrap_or(extras.muted);
            extras.broadcast = set.broadcast.unwrap_or(extras.broadcast);
            extras.color = color.unwrap_or(extras.color);
        };
        done(self.with_model(|model, _, out| model.set_extras(pane, change, out)))
    }

    fn move_pane(&mut self, to: &MovePane) -> Answer {
        let pane = self.pane_by_name(&to.pane)?;
        let of = |default: &str| self.pane_by_name(to.of.as_deref().unwrap_or(default));
        let place = match to.placement {
            Placement::Tab => Place::Tab,
            Placement::Right => Place::Split { of: of("@focused")?, side: Direction::Right },
            Placement::Down => Place::Split { of: of("@focused")?, side: Direction::Down },
            Placement::Popup => Place::Popup { of: of(&to.pane)? },
        };
        done(self.with_model(|model, _, out| model.move_pane(pane, place, None, out)))
    }

    pub(super) fn directory_for(&self, asked: Option<PathBuf>) -> PathBuf {
        asked
            .filter(|cwd| cwd.is_absolute())
            .or_else(|| self.model.current_directory(None))
            .unwrap_or_else(|| self.options.cwd.clone())
    }

    fn pane_info(&self, pane: &Pane) -> Option<PaneInfo> {
        let (state, since) = state_of(pane);
        let index = self.model.tabs.iter().position(|t| t.contains(pane.id))?;
        let tab = self.model.tabs.get(index)?;
        Some(PaneInfo {
            id: pane.id,
            type_name: pane.spec.type_name.clone(),
            name: pane.spec.name.clone(),
            tab: TabInfo {
                id: tab.id,
                name: self.model.tab_label(tab).to_string(),
                index: index + 1,
            },
            cwd: pane.spec.cwd.clone(),
            pid: match pane.life {
                Life::Running { pid, .. } => Some(pid),
                _ => None,
            },
            state,
            since,
            session: pane.session(),
            exit: match pane.life {
                Life::Exited { status, .. } => Some(match status {
                    ExitStatus::Code(code) => ExitInfo { code: Some(code), signal: None },
                    ExitStatus::Signal(signal) => ExitInfo { code: None, signal: Some(signal) },
                    ExitStatus::Unknown => ExitInfo::default(),
                }),
                _ => None,
            },
            focused: self.model.focused_pane() == Some(pane.id),
            popup: tab.floats(pane.id),
            title: pane.title.clone(),
            labels: pane.spec.labels.clone(),
            pinned: pane.extras.pinned,
            muted: pane.extras.muted,
            broadcast: pane.extras.broadcast,
            log: pane.extras.log.as_ref().map(|log| log.path.clone()),
            color: pane.extras.color.map(|tint| tint.to_string()),
        })
    }

    fn pane_infos(&self) -> Vec<PaneInfo> {
        let mut infos: Vec<_> =
            self.model.panes.values().filter_map(|p| self.pane_info(p)).collect();
        infos.sort_by_key(|info| (info.tab.index, info.id));
        infos
    }

    fn pane_status(&mut self, id: PaneId) -> Answer {
        let recorded = self.recorded(id);
        let pane = self.model.panes.get(&id).ok_or_else(|| refused(&Refusal::NoPane(id)))?;
        let agent = pane.agent();
        let mut notes = pane.notes.clone();
        if let Life::Failed { why } = &pane.life {
            notes.insert(0, why.clone());
        }
        if let Some(choice) = &pane.choice {
            notes.insert(
                0,
                format!(
                    "the agent no longer knows {}; `segno restart {id} --fresh` starts a new \
                     conversation, `--session ID` another one",
                    choice.session
                ),
            );
        }
        result(&PaneStatus {
            pane: self.pane_info(pane).ok_or_else(|| refused(&Refusal::NoPane(id)))?,
            session_title: agent.as_ref().and_then(|a| a.title.clone()),
            detail: agent.as_ref().and_then(|a| a.detail.clone()),
            usage: agent.map(|a| a.usage),
            note: crate::store::note::read(&self.options.home.note_file(id))
                .unwrap_or_else(|why| why.to_string()),
            notes,
            explain: self.explain(pane, &recorded),
        })
    }

    /// How a pane came to its state and its conversation, a fact per line.
    fn explain(&self, pane: &Pane, recorded: &crate::agent::identity::Recorded) -> Vec<String> {
        use crate::agent::identity::Recorded;
        let mut facts = Vec::new();
        if let Some(slot) = self.slots.get(&pane.id) {
            facts.extend(slot.facts.iter().cloned());
        }
        match &pane.tracking {
            None => facts.push("this pane type has no tracker".into()),
            Some(tracking) => {
                facts.extend(tracking.explain());
                let file = self.options.home.session_file(&pane.spec.type_name, pane.id);
                let says = match recorded {
                    Recorded::Nothing => "no conversation".to_string(),
                    Recorded::New => "a new conversation".to_string(),
                    Recorded::Id(id) => format!("conversation {id}"),
                };
                facts.push(format!("recorded for the next start: {says} ({})", file.display()));
            }
        }
        facts.extend(pane.notes.iter().map(|note| format!("note: {note}")));
        facts
    }

    fn read(&self, pane: PaneId, read: &Read) -> Answer {
        let terminal = self.terminals.get(&pane);
        let Some(terminal) = terminal else { return result(&ReadResult::default()) };
        let lines = match (read.all, read.lines) {
            (true, _) => Lines::All,
            (false, Some(n)) => Lines::Last(n),
            (false, None) => Lines::Screen,
        };
        let format = match read.format {
            ReadFormat::Text => TextFormat::Plain,
            ReadFormat::Ansi => TextFormat::Ansi,
        };
        let emulator = terminal.emulator();
        let size = emulator.size();
        let cursor =
            emulator.cursor().map(|c| c.at).unwrap_or(crate::base::geometry::Point::new(0, 0));
        result(&ReadResult {
            text: emulator.text(lines, format),
            cols: size.cols,
            rows: size.rows,
            cursor_x: cursor.x,
            cursor_y: cursor.y,
            alternate: emulator.modes().alt_screen,
        })
    }

    fn show_type(&self, name: &str) -> Answer {
        let missing = || refused(&Refusal::NoType(name.into()));
        result(&self.types().source(name).ok_or_else(missing)?.map_err(RpcError::failed)?)
    }

    fn daemon_status(&self) -> DaemonStatus {
        DaemonStatus {
            pid: std::process::id() as i32,
            version: crate::wire::VERSION.to_string(),
            protocol: crate::wire::PROTOCOL,
            home: self.options.home.path().to_path_buf(),
            uptime_ms: self.started.elapsed().as_millis() as u64,
            clients: self.clients.len(),
            panes: self.model.panes.len(),
            keeper_pid: self.keeper.pid(),
            keeper_version: Some(self.keeper.release().to_string()),
            warnings: self.model.warnings.clone(),
            orphans: self.orphans(),
        }
    }

    /// Journals, spools and session files of panes that do not exist.
    fn orphans(&self) -> Vec<PathBuf> {
        let home = &self.options.home;
        let known =
            |id: &str| id.parse::<PaneId>().is_ok_and(|p| self.model.panes.contains_key(&p));
        let list = |dir: PathBuf| std::fs::read_dir(dir).into_iter().flatten().flatten();
        let mut orphans = Vec::new();
        for entry in list(home.journals_dir()) {
            if !known(&entry.file_name().to_string_lossy()) {
                orphans.push(entry.path());
            }
        }
        for entry in list(home.notes_dir()) {
            if entry.path().file_stem().is_none_or(|id| !known(&id.to_string_lossy())) {
                orphans.push(entry.path());
            }
        }
        for entry in list(home.events_dir()).chain(list(home.sessions_dir())) {
            if super::tracker::pane_of(&entry.path())
                .is_some_and(|p| !self.model.panes.contains_key(&p))
            {
                orphans.push(entry.path());
            }
        }
        orphans
    }

    fn stopping(&self) -> Stopping {
        let running = self.slots.values().filter(|s| s.pid.is_some()).count();
        Stopping { pid: std::process::id() as i32, panes: running }
    }
}

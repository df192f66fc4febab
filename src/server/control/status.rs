//! Panes, keys and the daemon itself as calls tell of them.

use std::collections::BTreeSet;
use std::path::PathBuf;

use tokio::sync::oneshot;

use crate::core::model::workspace::{ExitStatus, Life, Pane, StaleAnswer};
use crate::core::panes::lifecycle::Refusal;
use crate::server::Server;
use crate::server::aside::orphans::orphans;
use crate::server::aside::user_texts::note;
use crate::server::control::calls::{refused, result};
use crate::server::message::Answer;
use segno_agent::identity::{Record, Recorded};
use segno_agent::status::Activity;
use segno_base::ids::PaneId;
use segno_config::keys::command::{COMMANDS, CommandInfo};
use segno_wire::control::daemon::{DaemonStatus, Stopping};
use segno_wire::control::panes::keys::{KeyInfo, KeyList};
use segno_wire::control::panes::pane_info::{
    Asks, Choice, ExitInfo, PaneInfo, PaneState, PaneStatus, TabInfo,
};

/// What a pane is doing and since when.
pub(in crate::server) fn state_of(pane: &Pane) -> (PaneState, u64) {
    match &pane.life {
        Life::Queued(_) => (PaneState::Queued, 0),
        Life::Starting { .. } => (PaneState::Starting, 0),
        Life::Failed { .. } => (PaneState::Failed, 0),
        Life::Exited { at, .. } if pane.is_asleep() => (PaneState::Asleep, *at),
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

/// How a pane's program ended, if it did.
pub(in crate::server) fn exit_of(pane: &Pane) -> Option<ExitInfo> {
    match pane.life {
        Life::Exited { status, .. } if !pane.is_asleep() => Some(match status {
            ExitStatus::Code(code) => ExitInfo { code: Some(code), signal: None },
            ExitStatus::Signal(signal) => ExitInfo { code: None, signal: Some(signal) },
            ExitStatus::Unknown => ExitInfo::default(),
        }),
        _ => None,
    }
}

/// The question that a pane asks instead of showing its program.
pub(in crate::server) fn asks_of(pane: &Pane) -> Option<Asks> {
    let choice = pane.choice.as_ref()?;
    let restart = |option: &str| format!("segno restart {} {option}", pane.id);
    let option = |answer: &StaleAnswer| {
        let (label, command) = match answer {
            StaleAnswer::Fresh => ("start a new conversation", restart("--fresh")),
            StaleAnswer::ContinueLast => ("continue the last one", restart("--continue")),
            StaleAnswer::ChooseAnother => ("go to another one", restart("--session ID")),
            StaleAnswer::Restore => {
                let id = &choice.session;
                let restore = format!("segno history restore {}:{id}", pane.spec.type_name);
                let then = restart(&format!("--session {id}"));
                ("restore it from the archive and resume", format!("{restore} && {then}"))
            }
        };
        Choice { label: label.into(), command }
    };
    Some(Asks {
        question: format!("the agent no longer knows {}", choice.session),
        choices: choice.answers().iter().map(option).collect(),
    })
}

impl Server {
    pub(in crate::server) fn pane_infos(&self) -> Vec<PaneInfo> {
        let mut infos: Vec<_> =
            self.model.panes.values().filter_map(|p| self.pane_info(p)).collect();
        infos.sort_by_key(|info| (info.tab.index, info.id));
        infos
    }

    /// Answers with all that is known of a pane.
    pub(in crate::server) fn pane_status(&mut self, id: PaneId, answer: oneshot::Sender<Answer>) {
        let path = self.options.home.note_file(id);
        self.with_recorded(id, move |server, recorded| {
            server.aside(
                move || note(&path),
                move |server, note| {
                    let _ = answer.send(server.status_of(id, &recorded, note));
                },
            );
        });
    }

    fn status_of(&self, id: PaneId, recorded: &Record, note: Result<String, String>) -> Answer {
        let pane = self.model.panes.get(&id).ok_or_else(|| refused(&Refusal::NoPane(id)))?;
        let agent = pane.agent();
        let mut notes = pane.notes.clone();
        if let Life::Failed { why } = &pane.life {
            notes.insert(0, why.clone());
        }
        notes.extend(self.record_is_behind(id));
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
        let note = note.unwrap_or_else(|why| {
            notes.push(why);
            String::new()
        });
        result(&PaneStatus {
            pane: self.pane_info(pane).ok_or_else(|| refused(&Refusal::NoPane(id)))?,
            session_title: agent.as_ref().and_then(|a| a.title.clone()),
            detail: agent.as_ref().and_then(|a| a.detail.clone()),
            usage: agent.map(|a| a.usage),
            note,
            notes,
            explain: self.explain(pane, recorded),
        })
    }

    fn pane_info(&self, pane: &Pane) -> Option<PaneInfo> {
        let (state, since) = state_of(pane);
        let index = self.model.tabs.iter().position(|t| t.contains(pane.id))?;
        let tab = self.model.tabs.get(index)?;
        Some(PaneInfo {
            id: pane.id,
            type_name: pane.spec.type_name.clone(),
            agent: pane.guests.active.as_ref().map(|guest| guest.type_name.clone()),
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
            exit: exit_of(pane),
            asks: asks_of(pane),
            focused: self.model.focused_pane() == Some(pane.id),
            popup: tab.floats(pane.id),
            title: pane.title.clone(),
            labels: pane.spec.labels.clone(),
            pinned: pane.extras.pinned,
            muted: pane.extras.muted,
            broadcast: pane.extras.broadcast,
            log: pane.extras.log.as_ref().map(|log| log.path.clone()),
            color: pane.extras.color.map(|tint| tint.to_string()),
            queue: self.queue_info(pane.id),
            input_waiting: self.panes.terminal(pane.id).map_or(0, |t| t.waiting()),
        })
    }

    /// How a pane came to its state and its conversation, a fact per line.
    fn explain(&self, pane: &Pane, recorded: &Record) -> Vec<String> {
        let mut facts = Vec::new();
        if let Some(runtime) = self.panes.get(pane.id) {
            facts.extend(runtime.facts.iter().cloned());
        }
        facts.extend(self.explain_guests(pane));
        match &pane.tracking {
            None => facts.push("this pane type has no tracker".into()),
            Some(tracking) => {
                facts.extend(tracking.explain());
                if tracking.turns().is_open(tracking.turns().opened()) {
                    facts.push(
                        "a turn is open: Segno gave a prompt, and its end was not seen yet".into(),
                    );
                }
                let file = self.options.home.session_file(pane.agent_type(), pane.files_id());
                let says = match &recorded.shown {
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

    pub(in crate::server) fn key_list(&self) -> KeyList {
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

    /// Answers how the daemon is.
    pub(in crate::server) fn tell_status(&self, answer: oneshot::Sender<Answer>) {
        let home = self.options.home.clone();
        let guests = self.model.panes.values().flat_map(|pane| pane.guests.ids());
        let known: BTreeSet<PaneId> = self.model.panes.keys().copied().chain(guests).collect();
        self.aside(
            move || orphans(&home, &known),
            move |server, orphans| {
                let _ = answer.send(result(&server.daemon_status(orphans)));
            },
        );
    }

    fn daemon_status(&self, orphans: Vec<PathBuf>) -> DaemonStatus {
        DaemonStatus {
            pid: std::process::id() as i32,
            version: segno_wire::VERSION.to_string(),
            protocol: segno_wire::PROTOCOL,
            home: self.options.home.path().to_path_buf(),
            uptime_ms: self.started.elapsed().as_millis() as u64,
            clients: self.clients.len(),
            panes: self.model.panes.len(),
            keeper_pid: self.keeper.pid(),
            keeper_version: Some(self.keeper.release().to_string()),
            warnings: self.model.warnings.clone(),
            orphans,
        }
    }

    pub(in crate::server) fn stopping(&self) -> Stopping {
        let running = self.panes.iter().filter(|(_, pane)| pane.process.pid().is_some()).count();
        Stopping { pid: std::process::id() as i32, panes: running }
    }
}

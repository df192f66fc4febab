//! Panes, keys and the daemon itself as calls describe them.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use crate::server::agent::guest::shims::explain_guests;
use crate::server::agent::prompt::runs::queue_info;
use crate::server::agent::record::record_is_behind;
use crate::server::agent::spool_reader::with_recorded;
use crate::server::aside::orphans::orphans;
use crate::server::aside::user_texts::note;
use crate::server::control::calls::{refused, result};
use crate::server::control::target::pane_named;
use crate::server::message::Answer;
use crate::server::pane::runtime::Panes;
use crate::server::shared::Shared;
use crate::server::shared::Stateless;
use segno_agent::identity::Recorded;
use segno_agent::status::Activity;
use segno_base::ids::PaneId;
use segno_config::keys::command::{COMMANDS, CommandInfo};
use segno_config::keys::keymap::KeyMap;
use segno_core::model::pane::{ExitStatus, Life, Pane, StaleAnswer};
use segno_core::panes::lifecycle::Refusal;
use segno_term::{Lines, TextFormat};
use segno_wire::control::daemon::{DaemonStatus, Stopping};
use segno_wire::control::panes::keys::{KeyInfo, KeyList};
use segno_wire::control::panes::pane::PaneRef;
use segno_wire::control::panes::pane_info::{
    Asks, Choice, DrivenInfo, ExitInfo, KnownAnswer, PaneInfo, PaneState, PaneStatus, TabInfo,
};
use segno_wire::control::panes::worktree::{PullRequestInfo, WorktreeInfo};
use segno_worktree::forge::PullRequest;
use segno_worktree::glance::Glance;

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
        Life::Exited { status, .. } if !pane.is_asleep() => Some(exit_info(status)),
        _ => None,
    }
}

pub(in crate::server) fn exit_info(status: ExitStatus) -> ExitInfo {
    match status {
        ExitStatus::Code(code) => ExitInfo { code: Some(code), signal: None },
        ExitStatus::Signal(signal) => ExitInfo { code: None, signal: Some(signal) },
        ExitStatus::Unknown => ExitInfo::default(),
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

/// Answers with all that is known of a pane.
pub(in crate::server) fn pane_status(
    shared: &mut Shared,
    of: Option<&PaneRef>,
    answer: oneshot::Sender<Answer>,
) {
    let id = match pane_named(&shared.model, of.unwrap_or(&PaneRef::Focused)) {
        Ok(id) => id,
        Err(error) => return drop(answer.send(Err(error))),
    };
    let path = shared.options.home.note_file(id);
    with_recorded(shared, id, move |shared: &mut Shared, recorded| {
        // What is shown is what a start would be given.
        shared.model.set_recorded(id, recorded);
        shared.aside(
            move || note(&path),
            move |_: &mut Stateless, shared: &mut Shared, note| {
                let _ = answer.send(status_of(shared, id, note));
            },
        );
    });
}

fn status_of(shared: &Shared, id: PaneId, note: Result<String, String>) -> Answer {
    let pane = shared.model.panes.get(&id).ok_or_else(|| refused(&Refusal::NoPane(id)))?;
    let agent = pane.agent();
    let mut notes = pane.notes.clone();
    if let Life::Failed { why } = &pane.life {
        notes.insert(0, why.clone());
    }
    notes.extend(record_is_behind(shared, id));
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
        pane: pane_info(shared, pane).ok_or_else(|| refused(&Refusal::NoPane(id)))?,
        detail: agent.as_ref().and_then(|a| a.detail.clone()),
        usage: agent.map(|a| a.usage),
        answers: answers(shared, pane),
        quotas: pane.quotas.clone(),
        note,
        notes,
        explain: explain(shared, pane),
    })
}

/// What its question can be answered with: only while it is on the screen.
fn answers(shared: &Shared, pane: &Pane) -> Vec<KnownAnswer> {
    let asks = pane.agent().is_some_and(|agent| agent.activity == Activity::Blocked);
    let ty = asks.then(|| shared.running_type(pane.id)).flatten();
    let Some(rule) = ty.as_ref().and_then(|ty| ty.answer.as_ref()) else { return Vec::new() };
    let Some(terminal) = shared.panes.terminal(pane.id) else { return Vec::new() };
    let text = terminal.emulator().text(Lines::Screen, TextFormat::Plain);
    if !rule.screen.is_match(&text) {
        return Vec::new();
    }
    let known = rule.answers.iter().map(|answer| {
        let label = match answer.name {
            "allow" => "Allow",
            "always" => "Always allow",
            _ => "Deny",
        };
        KnownAnswer { name: answer.name.into(), label: label.into(), keys: answer.keys.clone() }
    });
    known.collect()
}

/// How a pane came to its state and its conversation, a fact per line.
fn explain(shared: &Shared, pane: &Pane) -> Vec<String> {
    let mut facts = Vec::new();
    if let Some(runtime) = shared.panes.get(pane.id) {
        facts.extend(runtime.facts.iter().cloned());
    }
    facts.extend(explain_guests(pane));
    match &pane.tracking {
        None => facts.push("this pane type has no tracker".into()),
        Some(tracking) => {
            facts.extend(tracking.explain());
            if tracking.turns().is_open(tracking.turns().opened()) {
                facts.push(
                    "a turn is open: Segno gave a prompt, and its end was not seen yet".into(),
                );
            }
            let file = shared.options.home.session_file(pane.agent_type(), pane.files_id());
            let says = match pane.returns_to() {
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

fn daemon_status(shared: &Shared, uptime: Duration, orphans: Vec<PathBuf>) -> DaemonStatus {
    DaemonStatus {
        pid: std::process::id() as i32,
        version: segno_wire::VERSION.to_string(),
        protocol: segno_wire::PROTOCOL,
        home: shared.options.home.path().to_path_buf(),
        uptime_ms: uptime.as_millis() as u64,
        clients: shared.model.clients.len(),
        panes: shared.model.panes.len(),
        keeper_pid: shared.keeper.pid(),
        keeper_version: Some(shared.keeper.release().to_string()),
        warnings: shared.model.warnings.clone(),
        orphans,
    }
}

pub(in crate::server) fn pane_infos(shared: &Shared) -> Vec<PaneInfo> {
    let mut infos: Vec<_> =
        shared.model.panes.values().filter_map(|p| pane_info(shared, p)).collect();
    infos.sort_by_key(|info| (info.tab.index, info.id));
    infos
}

fn pane_info(shared: &Shared, pane: &Pane) -> Option<PaneInfo> {
    let (state, since) = state_of(pane);
    let index = shared.model.tabs.iter().position(|t| t.contains(pane.id))?;
    let tab = shared.model.tabs.get(index)?;
    Some(PaneInfo {
        id: pane.id,
        type_name: pane.spec.type_name.clone(),
        agent: pane.guests.active.as_ref().map(|guest| guest.type_name.clone()),
        parent: pane.parent,
        name: pane.spec.name.clone(),
        label: pane.label().into_owned(),
        tab: TabInfo {
            id: tab.id,
            name: shared.model.tab_label(tab).to_string(),
            index: index + 1,
        },
        cwd: pane.spec.cwd.clone(),
        worktree: pane.glance.as_deref().map(worktree_info),
        pid: match pane.life {
            Life::Running { pid, .. } => Some(pid),
            _ => None,
        },
        state,
        since,
        session: pane.session(),
        session_title: pane.agent().and_then(|agent| agent.title),
        exit: exit_of(pane),
        asks: asks_of(pane),
        focused: shared.model.focused_pane() == Some(pane.id),
        popup: tab.floats(pane.id),
        title: pane.title.clone(),
        labels: pane.spec.labels.clone(),
        pinned: pane.extras.pinned,
        muted: pane.extras.muted,
        broadcast: pane.extras.broadcast,
        log: pane.extras.log.as_ref().map(|log| log.path.clone()),
        color: pane.extras.color.map(|tint| tint.to_string()),
        queue: queue_info(&shared.model, pane.id),
        driven: pane.driven.map(|driven| DrivenInfo { by: driven.by, at: driven.at }),
        input_waiting: shared.panes.terminal(pane.id).map_or(0, |t| t.waiting()),
    })
}

fn worktree_info(glance: &Glance) -> WorktreeInfo {
    let request = |request: &PullRequest| PullRequestInfo {
        number: request.number,
        state: request.state.clone(),
        url: request.url.clone(),
    };
    WorktreeInfo {
        path: glance.path.clone(),
        linked: glance.linked,
        branch: glance.branch.clone(),
        base: glance.base.clone(),
        ahead: glance.ahead,
        behind: glance.behind,
        changed: glance.changed,
        conflicts: glance.conflicts,
        operations: glance.operations.clone(),
        pull_request: glance.pull_request.as_ref().map(request),
        short: glance.short(),
        words: glance.words(),
    }
}

pub(in crate::server) fn key_list(keys: &KeyMap) -> KeyList {
    let info = |info: &CommandInfo| KeyInfo {
        command: info.name.to_string(),
        description: info.description.to_string(),
        keys: keys.keys_for(info.command),
    };
    KeyList { prefix: keys.prefix.to_string(), keys: COMMANDS.iter().map(info).collect() }
}

/// Answers how the daemon is.
pub(in crate::server) fn answer_status(
    shared: &Shared,
    started: Instant,
    answer: oneshot::Sender<Answer>,
) {
    let home = shared.options.home.clone();
    let guests = shared.model.panes.values().flat_map(|pane| pane.guests.ids());
    let known: BTreeSet<PaneId> = shared.model.panes.keys().copied().chain(guests).collect();
    shared.aside(
        move || orphans(&home, &known),
        move |_: &mut Stateless, shared: &mut Shared, orphans| {
            let status = daemon_status(shared, started.elapsed(), orphans);
            let _ = answer.send(result(&status));
        },
    );
}

pub(in crate::server) fn stopping(panes: &Panes) -> Stopping {
    let running = panes.iter().filter(|(_, pane)| pane.process.pid().is_some()).count();
    Stopping { pid: std::process::id() as i32, panes: running }
}

//! Control calls: which part of the server answers each, which pane is meant, and what is refused.

use serde::Serialize;
use tokio::sync::oneshot;

use crate::core::panes::lifecycle::Refusal;
use crate::core::update::effect::PaneInput;
use crate::server::lifecycle::pane_types::Types;
use crate::server::message::Answer;
use crate::server::project::membership::Purpose;
use crate::server::{Ending, Server};
use segno_agent::start::Start;
use segno_base::ids::PaneId;
use segno_base::key::KeyEvent;
use segno_base::text::amount::amount;
use segno_wire::control::Call;
use segno_wire::control::conversation::SessionList;
use segno_wire::control::panes::pane::{InputDropped, PaneRef, Restart};
use segno_wire::control::panes::pane_info::PaneList;
use segno_wire::control::project::ProjectTrust;
use segno_wire::frame::ByeReason;
use segno_wire::rpc::{RpcError, code};

/// A result as an answer.
pub(in crate::server) fn result<T: Serialize>(value: &T) -> Answer {
    serde_json::to_value(value).map_err(|error| RpcError::failed(error.to_string()))
}

pub(in crate::server) fn done(outcome: Result<(), Refusal>) -> Answer {
    outcome.map(|()| serde_json::Value::Null).map_err(|r| refused(&r))
}

pub(in crate::server) fn refused(refusal: &Refusal) -> RpcError {
    let code = match refusal {
        Refusal::NoPane(_) | Refusal::NoTab(_) | Refusal::NoType(_) => code::NOT_FOUND,
        _ => code::REFUSED,
    };
    RpcError::new(code, refusal.to_string())
}

impl Server {
    pub(in crate::server) fn call(
        &mut self,
        call: Call,
        peer: Option<i32>,
        answer: oneshot::Sender<Answer>,
    ) {
        let outcome = match call {
            Call::PaneWait(wait) => return self.wait(&wait, answer),
            Call::PaneSend(send) => return self.send(send, answer),
            Call::PanePrompt(prompt) => return self.prompt(prompt, answer),
            Call::PanePromptWait(asked) => return self.wait_for_prompt(asked, answer),
            Call::PaneQueue(change) => self.change_queue(change),
            Call::PaneRead(read) => return self.read(read, answer),
            Call::EventsRead(asked) => return self.read_events(&asked, answer),
            Call::WorkspaceWait(asked) => return self.watch_changes(asked, answer),
            Call::ConversationsList(of) => return self.list_conversations(of, answer),
            Call::UsageReport(asked) => return self.report_usage(asked, answer),
            Call::ShellStart(asked) => return self.shell_start(*asked, peer, answer),
            Call::PaneNew(new) => return self.new_pane(*new, answer),
            Call::PaneList => result(&PaneList { panes: self.pane_infos() }),
            Call::PaneStatus(of) => {
                match self.pane_by_name(of.pane.as_ref().unwrap_or(&PaneRef::Focused)) {
                    Ok(pane) => return self.pane_status(pane, answer),
                    Err(error) => Err(error),
                }
            }
            Call::PaneDropInput(on) => self
                .pane_by_name(&on.pane)
                .and_then(|pane| result(&InputDropped { bytes: self.drop_input(pane) })),
            Call::PaneKeys(keys) => self.pane_by_name(&keys.pane).and_then(|pane| {
                self.must_run(pane)?;
                self.must_take_input(pane)?;
                for key in keys.keys {
                    self.pane_input(pane, PaneInput::Key(KeyEvent::from(key)));
                }
                Ok(serde_json::Value::Null)
            }),
            Call::PaneSessions(on) => self.pane_by_name(&on.pane).and_then(|pane| {
                let tracking = self.model.panes.get(&pane).and_then(|p| p.tracking.as_ref());
                let sessions = tracking.map(|t| t.timeline().to_vec()).unwrap_or_default();
                result(&SessionList { sessions })
            }),
            Call::PaneRestart(restart) => match self.restart(restart) {
                Ok((pane, start)) => return self.restart_as(pane, start, answer),
                Err(error) => Err(error),
            },
            Call::PaneClose(on) => self.pane_by_name(&on.pane).and_then(|pane| {
                if self.model.is_pinned(pane) && !on.force {
                    return Err(refused(&Refusal::Pinned(pane)));
                }
                done(self.with_model(|model, cx| model.close(pane, cx)))
            }),
            Call::PaneSleep(on) => match self.pane_by_name(&on.pane) {
                Ok(pane) => return self.sleep(pane, answer),
                Err(error) => Err(error),
            },
            Call::PaneWake(on) => match self.pane_by_name(&on.pane) {
                Ok(pane) => return self.wake(pane, Some(answer)),
                Err(error) => Err(error),
            },
            Call::PaneSet(set) => self.set_pane(&set),
            Call::PaneNote(note) => return self.note(note, answer),
            Call::PaneLog(log) => return self.log_pane(log, answer),
            Call::PaneSave(save) => return self.save_pane(save, answer),
            Call::BroadcastEnd => done(self.with_model(|model, cx| {
                model.end_broadcast(cx);
                Ok(())
            })),
            Call::PaneFocus(on) => self
                .pane_by_name(&on.pane)
                .and_then(|pane| done(self.with_model(|model, cx| model.focus(None, pane, cx)))),
            Call::PaneRename(rename) => self.pane_by_name(&rename.pane).and_then(|pane| {
                done(self.with_model(|model, cx| model.rename_pane(pane, &rename.name, cx)))
            }),
            Call::PaneZoom(on) => self
                .pane_by_name(&on.pane)
                .and_then(|pane| done(self.with_model(|model, cx| model.zoom(None, pane, cx)))),
            Call::PanePopup(on) => self.pane_by_name(&on.pane).and_then(|of| self.toggle_popup(of)),
            Call::PaneMove(to) => self.move_pane(&to),
            Call::LayoutArrange(arrange) => self.pane_by_name(&arrange.pane).and_then(|pane| {
                done(self.with_model(|model, cx| model.arrange_as(pane, arrange.preset, cx)))
            }),
            Call::LayoutExport => self.export_layout(),
            Call::LayoutApply(layout) => self.apply_layout(&layout),
            Call::NotificationsList => result(&self.notice_list()),
            Call::NotificationsClear => {
                self.with_model(|model, cx| model.clear_notices(cx));
                Ok(serde_json::Value::Null)
            }
            Call::BudgetStatus => self.budget_status(),
            Call::BudgetAllow => self.allow_budget(),
            Call::ProjectList => self.project_list(),
            Call::ProjectOpen(project) => {
                return self.look_into(project.directory, Purpose::Open { answer });
            }
            Call::ProjectTrust(project) => {
                let ProjectTrust { directory, trusted } = project;
                return self.look_into(directory, Purpose::Decide { trusted, answer });
            }
            Call::TypesList => return self.list_types(answer),
            Call::TypesReload => return self.reload_types(Some(answer)),
            Call::TypesShow(show) => return self.show_type(show.name, answer),
            Call::KeysList => result(&self.key_list()),
            Call::ClientList => self.list_clients(),
            Call::ClientDetach(detach) => self.detach_clients(&detach),
            Call::DaemonStatus => return self.tell_status(answer),
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

    pub(in crate::server) fn types(&self) -> Types<'_> {
        let chosen = Default::default();
        Types { registry: &self.registry, env: &self.env, programs: &self.programs, chosen }
    }

    /// The pane with this id or name, or the focused one.
    pub(in crate::server) fn pane_by_name(&self, pane: &PaneRef) -> Result<PaneId, RpcError> {
        let (found, otherwise) = match pane {
            PaneRef::Focused => (self.model.focused_pane(), "there are no panes"),
            PaneRef::Waiting => (self.model.waiting().first().copied(), "no agent waits"),
            PaneRef::Beside(side) => {
                let focused = self.model.focused_pane();
                let beside = focused.and_then(|focused| self.model.beside(focused, *side));
                (beside, "there is no pane on that side")
            }
            PaneRef::Id(id) if self.model.panes.contains_key(id) => return Ok(*id),
            PaneRef::Id(id) => return self.pane_called(&id.to_string()),
            PaneRef::Name(name) => return self.pane_called(name),
        };
        found.ok_or_else(|| RpcError::not_found(otherwise))
    }

    fn pane_called(&self, name: &str) -> Result<PaneId, RpcError> {
        let panes = self.model.panes.values();
        let named = panes.filter(|pane| pane.spec.name.as_deref() == Some(name));
        let named: Vec<_> = named.map(|pane| pane.id).collect();
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

    pub(in crate::server) fn must_run(&self, pane: PaneId) -> Result<(), RpcError> {
        // A program that is still being started gets it when it runs.
        match self.model.panes.get(&pane) {
            Some(state) if state.is_live() => Ok(()),
            Some(state) if state.is_asleep() => Err(RpcError::new(
                code::REFUSED,
                format!("{pane} is asleep; `segno wake {pane}` starts it in its conversation"),
            )),
            _ => Err(RpcError::new(
                code::REFUSED,
                format!("the program of {pane} does not run; `segno restart {pane}` starts it"),
            )),
        }
    }

    pub(in crate::server) fn must_take_input(&self, pane: PaneId) -> Result<(), RpcError> {
        match self.panes.terminal(pane).and_then(|terminal| terminal.overfull()) {
            None => Ok(()),
            Some(waiting) => Err(RpcError::new(
                code::REFUSED,
                format!(
                    "{pane} takes no input: {} wait; `segno send {pane} --drop` drops them",
                    amount(waiting)
                ),
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

    /// Which pane is to be started again, and how.
    fn restart(&self, restart: Restart) -> Result<(PaneId, Start), RpcError> {
        let pane = self.pane_by_name(&restart.pane)?;
        if let Start::Session(session) = &restart.with {
            self.check_session(pane, session.as_str())?;
        }
        Ok((pane, restart.with))
    }

    fn restart_as(&mut self, pane: PaneId, start: Start, answer: oneshot::Sender<Answer>) {
        self.with_recorded(pane, move |server, recorded| {
            let restarted = server.with_model(|model, cx| {
                model.set_recorded(pane, recorded);
                model.restart(pane, start, cx)
            });
            let _ = answer.send(done(restarted));
        });
    }
}

//! Control calls: which part of the server answers each, which pane is meant, and what is refused.

use serde::Serialize;
use tokio::sync::oneshot;

use crate::server::agent::evidence::Evidence;
use crate::server::agent::guest::start::shell_start;
use crate::server::agent::prompt::delivery::Deliveries;
use crate::server::agent::prompt::runs::{self, PromptRuns};
use crate::server::client::{Clients, list};
use crate::server::control::read::Reads;
use crate::server::control::status::{answer_status, key_list, pane_infos, pane_status, stopping};
use crate::server::control::target::pane_named;
use crate::server::control::wait::Waits;
use crate::server::control::{budget, layout_text, pane_calls, pane_files, sleep};
use crate::server::desktop::notification::notice_list;
use crate::server::lifecycle::pane_types::{list_types, reload_types, show_type};
use crate::server::message::{Answer, Caller};
use crate::server::project::membership::{Purpose, look_into, project_list};
use crate::server::{Ending, Server};
use segno_base::ids::PaneId;
use segno_core::model::workspace::Model;
use segno_core::panes::lifecycle::Refusal;
use segno_core::update::context::Context;
use segno_wire::control::Call;
use segno_wire::control::panes::pane::{InputDropped, PaneRef};
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
    /// Has a call answered: at once, or by whoever takes it.
    pub(in crate::server) fn call(
        &mut self,
        call: Call,
        caller: Caller,
        answer: oneshot::Sender<Answer>,
    ) {
        match call {
            Call::PaneWait(wait) => {
                self.with(|waits: &mut Waits, shared| waits.wait(shared, &wait, answer));
            }
            Call::PaneSend(send) => {
                self.with(|texts: &mut Deliveries, shared| {
                    texts.send(shared, send, caller.pane, answer);
                });
            }
            Call::PanePrompt(prompt) => {
                self.with_shared(|shared| runs::prompt(shared, prompt, caller.pane, answer));
            }
            Call::PanePromptWait(asked) => {
                self.with(|runs: &mut PromptRuns, shared| runs.wait(shared, asked, answer));
            }
            Call::PaneRead(read) => {
                self.with(|reads: &mut Reads, shared| reads.read(shared, read, answer));
            }
            Call::EventsRead(asked) => {
                self.control.events.read(&self.shared.model, &asked, answer);
            }
            Call::WorkspaceWait(asked) => self.control.watchers.watch(asked, answer),
            Call::ConversationsList(of) => self.with(|evidence: &mut Evidence, shared| {
                evidence.list_conversations(shared, of, answer);
            }),
            Call::UsageReport(asked) => self.with(|evidence: &mut Evidence, shared| {
                evidence.report_usage(shared, asked, answer);
            }),
            Call::ShellStart(asked) => {
                self.with_shared(|shared| shell_start(shared, *asked, caller.pid, answer));
            }
            Call::PaneNew(new) => {
                self.with_shared(|shared| pane_calls::new_pane(shared, *new, answer));
            }
            Call::PaneStatus(of) => {
                self.with_shared(|shared| pane_status(shared, of.pane.as_ref(), answer));
            }
            Call::PaneRestart(restart) => {
                self.with_shared(|shared| pane_calls::restart(shared, restart, answer));
            }
            Call::PaneSleep(on) => {
                self.with_shared(|shared| sleep::sleep(shared, &on.pane, answer));
            }
            Call::PaneWake(on) => self.with_shared(|shared| sleep::wake(shared, &on.pane, answer)),
            Call::PaneNote(note) => {
                self.with_shared(|shared| pane_files::note(shared, note, answer));
            }
            Call::PaneLog(log) => {
                self.with_shared(|shared| pane_files::log_pane(shared, log, answer));
            }
            Call::PaneSave(save) => {
                self.with_shared(|shared| pane_files::save_pane(shared, save, answer));
            }
            Call::ProjectOpen(project) => {
                let purpose = Purpose::Open { answer };
                self.with_shared(|shared| look_into(shared, project.directory, purpose));
            }
            Call::ProjectTrust(ProjectTrust { directory, trusted }) => {
                let purpose = Purpose::Decide { trusted, answer };
                self.with_shared(|shared| look_into(shared, directory, purpose));
            }
            Call::TypesList => self.with_shared(|shared| list_types(shared, answer)),
            Call::TypesReload => self.with_shared(|shared| {
                reload_types(shared, |shared| {
                    let _ = answer.send(result(&shared.types().listed.list()));
                });
            }),
            Call::TypesShow(show) => {
                self.with_shared(|shared| show_type(shared, show.name, answer));
            }
            Call::DaemonStatus => answer_status(&self.shared, self.lifecycle.started, answer),
            at_once => drop(answer.send(self.answer(at_once, caller.pane))),
        }
    }

    /// The answer to a call that needs no time.
    fn answer(&mut self, call: Call, from: Option<PaneId>) -> Answer {
        match call {
            Call::PaneList => result(&PaneList { panes: pane_infos(&self.shared) }),
            Call::PaneSessions(on) => pane_calls::sessions(&self.shared.model, &on.pane),
            Call::PaneQueue(change) => {
                self.with_shared(|shared| runs::change_queue(shared, change))
            }
            Call::PaneDropInput(on) => self.with(|clients: &mut Clients, shared| {
                let pane = pane_named(&shared.model, &on.pane)?;
                result(&InputDropped { bytes: clients.drop_input(shared, pane) })
            }),
            Call::PaneKeys(keys) => self.with_shared(|shared| pane_calls::keys(shared, keys, from)),
            Call::PaneClose(on) => self.with_shared(|shared| pane_calls::close(shared, &on)),
            Call::PaneSet(set) => self.with_shared(|shared| pane_calls::set_pane(shared, &set)),
            Call::PaneFocus(on) => {
                self.on_pane(&on.pane, |model, pane, cx| model.focus(None, pane, cx))
            }
            Call::PaneRename(rename) => self
                .on_pane(&rename.pane, |model, pane, cx| model.rename_pane(pane, &rename.name, cx)),
            Call::PaneZoom(on) => {
                self.on_pane(&on.pane, |model, pane, cx| model.zoom(None, pane, cx))
            }
            Call::PanePopup(on) => {
                self.with_shared(|shared| pane_calls::toggle_popup(shared, &on.pane))
            }
            Call::PaneMove(to) => self.with_shared(|shared| pane_calls::move_pane(shared, &to)),
            Call::LayoutArrange(arrange) => self.on_pane(&arrange.pane, |model, pane, cx| {
                model.arrange_as(pane, arrange.preset, cx)
            }),
            Call::LayoutExport => layout_text::export(&self.shared),
            Call::LayoutApply(layout) => {
                self.with_shared(|shared| layout_text::apply(shared, &layout))
            }
            Call::BroadcastEnd => self.on_model(Model::end_broadcast),
            Call::NotificationsList => result(&notice_list(&self.shared.model)),
            Call::NotificationsClear => self.on_model(Model::clear_notices),
            Call::BudgetStatus => budget::status(&self.shared.model),
            Call::BudgetAllow => self.with_shared(budget::allow),
            Call::ProjectList => project_list(&self.shared.model),
            Call::KeysList => result(&key_list(&self.shared.config.keys)),
            Call::ClientList => self.clients.list(&self.shared),
            Call::ClientDetach(detach) => self.with_shared(|shared| list::detach(shared, &detach)),
            Call::DaemonStop(stop) => {
                let reason = if stop.restart { ByeReason::Restarting } else { ByeReason::Stopped };
                self.end_with(Ending::Stop(reason))
            }
            Call::KillAll => self.end_with(Ending::Everything),
            // Answered by those who take them.
            Call::PaneWait(_)
            | Call::PaneSend(_)
            | Call::PanePrompt(_)
            | Call::PanePromptWait(_)
            | Call::PaneRead(_)
            | Call::EventsRead(_)
            | Call::EventsSubscribe(_)
            | Call::WorkspaceWait(_)
            | Call::ConversationsList(_)
            | Call::UsageReport(_)
            | Call::ShellStart(_)
            | Call::PaneNew(_)
            | Call::PaneStatus(_)
            | Call::PaneRestart(_)
            | Call::PaneSleep(_)
            | Call::PaneWake(_)
            | Call::PaneNote(_)
            | Call::PaneLog(_)
            | Call::PaneSave(_)
            | Call::ProjectOpen(_)
            | Call::ProjectTrust(_)
            | Call::TypesList
            | Call::TypesReload
            | Call::TypesShow(_)
            | Call::DaemonStatus => Err(RpcError::failed("answered later")),
        }
    }

    /// Changes the model for a pane that is called by its name.
    fn on_pane(
        &mut self,
        pane: &PaneRef,
        change: impl FnOnce(&mut Model, PaneId, &mut Context) -> Result<(), Refusal>,
    ) -> Answer {
        let pane = pane_named(&self.shared.model, pane)?;
        self.with_shared(|shared| done(shared.with_model(|model, cx| change(model, pane, cx))))
    }

    fn on_model(&mut self, change: impl FnOnce(&mut Model, &mut Context)) -> Answer {
        self.with_shared(|shared| shared.with_model(|model, cx| change(model, cx)));
        Ok(serde_json::Value::Null)
    }

    fn end_with(&mut self, ending: Ending) -> Answer {
        self.shared.ending = Some(ending);
        result(&stopping(&self.shared.panes))
    }
}

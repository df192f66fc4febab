//! A shim asks what the program that was typed is to be started with.

use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::oneshot;

use super::super::super::message::Answer;
use super::super::super::{Server, clock};
use super::plan::{Planned, Typed};
use crate::core::guest::{Guest, Return};
use crate::core::model::workspace::Life;
use crate::server::control::calls::result;
use segno_agent::panetype::launch::{meaning_rules, own_args};
use segno_agent::panetype::text::typed::Meaning;
use segno_agent::panetype::{Kind, PaneType};
use segno_agent::start::Conversation;
use segno_agent::tracking::Started;
use segno_base::ids::PaneId;
use segno_base::system::os::process::{born, session_leader};
use segno_wire::control::panes::guest::{ShellStart, ShellStarts};
use segno_wire::rpc::{RpcError, code};

/// Why a program is started as it was typed.
enum AsTyped {
    /// Nobody needs to hear of it.
    Silent,
    Because(String),
}

/// A start that was decided on.
struct Decided {
    pane: PaneId,
    ty: Arc<PaneType>,
    args: Vec<String>,
    conversation: Conversation,
    never_prompted: bool,
    decided: bool,
    cwd: Option<PathBuf>,
}

impl Server {
    /// Answers a shim that runs as this process.
    pub(in crate::server) fn shell_start(
        &mut self,
        mut asked: ShellStart,
        peer: Option<i32>,
        answer: oneshot::Sender<Answer>,
    ) {
        let back = asked.program.is_empty();
        let decided = match back {
            true => self.decide_return(peer, &mut asked),
            false => self.decide_typed(peer, &asked),
        };
        let decided = match decided {
            Ok(decided) => decided,
            Err(why) => {
                let note = match why {
                    AsTyped::Silent => None,
                    AsTyped::Because(why) => Some(why),
                };
                let refused = |why| Err(RpcError::new(code::REFUSED, why));
                let _ = answer.send(match note {
                    Some(why) if back => refused(why),
                    note => result(&ShellStarts { with: None, note }),
                });
                return;
            }
        };
        let Some(pid) = peer else { return };
        let Some(id) = self.model.guest_id() else { return };
        let Decided { pane, ty, args, conversation, never_prompted, decided, cwd } = decided;
        let resumed = match &conversation {
            Conversation::Resume(session) => Some(session.clone()),
            Conversation::New | Conversation::ContinueLast => None,
        };
        let typed = Typed {
            pane,
            id,
            args,
            asked,
            conversation,
            never_prompted,
            decided,
            cwd,
            home: self.options.home.clone(),
            shell: self.shell(),
            segno: self.options.exe.clone(),
            generations: self.generations.clone(),
            nonce: clock::now_ms(),
            ty: ty.clone(),
        };
        self.aside(
            move || (typed.plan(), typed),
            move |server: &mut Server, (planned, typed)| {
                let Planned { with, assigned, facts, notes } = match planned {
                    Ok(planned) => planned,
                    Err(why) => {
                        let note = Some(format!("{}: {why}", ty.title));
                        let _ = answer.send(result(&ShellStarts { with: None, note }));
                        return;
                    }
                };
                let how = match (assigned, resumed, decided) {
                    (Some(session), ..) => Started::Assigned(session),
                    (None, Some(session), _) => Started::Resumed(session),
                    (None, None, true) => Started::Continued,
                    (None, None, false) => Started::New,
                };
                let guest = Guest {
                    id,
                    type_name: ty.name.clone(),
                    title: ty.title.clone(),
                    pid,
                    born: born(pid),
                    args: meaning_rules(&ty).kept(&typed.args),
                    cwd: with.cwd.clone(),
                    facts,
                };
                // Late news of the guest before would be taken for this one's.
                server.forget_evidence(pane);
                server.with_model(|model, cx| {
                    model.guest_started(pane, guest, how, cx);
                    notes.into_iter().for_each(|note| model.note(pane, note));
                });
                tracing::info!(%pane, guest = %id, pid, ty = ty.name, "typed in the shell");
                server.watch_guest(pane, id, pid);
                server.follow_files(pane);
                let _ = answer.send(result(&ShellStarts { with: Some(with), note: None }));
            },
        );
    }

    /// The shell pane in whose session a process is.
    fn shell_of(&self, peer: Option<i32>) -> Option<PaneId> {
        let leader = session_leader(peer?)?;
        let (pane, _) =
            self.panes.iter().find(|(_, runtime)| runtime.process.pid() == Some(leader))?;
        self.is_shell(pane).then_some(pane)
    }

    /// Whether a pane's own program is a shell, and runs.
    pub(in crate::server) fn is_shell(&self, pane: PaneId) -> bool {
        let Some(state) = self.model.panes.get(&pane) else { return false };
        let ty = self.registry.get(&state.spec.type_name);
        ty.is_some_and(|ty| ty.kind == Kind::Shell) && matches!(state.life, Life::Running { .. })
    }

    fn decide_typed(&self, peer: Option<i32>, asked: &ShellStart) -> Result<Decided, AsTyped> {
        let pane = self.shell_of(peer).ok_or(AsTyped::Silent)?;
        let ty = self.typed_type(&asked.program).ok_or(AsTyped::Silent)?;
        if !self.config.shells.follows(&ty.name) {
            return Err(AsTyped::Silent);
        }
        let args = own_args(&ty, &asked.args).ok_or(AsTyped::Silent)?.to_vec();
        let decided = match meaning_rules(&ty).meaning(&args) {
            Meaning::Plain => return Err(AsTyped::Silent),
            Meaning::Decided => true,
            Meaning::Open => false,
        };
        let conversation = Conversation::New;
        Ok(Decided { pane, ty, args, conversation, never_prompted: false, decided, cwd: None })
    }

    /// Goes back to the agent that the shell had.
    fn decide_return(&self, peer: Option<i32>, asked: &mut ShellStart) -> Result<Decided, AsTyped> {
        let because = AsTyped::Because;
        let pane = self.shell_of(peer).ok_or_else(|| {
            because("this is no shell of a pane; run it where the agent ran".to_string())
        })?;
        let back = self.model.next_return(pane).ok_or_else(|| {
            because(
                "there is no agent to go back to in this pane; start it by its name".to_string(),
            )
        })?;
        let Return { type_name, title, session, args, cwd, .. } = back;
        let ty = self.registry.get(&type_name).cloned().ok_or_else(|| {
            because(format!("there is no pane type {type_name:?} any more; see `segno types`"))
        })?;
        if let Some(other) = self.model.open_in(&type_name, &session) {
            return Err(because(format!("{title}'s conversation {session} is open in {other}")));
        }
        asked.program = self.typed_name(&ty);
        let conversation = Conversation::Resume(session);
        let cwd = Some(cwd);
        Ok(Decided { pane, ty, args, conversation, never_prompted: false, decided: false, cwd })
    }
}

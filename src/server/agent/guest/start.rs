//! A shim asks what the program that was typed is to be started with.

use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::oneshot;

use super::super::super::message::Answer;
use super::plan::{Planned, Typed};
use crate::server::agent::evidence::Evidence;
use crate::server::agent::guest::ends::watch_guest;
use crate::server::agent::guest::shims::{typed_name, typed_type};
use crate::server::agent::observer::follow_files;
use crate::server::clock;
use crate::server::control::calls::result;
use crate::server::pane::process::shell;
use crate::server::shared::Shared;
use segno_agent::panetype::launch::{meaning_rules, own_args};
use segno_agent::panetype::text::typed::Meaning;
use segno_agent::panetype::{Kind, PaneType};
use segno_agent::start::Conversation;
use segno_agent::tracking::Started;
use segno_base::ids::PaneId;
use segno_base::system::os::process::{born, session_leader};
use segno_core::guest::{Guest, Return};
use segno_core::model::pane::Life;
use segno_wire::control::panes::guest::{ShellStart, ShellStarts};
use segno_wire::rpc::{RpcError, code};

/// Why a program is started as it was typed.
enum AsTyped {
    /// Nobody needs to know.
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

/// Answers a shim that runs as this process.
pub(in crate::server) fn shell_start(
    shared: &mut Shared,
    mut asked: ShellStart,
    peer: Option<i32>,
    answer: oneshot::Sender<Answer>,
) {
    let back = asked.program.is_empty();
    let decided = match back {
        true => decide_return(shared, peer, &mut asked),
        false => decide_typed(shared, peer, &asked),
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
    let Some(id) = shared.model.guest_id() else { return };
    let Decided { pane, ty, args, conversation, never_prompted, decided, cwd } = decided;
    let typed = Typed {
        pane,
        id,
        args,
        asked,
        conversation,
        never_prompted,
        decided,
        cwd,
        home: shared.options.home.clone(),
        shell: shell(shared),
        segno: shared.options.exe.clone(),
        generations: shared.generations.clone(),
        nonce: clock::now_ms(),
        ty,
    };
    shared.aside(
        move || (typed.plan(), typed),
        move |evidence: &mut Evidence, shared: &mut Shared, (planned, typed)| {
            let _ = answer.send(result(&match planned {
                Ok(planned) => evidence.guest_starts(shared, &typed, planned, pid),
                Err(why) => {
                    let note = Some(format!("{}: {why}", typed.ty.title));
                    ShellStarts { with: None, note }
                }
            }));
        },
    );
}

impl Evidence {
    /// What was typed starts as planned: it is followed from now on.
    fn guest_starts(
        &mut self,
        shared: &mut Shared,
        typed: &Typed,
        planned: Planned,
        pid: i32,
    ) -> ShellStarts {
        let Typed { pane, id, ty, .. } = typed;
        let Planned { with, assigned, facts, notes } = planned;
        let how = match (assigned, &typed.conversation) {
            (Some(session), _) => Started::Assigned(session),
            (None, Conversation::Resume(session)) => Started::Resumed(session.clone()),
            (None, _) if typed.decided => Started::Continued,
            (None, _) => Started::New,
        };
        let guest = Guest {
            id: *id,
            type_name: ty.name.clone(),
            title: ty.title.clone(),
            pid,
            born: born(pid),
            args: meaning_rules(ty).kept(&typed.args),
            cwd: with.cwd.clone(),
            facts,
        };
        // Late reports of the previous guest would be taken for this one's.
        self.forget_evidence(shared, *pane);
        shared.with_model(|model, cx| {
            model.guest_started(*pane, guest, how, cx);
            notes.into_iter().for_each(|note| model.note(*pane, note));
        });
        tracing::info!(%pane, guest = %id, pid, ty = ty.name, "typed in the shell");
        watch_guest(shared, *pane, *id, pid);
        follow_files(shared, *pane);
        ShellStarts { with: Some(with), note: None }
    }
}

/// The shell pane in whose session a process is.
fn shell_of(shared: &Shared, peer: Option<i32>) -> Option<PaneId> {
    let leader = session_leader(peer?)?;
    let (pane, _) =
        shared.panes.iter().find(|(_, runtime)| runtime.process.pid() == Some(leader))?;
    is_shell(shared, pane).then_some(pane)
}

/// Whether a pane's own program is a shell, and runs.
pub(in crate::server) fn is_shell(shared: &Shared, pane: PaneId) -> bool {
    let Some(state) = shared.model.panes.get(&pane) else { return false };
    let ty = shared.registry.get(&state.spec.type_name);
    ty.is_some_and(|ty| ty.kind == Kind::Shell) && matches!(state.life, Life::Running { .. })
}

fn decide_typed(
    shared: &Shared,
    peer: Option<i32>,
    asked: &ShellStart,
) -> Result<Decided, AsTyped> {
    let pane = shell_of(shared, peer).ok_or(AsTyped::Silent)?;
    let ty = typed_type(shared, &asked.program).ok_or(AsTyped::Silent)?;
    if !shared.config.shells.follows(&ty.name) {
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
fn decide_return(
    shared: &Shared,
    peer: Option<i32>,
    asked: &mut ShellStart,
) -> Result<Decided, AsTyped> {
    let because = AsTyped::Because;
    let pane = shell_of(shared, peer).ok_or_else(|| {
        because("this is no shell of a pane; run it where the agent ran".to_string())
    })?;
    let back = shared.model.next_return(pane).ok_or_else(|| {
        because("there is no agent to go back to in this pane; start it by its name".to_string())
    })?;
    let Return { type_name, title, session, args, cwd, .. } = back;
    let ty = shared.registry.get(&type_name).cloned().ok_or_else(|| {
        because(format!("there is no pane type {type_name:?} any more; see `segno types`"))
    })?;
    if let Some(other) = shared.model.open_in(&type_name, &session) {
        return Err(because(format!("{title}'s conversation {session} is open in {other}")));
    }
    asked.program = typed_name(shared, &ty);
    let conversation = Conversation::Resume(session);
    let cwd = Some(cwd);
    Ok(Decided { pane, ty, args, conversation, never_prompted: false, decided: false, cwd })
}

//! A pane's life: opened, started again, closed; and what its program and its tracker report.

use crate::archive::ArchivedId;
use crate::attention::event_feed::WorkspaceEvent;
use crate::attention::notices::NoticeKind;
use crate::layout::Layout;
use crate::model::catalogue::TypeTraits;
use crate::model::pane::{ExitStatus, Life, Pane, StaleChoice};
use crate::model::tab::Tab;
use crate::model::workspace::Model;
use crate::panes::popup::{Popup, ends_popup};
use crate::tabs::order::given;
use crate::update::context::Context;
use crate::update::effect::{DetachReason, Effect};
use segno_agent::event::Event as AgentEvent;
use segno_agent::identity::{Record, Recorded, SessionId};
use segno_agent::panetype::ClosePolicy;
use segno_agent::panetype::registry::UnknownType;
use segno_agent::start::{Beginning, Conversation, Start, StartRequest};
use segno_agent::status::Activity;
use segno_agent::tracking::{Started, Tracking};
use segno_base::ids::{PaneId, TabId};
use segno_base::screen::geometry::{Direction, Size};
use segno_config::event_name::EventName;

/// How many programs' ends are known whose panes closed with them.
const ENDINGS: usize = 64;

/// Where a new pane goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Tab,
    /// On a side of a pane; of a popup, of the pane below it.
    Split {
        of: PaneId,
        side: Direction,
    },
    /// Floating above the tab of a pane.
    Popup {
        of: PaneId,
    },
}

/// Why a request is not carried out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("there is no pane {0}")]
    NoPane(PaneId),
    #[error("there is no tab {0}")]
    NoTab(TabId),
    #[error(transparent)]
    NoType(#[from] UnknownType),
    #[error("conversation {session} is open in {pane}; focus that pane or close it first")]
    Open { session: SessionId, pane: PaneId },
    #[error("the pane type {0:?} cannot resume a conversation by its id")]
    CannotResume(String),
    #[error("the pane type {0:?} cannot continue the last conversation")]
    CannotContinue(String),
    #[error("the pane type {0:?} cannot fork a conversation: it has no `fork` in [resume]")]
    CannotFork(String),
    #[error("{0} is too small to be split; zoom out, close a pane, or open a tab instead")]
    NoRoom(PaneId),
    #[error("{0} has a tab of its own already")]
    Alone(PaneId),
    #[error("{0} cannot be moved beside itself; name another pane")]
    Itself(PaneId),
    #[error("the tab has a popup already, {0}; close that first, or move it to a tab")]
    HasPopup(PaneId),
    #[error("{0} is alone in its tab: there is nothing to float above")]
    NothingBelow(PaneId),
    #[error("{0} is pinned; close it with --force, or unpin it first (`segno pin {0} --off`)")]
    Pinned(PaneId),
    #[error("{0:?} means another pane; choose a name without @ that is no pane's id")]
    NameTaken(String),
    #[error("{pane} stays awake: {why}")]
    Awake { pane: PaneId, why: &'static str },
    #[error("the workspace is full")]
    Full,
}

const DEFAULT_SIZE: Size = Size::new(80, 24);

impl Pane {
    /// Its program has ended just now.
    pub(crate) fn program_ended(&mut self, status: ExitStatus, now: u64) {
        self.end_guests();
        self.foreground = None;
        self.life = Life::Exited { status, at: now };
        self.ended = Some(now);
        self.busy_since = None;
        if let Some(tracking) = &mut self.tracking {
            tracking.exited(now);
        }
    }
}

impl Model {
    /// Opens a pane and queues its program.
    pub fn open(
        &mut self,
        mut spec: StartRequest,
        place: Place,
        start: Start,
        prompt: Option<String>,
        cx: &mut Context,
    ) -> Result<PaneId, Refusal> {
        spec.name = spec.name.as_deref().and_then(given);
        self.check_name(spec.name.as_deref(), None)?;
        let traits =
            cx.types.traits(&spec.type_name).ok_or_else(|| UnknownType::new(&spec.type_name))?;
        spec.toggles.get_or_insert_with(|| traits.toggled.clone());
        match place {
            Place::Tab => {}
            Place::Split { of, .. } => drop(self.tab_of(of).ok_or(Refusal::NoPane(of))?),
            Place::Popup { of } => {
                if let Some(popup) = self.tab_of(of).ok_or(Refusal::NoPane(of))?.popup {
                    return Err(Refusal::HasPopup(popup.pane));
                }
            }
        }
        let conversation = self.conversation_for(None, &spec, &traits, start)?.0;
        let id = PaneId::new(self.last_pane + 1).ok_or(Refusal::Full)?;
        let prompted = prompt.as_ref().is_some_and(|prompt| !prompt.is_empty());
        let life = Life::Queued(Beginning { conversation, prompt });
        let mut pane = Pane::new(id, spec, traits, life, DEFAULT_SIZE);
        if let Some(tracking) = pane.tracking.as_mut().filter(|_| prompted) {
            tracking.turns_mut().give_at_start();
        }
        match place {
            Place::Tab => {
                self.add_tab(id).ok_or(Refusal::Full)?;
            }
            Place::Split { of, side } => self.place_beside(id, of, side),
            Place::Popup { of } => {
                if let Some(tab) = self.tabs.iter_mut().find(|t| t.contains(of)) {
                    tab.popup = Some(Popup::new(id));
                }
            }
        }
        self.last_pane = id.number();
        cx.out.push(Effect::Emit(Box::new(WorkspaceEvent::of(
            EventName::PaneOpened,
            &pane,
            cx.now,
        ))));
        self.panes.insert(id, pane);
        self.settle_budgets(cx);
        self.find_project(id, true, cx);
        self.fit(cx);
        self.start_queued(cx);
        cx.out.extend([Effect::Save, Effect::Redraw]);
        Ok(id)
    }

    /// A tab at the end that holds this pane; every client and the next one get to know it only
    /// by focusing it.
    pub(crate) fn add_tab(&mut self, pane: PaneId) -> Option<TabId> {
        let id = TabId::new(self.last_tab + 1)?;
        self.last_tab = id.number();
        let size = self
            .active
            .and_then(|t| self.tab(t))
            .map(|t| t.size)
            .or_else(|| {
                self.clients.values().map(|c| crate::tabs::order::offered(c, &self.looks)).next()
            })
            .unwrap_or(DEFAULT_SIZE);
        self.tabs.push(Tab::new(id, Layout::new(pane), size));
        if self.active.is_none() {
            self.active = Some(id);
            for client in self.clients.values_mut() {
                client.tab = Some(id);
            }
        }
        Some(id)
    }

    /// Decides with which conversation a program starts, and what the user is to know about it.
    ///
    /// `--continue`-like starts are only made when no other pane could be in the conversation that
    /// the agent would pick.
    pub(crate) fn conversation_for(
        &self,
        pane: Option<PaneId>,
        spec: &StartRequest,
        traits: &TypeTraits,
        start: Start,
    ) -> Result<(Conversation, Option<String>), Refusal> {
        let other = |id: &SessionId| self.open_in(&spec.type_name, id).filter(|p| Some(*p) != pane);
        match start {
            Start::Fresh => Ok((Conversation::New, None)),
            Start::ContinueLast if !traits.can_continue => {
                Err(Refusal::CannotContinue(spec.type_name.clone()))
            }
            Start::ContinueLast => Ok((Conversation::ContinueLast, None)),
            Start::Session(_) if !traits.can_resume => {
                Err(Refusal::CannotResume(spec.type_name.clone()))
            }
            Start::Session(id) => match other(&id) {
                Some(open) => Err(Refusal::Open { session: id, pane: open }),
                None => Ok((Conversation::Resume(id), None)),
            },
            Start::Fork(_) if !traits.can_fork => Err(Refusal::CannotFork(spec.type_name.clone())),
            // Wherever it is open: it stays as it is.
            Start::Fork(id) => Ok((Conversation::Fork(id), None)),
            Start::Recorded => {
                let recorded = pane
                    .and_then(|p| self.panes.get(&p))
                    .map(|p| p.returns_to().clone())
                    .unwrap_or_default();
                Ok(match recorded {
                    Recorded::New => (Conversation::New, None),
                    Recorded::Id(id) if traits.can_resume => match other(&id) {
                        Some(open) => (
                            Conversation::New,
                            Some(format!(
                                "started a new conversation, because {id} is open in {open}"
                            )),
                        ),
                        None => (Conversation::Resume(id), None),
                    },
                    Recorded::Nothing | Recorded::Id(_) if traits.can_continue => {
                        match self.rival(pane, spec) {
                            Some(rival) => (
                                Conversation::New,
                                Some(format!(
                                    "started a new conversation: none was recorded, and continuing \
                                     the last one could have put it into two panes ({rival} works \
                                     in the same place)"
                                )),
                            ),
                            None => (Conversation::ContinueLast, None),
                        }
                    }
                    _ => (Conversation::New, None),
                })
            }
        }
    }

    /// Another pane of the same type whose directory is this one, above or below it: the agent
    /// could take that pane's conversation for the last one here.
    fn rival(&self, pane: Option<PaneId>, spec: &StartRequest) -> Option<PaneId> {
        self.panes
            .values()
            .filter(|p| Some(p.id) != pane && p.is_live() && p.agent_type() == spec.type_name)
            .find(|p| p.spec.cwd.starts_with(&spec.cwd) || spec.cwd.starts_with(&p.spec.cwd))
            .map(|p| p.id)
    }

    /// Ends the pane's program if it runs, and queues it again.
    pub fn restart(&mut self, id: PaneId, start: Start, cx: &mut Context) -> Result<(), Refusal> {
        let pane = self.panes.get(&id).ok_or(Refusal::NoPane(id))?;
        let traits = cx.types.traits(&pane.spec.type_name).unwrap_or_else(|| pane.traits.clone());
        let (conversation, note) = self.conversation_for(Some(id), &pane.spec, &traits, start)?;
        if let Some(pane) = self.panes.get_mut(&id) {
            if matches!(pane.life, Life::Running { .. } | Life::Starting { .. }) {
                cx.out.push(Effect::Kill { pane: id });
            }
            pane.traits = traits;
            if pane.traits.tracked && pane.tracking.is_none() {
                pane.tracking = Some(Tracking::default());
            }
            pane.life = Life::Queued(conversation.into());
            if let Some(tracking) = &mut pane.tracking {
                tracking.turns_mut().exited();
            }
            pane.choice = None;
            pane.asleep = None;
            pane.unseen = false;
            pane.notes.clear();
            pane.notes_read = 0;
            pane.notes.extend(note);
        }
        self.settle_budgets(cx);
        self.start_queued(cx);
        cx.out.extend([Effect::Save, Effect::Redraw]);
        Ok(())
    }

    /// Queues a pane again that could not be started, as it was to begin.
    pub fn start_again(&mut self, id: PaneId, beginning: Beginning, cx: &mut Context) {
        let failed = |pane: &&Pane| matches!(pane.life, Life::Failed { .. });
        let Some(pane) = self.panes.get(&id).filter(failed) else { return };
        let Beginning { conversation, prompt } = beginning;
        let start = match conversation {
            Conversation::New => Start::Fresh,
            Conversation::Resume(session) => Start::Session(session),
            Conversation::Fork(session) => Start::Fork(session),
            Conversation::ContinueLast => Start::Recorded,
        };
        // Another pane may be in its conversation by now.
        let decided = self.conversation_for(Some(id), &pane.spec, &pane.traits, start);
        let (life, note) = match decided {
            Ok((conversation, note)) => (Life::Queued(Beginning { conversation, prompt }), note),
            Err(refusal) => (Life::Failed { why: refusal.to_string() }, None),
        };
        if let Some(pane) = self.panes.get_mut(&id) {
            pane.life = life;
            pane.notes.extend(note);
        }
        self.start_queued(cx);
        cx.out.extend([Effect::Save, Effect::Redraw]);
    }

    /// Notes from which pane another one was asked for.
    pub fn set_parent(&mut self, id: PaneId, parent: Option<PaneId>) {
        if let Some(pane) = self.panes.get_mut(&id) {
            pane.parent = parent;
        }
    }

    /// Gives a pane's program other arguments, from its next start on.
    pub fn set_args(&mut self, id: PaneId, args: Vec<String>) {
        if let Some(pane) = self.panes.get_mut(&id) {
            pane.spec.args = args;
        }
    }

    /// Closes a pane with its program.
    pub fn close(&mut self, id: PaneId, cx: &mut Context) -> Result<(), Refusal> {
        let pane = self.panes.remove(&id).ok_or(Refusal::NoPane(id))?;
        cx.out.push(Effect::Emit(Box::new(WorkspaceEvent::of(
            EventName::PaneClosed,
            &pane,
            cx.now,
        ))));
        self.notices.forget(id);
        cx.out.push(Effect::Forget { pane: id });
        self.unplace(id);
        for client in self.clients.values_mut() {
            if client.dialog.as_ref().is_some_and(|d| d.concerns_pane(id)) {
                client.dialog = None;
            }
        }
        self.fit(cx);
        self.start_queued(cx);
        cx.out.extend([Effect::Save, Effect::Redraw]);
        let empty = self.tabs.is_empty();
        let reason = if empty { DetachReason::Empty } else { DetachReason::Closed };
        let leaving = self.clients.values().filter(|c| empty || c.only == Some(id));
        cx.out.extend(leaving.map(|c| Effect::Detach { client: c.id, reason }));
        Ok(())
    }

    /// The pane's program runs.
    pub(crate) fn started(
        &mut self,
        id: PaneId,
        pid: i32,
        assigned: Option<SessionId>,
        notes: Vec<String>,
        cx: &mut Context,
    ) {
        self.prompts_restarted(id);
        let Some(pane) = self.panes.get_mut(&id) else { return };
        let Life::Starting { conversation } = &pane.life else { return };
        let conversation = conversation.clone();
        if let Some(tracking) = &mut pane.tracking {
            let how = match (&conversation, &assigned) {
                (_, Some(id)) => Started::Assigned(id.clone()),
                // Which one a fork is in is not known before its agent reports it.
                (Conversation::New | Conversation::Fork(_), None) => Started::New,
                (Conversation::Resume(id), None) => Started::Resumed(id.clone()),
                (Conversation::ContinueLast, None) => Started::Continued,
            };
            tracking.started(cx.now, how);
        }
        if let Some(id) = assigned {
            pane.recorded = Record { shown: Recorded::Id(id), at: cx.now };
        }
        pane.life = Life::Running { pid, since: cx.now, conversation };
        pane.guests_come_back();
        pane.ended = None;
        pane.notes.extend(notes);
        cx.out.push(Effect::Emit(Box::new(WorkspaceEvent::of(
            EventName::PaneStarted,
            pane,
            cx.now,
        ))));
        // It may have been given a conversation.
        self.settle_budgets(cx);
        cx.out.extend([Effect::Save, Effect::Redraw]);
    }

    pub(crate) fn start_failed(&mut self, id: PaneId, why: String, cx: &mut Context) {
        let Some(pane) = self.panes.get_mut(&id) else { return };
        pane.life = Life::Failed { why };
        if let Some(tracking) = &mut pane.tracking {
            tracking.turns_mut().exited();
        }
        self.start_queued(cx);
        cx.out.extend([Effect::Save, Effect::Redraw]);
    }

    pub(crate) fn exited(&mut self, id: PaneId, status: ExitStatus, stale: bool, cx: &mut Context) {
        let looked_at = self.is_looked_at(id);
        let floats = self.tab_of(id).is_some_and(|tab| tab.floats(id));
        let Some(pane) = self.panes.get_mut(&id) else { return };
        let conversation = match &pane.life {
            Life::Running { conversation, .. } | Life::Starting { conversation } => {
                conversation.clone()
            }
            // Already queued again: what ended is the run before.
            _ => return,
        };
        if self.fell_asleep(id, status, cx) {
            return;
        }
        let Some(pane) = self.panes.get_mut(&id) else { return };
        if let Some(at) = pane.ended {
            // By the previous daemon; nobody wants to know it again.
            pane.end_guests();
            pane.life = Life::Exited { status, at };
            self.start_queued(cx);
            cx.out.push(Effect::Redraw);
            return;
        }
        // A program that was killed did not mean to leave: a shutdown ends all of them, and the
        // panes must still be there afterwards. Codes above 128 are how shells say the same.
        let close = match (pane.traits.close, status) {
            (ClosePolicy::Always, ExitStatus::Code(code)) => (0..=128).contains(&code),
            (ClosePolicy::Success, ExitStatus::Code(0)) => true,
            _ => floats && !pane.traits.is_agent && ends_popup(status),
        };
        pane.program_ended(status, cx.now);
        let emitted = WorkspaceEvent::of(EventName::PaneExited, pane, cx.now);
        cx.out.push(Effect::Emit(Box::new(WorkspaceEvent {
            detail: Some(status.to_string()),
            ..emitted
        })));
        match conversation {
            Conversation::Resume(session) if stale => {
                if let Some(tracking) = &mut pane.tracking {
                    tracking.stale(&session, cx.now);
                }
                let can_continue = pane.traits.can_continue;
                let of =
                    ArchivedId { type_name: pane.spec.type_name.clone(), id: session.to_string() };
                cx.out.push(Effect::FindKept { pane: id, of });
                pane.choice =
                    Some(StaleChoice { session, selected: 0, can_continue, can_restore: false });
            }
            // A pinned pane stays, with its last screen.
            _ if close && !pane.extras.pinned => {
                self.endings.push_front((id, status));
                self.endings.truncate(ENDINGS);
                // Cannot fail: the pane was just found.
                let _ = self.close(id, cx);
                return;
            }
            _ => {}
        }
        if let Some(pane) = self.panes.get_mut(&id) {
            pane.unseen = !looked_at && !pane.extras.muted;
        }
        if status != ExitStatus::Code(0) {
            self.notify(id, NoticeKind::Error, &status.to_string(), cx.now, cx);
        }
        self.start_queued(cx);
        cx.out.extend([Effect::Save, Effect::Redraw]);
    }

    /// Something that a tracker reported.
    pub(crate) fn agent_event(&mut self, id: PaneId, event: &AgentEvent, cx: &mut Context) {
        self.emit_of_conversation(id, event, cx);
        let looked_at = self.is_looked_at(id);
        let Some(pane) = self.panes.get_mut(&id) else { return };
        let Some(tracking) = &mut pane.tracking else { return };
        let before = tracking.status();
        let was_starting = before.activity == Activity::Starting;
        // The server lets only events with allowed ids through.
        let changes = tracking.apply(event, cx.now);
        let starting = tracking.status().activity == Activity::Starting;
        if !changes.any() {
            return;
        }
        let notable =
            matches!(changes.became, Some(Activity::Idle | Activity::Blocked | Activity::Error));
        pane.unseen |= notable && !looked_at && !was_starting && !pane.extras.muted;
        cx.out.push(if changes.conversation { Effect::Save } else { Effect::SaveSoon });
        cx.out.push(Effect::Redraw);
        if changes.conversation {
            pane.busy_since = None;
            self.emit_of(EventName::ConversationEntered, id, None, cx);
        }
        if changes.became.is_some() {
            self.announce(id, cx);
            self.activity_changed(id, &before, cx);
        }
        if changes.conversation {
            self.note_shared(id, cx);
            self.settle_budgets(cx);
        }
        if was_starting && !starting {
            self.start_queued(cx);
        }
    }

    /// Notes what a pane's session file says now.
    pub fn set_recorded(&mut self, id: PaneId, recorded: Record) {
        if let Some(pane) = self.panes.get_mut(&id) {
            pane.recorded = recorded;
        }
    }

    /// Takes over, on restore, what a pane's session file says.
    pub fn restore_recorded(&mut self, id: PaneId, recorded: Record, now: u64) {
        if let Some(pane) = self.panes.get_mut(&id) {
            if let Some(tracking) = &mut pane.tracking {
                tracking.reconcile(&recorded, now);
            }
            pane.recorded = recorded;
        }
    }
}

//! What happens, for others: the user's commands on events and subscribers.
//!
//! Must not decide who gets it: `server/` does.

use std::path::PathBuf;

use serde::Serialize;

use crate::model::pane::Pane;
use crate::model::workspace::Model;
use crate::update::context::Context;
use crate::update::effect::Effect;
use segno_agent::event::{Event as AgentEvent, What};
use segno_agent::identity::SessionId;
use segno_agent::source::Source;
use segno_agent::status::{Activity, Usage};
use segno_base::ids::PaneId;
use segno_config::event_name::EventName;

/// Deleted conversations that are remembered, because two parts of a tracker may report one.
const DELETED_MAX: usize = 64;

/// Something that happened in a pane, as programs get it: what is not known is left out.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WorkspaceEvent {
    pub event: EventName,
    /// Milliseconds since the Unix epoch.
    pub at: u64,
    pub pane: PaneId,
    #[serde(rename = "type")]
    pub type_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(with = "segno_base::text::path_text")]
    pub cwd: PathBuf,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session: Option<SessionId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What the event's description says of it; one line, no control characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub usage: Option<Usage>,
    /// The same when it is reported again because a daemon was killed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
}

impl WorkspaceEvent {
    /// About a pane and the conversation that it shows.
    pub(crate) fn of(event: EventName, pane: &Pane, at: u64) -> WorkspaceEvent {
        WorkspaceEvent {
            event,
            at,
            pane: pane.id,
            type_name: pane.agent_type().to_string(),
            name: pane.spec.name.clone(),
            cwd: pane.spec.cwd.clone(),
            session: pane.session(),
            title: pane.agent().and_then(|agent| agent.title),
            detail: None,
            usage: None,
            key: None,
        }
    }

    fn in_conversation(self, pane: &Pane, session: &SessionId) -> WorkspaceEvent {
        let known = pane.tracking.as_ref().and_then(|t| t.conversations().get(session));
        let title = known.and_then(|known| known.summary.title.clone());
        WorkspaceEvent { session: Some(session.clone()), title, ..self }
    }
}

/// The event that an agent's state is.
pub(crate) fn state_event(activity: Activity) -> Option<EventName> {
    Some(match activity {
        Activity::Working => EventName::StateWorking,
        Activity::Blocked => EventName::StateBlocked,
        Activity::Idle => EventName::StateIdle,
        Activity::Error => EventName::StateError,
        Activity::Retrying => EventName::StateRetrying,
        Activity::Starting | Activity::Exited | Activity::Unknown => return None,
    })
}

impl Model {
    /// Emits something about a pane.
    pub(crate) fn emit_of(
        &self,
        event: EventName,
        pane: PaneId,
        detail: Option<String>,
        cx: &mut Context,
    ) {
        if let Some(pane) = self.panes.get(&pane) {
            let emitted = WorkspaceEvent { detail, ..WorkspaceEvent::of(event, pane, cx.now) };
            cx.out.push(Effect::Emit(Box::new(emitted)));
        }
    }

    /// Emits what a tracker reported about a conversation, whichever one is on screen. To be
    /// called before it is taken over: of a deleted one nothing is known afterwards.
    pub(crate) fn emit_of_conversation(
        &mut self,
        id: PaneId,
        event: &AgentEvent,
        cx: &mut Context,
    ) {
        let what = &event.what;
        // What files say is read with the time of the reading.
        let key = (event.at > 0 && event.from != Source::File)
            .then(|| format!("{id}-{}-{}", event.at, event.n));
        let Some(pane) = self.panes.get(&id) else { return };
        let known = |session: &SessionId| {
            pane.tracking.as_ref().and_then(|tracking| tracking.conversations().get(session))
        };
        let about = |event, session: &SessionId| {
            WorkspaceEvent::of(event, pane, cx.now).in_conversation(pane, session)
        };
        let emitted = match what {
            What::Prompt { session, text } => WorkspaceEvent {
                detail: Some(text.clone()),
                ..about(EventName::ConversationPrompted, session)
            },
            What::Title { session, title } => {
                if known(session).is_some_and(|known| known.summary.title.as_ref() == Some(title)) {
                    return;
                }
                WorkspaceEvent {
                    title: Some(title.clone()),
                    ..about(EventName::ConversationTitled, session)
                }
            }
            What::Usage { session, usage } => {
                if known(session).is_some_and(|known| known.usage == *usage) {
                    return;
                }
                let usage = Some(usage.clone());
                WorkspaceEvent { usage, ..about(EventName::ConversationUsed, session) }
            }
            What::Compacted { session } => about(EventName::ConversationCompacted, session),
            What::Deleted { session } => {
                let emitted = about(EventName::ConversationDeleted, session);
                let gone = (pane.agent_type().to_string(), session.clone());
                if self.deleted.contains(&gone) {
                    return;
                }
                self.deleted.push_back(gone);
                if self.deleted.len() > DELETED_MAX {
                    self.deleted.pop_front();
                }
                emitted
            }
            What::Hello { .. }
            | What::Current { .. }
            | What::State { .. }
            | What::Missing { .. }
            | What::WriteFailed { .. } => return,
        };
        cx.out.push(Effect::Emit(Box::new(WorkspaceEvent { key, ..emitted })));
    }
}

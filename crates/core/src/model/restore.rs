//! Bringing a restored workspace to life: what the keeper still holds is adopted as it is, the
//! rest is queued with the conversation that is recorded for it.

use crate::model::pane::{ExitStatus, Life};
use crate::model::workspace::Model;
use crate::update::context::Context;
use crate::update::effect::Effect;
use segno_agent::start::{Conversation, Start};
use segno_base::ids::PaneId;

/// A program that outlived the daemon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Held {
    Running {
        pid: i32,
    },
    /// It has ended, which is reported when its last output was read.
    Ended {
        pid: i32,
    },
    /// It was asked to end, and the pane's next program starts after it.
    Ending {
        next: Conversation,
    },
}

/// What a pane is before it was adopted or revived. Nothing may start it meanwhile: what is
/// recorded of it is still being read.
pub(crate) const NOT_RESTORED: &str = "not restored yet";

impl Model {
    /// Takes over a pane that the keeper holds, as it is.
    pub fn adopt(&mut self, id: PaneId, held: Held, now: u64) {
        let Some(pane) = self.panes.get_mut(&id) else { return };
        if let Some(tracking) = &mut pane.tracking {
            tracking.turns_mut().adopted(now);
        }
        match held {
            Held::Running { pid } | Held::Ended { pid } => {
                if matches!(held, Held::Running { .. }) {
                    pane.ended = None;
                }
                let known = pane.run.take().filter(|run| run.pid == pid).map(|run| run.since);
                let since = known.or(pane.agent().map(|agent| agent.since)).unwrap_or(now);
                pane.life = Life::Running { pid, since, conversation: Conversation::New };
            }
            Held::Ending { next } => pane.life = Life::Starting { conversation: next },
        }
    }

    /// Queues every pane that was not adopted, with its recorded conversation, and starts the
    /// first ones.
    pub fn revive(&mut self, adopted: &[PaneId], cx: &mut Context) {
        let gone: Vec<_> = self.panes.keys().copied().filter(|p| !adopted.contains(p)).collect();
        for id in gone {
            if let Some(pane) = self.panes.get_mut(&id) {
                pane.guests_come_back();
            }
        }
        let mut order: Vec<_> =
            self.panes.keys().copied().filter(|p| !adopted.contains(p)).collect();
        // None of them is live, so that one does not take another's place: those with a
        // recorded conversation choose first, whatever is left continues or begins anew.
        order.sort_by_key(|p| {
            let recorded = self.panes.get(p).map(|p| p.returns_to());
            (recorded == Some(&segno_agent::identity::Recorded::Nothing), *p)
        });
        // What was about to come back there has, or was left.
        adopted.iter().for_each(|id| self.decline_return(*id, cx));
        let all: Vec<_> = self.panes.keys().copied().collect();
        all.into_iter().for_each(|pane| self.find_project(pane, false, cx));
        // The previous daemon was about to end them.
        let asleep = |id: &&PaneId| self.panes.get(*id).is_some_and(|p| p.asleep.is_some());
        cx.out.extend(adopted.iter().filter(asleep).map(|id| Effect::Kill { pane: *id }));
        for id in order {
            if self.stays_asleep(id, cx.now) || self.stays_ended(id, cx.now) {
                continue;
            }
            let Some(pane) = self.panes.get(&id) else { continue };
            let decided =
                self.conversation_for(Some(id), &pane.spec, &pane.traits, Start::Recorded);
            // `Start::Recorded` is never refused.
            let (conversation, note) = decided.unwrap_or((Conversation::New, None));
            if let Some(pane) = self.panes.get_mut(&id) {
                pane.life = Life::Queued(conversation.into());
                if let Some(tracking) = &mut pane.tracking {
                    tracking.turns_mut().lost();
                }
                pane.notes.extend(note);
            }
            self.prompts_restarted(id);
        }
        self.fit(cx);
        self.start_queued(cx);
        cx.out.extend([Effect::Save, Effect::Redraw]);
    }

    /// Whether a pane's program is not to be started again unless somebody wants it.
    fn stays_ended(&mut self, id: PaneId, now: u64) -> bool {
        let Some(pane) = self.panes.get_mut(&id).filter(|pane| !pane.traits.again) else {
            return false;
        };
        let at = *pane.ended.get_or_insert(now);
        pane.life = Life::Exited { status: ExitStatus::Unknown, at };
        true
    }
}

//! Which queued program starts next: what is on screen first, and only so many agents at once.

use crate::model::pane::{Life, Pane};
use crate::model::workspace::Model;
use crate::update::context::Context;
use crate::update::effect::Effect;
use segno_agent::start::Beginning;
use segno_agent::status::Activity;
use segno_base::ids::PaneId;

/// An agent that has said nothing for this long no longer holds up the next one, in milliseconds.
const STARTING_LIMIT: u64 = 20_000;

impl Model {
    /// Hands out what may start now.
    pub(crate) fn start_queued(&mut self, cx: &mut Context) {
        let mut busy = self.panes.values().filter(|p| is_starting(p, cx.now)).count();
        for id in self.queue() {
            let Some(pane) = self.panes.get_mut(&id) else { continue };
            if pane.traits.is_agent {
                if busy >= cx.parallel_starts.max(1) {
                    continue;
                }
                busy += 1;
            }
            let Life::Queued(Beginning { conversation, .. }) = &pane.life else { continue };
            let starting = Life::Starting { conversation: conversation.clone() };
            if let Life::Queued(beginning) = std::mem::replace(&mut pane.life, starting) {
                cx.out.push(Effect::Start { pane: id, beginning });
            }
        }
    }

    /// The queued panes: those on a visible tab first, then those of the active tab, then the rest
    /// in the order of the tab bar; within a tab the focused one first.
    fn queue(&self) -> Vec<PaneId> {
        let mut queued: Vec<_> = self
            .tabs
            .iter()
            .enumerate()
            .flat_map(|(index, tab)| tab.panes().into_iter().map(move |p| (index, tab, p)))
            .filter(|(.., p)| self.panes.get(p).is_some_and(|p| matches!(p.life, Life::Queued(_))))
            .map(|(index, tab, pane)| {
                let shown = self.active == Some(tab.id);
                ((!self.is_visible(pane), !shown, index, tab.focused() != pane), pane)
            })
            .collect();
        queued.sort();
        queued.into_iter().map(|(_, pane)| pane).collect()
    }

    /// When [`crate::update::event::Event::Tick`] is wanted, in milliseconds since the Unix
    /// epoch.
    pub fn deadline(&self) -> Option<u64> {
        let waiting = self.panes.values().any(|p| matches!(p.life, Life::Queued(_)));
        let limits = self.panes.values().filter_map(|p| match p.life {
            Life::Running { since, .. } if p.traits.is_agent && awaiting_first_report(p) => {
                Some(since + STARTING_LIMIT)
            }
            _ => None,
        });
        let limit = if waiting { limits.min() } else { None };
        let others = self
            .hints_at()
            .into_iter()
            .chain(self.clocks_at())
            .chain(self.turns_due())
            .chain(self.sleep_due())
            .chain(self.driven_due());
        limit.into_iter().chain(others).min()
    }
}

fn awaiting_first_report(pane: &Pane) -> bool {
    pane.agent().is_some_and(|a| a.activity == Activity::Starting)
}

fn is_starting(pane: &Pane, now: u64) -> bool {
    pane.traits.is_agent
        && match pane.life {
            Life::Starting { .. } => true,
            Life::Running { since, .. } => {
                awaiting_first_report(pane) && now < since.saturating_add(STARTING_LIMIT)
            }
            _ => false,
        }
}

//! Who drives a pane from outside of it: a script or an agent that prompts it, types or presses
//! keys there. Shown for a moment, so that nobody wonders where a text came from.

use crate::model::workspace::Model;
use crate::update::context::Context;
use crate::update::effect::Effect;
use segno_base::ids::PaneId;

/// How long it is shown after the last time, in milliseconds.
const SHOWN_FOR: u64 = 10_000;

/// A pane is driven.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Driven {
    /// By what runs in this pane; none: by what runs outside of Segno.
    pub by: Option<PaneId>,
    /// When that was last.
    pub at: u64,
}

impl Model {
    /// A pane is given a text or keys by a program; one that drives its own pane is no matter.
    pub fn drive(&mut self, id: PaneId, by: Option<PaneId>, cx: &mut Context) {
        if by == Some(id) {
            return;
        }
        if let Some(pane) = self.panes.get_mut(&id) {
            pane.driven = Some(Driven { by, at: cx.now });
            cx.out.push(Effect::Redraw);
        }
    }

    /// When the first of them is driven no more.
    pub(crate) fn driven_due(&self) -> Option<u64> {
        let driven = self.panes.values().filter_map(|pane| pane.driven);
        driven.map(|driven| driven.at.saturating_add(SHOWN_FOR)).min()
    }

    pub(crate) fn tick_driven(&mut self, cx: &mut Context) {
        for pane in self.panes.values_mut() {
            let over = |driven: &Driven| driven.at.saturating_add(SHOWN_FOR) <= cx.now;
            if pane.driven.take_if(|driven| over(driven)).is_some() {
                cx.out.push(Effect::Redraw);
            }
        }
    }
}

//! Typing into several panes at once: what is typed in one of the chosen panes goes to all of
//! them.

use crate::model::workspace::Model;
use crate::update::context::Context;
use crate::update::effect::{Effect, PaneInput};
use segno_base::ids::{ClientId, PaneId};

impl Model {
    /// The panes that get what is typed in this one, itself among them.
    pub fn audience(&self, pane: PaneId) -> Vec<PaneId> {
        if !self.panes.get(&pane).is_some_and(|p| p.extras.broadcast) {
            return vec![pane];
        }
        // A pane that asks something shows no program that could be meant.
        let listens = |id: &PaneId| {
            *id == pane
                || self
                    .panes
                    .get(id)
                    .is_some_and(|p| p.extras.broadcast && p.is_live() && p.choice.is_none())
        };
        self.panes.keys().copied().filter(listens).collect()
    }

    /// Gives what was typed to all who get it.
    pub(crate) fn typed(&self, pane: PaneId, input: PaneInput, cx: &mut Context) {
        let audience = self.audience(pane);
        cx.out
            .extend(audience.into_iter().map(|pane| Effect::Input { pane, input: input.clone() }));
    }

    /// Makes all panes of a tab get what is typed in one of them; or nobody anywhere, when some
    /// of them do already.
    pub(crate) fn toggle_broadcast(&mut self, client: ClientId, cx: &mut Context) {
        let panes = self.client_tab(client).map(|tab| tab.layout.panes()).unwrap_or_default();
        let chosen = |pane: &PaneId| self.panes.get(pane).is_some_and(|p| p.extras.broadcast);
        if panes.iter().any(chosen) {
            return self.end_broadcast(cx);
        }
        for pane in &panes {
            if let Some(pane) = self.panes.get_mut(pane) {
                pane.extras.broadcast = true;
            }
        }
        cx.out.extend([Effect::Save, Effect::Redraw]);
    }

    /// What is typed goes to one pane again.
    pub fn end_broadcast(&mut self, cx: &mut Context) {
        for pane in self.panes.values_mut() {
            pane.extras.broadcast = false;
        }
        cx.out.extend([Effect::Save, Effect::Redraw]);
    }
}

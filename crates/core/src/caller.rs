//! Whose client a command comes from that was given in a pane.

use crate::model::workspace::Model;
use crate::update::context::Context;
use crate::update::effect::Effect;
use segno_base::ids::{ClientId, PaneId};

impl Model {
    /// Whoever attaches next begins at this pane's tab; nobody is moved.
    pub fn begin_at(&mut self, pane: PaneId, cx: &mut Context) {
        if let Some(tab) = self.tab_of(pane).map(|tab| tab.id) {
            self.active = Some(tab);
            cx.out.extend([Effect::Save, Effect::Redraw]);
        }
    }

    /// The client of whoever gave a command in this pane: one that has its focus there, else one
    /// that sees it, else any; of several the one in which somebody typed last.
    pub fn client_of(&self, pane: Option<PaneId>) -> Option<ClientId> {
        let last = |fits: &dyn Fn(ClientId) -> bool| {
            let clients = self.clients.values().filter(|client| !client.read_only);
            clients.filter(|client| fits(client.id)).max_by_key(|client| client.typed).map(|c| c.id)
        };
        let there = |pane| {
            last(&|client| self.focused(client) == Some(pane))
                .or_else(|| last(&|client| self.sees(client, pane)))
        };
        pane.and_then(there).or_else(|| last(&|_| true))
    }
}

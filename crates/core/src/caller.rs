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

    /// The client of whoever gave a command in this pane: the one that has its focus there, else
    /// one that sees it, else the only one there is.
    pub fn client_of(&self, pane: Option<PaneId>) -> Option<ClientId> {
        let clients = || self.clients.values().filter(|client| !client.read_only).map(|c| c.id);
        let focused = pane.and_then(|pane| clients().find(|c| self.focused(*c) == Some(pane)));
        let sees = || pane.and_then(|pane| clients().find(|c| self.sees(*c, pane)));
        focused.or_else(sees).or_else(|| {
            let mut all = clients();
            all.next().filter(|_| all.next().is_none())
        })
    }
}

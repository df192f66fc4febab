//! The mouse's menu.

use super::panel::{Panel, Row, Show};
use crate::{Composer, facts, text};
use segno_core::dialog::menu::{MenuDialog, Subject};
use segno_core::model::pane::Pane;

const COLS: u16 = 40;

impl Composer<'_> {
    pub(super) fn menu(&self, menu: &MenuDialog) -> Panel {
        let theme = self.theme();
        let room = self.panel_room(COLS);
        let rows = menu.commands().iter().enumerate().map(|(at, command)| {
            let pick = |style| if at == menu.selected { theme.selected } else { style };
            let keys = self.context.keys.keys_for(*command).unwrap_or_default();
            // One is enough here.
            let keys = keys.split(", ").next().unwrap_or_default();
            let keys = text::fit(keys, room / 2);
            let left = room.saturating_sub(text::width(&keys));
            let name = text::fit(&command.name().replace('-', " "), left.saturating_sub(1));
            Row::new(name, pick(theme.text))
                .pad(left, pick(theme.text))
                .and(keys, pick(theme.quiet))
                .hit(at)
        });
        let title = match menu.subject {
            Subject::Pane(id) => {
                format!("{id} {}", self.model.panes.get(&id).map(Pane::label).unwrap_or_default())
            }
            Subject::Tab(id) => {
                let tab = self.model.tab(id);
                let pane = tab.and_then(|tab| self.model.panes.get(&tab.focus));
                tab.map(|tab| facts::tab_name(tab, pane).to_string()).unwrap_or_default()
            }
        };
        Panel {
            title: text::one_line(&title, room),
            head: Vec::new(),
            rows: rows.collect(),
            show: Show::Row(menu.selected),
            hints: "enter run · esc close".to_string(),
            cols: COLS,
        }
    }
}

//! The dialogs that are lists: tabs and panes to jump to, and messages.

use crate::view::{Composer, facts, text};

use super::panel::{Panel, Row, Show};

const TREE_COLS: u16 = 72;
const MESSAGES_COLS: u16 = 90;

impl Composer<'_> {
    /// Each tab followed by its panes, in reading order; `selected` counts all of these rows.
    pub(super) fn tree(&self, selected: usize) -> Panel {
        let theme = self.theme();
        let room = self.panel_room(TREE_COLS);
        let mut rows: Vec<Row> = Vec::new();
        for (number, tab) in (1..).zip(&self.model.tabs) {
            let style = |row: usize| if row == selected { theme.selected } else { theme.text };
            let at = rows.len();
            let name = facts::tab_name(tab, self.model.panes.get(&tab.focus));
            let here = if self.client.tab == Some(tab.id) { " (here)" } else { "" };
            let row = Row::new(format!("{number} {name}"), style(at)).and(here, style(at));
            rows.push(row.pad(room, style(at)).hit(at));
            for id in tab.layout.panes() {
                let at = rows.len();
                let Some(pane) = self.model.panes.get(&id) else {
                    rows.push(Row::new(format!("    {id}"), style(at)).hit(at));
                    continue;
                };
                let mark = facts::mark(pane);
                let sign = mark.map_or(" ", |mark| mark.sign());
                let tint = match mark {
                    Some(mark) if at != selected => mark.style(theme),
                    _ => style(at),
                };
                let quiet = if at == selected { theme.selected } else { theme.quiet };
                let mut row = Row::new(format!("  {sign} "), tint)
                    .and(format!("{:<4} ", id.to_string()), quiet)
                    .and(facts::label(pane), style(at));
                if let Some((state, _)) = facts::state(pane) {
                    row = row.and(format!("  {state}"), quiet);
                }
                if let Some(title) = facts::conversation(pane) {
                    row = row.and(format!("  {}", text::one_line(&title, room)), quiet);
                }
                rows.push(row.pad(room, style(at)).hit(at));
            }
        }
        Panel {
            title: "Tabs and panes".to_string(),
            head: Vec::new(),
            rows,
            show: Show::Row(selected),
            hints: "↑↓ select · enter goes there · esc closes".to_string(),
            cols: TREE_COLS,
        }
    }

    pub(super) fn messages(&self, lines: &[String], scroll: usize) -> Panel {
        let theme = self.theme();
        let room = self.panel_room(MESSAGES_COLS);
        let rows = lines
            .iter()
            .flat_map(|line| match text::wrap(line, room.max(1), usize::MAX) {
                wrapped if wrapped.is_empty() => vec![String::new()],
                wrapped => wrapped,
            })
            .map(|line| Row::new(line, theme.text))
            .collect();
        Panel {
            title: "Messages".to_string(),
            head: Vec::new(),
            rows,
            show: Show::From(scroll),
            hints: "↑↓ scroll · esc closes".to_string(),
            cols: MESSAGES_COLS,
        }
    }
}

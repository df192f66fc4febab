//! The dialogs that are lists: tabs and panes to jump to, and messages.

use crate::base::cell::Style;
use crate::base::ids::{PaneId, TabId};
use crate::core::arrange::MoveTarget;
use crate::core::dialog::TreeRow;
use crate::view::{Composer, facts, text};

use super::panel::{Panel, Row, Show};

const TREE_COLS: u16 = 72;
const MESSAGES_COLS: u16 = 90;

impl Composer<'_> {
    /// Each tab followed by its panes, in reading order; `selected` counts all of these rows.
    pub(super) fn tree(&self, selected: usize) -> Panel {
        let room = self.panel_room(TREE_COLS);
        let rows = self
            .model
            .tree_rows()
            .into_iter()
            .enumerate()
            .map(|(at, row)| {
                let (row, style) = match row {
                    TreeRow::Tab(id) => self.tree_tab(id, at == selected),
                    TreeRow::Pane(id) => self.tree_pane(id, at == selected, room),
                };
                row.pad(room, style).hit(at)
            })
            .collect();
        Panel {
            title: "Tabs and panes".to_string(),
            head: Vec::new(),
            rows,
            show: Show::Row(selected),
            hints: "↑↓ select · enter goes there · esc closes".to_string(),
            cols: TREE_COLS,
        }
    }

    fn tree_tab(&self, id: TabId, selected: bool) -> (Row, Style) {
        let theme = self.theme();
        let style = if selected { theme.selected } else { theme.text };
        let Some(at) = self.model.tabs.iter().position(|tab| tab.id == id) else {
            return (Row::new(id.to_string(), style), style);
        };
        let tab = &self.model.tabs[at];
        let name = facts::tab_name(tab, self.model.panes.get(&tab.focus));
        let here = if self.client.tab == Some(id) { " (here)" } else { "" };
        (Row::new(format!("{} {name}{here}", at + 1), style), style)
    }

    fn tree_pane(&self, id: PaneId, selected: bool, room: u16) -> (Row, Style) {
        let theme = self.theme();
        let pick = |style: Style| if selected { theme.selected } else { style };
        let style = pick(theme.text);
        let quiet = pick(theme.quiet);
        let Some(pane) = self.model.panes.get(&id) else {
            return (Row::new(format!("    {id}"), style), style);
        };
        let mark = facts::mark(pane);
        let plain = self.plain();
        let (sign, tint) = mark.map_or((" ", style), |m| (m.text(plain), pick(m.style(theme))));
        let sign = if plain { format!("{sign:<8}") } else { sign.to_string() };
        let mut row = Row::new(format!("  {sign} "), tint)
            .and(format!("{:<4} ", id.to_string()), quiet)
            .and(facts::extras_signs(pane, plain), quiet)
            .and(pane.label(), pick(facts::tinted(theme.text, pane, theme)));
        if let Some((state, _)) = facts::state(pane) {
            row = row.and(format!("  {state}"), quiet);
        }
        if let Some(title) = facts::conversation(pane) {
            row = row.and(format!("  {}", text::one_line(&title, room)), quiet);
        }
        (row, style)
    }

    /// The tabs that a pane can be moved to.
    pub(super) fn move_pane(&self, pane: PaneId, selected: usize) -> Panel {
        let theme = self.theme();
        let room = self.panel_room(TREE_COLS);
        let rows = self
            .model
            .move_targets(pane)
            .into_iter()
            .enumerate()
            .map(|(at, target)| {
                let (row, style) = match target {
                    MoveTarget::NewTab => {
                        let style = if at == selected { theme.selected } else { theme.text };
                        (Row::new("+ a new tab", style), style)
                    }
                    MoveTarget::Tab(id) => self.tree_tab(id, at == selected),
                };
                row.pad(room, style).hit(at)
            })
            .collect();
        Panel {
            title: format!("Move {pane} to"),
            head: Vec::new(),
            rows,
            show: Show::Row(selected),
            hints: "↑↓ select · enter moves it · esc closes".to_string(),
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

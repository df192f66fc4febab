//! The dialogs that are lists: tabs and panes to jump to, and messages.

use super::panel::{Panel, Row, Show};
use crate::{Composer, facts, text};
use segno_base::ids::{PaneId, TabId};
use segno_base::screen::cell::Style;
use segno_base::screen::geometry::Size;
use segno_core::dialog::TreeRow;
use segno_core::model::client::Client;
use segno_core::tabs::arrange::MoveTarget;

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
            hints: "↑↓ select · enter go there · esc close".to_string(),
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
        let (sign, tint) =
            mark.map_or((" ".into(), style), |m| (m.text(plain), pick(m.style(theme))));
        let sign = if plain { format!("{sign:<8}") } else { sign.into_owned() };
        let mut row = Row::new(format!("  {sign} "), tint)
            .and(format!("{:<4} ", id.to_string()), quiet)
            .and(facts::extras_signs(pane, plain), quiet)
            .and(pane.label(), pick(facts::tinted(theme.text, pane, theme)));
        if let Some((state, _)) = facts::state(pane) {
            row = row.and(format!("  {state}"), quiet);
        }
        if let Some(glance) = &pane.glance {
            row = row.and(format!("  {}", text::one_line(&glance.short(), room)), quiet);
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
            hints: "↑↓ select · enter move · esc close".to_string(),
            cols: TREE_COLS,
        }
    }

    /// The attached terminals.
    pub(super) fn clients(&self, selected: usize) -> Panel {
        let theme = self.theme();
        let room = self.panel_room(TREE_COLS);
        let row = |(at, client): (usize, &Client)| {
            let style = if at == selected { theme.selected } else { theme.text };
            let tab = client.tab.and_then(|id| self.model.tab(id));
            let tab = tab.map(|tab| self.model.tab_label(tab)).unwrap_or_default();
            let here = if client.id == self.client.id { "  (this one)" } else { "" };
            let only = if client.read_only { "  read-only" } else { "" };
            let Size { cols, rows } = client.size;
            let text = format!("c{}  {cols}×{rows}  {tab}{only}{here}", client.id.0);
            Row::new(text::one_line(&text, room), style).pad(room, style).hit(at)
        };
        Panel {
            title: "Attached terminals".to_string(),
            head: Vec::new(),
            rows: self.model.clients.values().enumerate().map(row).collect(),
            show: Show::Row(selected),
            hints: "↑↓ select · enter detach · esc close".to_string(),
            cols: TREE_COLS,
        }
    }

    /// What was copied, newest first.
    pub(super) fn copied(&self, selected: usize) -> Panel {
        let theme = self.theme();
        let room = self.panel_room(TREE_COLS);
        let row = |(at, text): (usize, &String)| {
            let style = if at == selected { theme.selected } else { theme.text };
            let lines = text.lines().count();
            let more = if lines > 1 { format!("  … {lines} lines") } else { String::new() };
            let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
            let left = room.saturating_sub(text::width(&more));
            let first = text::one_line(first.trim(), left);
            Row::new(format!("{first}{more}"), style).pad(room, style).hit(at)
        };
        Panel {
            title: "Paste".to_string(),
            head: Vec::new(),
            rows: self.model.copied.iter().enumerate().map(row).collect(),
            show: Show::Row(selected),
            hints: "↑↓ select · enter paste · esc close".to_string(),
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
            hints: "↑↓ scroll · esc close".to_string(),
            cols: MESSAGES_COLS,
        }
    }
}

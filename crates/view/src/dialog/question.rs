//! The short dialogs: a new name, and whether to close.

use super::panel::{Panel, Row, Show};
use crate::{Composer, facts, text};
use segno_base::ids::{PaneId, TabId};
use segno_core::dialog::AskedFile;
use segno_core::dialog::text_field::TextField;
use segno_core::model::pane::Pane;

const COLS: u16 = 48;
const FILE_COLS: u16 = 72;

impl Composer<'_> {
    pub(super) fn rename(&self, title: &str, field: &TextField) -> Panel {
        let theme = self.theme();
        let room = self.panel_room(COLS);
        Panel {
            title: title.to_string(),
            head: vec![Row::default().field(field, room, theme.text, true)],
            rows: Vec::new(),
            show: Show::From(0),
            hints: "enter save · empty resets · esc cancel".to_string(),
            cols: COLS,
        }
    }

    pub(super) fn ask_tab(&self, title: &str, what: &str, enter: &str, field: &TextField) -> Panel {
        let theme = self.theme();
        let room = self.panel_room(COLS);
        Panel {
            title: title.to_string(),
            head: vec![Row::default().field(field, room, theme.text, true)],
            rows: vec![Row::new(what, theme.quiet)],
            show: Show::From(0),
            hints: format!("enter {enter} · esc cancel"),
            cols: COLS,
        }
    }

    pub(super) fn ask_file(&self, pane: PaneId, file: AskedFile, field: &TextField) -> Panel {
        let theme = self.theme();
        let room = self.panel_room(FILE_COLS);
        let (title, more) = match file {
            AskedFile::Log => (format!("Log {pane} to"), "Appends to an existing file"),
            AskedFile::Scrollback => {
                (format!("Save the scrollback of {pane} in"), "Use .ansi to keep colours")
            }
        };
        Panel {
            title,
            head: vec![Row::default().field(field, room, theme.text, true)],
            rows: vec![Row::new(more, theme.quiet)],
            show: Show::From(0),
            hints: "enter save · esc cancel".to_string(),
            cols: FILE_COLS,
        }
    }

    pub(super) fn confirm_close(&self, id: PaneId) -> Panel {
        let pane = self.model.panes.get(&id);
        let label = pane.map(Pane::label).unwrap_or_default();
        let pinned = if self.model.is_pinned(id) { "is pinned" } else { "" };
        let runs = if pane.is_some_and(Pane::is_live) { "still runs" } else { "" };
        let both = if pinned.is_empty() || runs.is_empty() { "" } else { " and " };
        let what = match runs {
            "" => "Closing the pane removes it.",
            _ => "Closing the pane ends it.",
        };
        self.confirm(format!("Close {id}?"), format!("{label} {pinned}{both}{runs}. {what}"))
    }

    pub(super) fn confirm_close_tab(&self, id: TabId) -> Panel {
        let tab = self.model.tabs.iter().find(|tab| tab.id == id);
        let panes = tab.map(|tab| tab.panes()).unwrap_or_default();
        let running = panes.iter().filter_map(|pane| self.model.panes.get(pane));
        let running = running.filter(|pane| pane.is_live()).count();
        let what = match (panes.len(), running) {
            (_, 0) => "Its program has exited.".to_string(),
            (1, _) => "Its pane still runs. Closing the tab ends it.".to_string(),
            (all, some) => {
                format!("{some} of its {all} panes still run. Closing the tab ends them.")
            }
        };
        let pinned = panes.iter().filter(|pane| self.model.is_pinned(**pane)).count();
        let what = match pinned {
            0 => what,
            1 => format!("It contains a pinned pane. {what}"),
            some => format!("It contains {some} pinned panes. {what}"),
        };
        let name = tab
            .map(|tab| facts::tab_name(tab, self.model.panes.get(&tab.focus)))
            .unwrap_or_default();
        self.confirm(format!("Close the tab {name}?"), what)
    }

    pub(super) fn confirm_close_others(&self, id: PaneId) -> Panel {
        let others = self.model.others(id);
        let running = others.iter().filter_map(|pane| self.model.panes.get(pane));
        let running = running.filter(|pane| pane.is_live()).count();
        let what = match (others.len(), running) {
            (_, 0) => "Their programs have exited.".to_string(),
            (1, _) => "It still runs. Closing the pane ends it.".to_string(),
            (all, some) => format!("{some} of {all} still run. Closing the panes ends them."),
        };
        let panes = if others.len() == 1 { "pane" } else { "panes" };
        self.confirm(format!("Close {} other {panes}?", others.len()), what)
    }

    fn confirm(&self, title: String, what: String) -> Panel {
        let theme = self.theme();
        let room = self.panel_room(COLS).max(1);
        let rows = text::wrap(&what, room, 4);
        Panel {
            title,
            head: Vec::new(),
            rows: rows.into_iter().map(|line| Row::new(line, theme.text)).collect(),
            show: Show::From(0),
            hints: "y close · n keep".to_string(),
            cols: COLS,
        }
    }
}

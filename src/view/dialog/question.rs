//! The short dialogs: a new name, and whether to close.

use crate::base::ids::PaneId;
use crate::core::dialog::text_field::TextField;
use crate::view::{Composer, facts};

use super::panel::{Panel, Row, Show};

const COLS: u16 = 48;

impl Composer<'_> {
    pub(super) fn rename(&self, title: &str, field: &TextField) -> Panel {
        let theme = self.theme();
        let room = self.panel_room(COLS);
        Panel {
            title: title.to_string(),
            head: vec![Row::default().field(field, room, theme.text, true)],
            rows: Vec::new(),
            show: Show::From(0),
            hints: "enter accepts · empty resets · esc cancels".to_string(),
            cols: COLS,
        }
    }

    pub(super) fn confirm_close(&self, id: PaneId) -> Panel {
        let theme = self.theme();
        let label = self.model.panes.get(&id).map_or("", facts::label);
        Panel {
            title: format!("Close {id}"),
            head: Vec::new(),
            rows: vec![
                Row::new(format!("{label} is still running."), theme.text),
                Row::new("Closing the pane ends it.", theme.quiet),
            ],
            show: Show::From(0),
            hints: "y closes · n keeps it".to_string(),
            cols: COLS,
        }
    }
}

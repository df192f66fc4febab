//! The question whether a project's file is trusted.

use super::panel::{Panel, Row, Show};
use crate::{Composer, text};
use segno_core::dialog::trust::TrustDialog;

const COLS: u16 = 90;

impl Composer<'_> {
    pub(super) fn trust(&self, dialog: &TrustDialog) -> Panel {
        let theme = self.theme();
        let room = self.panel_room(COLS).max(1);
        let home = self.context.home;
        let path = text::one_line(&text::path(&dialog.file, home), u16::MAX);
        let what = "This project wants to open the panes below, with the programs that they name. \
                    Nothing has been started. Trust it only if you know where it comes from.";
        let mut head = vec![Row::new(text::fit_end(&path, room), theme.accent)];
        head.extend(text::wrap(what, room, 3).into_iter().map(|line| Row::new(line, theme.quiet)));
        head.push(Row::default());
        let rows = dialog.lines.iter().flat_map(|line| cut(line, room));
        Panel {
            title: "Trust this project?".to_string(),
            head,
            rows: rows.map(|line| Row::new(line, theme.text)).collect(),
            show: Show::From(dialog.scroll),
            hints: "T trust · N never · esc not now".to_string(),
            cols: COLS,
        }
    }
}

/// A line in pieces that fit, with all its spaces: nothing of it may get out of sight.
fn cut(line: &str, room: u16) -> Vec<String> {
    let mut pieces = vec![String::new()];
    for c in line.chars() {
        let last = pieces.last_mut().filter(|last| {
            last.is_empty() || text::width(last) + text::width(c.encode_utf8(&mut [0; 4])) <= room
        });
        match last {
            Some(last) => last.push(c),
            None => pieces.push(c.to_string()),
        }
    }
    pieces
}

//! A conversation as text, from the line at the top on.

use super::history::marked;
use super::panel::{Panel, Row, Show};
use crate::{Composer, text};
use segno_core::dialog::reader::{Line, LineKind, ReaderDialog};

const COLS: u16 = 120;
/// The border.
const AROUND_ROWS: u16 = 2;

impl Composer<'_> {
    /// The dialog, and the line that it is shown from, which is as far as it scrolls.
    pub(super) fn reader(&self, dialog: &ReaderDialog) -> (Panel, usize) {
        let theme = self.theme();
        let room = self.panel_room(COLS);
        let rows = self.frame.size().rows;
        let search = dialog.search.as_ref().map(|field| {
            Row::new("/", theme.quiet).field(field, room.saturating_sub(1), theme.text, true)
        });
        let height = usize::from(rows.saturating_sub(AROUND_ROWS)).max(1);
        let height = height.saturating_sub(usize::from(search.is_some())).max(1);
        let top = self.reader_top(dialog, room, height);
        let shown =
            dialog.lines.iter().skip(top).flat_map(|line| self.reader_line(line, dialog, room));
        let mut shown: Vec<Row> = shown.take(height).collect();
        if let Some(why) = dialog.why_empty() {
            let why = text::wrap(why, room.max(1), 4);
            shown.extend(why.into_iter().map(|line| Row::new(line, theme.quiet)));
        }
        // As high as the screen, so that it stays where it is while one scrolls.
        shown.resize_with(height, Row::default);
        let id = text::fit(&dialog.of.id, 40);
        let panel = Panel {
            title: format!("{} · {id}", text::one_line(&dialog.of.type_name, 20)),
            head: search.into_iter().collect(),
            rows: shown,
            show: Show::Row(0),
            hints: "↑↓ g G scroll · [ ] prompts · tab tools · / n N find · q close".to_string(),
            cols: COLS,
        };
        (panel, top)
    }

    /// The line at the top: as far down as still fills the box.
    fn reader_top(&self, dialog: &ReaderDialog, room: u16, height: usize) -> usize {
        let mut left = height;
        let mut last = dialog.lines.len();
        for line in dialog.lines.iter().rev() {
            let rows = text::fold(&line.text, self.reader_cols(line, room)).len();
            if rows > left {
                break;
            }
            left -= rows;
            last -= 1;
        }
        // A last line that is higher than the box.
        dialog.scroll.min(last.min(dialog.lines.len().saturating_sub(1)))
    }

    fn reader_cols(&self, line: &Line, room: u16) -> u16 {
        room.saturating_sub(if line.kind == LineKind::Detail { 2 } else { 0 }).max(1)
    }

    fn reader_line(&self, line: &Line, dialog: &ReaderDialog, room: u16) -> Vec<Row> {
        let theme = self.theme();
        let style = match line.kind {
            LineKind::Heading => theme.accent,
            LineKind::Text => theme.text,
            LineKind::Folded | LineKind::Detail => theme.quiet,
        };
        let words: Vec<String> = Some(dialog.pattern().to_string()).into_iter().collect();
        let words = if dialog.pattern().is_empty() { Vec::new() } else { words };
        let lead = if line.kind == LineKind::Detail { "  " } else { "" };
        let folded = text::fold(&line.text, self.reader_cols(line, room));
        let row = |part: String| {
            Row::new(lead, style).join(marked(&part, &words, style, theme.attention).0)
        };
        folded.into_iter().map(row).collect()
    }
}

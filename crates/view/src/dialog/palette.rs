//! The palette: what is typed, and what fits it, with the keys of commands.

use super::panel::{Panel, Row, Show};
use crate::{Composer, text};
use segno_core::dialog::palette::{Entry, Item, PaletteDialog, Scope};

const COLS: u16 = 96;
/// The columns of the word that says what an entry is.
const KIND: u16 = 9;

impl Composer<'_> {
    pub(super) fn palette(&self, dialog: &PaletteDialog) -> Panel {
        let theme = self.theme();
        let room = self.panel_room(COLS);
        let items = self.model.palette(dialog);
        let selected = dialog.selected.min(items.len().saturating_sub(1));
        let mut rows: Vec<Row> = items
            .iter()
            .enumerate()
            .map(|(at, item)| self.palette_row(item, at == selected, room).hit(at))
            .collect();
        if rows.is_empty() {
            rows.push(Row::new("No matches", theme.quiet));
        }
        let (title, hints) = match dialog.scope {
            Scope::All => ("Command palette", "type to find · ↑↓ select · enter run · esc close"),
            Scope::Projects => {
                ("Projects", "type to find · ↑↓ select · enter go there · esc close")
            }
        };
        let head = vec![
            Row::new(": ", theme.quiet).field(
                &dialog.field,
                room.saturating_sub(2),
                theme.text,
                true,
            ),
            Row::default(),
        ];
        Panel {
            title: title.to_string(),
            head,
            rows,
            show: Show::Row(selected),
            hints: hints.to_string(),
            cols: COLS,
        }
    }

    fn palette_row(&self, item: &Item, selected: bool, room: u16) -> Row {
        let theme = self.theme();
        let pick = |style| if selected { theme.selected } else { style };
        let (kind, more) = match item.entry {
            Entry::Command(command) => {
                ("command", self.context.keys.keys_for(command).unwrap_or_default())
            }
            Entry::Tab(_) => ("tab", item.more.clone()),
            Entry::Pane(_) => ("pane", item.more.clone()),
            Entry::Project(_) => ("project", item.more.clone()),
            Entry::Conversation(_) => ("resume", item.more.clone()),
            Entry::Template(_) => ("prompt", item.more.clone()),
            Entry::Type(_) => ("new", item.more.clone()),
            Entry::Theme(_) => ("theme", item.more.clone()),
            Entry::Text(_) => ("text", item.more.clone()),
        };
        // On a narrow screen the text is what matters.
        let kind_cols = if room > 40 { KIND } else { 0 };
        let left = room.saturating_sub(kind_cols);
        let more = text::fit_end(&more, left / 3);
        let more_cols = text::width(&more);
        let body = text::fit(&item.text, left.saturating_sub(more_cols + 1));
        let row = match kind_cols {
            0 => Row::default(),
            _ => Row::new(kind, pick(theme.quiet)).pad(kind_cols, pick(theme.quiet)),
        };
        row.and(body, pick(theme.text))
            .pad(room.saturating_sub(more_cols), pick(theme.text))
            .and(more, pick(theme.accent))
    }
}

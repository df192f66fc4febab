//! Past conversations: a row for each, and the dialog of a directory's.

use super::panel::{Panel, Row, Show};
use crate::{Composer, text};
use segno_agent::past::PastConversation;
use segno_base::screen::cell::Style;
use segno_core::dialog::resume::Fitting;
use segno_core::dialog::resume::ResumeDialog;

const COLS: u16 = 92;

impl Composer<'_> {
    pub(super) fn resume(&self, dialog: &ResumeDialog) -> Panel {
        let theme = self.theme();
        let room = self.panel_room(COLS);
        let fitting = dialog.fitting();
        let selected = dialog.selected.min(fitting.len().saturating_sub(1));
        let mut rows = Vec::new();
        let mut focus = 0;
        for (at, Fitting { past, found }) in fitting.iter().enumerate() {
            let here = at == selected;
            if here {
                focus = rows.len();
            }
            let lead = format!("{}  ", past.type_name);
            rows.push(self.conversation(past, &lead, here, room).hit(at));
            let said = found.iter().filter_map(|found| found.hits.first());
            rows.extend(said.map(|said| self.history_hit(said, here, room).hit(at)));
            if found.as_ref().is_some_and(|found| found.gone) {
                rows.push(Row::new("   deleted by its agent; enter restores it", theme.quiet));
            }
            if here {
                rows.extend(self.prompts(past, room));
                let error = dialog.error.iter().flat_map(|why| text::wrap(why, room.max(1), 3));
                rows.extend(error.map(|line| Row::new(line, theme.error)));
            }
        }
        if rows.is_empty() {
            let why = match &dialog.conversations {
                None => "looking …",
                Some(all) if all.is_empty() => "No conversations in this directory",
                Some(_) => "No matches",
            };
            rows.push(Row::new(why, theme.quiet));
        }
        let directory = text::path(&dialog.directory, self.context.home);
        let head = vec![
            Row::new("find: ", theme.quiet).field(
                &dialog.filter,
                room.saturating_sub(6),
                theme.text,
                true,
            ),
            Row::default(),
        ];
        Panel {
            title: format!("Resume · {}", text::fit_end(&directory, 60)),
            head,
            rows,
            show: Show::Row(focus),
            hints: match dialog
                .fitting()
                .get(dialog.selected)
                .is_some_and(|f| f.past.open_in.is_some())
            {
                true => "type to find, also what was said · ↑↓ select · enter go there · esc close",
                false => "type to find, also what was said · ↑↓ select · enter resume · esc close",
            }
            .to_string(),
            cols: COLS,
        }
    }

    /// What was said first and last, below the selected one.
    fn prompts(&self, choice: &PastConversation, room: u16) -> Vec<Row> {
        let theme = self.theme();
        let line = |sign: &str, prompt: &str| {
            let lead = format!("    {sign} ");
            let prompt = text::one_line(prompt, room.saturating_sub(text::width(&lead)));
            Row::new(format!("{lead}{prompt}"), theme.quiet)
        };
        let (first, last) = (&choice.summary.first_prompt, &choice.summary.last_prompt);
        let first_row = first.as_ref().filter(|first| *first != choice.label());
        let last_row = last.as_ref().filter(|_| last != first);
        let first_row = first_row.map(|prompt| line("first:", prompt));
        first_row.into_iter().chain(last_row.map(|prompt| line(" last:", prompt))).collect()
    }

    /// A past conversation: what it is called, then how old it is or where it is open.
    pub(super) fn conversation(
        &self,
        choice: &PastConversation,
        lead: &str,
        here: bool,
        room: u16,
    ) -> Row {
        let theme = self.theme();
        let pick = |style: Style| if here { theme.selected } else { style };
        let (note, style) = match choice.open_in {
            Some(pane) => (format!("open in {pane}"), pick(theme.quiet)),
            None => (text::age(choice.last_seen, self.context.now_ms), pick(theme.text)),
        };
        let used = text::width(lead) + text::width(&note) + 2;
        let label = text::one_line(choice.label(), room.saturating_sub(used).max(8));
        Row::new(lead, pick(theme.quiet))
            .and(label, style)
            .pad(room.saturating_sub(text::width(&note)), style)
            .and(note, pick(theme.quiet))
    }
}

//! The list of templates of prompts, and the fields of one.

use super::panel::{Panel, Row, Show};
use crate::{Composer, text};
use segno_core::dialog::template::{Filling, TemplateDialog};

const COLS: u16 = 84;

impl Composer<'_> {
    pub(super) fn templates(&self, dialog: &TemplateDialog) -> Panel {
        let theme = self.theme();
        let room = self.panel_room(COLS);
        if let Some(filling) = &dialog.filling {
            return self.filling(dialog, filling, room);
        }
        let listed = dialog.templates.as_deref().unwrap_or_default();
        let selected = dialog.selected.min(listed.len().saturating_sub(1));
        let width = listed.iter().map(|template| text::width(&template.name)).max().unwrap_or(0);
        let mut rows: Vec<Row> = listed
            .iter()
            .enumerate()
            .map(|(at, template)| {
                let style = if at == selected { theme.selected } else { theme.text };
                let name = text::one_line(&template.name, room / 2);
                let gap = " ".repeat(usize::from(width.saturating_sub(text::width(&name))) + 2);
                let from = if template.of_project { "(project) " } else { "" };
                let line = format!("{name}{gap}{from}{}", template.text.trim_start());
                Row::new(text::one_line(&line, room), style).pad(room, style).hit(at)
            })
            .collect();
        if rows.is_empty() {
            let nothing = match dialog.templates {
                Some(_) => "No templates; put one into prompts/NAME.md in Segno's directory",
                None => "Looking",
            };
            rows.push(Row::new(nothing, theme.quiet));
        }
        let note = |note: &String| Row::new(text::one_line(note, room), theme.attention);
        Panel {
            title: format!("Prompt for {} from a template", dialog.pane),
            head: dialog.notes.iter().map(note).collect(),
            rows,
            show: Show::Row(selected),
            hints: "enter choose · esc close".into(),
            cols: COLS,
        }
    }

    fn filling(&self, dialog: &TemplateDialog, filling: &Filling, room: u16) -> Panel {
        let theme = self.theme();
        let line = text::one_line(&filling.template.text, room);
        let width = filling.fields.iter().map(|(name, _)| text::width(name)).max().unwrap_or(0);
        let rows = filling.fields.iter().enumerate().map(|(at, (name, field))| {
            let name = text::one_line(name, room / 2);
            let gap = " ".repeat(usize::from(width.saturating_sub(text::width(&name))) + 2);
            let lead = format!("{name}{gap}");
            let left = room.saturating_sub(text::width(&lead));
            Row::new(lead, theme.quiet).field(field, left, theme.text, at == filling.at).hit(at)
        });
        Panel {
            title: format!("{} for {}", filling.template.name, dialog.pane),
            head: vec![Row::new(line, theme.quiet)],
            rows: rows.collect(),
            show: Show::Row(filling.at),
            hints: "tab next field · enter give it · esc back".into(),
            cols: COLS,
        }
    }
}

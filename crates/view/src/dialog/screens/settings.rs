//! The screen of settings: each with its value, and below the list what the chosen one is for.

use crate::dialog::panel::{Panel, Row, Show};
use crate::{Composer, text};
use segno_config::editable::{Kind, Setting};
use segno_core::dialog::settings::SettingsDialog;

const COLS: u16 = 96;
/// The columns of names.
const NAME: u16 = 34;
/// The rows that say what a setting is for.
const ABOUT: usize = 3;

impl Composer<'_> {
    pub(in crate::dialog) fn settings(&self, dialog: &SettingsDialog) -> Panel {
        let theme = self.theme();
        let room = self.panel_room(COLS);
        let fitting = dialog.fitting();
        let selected = dialog.selected.min(fitting.len().saturating_sub(1));
        let row = |(at, setting): (usize, &&Setting)| {
            let typing = dialog.typing.as_ref().filter(|_| at == selected);
            let style = if at == selected { theme.selected } else { theme.text };
            let name = text::fit(&setting.key, NAME.min(room / 2) - 1);
            let row = Row::new(name, style).pad(NAME.min(room / 2), style);
            let left = room.saturating_sub(NAME.min(room / 2));
            let row = match typing {
                Some(field) => row.field(field, left, theme.text, true),
                None => {
                    let own =
                        if setting.is_own { style } else { self.quiet_unless(at == selected) };
                    row.and(text::one_line(&shown(setting), left), own)
                }
            };
            row.pad(room, style).hit(at)
        };
        let mut rows: Vec<Row> = fitting.iter().enumerate().map(row).collect();
        if rows.is_empty() {
            let empty = if dialog.settings.is_some() { "No matches" } else { "reading …" };
            rows.push(Row::new(empty, theme.quiet));
        }
        let typed = dialog.typing.is_none();
        let mut head = vec![Row::new("find: ", theme.quiet).field(
            &dialog.filter,
            room.saturating_sub(6),
            theme.text,
            typed,
        )];
        let about = fitting.get(selected).map(|setting| setting.about.as_str()).unwrap_or_default();
        let (about, style) = match &dialog.error {
            Some(error) => (error.as_str(), theme.error),
            None => (about, theme.quiet),
        };
        let mut about = text::wrap(about, room.max(1), ABOUT);
        about.resize(ABOUT, String::new());
        head.extend(about.into_iter().map(|line| Row::new(line, style)));
        let hints = match (&dialog.typing, fitting.get(selected).map(|setting| &setting.kind)) {
            (Some(_), _) => "enter save · esc cancel",
            (None, Some(Kind::Boolean | Kind::Choice(_))) => {
                "type to find · ←→ change · ctrl+d default · esc close"
            }
            (None, _) => "type to find · enter edit · ctrl+d default · esc close",
        };
        Panel {
            title: "Settings".to_string(),
            head,
            rows,
            show: Show::Row(selected),
            hints: hints.to_string(),
            cols: COLS,
        }
    }

    fn quiet_unless(&self, selected: bool) -> segno_base::screen::cell::Style {
        if selected { self.theme().selected } else { self.theme().quiet }
    }
}

/// A setting's value, and among which it is chosen.
fn shown(setting: &Setting) -> String {
    let value = if setting.value.is_empty() { "\"\"" } else { &setting.value };
    match &setting.kind {
        Kind::Choice(_) => format!("‹ {value} ›"),
        Kind::Boolean => format!("[{}]", if value == "true" { "x" } else { " " }),
        Kind::Integer | Kind::Number | Kind::Text => value.to_string(),
    }
}

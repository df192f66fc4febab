//! The dialog for a new pane: the types by kind, and below the chosen one its form.

use super::panel::{Panel, Row, Show};
use crate::{Composer, text};
use segno_agent::panetype::Kind;
use segno_base::screen::cell::Style;
use segno_base::screen::geometry::Direction;
use segno_core::dialog::new_pane::{NewPaneDialog, Placement, Row as FormRow, TypeChoice};

const COLS: u16 = 72;
/// The columns of the labels before what is edited: as many as the longest needs, within these.
const LABEL: std::ops::RangeInclusive<u16> = 14..=28;
/// How many completions are listed; the rest are counted.
const COMPLETIONS: usize = 5;

impl Composer<'_> {
    pub(super) fn new_pane(&self, dialog: &NewPaneDialog) -> Panel {
        let theme = self.theme();
        let room = self.panel_room(COLS);
        let mut rows = Vec::new();
        let mut focus = 0;
        match dialog.row {
            None => self.type_rows(dialog, room, &mut rows, &mut focus),
            Some(row) => self.form(dialog, row, room, &mut rows, &mut focus),
        }
        if let Some(error) = &dialog.error {
            // Next to the cursor, so that it is seen on a low screen too.
            let lines = text::wrap(error, room.max(1), 3);
            let at = (focus + 1).min(rows.len());
            rows.splice(at..at, lines.into_iter().map(|line| Row::new(line, theme.error)));
        }
        let head = match dialog.row {
            None => vec![
                Row::new("find: ", theme.quiet).field(
                    &dialog.filter,
                    room.saturating_sub(6),
                    theme.text,
                    true,
                ),
                Row::default(),
            ],
            Some(_) => Vec::new(),
        };
        let title = match (dialog.for_pane, dialog.chosen()) {
            (Some(pane), _) => format!("Conversation for {pane}"),
            (None, Some(choice)) if dialog.row.is_some() => format!("New pane · {}", choice.title),
            _ => "New pane".to_string(),
        };
        let hints = match dialog.row {
            None => "type to find · ↑↓ select · enter next · esc cancel",
            Some(_) if dialog.for_pane.is_some() => "↑↓ select · enter start · esc cancel",
            Some(FormRow::Directory) if !dialog.completions.is_empty() => {
                "tab complete · ↑↓ rows · enter start · esc back"
            }
            Some(FormRow::Worktree) => "a name: in a worktree of its own · enter start · esc back",
            Some(FormRow::Toggle(_) | FormRow::Placement | FormRow::Conversation(_)) => {
                "↑↓ rows · space change · enter start · esc back"
            }
            Some(_) => "↑↓ rows · enter start · esc back",
        };
        Panel { title, head, rows, show: Show::Row(focus), hints: hints.into(), cols: COLS }
    }

    fn type_rows(&self, dialog: &NewPaneDialog, room: u16, rows: &mut Vec<Row>, focus: &mut usize) {
        let theme = self.theme();
        let typed = !dialog.filter.text().is_empty();
        if dialog.listed().is_empty() {
            rows.push(Row::new("No matches", theme.quiet));
        }
        let mut group = None;
        for index in dialog.listed() {
            let Some(choice) = dialog.types.get(index) else { continue };
            let kind = match choice.recent {
                Some(_) => Some("Recent"),
                None => choice.available.then(|| kind_heading(choice.kind)),
            };
            if !typed && group != Some(kind) {
                if group.is_some() {
                    rows.push(Row::default());
                }
                rows.push(match kind {
                    Some(kind) => Row::new(kind, theme.quiet),
                    None => self.fold_row(dialog),
                });
                group = Some(kind);
            }
            let selected = index == dialog.selected;
            if selected {
                *focus = rows.len();
            }
            rows.push(self.type_row(choice, selected, room).hit(index));
        }
        if !typed && !dialog.unfolded && dialog.missing() > 0 {
            // In sight with the last type.
            let last = *focus + 1 == rows.len();
            rows.extend([Row::default(), self.fold_row(dialog)]);
            if last {
                *focus = rows.len() - 1;
            }
        }
    }

    /// The line that the types are folded into that are not installed.
    fn fold_row(&self, dialog: &NewPaneDialog) -> Row {
        let text = match (dialog.unfolded, dialog.missing()) {
            (true, _) => "Not installed · ← folds them".to_string(),
            (false, 1) => "1 more is not installed · → shows it".to_string(),
            (false, more) => format!("{more} more are not installed · → shows them"),
        };
        Row::new(text, self.theme().quiet).hit(dialog.types.len())
    }

    fn type_row(&self, choice: &TypeChoice, selected: bool, room: u16) -> Row {
        let theme = self.theme();
        let pick = |style: Style| if selected { theme.selected } else { style };
        let style = pick(if choice.available { theme.text } else { theme.quiet });
        let mut row = Row::new(format!("  {}", choice.title), style);
        if let Some(homepage) = choice.homepage.as_ref().filter(|_| !choice.available) {
            row = row.and(format!("  {homepage}"), pick(theme.quiet));
        }
        row.pad(room, style)
    }

    fn form(
        &self,
        dialog: &NewPaneDialog,
        active: FormRow,
        room: u16,
        rows: &mut Vec<Row>,
        focus: &mut usize,
    ) {
        let theme = self.theme();
        let mut in_conversations = false;
        for (index, form_row) in dialog.rows().into_iter().enumerate() {
            if matches!(form_row, FormRow::Conversation(_)) && !in_conversations {
                in_conversations = true;
                rows.push(Row::default());
                rows.push(Row::new("Conversation", theme.quiet));
            }
            if form_row == FormRow::Worktree {
                rows.push(Row::default());
            }
            let here = form_row == active;
            if here {
                *focus = rows.len();
            }
            let row = self.form_row(dialog, form_row, here, room);
            rows.push(row.hit(dialog.types.len() + index));
            if form_row == FormRow::Directory && here {
                let indent = " ".repeat(label_width(dialog).into());
                let shown = dialog.completions.iter().take(COMPLETIONS);
                rows.extend(shown.map(|c| Row::new(format!("{indent}{c}"), theme.quiet)));
                let more = dialog.completions.len().saturating_sub(COMPLETIONS);
                if more > 0 {
                    rows.push(Row::new(format!("{indent}… and {more} more"), theme.quiet));
                }
            }
        }
    }

    fn form_row(&self, dialog: &NewPaneDialog, row: FormRow, here: bool, room: u16) -> Row {
        let theme = self.theme();
        let style = if here { theme.selected } else { theme.text };
        let width = label_width(dialog);
        let label = |name: &str| {
            let mark = if here { "› " } else { "  " };
            let name = text::fit(name, width - 3);
            Row::new(format!("{mark}{name}"), if here { theme.accent } else { theme.quiet })
                .pad(width, theme.text)
        };
        let choice = dialog.chosen();
        let edit_room = room.saturating_sub(width);
        match row {
            FormRow::Placement => label("Place").and(placement(dialog.placement), style),
            FormRow::Directory => {
                label("Directory").field(&dialog.directory, edit_room, theme.text, here)
            }
            FormRow::Toggle(index) => {
                let (name, text) = choice
                    .and_then(|choice| choice.toggles.get(index))
                    .map_or(("", ""), |(name, label)| (name, label));
                let sign = if dialog.toggles.contains(name) { "[x]" } else { "[ ]" };
                label("").and(format!("{sign} {text}"), style)
            }
            FormRow::Field(index) => {
                let Some(field) = choice.and_then(|choice| choice.fields.get(index)) else {
                    return label("");
                };
                let text = dialog.fields.get(&field.name).cloned().unwrap_or_default();
                label(&field.label).field(&text, edit_room, theme.text, here)
            }
            FormRow::Conversation(index) => self.conversation_row(dialog, index, here, room),
            FormRow::Worktree => {
                label("Worktree").field(&dialog.worktree, edit_room, theme.text, here)
            }
            FormRow::Start => {
                label("").and(" Start ", if here { theme.tab_active } else { theme.accent })
            }
        }
    }

    fn conversation_row(&self, dialog: &NewPaneDialog, index: usize, here: bool, room: u16) -> Row {
        let theme = self.theme();
        let chosen = if dialog.conversation == index { "(•)" } else { "( )" };
        let pick = |style: Style| if here { theme.selected } else { style };
        let row = match index.checked_sub(1).and_then(|at| dialog.conversations.get(at)) {
            None => Row::new(format!("  {chosen} a new conversation"), pick(theme.text)),
            Some(choice) => self.conversation(choice, &format!("  {chosen} "), here, room),
        };
        row.pad(room, pick(theme.text))
    }
}

/// The columns of the form's labels.
fn label_width(dialog: &NewPaneDialog) -> u16 {
    let fields = dialog.chosen().map(|chosen| chosen.fields.as_slice()).unwrap_or_default();
    let longest = fields.iter().map(|field| text::width(&field.label)).max().unwrap_or(0);
    (longest + 3).clamp(*LABEL.start(), *LABEL.end())
}

fn kind_heading(kind: Kind) -> &'static str {
    match kind {
        Kind::Agent => "Agents",
        Kind::Shell => "Shells",
        Kind::Tool => "Tools",
    }
}

fn placement(placement: Placement) -> &'static str {
    match placement {
        Placement::Tab => "in a new tab",
        Placement::Split(Direction::Right) => "right of the focused pane",
        Placement::Split(Direction::Down) => "below the focused pane",
        Placement::Split(Direction::Left) => "left of the focused pane",
        Placement::Split(Direction::Up) => "above the focused pane",
    }
}

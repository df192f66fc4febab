//! What the dialogs that are lists have in common: a cursor, the keys that move it, and, in some, a
//! text that narrows the list.

use super::text_field::TextField;
use super::{Dialog, TreeRow, history, menu, notices, palette, resume, scrolled};
use crate::model::workspace::Model;
use crate::update::context::Context;
use crate::update::effect::{DetachReason, Effect};
use segno_base::ids::ClientId;
use segno_base::key::{KeyCode, KeyEvent, Modifiers};

/// A list in a dialog.
pub(super) struct ListDialog<'a> {
    /// The row that the cursor is on.
    pub selected: &'a mut usize,
    /// What narrows the list, as it is typed. Without one, keys of vi move the cursor too.
    pub filter: Option<&'a mut TextField>,
}

/// What a key did to a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pressed {
    /// Moved the cursor, or nothing.
    Moved,
    /// Changed the text; the cursor is on the first row.
    Narrowed,
    Chosen(usize),
    Closed,
}

impl Dialog {
    /// The list that this is, if it is one.
    pub(super) fn list(&mut self) -> Option<ListDialog<'_>> {
        let (selected, filter) = match self {
            Dialog::Palette(dialog) => (&mut dialog.selected, Some(&mut dialog.field)),
            Dialog::History(dialog) => match &mut dialog.narrowing {
                Some(list) => (&mut list.selected, Some(&mut list.field)),
                None => (&mut dialog.selected, Some(&mut dialog.field)),
            },
            Dialog::Resume(dialog) => (&mut dialog.selected, Some(&mut dialog.filter)),
            Dialog::Menu(menu) => (&mut menu.selected, None),
            Dialog::Notices { selected }
            | Dialog::Tree { selected }
            | Dialog::Clients { selected }
            | Dialog::Copied { selected }
            | Dialog::MovePane { selected, .. } => (selected, None),
            _ => return None,
        };
        Some(ListDialog { selected, filter })
    }
}

impl ListDialog<'_> {
    /// Gives it a key; `rows` is how many it has.
    pub(super) fn press(self, event: &KeyEvent, rows: usize) -> Pressed {
        let (selected, last) = (self.selected, rows.saturating_sub(1));
        let ctrl = event.key.mods == Modifiers::CTRL;
        let (down, up) = match (event.key.code, &self.filter) {
            (KeyCode::Enter, _) => return Pressed::Chosen(*selected),
            (KeyCode::Char('q'), None) => return Pressed::Closed,
            (KeyCode::Char(key), None) => (key == 'j', key == 'k'),
            (KeyCode::Char(key), Some(_)) => (ctrl && key == 'n', ctrl && key == 'p'),
            _ => (false, false),
        };
        if down {
            *selected = selected.saturating_add(1).min(last);
        } else if up {
            *selected = selected.saturating_sub(1);
        } else if !scrolled(selected, event, last)
            && let Some(field) = self.filter
        {
            let before = field.text().to_string();
            field.key(event);
            if field.text() != before {
                *selected = 0;
                return Pressed::Narrowed;
            }
        }
        Pressed::Moved
    }

    /// Narrows the list by a text that was pasted.
    pub(super) fn paste(self, text: &str) {
        if let Some(field) = self.filter {
            field.insert(text);
            *self.selected = 0;
        }
    }
}

/// How many rows the client's list has.
fn rows(model: &Model, client: ClientId) -> usize {
    match model.clients.get(&client).and_then(|c| c.dialog.as_ref()) {
        Some(Dialog::Palette(dialog)) => model.palette(dialog).len(),
        Some(Dialog::History(dialog)) if dialog.narrowing.is_some() => dialog.choices().len(),
        Some(Dialog::History(dialog)) => dialog.conversations().len(),
        Some(Dialog::Resume(dialog)) => dialog.fitting().len(),
        Some(Dialog::Menu(menu)) => menu.commands().len(),
        Some(Dialog::Notices { .. }) => model.notices.iter().len(),
        Some(Dialog::Tree { .. }) => model.tree_rows().len(),
        Some(Dialog::MovePane { pane, .. }) => model.move_targets(*pane).len(),
        Some(Dialog::Clients { .. }) => model.clients.len(),
        Some(Dialog::Copied { .. }) => model.copied.len(),
        _ => 0,
    }
}

/// Gives a key to the client's list: to what only this one does first.
pub(super) fn key(model: &mut Model, client: ClientId, event: &KeyEvent, cx: &mut Context) {
    let done = match model.dialog(client) {
        Some(Dialog::History(_)) => history::key(model, client, event, cx),
        Some(Dialog::Resume(_)) => resume::key(model, client, event, cx),
        Some(Dialog::Notices { .. }) => notices::key(model, client, event, cx),
        _ => false,
    };
    if done {
        return;
    }
    // What is chosen is looked up anyway, wherever the list ends.
    let chooses = event.key.code == KeyCode::Enter;
    let rows = if chooses { 0 } else { rows(model, client) };
    let Some(list) = model.dialog(client).and_then(Dialog::list) else { return };
    let before = *list.selected;
    let pressed = list.press(event, rows);
    if let Some(Dialog::Palette(_)) = model.dialog(client) {
        palette::preview(model, client, pressed != Pressed::Closed, cx);
    }
    match (pressed, model.dialog(client)) {
        (Pressed::Chosen(row), _) => choose(model, client, row, cx),
        (Pressed::Closed, _) => drop(model.take_dialog(client)),
        (Pressed::Narrowed, Some(Dialog::Palette(dialog))) => dialog.ask(client, cx),
        (_, Some(Dialog::History(dialog))) if dialog.narrowing.is_some() => {}
        (Pressed::Narrowed, Some(Dialog::History(dialog))) => dialog.changed(client, cx),
        (Pressed::Narrowed, Some(Dialog::Resume(dialog))) => dialog.search(client, cx),
        (Pressed::Moved, Some(Dialog::History(dialog))) => dialog.moved(before, client, cx),
        _ => {}
    }
}

/// Does what the n-th row of the client's list is for.
pub(super) fn choose(model: &mut Model, client: ClientId, row: usize, cx: &mut Context) {
    match model.dialog(client) {
        Some(Dialog::Palette(_)) => palette::choose(model, client, row, cx),
        Some(Dialog::History(_)) => history::choose(model, client, row, cx),
        Some(Dialog::Resume(_)) => resume::choose(model, client, row, cx),
        Some(Dialog::Notices { .. }) => notices::choose(model, client, row, cx),
        Some(Dialog::Menu(_)) => menu::choose(model, client, row, cx),
        Some(_) => jump(model, client, row, cx),
        None => {}
    }
}

/// The lists of which nothing stays when one was chosen. What it stood for may be gone meanwhile;
/// then there is nothing left to do.
fn jump(model: &mut Model, client: ClientId, row: usize, cx: &mut Context) {
    match model.take_dialog(client) {
        Some(Dialog::Tree { .. }) => match model.tree_rows().get(row) {
            Some(TreeRow::Tab(tab)) => drop(model.show_tab(Some(client), *tab, cx)),
            Some(TreeRow::Pane(pane)) => drop(model.focus(Some(client), *pane, cx)),
            None => {}
        },
        Some(Dialog::MovePane { pane, .. }) => {
            if let Some(target) = model.move_targets(pane).get(row).copied()
                && let Err(refusal) = model.move_to_target(pane, target, client, cx)
            {
                model.say(client, refusal.to_string(), cx);
            }
        }
        Some(Dialog::Clients { .. }) => {
            if let Some(client) = model.clients.keys().nth(row).copied() {
                cx.out.push(Effect::Detach { client, reason: DetachReason::Asked });
            }
        }
        Some(Dialog::Copied { .. }) => {
            if let (Some(pane), Some(text)) = (model.focused(client), model.copied.get(row)) {
                cx.out.push(Effect::PasteText { pane, text: text.clone() });
            }
        }
        _ => {}
    }
}

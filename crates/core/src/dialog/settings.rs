//! The screen of settings: all that hold one value, found by typing, changed in place. What is
//! changed is written to the user's file at once, and takes effect as it does from an editor.

use super::Dialog;
use super::list::{ListDialog, Pressed};
use super::text_field::TextField;
use crate::fuzzy::score;
use crate::model::workspace::Model;
use crate::update::context::Context;
use crate::update::effect::Effect;
use segno_base::ids::ClientId;
use segno_base::key::{KeyCode, KeyEvent, Modifiers};
use segno_config::editable::{Kind, Setting};

/// The sections that come first; the others follow by name.
const FIRST: &[&str] = &["general", "looks", "mouse", "notifications", "copy"];

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SettingsDialog {
    pub filter: TextField,
    /// An index into [`SettingsDialog::fitting`].
    pub selected: usize,
    /// `None` until they were read.
    pub settings: Option<Vec<Setting>>,
    /// The value under the cursor, while it is typed.
    pub typing: Option<TextField>,
    /// What was typed, until it is known whether it is taken.
    asked: Option<String>,
    /// Why the last change was refused.
    pub error: Option<String>,
}

impl SettingsDialog {
    /// Those that fit what is typed, in their order.
    pub fn fitting(&self) -> Vec<&Setting> {
        let query = self.filter.text().trim();
        let fits = |setting: &&Setting| {
            let words = format!("{} {}", setting.key.replace(['.', '_'], " "), setting.about);
            score(query, &setting.key).or_else(|| score(query, &words)).is_some()
        };
        self.settings.iter().flatten().filter(fits).collect()
    }

    /// The setting under the cursor.
    pub fn chosen(&self) -> Option<&Setting> {
        self.fitting().get(self.selected).copied()
    }

    /// What the setting under the cursor becomes with its next or previous choice.
    fn turned(&self, forward: bool) -> Option<String> {
        let setting = self.chosen()?;
        match &setting.kind {
            Kind::Boolean => Some((setting.value != "true").to_string()),
            Kind::Choice(choices) => {
                let at = choices.iter().position(|choice| *choice == setting.value);
                let step = if forward { 1 } else { choices.len().max(1) - 1 };
                let next = at.map_or(0, |at| (at + step) % choices.len().max(1));
                choices.get(next).cloned()
            }
            Kind::Integer | Kind::Number | Kind::Text => None,
        }
    }
}

fn dialog(model: &mut Model, client: ClientId) -> Option<&mut SettingsDialog> {
    match model.dialog(client)? {
        Dialog::Settings(dialog) => Some(dialog),
        _ => None,
    }
}

/// Gives a key to the client's screen of settings.
pub(super) fn key(
    model: &mut Model,
    client: ClientId,
    event: &KeyEvent,
    escape: bool,
    cx: &mut Context,
) {
    let Some(dialog) = dialog(model, client) else { return };
    dialog.error = None;
    if let Some(field) = &mut dialog.typing {
        match event.key.code {
            _ if escape => dialog.typing = None,
            KeyCode::Enter => {
                let value = field.text().to_string();
                change(dialog, client, Some(value.clone()), cx);
                dialog.asked = Some(value);
            }
            _ => drop(field.key(event)),
        }
        return;
    }
    let ctrl = event.key.mods == Modifiers::CTRL;
    match event.key.code {
        _ if escape => drop(model.take_dialog(client)),
        KeyCode::Enter => choose(model, client, cx),
        KeyCode::Left | KeyCode::Right => {
            let value = dialog.turned(event.key.code == KeyCode::Right);
            if value.is_some() {
                change(dialog, client, value, cx);
            }
        }
        KeyCode::Char('d') if ctrl => change(dialog, client, None, cx),
        _ => {
            let rows = dialog.fitting().len();
            let SettingsDialog { selected, filter, .. } = dialog;
            let list = ListDialog { selected, filter: Some(filter) };
            if list.press(event, rows) == Pressed::Narrowed {
                dialog.selected = 0;
            }
        }
    }
}

/// Turns what can be turned, and has everything else typed.
pub(super) fn choose(model: &mut Model, client: ClientId, cx: &mut Context) {
    let Some(dialog) = dialog(model, client) else { return };
    match dialog.turned(true) {
        Some(value) => change(dialog, client, Some(value), cx),
        None => dialog.typing = dialog.chosen().map(|setting| TextField::new(&*setting.value)),
    }
}

/// A click on a row.
pub(super) fn click(model: &mut Model, client: ClientId, row: usize, cx: &mut Context) {
    let Some(dialog) = dialog(model, client) else { return };
    dialog.typing = None;
    match dialog.selected == row {
        true => choose(model, client, cx),
        false => dialog.selected = row,
    }
}

fn change(dialog: &mut SettingsDialog, client: ClientId, value: Option<String>, cx: &mut Context) {
    if let Some(key) = dialog.chosen().map(|setting| setting.key.clone()) {
        dialog.typing = None;
        cx.out.push(Effect::Settings { client, change: Some((key, value)) });
    }
}

impl Model {
    pub(crate) fn ask_settings(&mut self, client: ClientId, cx: &mut Context) {
        self.open_dialog(client, Dialog::Settings(Box::default()), cx);
        cx.out.push(Effect::Settings { client, change: None });
    }

    /// The settings were read, after a change if one was asked for.
    pub(crate) fn settings_read(
        &mut self,
        client: ClientId,
        mut settings: Vec<Setting>,
        error: Option<String>,
        cx: &mut Context,
    ) {
        settings.sort_by_cached_key(|setting| {
            let section = setting.key.split('.').next().unwrap_or_default().to_string();
            let first = FIRST.iter().position(|first| *first == section);
            (first.unwrap_or(FIRST.len()), section)
        });
        if let Some(dialog) = dialog(self, client) {
            dialog.settings = Some(settings);
            // What cannot be taken is there to be mended.
            let refused = dialog.asked.take().filter(|_| error.is_some());
            dialog.typing = refused.map(TextField::new).or(dialog.typing.take());
            dialog.error = error;
        } else if let Some(error) = error {
            // Asked for elsewhere: what was looked at is not so.
            if let Some(client) = self.clients.get_mut(&client) {
                client.preview = None;
            }
            self.say(client, error, cx);
        }
        cx.out.push(Effect::RedrawClient(client));
    }
}

//! The prompts that wait for a pane's agent: added, edited, dropped, held and let go.

use crate::dialog::Dialog;
use crate::dialog::list::ListDialog;
use crate::dialog::template;
use crate::dialog::text_field::TextField;
use crate::model::pane::Pane;
use crate::model::workspace::Model;
use crate::panes::prompt_queue::{Mode, Stage, WAITING_MAX};
use crate::update::context::Context;
use crate::update::effect::Effect;
use segno_base::ids::{ClientId, PaneId};
use segno_base::key::{KeyCode, KeyEvent};

/// The list, and what is being typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueDialog {
    pub pane: PaneId,
    pub selected: usize,
    pub typing: Option<Typing>,
}

/// A prompt being typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Typing {
    /// The one that is edited; none: a new one.
    pub number: Option<u64>,
    pub field: TextField,
}

impl QueueDialog {
    pub fn new(pane: PaneId) -> QueueDialog {
        QueueDialog { pane, selected: 0, typing: None }
    }
}

/// Gives a key to the list.
pub(super) fn key(
    model: &mut Model,
    client: ClientId,
    event: &KeyEvent,
    escape: bool,
    cx: &mut Context,
) {
    let Some(state) = model.clients.get_mut(&client) else { return };
    let read_only = state.read_only;
    let Some(Dialog::Queue(dialog)) = &mut state.dialog else { return };
    let Some(pane) = model.panes.get_mut(&dialog.pane) else { return };
    if let Some(typing) = &mut dialog.typing {
        match event.key.code {
            _ if escape => dialog.typing = None,
            KeyCode::Enter => {
                let Typing { number, field } = typing.clone();
                let text = field.text().trim().to_string();
                let selected = pane.prompts.count();
                if number.is_none() && selected >= WAITING_MAX && !text.is_empty() {
                    let message = format!("{WAITING_MAX} prompts wait for {} already", pane.id);
                    return model.say(client, message, cx);
                }
                dialog.typing = None;
                if !text.is_empty() && enter(pane, number, text) {
                    if number.is_none() {
                        dialog.selected = selected;
                    }
                    cx.out.push(Effect::PromptsChanged { pane: pane.id });
                }
            }
            _ => drop(typing.field.key(event)),
        }
        return;
    }
    let session = pane.session();
    let waiting = pane.prompts.waiting().nth(dialog.selected).cloned();
    let before = pane.prompts.revision;
    match (event.key.code, waiting) {
        _ if escape => state.dialog = None,
        (KeyCode::Char('q'), _) => state.dialog = None,
        (KeyCode::Char('a' | 'n'), _) if !read_only && pane.tracking.is_some() => {
            dialog.typing = Some(Typing { number: None, field: TextField::default() });
        }
        (KeyCode::Char('t'), _) if !read_only => {
            let id = pane.id;
            return template::open(model, client, id, cx);
        }
        (KeyCode::Char('e') | KeyCode::Enter, Some(prompt))
            if !read_only && prompt.stage == Stage::Waiting =>
        {
            let field = TextField::whole(&prompt.text);
            let number = Some(prompt.number);
            dialog.typing = field.map(|field| Typing { number, field });
            if dialog.typing.is_none() {
                let todo = format!("it has several lines: segno queue {} edit", pane.id);
                let message = format!("{todo} {} - <FILE", prompt.number);
                return model.say(client, message, cx);
            }
        }
        (KeyCode::Char('d'), Some(prompt)) if !read_only => {
            pane.prompts.take_away(prompt.number);
            let last = pane.prompts.count().saturating_sub(1);
            dialog.selected = dialog.selected.min(last);
        }
        (KeyCode::Char('p'), _) if !read_only => match pane.prompts.paused() {
            true => pane.prompts.resume(session),
            false => pane.prompts.pause(),
        },
        (KeyCode::Char('r'), _) if !read_only => pane.prompts.resume(session),
        _ => {
            let list = ListDialog { selected: &mut dialog.selected, filter: None };
            list.press(event, pane.prompts.count());
        }
    }
    if pane.prompts.revision != before {
        cx.out.push(Effect::PromptsChanged { pane: pane.id });
    }
}

/// Takes over what was typed; whether anything is other than before.
fn enter(pane: &mut Pane, number: Option<u64>, text: String) -> bool {
    let session = pane.session();
    match number {
        Some(number) => pane.prompts.edit(number, text),
        None => {
            // Nobody asks for it again, so that its number is enough of an id.
            let id = format!("{:032x}", pane.prompts.revision);
            pane.prompts.add(id, text, Mode::Queued, session);
            true
        }
    }
}

/// Selects the n-th prompt.
pub(super) fn choose(model: &mut Model, client: ClientId, row: usize) {
    if let Some(Dialog::Queue(dialog)) = model.dialog(client) {
        dialog.selected = row;
    }
}

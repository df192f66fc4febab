//! Templates of prompts: one is chosen, its fields are filled in, and the pane's agent gets it when
//! it is idle.

use std::collections::BTreeMap;

use crate::dialog::Dialog;
use crate::dialog::list::{ListDialog, Pressed};
use crate::dialog::text_field::TextField;
use crate::model::workspace::Model;
use crate::panes::prompt_queue::{Mode, WAITING_MAX};
use crate::update::context::Context;
use crate::update::effect::Effect;
use segno_base::ids::{ClientId, PaneId};
use segno_base::key::{KeyCode, KeyEvent, Modifiers};
use segno_base::text::template::{Template, fields, fill};

/// The list, and the fields of the chosen one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateDialog {
    pub pane: PaneId,
    /// `None` until they were looked up.
    pub templates: Option<Vec<Template>>,
    /// Why some are missing.
    pub notes: Vec<String>,
    pub selected: usize,
    pub filling: Option<Filling>,
}

/// A template whose fields are being filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filling {
    pub template: Template,
    pub fields: Vec<(String, TextField)>,
    /// The field that is typed into.
    pub at: usize,
}

impl Filling {
    fn of(template: &Template) -> Filling {
        let names = fields(&template.text).into_iter();
        let fields = names.map(|name| (name.to_string(), TextField::default())).collect();
        Filling { template: template.clone(), fields, at: 0 }
    }

    /// The prompt, once all fields are filled in.
    fn prompt(&self) -> Option<String> {
        let value = |(name, field): &(String, TextField)| {
            let text = field.text().trim().to_string();
            (!text.is_empty()).then(|| (name.clone(), text))
        };
        let values: Option<BTreeMap<_, _>> = self.fields.iter().map(value).collect();
        fill(self.template.text.trim_end(), &values?).ok()
    }
}

/// Looks for templates that the palette lists, if the client is at an agent.
pub(crate) fn look(model: &Model, client: ClientId, cx: &mut Context) {
    let pane = model.focused(client).and_then(|pane| model.panes.get(&pane));
    if let Some(pane) = pane.filter(|pane| pane.tracking.is_some()) {
        cx.out.push(Effect::FindTemplates { client, directory: pane.spec.cwd.clone() });
    }
}

/// Opens the list for a pane's agent.
pub(crate) fn open(model: &mut Model, client: ClientId, pane: PaneId, cx: &mut Context) {
    let Some(state) = model.panes.get(&pane) else { return };
    if state.tracking.is_none() {
        let message = format!("what runs in {pane} takes no prompts");
        return model.say(client, message, cx);
    }
    cx.out.push(Effect::FindTemplates { client, directory: state.spec.cwd.clone() });
    let dialog =
        TemplateDialog { pane, templates: None, notes: Vec::new(), selected: 0, filling: None };
    model.open_dialog(client, Dialog::Template(Box::new(dialog)), cx);
}

/// Begins with a template, for a pane's agent.
pub(super) fn begin(
    model: &mut Model,
    client: ClientId,
    pane: PaneId,
    template: Template,
    cx: &mut Context,
) {
    let dialog = TemplateDialog {
        pane,
        templates: Some(vec![template]),
        notes: Vec::new(),
        selected: 0,
        filling: None,
    };
    model.open_dialog(client, Dialog::Template(Box::new(dialog)), cx);
    choose(model, client, 0, cx);
}

/// Takes in what was looked up.
pub(crate) fn found(
    model: &mut Model,
    client: ClientId,
    templates: Vec<Template>,
    notes: Vec<String>,
    cx: &mut Context,
) {
    match model.dialog(client) {
        Some(Dialog::Template(dialog)) => {
            dialog.templates = Some(templates);
            dialog.notes = notes;
        }
        // What is selected stays selected while somebody types.
        Some(Dialog::Palette(dialog)) => dialog.templates = templates,
        _ => return,
    }
    cx.out.push(Effect::RedrawClient(client));
}

/// Gives a key to the dialog.
pub(super) fn key(
    model: &mut Model,
    client: ClientId,
    event: &KeyEvent,
    escape: bool,
    cx: &mut Context,
) {
    let Some(Dialog::Template(dialog)) = model.dialog(client) else { return };
    let Some(filling) = &mut dialog.filling else {
        let templates = dialog.templates.as_deref().unwrap_or_default();
        let list = ListDialog { selected: &mut dialog.selected, filter: None };
        match list.press(event, templates.len()) {
            _ if escape => drop(model.take_dialog(client)),
            Pressed::Closed => drop(model.take_dialog(client)),
            Pressed::Chosen(at) => choose(model, client, at, cx),
            Pressed::Moved | Pressed::Narrowed => {}
        }
        return;
    };
    let last = filling.fields.len().saturating_sub(1);
    let shift = event.key.mods.contains(Modifiers::SHIFT);
    match event.key.code {
        _ if escape => dialog.filling = None,
        KeyCode::Enter if filling.at >= last => give(model, client, cx),
        KeyCode::Up => filling.at = filling.at.saturating_sub(1),
        KeyCode::Tab if shift => filling.at = filling.at.saturating_sub(1),
        KeyCode::Enter | KeyCode::Down | KeyCode::Tab => filling.at = (filling.at + 1).min(last),
        _ => {
            if let Some((_, field)) = filling.fields.get_mut(filling.at) {
                field.key(event);
            }
        }
    }
}

/// Begins with the n-th template; one without fields is given at once.
pub(super) fn choose(model: &mut Model, client: ClientId, at: usize, cx: &mut Context) {
    let Some(Dialog::Template(dialog)) = model.dialog(client) else { return };
    if let Some(filling) = &mut dialog.filling {
        filling.at = at.min(filling.fields.len().saturating_sub(1));
        return;
    }
    let Some(template) = dialog.templates.as_ref().and_then(|all| all.get(at)) else { return };
    let filling = Filling::of(template);
    let whole = filling.fields.is_empty();
    (dialog.selected, dialog.filling) = (at, Some(filling));
    if whole {
        give(model, client, cx);
    }
}

fn give(model: &mut Model, client: ClientId, cx: &mut Context) {
    let read_only = model.clients.get(&client).is_some_and(|client| client.read_only);
    let Some(Dialog::Template(dialog)) = model.dialog(client) else { return };
    let (id, Some(filling)) = (dialog.pane, &mut dialog.filling) else { return };
    let Some(text) = filling.prompt().filter(|_| !read_only) else {
        let empty = filling.fields.iter().position(|(_, field)| field.text().trim().is_empty());
        filling.at = empty.unwrap_or(filling.at);
        return;
    };
    let Some(pane) = model.panes.get_mut(&id) else { return };
    if pane.prompts.count() >= WAITING_MAX {
        let message = format!("{WAITING_MAX} prompts wait for {id} already");
        return model.say(client, message, cx);
    }
    let session = pane.session();
    // Nobody asks for it again, so that its number is enough of an id.
    let own = format!("{:032x}", pane.prompts.revision);
    pane.prompts.add(own, text, Mode::Queued, session);
    cx.out.push(Effect::PromptsChanged { pane: id });
    model.take_dialog(client);
    model.say(client, format!("{id} gets it as soon as it is idle"), cx);
}

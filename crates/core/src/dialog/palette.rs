//! The command palette: one list of everything to do and everywhere to go, narrowed by what is
//! typed: commands, tabs, panes, conversations, and text in the panes' scrollback.

use std::collections::BTreeSet;

use super::Dialog;
use super::new_pane::TypeChoice;
use super::template;
use super::text_field::TextField;
use crate::fuzzy::score;
use crate::model::workspace::Model;
use crate::update::command::Place as At;
use crate::update::context::Context;
use crate::update::effect::Effect;
use segno_agent::past::PastConversation;
use segno_base::ids::{ClientId, PaneId, TabId};
use segno_base::text::template::Template;
use segno_config::keys::command::{COMMANDS, Command};

/// Text is looked for from so many characters on.
const TEXT_MIN: usize = 2;
/// So many commands that were run last come first.
const RUN_LAST: usize = 5;
/// More entries are not shown; more letters make it fewer.
const ENTRIES_MAX: usize = 200;

/// A line in a pane that has the typed text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextMatch {
    pub pane: PaneId,
    /// Rows above the last row of the pane's screen when it was found.
    pub back: usize,
    /// The whole line.
    pub text: String,
}

/// What a palette lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Scope {
    #[default]
    All,
    Projects,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PaletteDialog {
    pub scope: Scope,
    pub field: TextField,
    /// An index into [`Model::palette`].
    pub selected: usize,
    /// Seen last first.
    pub recent: Vec<PastConversation>,
    /// Where the typed text stands in panes.
    pub found: Vec<TextMatch>,
    /// For the pane's agent, if it has one that is followed.
    pub templates: Vec<Template>,
    /// What a new pane can be of.
    pub types: Vec<TypeChoice>,
    pub themes: Vec<String>,
    /// What is being looked for; one search at a time.
    searching: Option<String>,
}

/// What an entry of the palette stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry {
    Command(Command),
    Tab(TabId),
    Pane(PaneId),
    /// An index into [`Model::projects`].
    Project(usize),
    /// An index into the dialog's `recent`.
    Conversation(usize),
    /// An index into the dialog's `templates`.
    Template(usize),
    /// A new pane of a type: an index into the dialog's `types`.
    Type(usize),
    /// An index into the dialog's `themes`.
    Theme(usize),
    /// An index into the dialog's `found`.
    Text(usize),
}

/// An entry with its words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    pub entry: Entry,
    pub text: String,
    /// Shown behind the text, and searched like it.
    pub more: String,
}

impl PaletteDialog {
    pub fn of(scope: Scope) -> PaletteDialog {
        PaletteDialog { scope, ..PaletteDialog::default() }
    }

    /// Everything, with what a new pane can be of, and the themes.
    pub fn all(types: Vec<TypeChoice>, themes: Vec<String>) -> PaletteDialog {
        PaletteDialog { types, themes, ..PaletteDialog::default() }
    }

    fn query(&self) -> &str {
        self.field.text().trim()
    }

    /// Asks for the text that is typed now, unless an answer is still to come.
    pub fn ask(&mut self, client: ClientId, cx: &mut Context) {
        let query = self.query().to_string();
        if query.chars().count() < TEXT_MIN || self.scope != Scope::All {
            self.found.clear();
        } else if self.searching.is_none() {
            cx.out.push(Effect::FindText { client, text: query.clone() });
            self.searching = Some(query);
        }
    }

    /// Takes over what was found. False when it was asked for by another palette.
    pub fn text_found(
        &mut self,
        client: ClientId,
        text: &str,
        found: Vec<TextMatch>,
        cx: &mut Context,
    ) -> bool {
        if self.searching.as_deref() != Some(text) {
            return false;
        }
        self.searching = None;
        if text == self.query() {
            self.found = found;
        } else {
            self.ask(client, cx);
        }
        true
    }
}

impl Model {
    /// What the palette lists for what is typed, best first.
    pub fn palette(&self, dialog: &PaletteDialog) -> Vec<Item> {
        let query = dialog.query();
        let fits = |item: &Item| {
            let both = || score(query, &format!("{} {}", item.text, item.more));
            score(query, &item.text).max(score(query, &item.more)).or_else(both)
        };
        let entries = match dialog.scope {
            Scope::All => self.palette_entries(dialog),
            Scope::Projects => (0..self.projects().len()).map(Entry::Project).collect(),
        };
        let mut items: Vec<(i32, Item)> = entries
            .into_iter()
            .filter_map(|entry| self.palette_item(dialog, entry))
            .filter_map(|item| match item.entry {
                // Found is found, also where letters such as `->` score nothing.
                Entry::Text(_) => Some((fits(&item).unwrap_or(0), item)),
                _ => Some((fits(&item)?, item)),
            })
            .collect();
        if !query.is_empty() {
            items.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
        }
        items.truncate(ENTRIES_MAX);
        items.into_iter().map(|(_, item)| item).collect()
    }

    /// Everything, what is wanted most often first: panes that wait, what was run last, panes, what
    /// can be opened; then the commands, by how often they are used.
    fn palette_entries(&self, dialog: &PaletteDialog) -> Vec<Entry> {
        let panes = self.tabs.iter().flat_map(|tab| tab.panes()).collect();
        let mut commands: Vec<_> = COMMANDS.iter().map(|info| info.command).collect();
        commands.retain(|command| *command != Command::Palette);
        commands.sort_by_key(|command| command.by_use());
        let installed = (0..dialog.types.len()).filter(|n| dialog.types[*n].available);
        let entries = self
            .waiting()
            .into_iter()
            .map(Entry::Pane)
            .chain(self.run_last.iter().copied().map(Entry::Command))
            .chain(self.pinned_first(panes).into_iter().map(Entry::Pane))
            .chain(installed.map(Entry::Type))
            .chain((0..dialog.recent.len()).map(Entry::Conversation))
            .chain((0..dialog.templates.len()).map(Entry::Template))
            .chain((0..self.projects().len()).map(Entry::Project))
            .chain(self.tabs.iter().map(|tab| Entry::Tab(tab.id)))
            .chain(commands.into_iter().map(Entry::Command))
            .chain((0..dialog.themes.len()).map(Entry::Theme))
            .chain((0..dialog.found.len()).map(Entry::Text));
        let mut seen = BTreeSet::new();
        entries.filter(|entry| seen.insert(format!("{entry:?}"))).collect()
    }

    fn palette_item(&self, dialog: &PaletteDialog, entry: Entry) -> Option<Item> {
        let (text, more) = match entry {
            Entry::Command(command) => {
                let info = command.info()?;
                (info.description.to_string(), info.name.to_string())
            }
            Entry::Tab(id) => {
                let index = self.tabs.iter().position(|tab| tab.id == id)?;
                let tab = self.tabs.get(index)?;
                (self.tab_label(tab).to_string(), format!("tab {}", index + 1))
            }
            Entry::Pane(id) => {
                let pane = self.panes.get(&id)?;
                let title = pane.agent().and_then(|a| a.title).unwrap_or(pane.title.clone());
                let text = match title.is_empty() {
                    true => pane.label().to_string(),
                    false => format!("{}: {title}", pane.label()),
                };
                let glance = pane.glance.as_ref().map(|g| format!("{} ", g.short()));
                let glance = glance.unwrap_or_default();
                (text, format!("{id} {glance}{}", pane.spec.cwd.display()))
            }
            Entry::Project(index) => {
                let project = self.projects().into_iter().nth(index)?;
                let root = project.root.as_ref().map(|root| root.display().to_string());
                (project.name(), root.unwrap_or_default())
            }
            Entry::Conversation(index) => {
                let recent = dialog.recent.get(index)?;
                (
                    recent.label().to_string(),
                    format!("{} {}", recent.type_name, recent.cwd.display()),
                )
            }
            Entry::Template(index) => {
                let template = dialog.templates.get(index)?;
                let line = template.text.trim().lines().next().unwrap_or_default();
                (format!("Prompt: {}", template.name), line.to_string())
            }
            Entry::Type(index) => {
                let choice = dialog.types.get(index)?;
                (format!("New pane: {}", choice.title), choice.name.clone())
            }
            Entry::Theme(index) => (format!("Theme: {}", dialog.themes.get(index)?), String::new()),
            Entry::Text(index) => {
                let found = dialog.found.get(index)?;
                let label = self.panes.get(&found.pane)?.label();
                (found.text.trim().to_string(), format!("{} {label}", found.pane))
            }
        };
        Some(Item { entry, text, more })
    }
}

/// Shows the theme that the cursor is on, if it is on one and the palette stays.
pub(super) fn preview(model: &mut Model, client: ClientId, stays: bool, cx: &mut Context) {
    let Some(state) = model.clients.get(&client) else { return };
    let Some(Dialog::Palette(dialog)) = state.dialog.as_ref().filter(|_| stays) else {
        return model.show_theme(client, None, cx);
    };
    // Only where a theme is listed, so that typing costs nothing more.
    let typed = !dialog.query().is_empty() || dialog.selected > 0;
    let chosen = typed.then(|| model.palette(dialog).get(dialog.selected).map(|item| item.entry));
    let theme = match chosen.flatten() {
        Some(Entry::Theme(index)) => dialog.themes.get(index).cloned(),
        _ => None,
    };
    model.show_theme(client, theme, cx);
}

impl Model {
    fn show_theme(&mut self, client: ClientId, theme: Option<String>, cx: &mut Context) {
        if let Some(state) = self.clients.get_mut(&client).filter(|c| c.preview != theme) {
            state.preview = theme;
            cx.out.push(Effect::RedrawClient(client));
        }
    }
}

/// Does what the n-th entry says, and closes the palette.
pub(super) fn choose(model: &mut Model, client: ClientId, index: usize, cx: &mut Context) {
    let Some(Dialog::Palette(dialog)) = model.take_dialog(client) else { return };
    let Some(item) = model.palette(&dialog).into_iter().nth(index) else { return };
    let writes = model.may_write(client);
    // Where it leads to may be gone meanwhile; then there is nothing left to do.
    match item.entry {
        Entry::Command(command) => {
            model.run_last.retain(|last| *last != command);
            model.run_last.push_front(command);
            model.run_last.truncate(RUN_LAST);
            model.run(command, At::client(client), cx);
        }
        Entry::Type(_) | Entry::Theme(_) if !writes => {
            model.say(client, "this client is attached read-only".into(), cx);
        }
        Entry::Type(index) => {
            if let Some(choice) = dialog.types.get(index) {
                model.ask_pane_of(client, &choice.name, cx);
            }
        }
        Entry::Theme(index) => {
            if let Some(theme) = dialog.themes.into_iter().nth(index) {
                // Until the settings are read again, and for all.
                if let Some(client) = model.clients.get_mut(&client) {
                    client.preview = Some(theme.clone());
                }
                let change = Some(("looks.theme".to_string(), Some(theme)));
                cx.out.push(Effect::Settings { client, change });
            }
        }
        Entry::Tab(tab) => drop(model.show_tab(Some(client), tab, cx)),
        Entry::Pane(pane) => drop(model.focus(Some(client), pane, cx)),
        Entry::Project(index) => {
            let project = model.projects().into_iter().nth(index);
            if let Some(tab) = project.and_then(|p| model.project_tab(client, &p)) {
                let _ = model.show_tab(Some(client), tab, cx);
            }
        }
        Entry::Conversation(index) => {
            if let Some(recent) = dialog.recent.into_iter().nth(index) {
                resume(model, client, recent, writes, cx);
            }
        }
        Entry::Template(index) => {
            let pane = model.focused(client);
            if let (Some(pane), Some(chosen)) = (pane, dialog.templates.into_iter().nth(index)) {
                template::begin(model, client, pane, chosen, cx);
            }
        }
        Entry::Text(index) => {
            if let Some(found) = dialog.found.into_iter().nth(index)
                && model.focus(Some(client), found.pane, cx).is_ok()
                && writes
            {
                cx.out.push(Effect::ShowText(found));
            }
        }
    }
}

/// Goes to the pane of a conversation, or opens one for it.
fn resume(
    model: &mut Model,
    client: ClientId,
    recent: PastConversation,
    writes: bool,
    cx: &mut Context,
) {
    if let Some(pane) = model.open_in(&recent.type_name, &recent.session) {
        return drop(model.focus(Some(client), pane, cx));
    }
    if !writes {
        return model.say(client, "this client is attached read-only".into(), cx);
    }
    if let Err(refusal) = model.resume(client, recent, cx) {
        model.say(client, refusal.to_string(), cx);
    }
}

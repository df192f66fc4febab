//! The dialog that asks for a new pane: type, directory, toggles, fields, conversation.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::Dialog;
use super::template;
use super::text_field::TextField;
use crate::model::pane::Pane;
use crate::model::workspace::Model;
use crate::panes::lifecycle::{Place, Refusal};
use crate::panes::past_conversations::ConversationQuery;
use crate::update::context::Context;
use crate::update::effect::Effect;
use segno_agent::identity::SessionId;
use segno_agent::panetype::{Field, Kind};
use segno_agent::past::PastConversation;
use segno_agent::start::{Start, StartRequest};
use segno_base::ids::{ClientId, PaneId};
use segno_base::key::{KeyCode, KeyEvent, Modifiers};
use segno_base::screen::geometry::Direction;

/// Where the new pane goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Placement {
    Tab,
    Split(Direction),
}

/// A pane type as the dialog offers it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypeChoice {
    pub name: String,
    pub title: String,
    /// The list's groups.
    pub kind: Kind,
    /// Shown when the program is missing.
    pub homepage: Option<String>,
    pub available: bool,
    /// Whether the dialog begins with the directory.
    pub asks_cwd: bool,
    /// Name and label.
    pub toggles: Vec<(String, String)>,
    /// The toggles that are on at first.
    pub toggled: BTreeSet<String>,
    pub fields: Vec<Field>,
    /// Whether it has conversations to choose from.
    pub conversations: bool,
    /// The last pane of this type, where it is among those that were opened last.
    pub recent: Option<PaneId>,
}

/// What the cursor is on, top to bottom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Row {
    Placement,
    Directory,
    Toggle(usize),
    Field(usize),
    /// 0 is "a new conversation", n the n-th recorded one.
    Conversation(usize),
    /// The name of a worktree of its own; empty: in the directory itself.
    Worktree,
    Start,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPaneDialog {
    /// The pane that is to get another conversation, when the dialog asks only for that.
    pub for_pane: Option<PaneId>,
    pub placement: Placement,
    /// Sorted by kind; never empty (there is always a shell).
    pub types: Vec<TypeChoice>,
    pub selected: usize,
    /// Narrows the types.
    pub filter: TextField,
    /// Whether those that are not installed are listed too.
    pub unfolded: bool,
    /// `None` while the type is being chosen, then the row of the form below it.
    pub row: Option<Row>,
    pub directory: TextField,
    /// The name of the worktree that it gets, which is made unless it is there.
    pub worktree: TextField,
    /// What the directory may be completed to.
    pub completions: Vec<String>,
    /// What the directory's text means: unknown until it was looked up, then the directory, if
    /// there is one.
    pub found: Option<Option<PathBuf>>,
    /// Start as soon as the directory was looked up.
    pub waiting: bool,
    /// Once it has started, a template of a prompt is chosen for it.
    pub templates: bool,
    pub toggles: BTreeSet<String>,
    pub fields: BTreeMap<String, TextField>,
    pub conversations: Vec<PastConversation>,
    /// 0: a new conversation; n: the n-th recorded one.
    pub conversation: usize,
    pub error: Option<String>,
}

impl NewPaneDialog {
    pub fn new(types: Vec<TypeChoice>, directory: &str, placement: Placement) -> NewPaneDialog {
        let mut dialog = NewPaneDialog {
            for_pane: None,
            placement,
            types,
            selected: 0,
            filter: TextField::default(),
            unfolded: false,
            row: None,
            directory: TextField::new(directory),
            worktree: TextField::default(),
            completions: Vec::new(),
            found: None,
            waiting: false,
            templates: false,
            toggles: BTreeSet::new(),
            fields: BTreeMap::new(),
            conversations: Vec::new(),
            conversation: 0,
            error: None,
        };
        dialog.type_changed();
        dialog.settle();
        dialog
    }

    /// Asks only which conversation a pane shall have.
    pub fn for_pane(types: Vec<TypeChoice>, pane: &Pane) -> NewPaneDialog {
        let types = types.into_iter().filter(|t| t.name == pane.spec.type_name).collect();
        let directory = pane.spec.cwd.to_string_lossy();
        let mut dialog = NewPaneDialog::new(types, &directory, Placement::Tab);
        dialog.for_pane = Some(pane.id);
        dialog.row = Some(Row::Conversation(0));
        dialog
    }

    pub fn chosen(&self) -> Option<&TypeChoice> {
        self.types.get(self.selected)
    }

    /// Changes what narrows the types, and goes to the one that fits best.
    pub(super) fn narrow(&mut self, change: impl FnOnce(&mut TextField)) {
        let before = self.filter.text().to_string();
        change(&mut self.filter);
        if self.filter.text() == before {
            return;
        }
        if let Some(best) = self.listed().first() {
            self.selected = *best;
            self.type_changed();
        }
    }

    /// Goes on to the form of a type.
    pub(crate) fn begin_with(&mut self, type_name: &str) {
        if let Some(index) = self.types.iter().position(|t| t.name == type_name) {
            self.selected = index;
            self.type_changed();
            self.begin_form();
        }
    }

    /// Goes to the form's first row that is asked for: the directory, or else its start.
    fn begin_form(&mut self) {
        let rows = self.rows();
        let asks_cwd = self.chosen().is_some_and(|chosen| chosen.asks_cwd);
        let asks = |row: &&Row| match row {
            Row::Placement | Row::Worktree => false,
            Row::Directory => asks_cwd,
            _ => true,
        };
        self.row = rows.iter().find(asks).or(rows.first()).copied();
    }

    /// The rows of the form, top to bottom.
    pub fn rows(&self) -> Vec<Row> {
        let conversations = (0..=self.conversations.len()).map(Row::Conversation);
        if self.for_pane.is_some() {
            return conversations.collect();
        }
        let Some(chosen) = self.chosen() else { return Vec::new() };
        let mut rows = vec![Row::Placement, Row::Directory];
        rows.extend((0..chosen.toggles.len()).map(Row::Toggle));
        rows.extend((0..chosen.fields.len()).map(Row::Field));
        rows.extend(conversations.filter(|_| chosen.conversations));
        rows.extend([Row::Worktree, Row::Start]);
        rows
    }

    /// The text field under the cursor.
    pub fn field(&mut self) -> Option<&mut TextField> {
        match self.row? {
            Row::Directory => Some(&mut self.directory),
            Row::Worktree => Some(&mut self.worktree),
            Row::Field(n) => {
                let name = self.chosen()?.fields.get(n)?.name.clone();
                self.fields.get_mut(&name)
            }
            _ => None,
        }
    }

    pub(super) fn conversations_found(
        &mut self,
        type_name: &str,
        conversations: Vec<PastConversation>,
    ) {
        if self.chosen().is_some_and(|t| t.name == type_name) {
            self.conversations = conversations;
            self.conversation = self.conversation.min(self.conversations.len());
            if let Some(Row::Conversation(n)) = self.row {
                self.row = Some(Row::Conversation(n.min(self.conversations.len())));
            }
        }
    }

    pub(crate) fn type_changed(&mut self) {
        let Some(chosen) = self.types.get(self.selected) else { return };
        self.toggles = chosen.toggled.clone();
        self.fields = chosen
            .fields
            .iter()
            .map(|field| (field.name.clone(), TextField::new(field.default.as_str())))
            .collect();
        self.conversations.clear();
        self.conversation = 0;
        self.error = None;
    }

    fn move_type(&mut self, step: isize) {
        let listed = self.listed();
        let at = listed.iter().position(|index| *index == self.selected).unwrap_or(0);
        let next = (at as isize + step).rem_euclid(listed.len().max(1) as isize) as usize;
        self.selected = listed.get(next).copied().unwrap_or(0);
        self.type_changed();
    }

    fn move_row(&mut self, step: isize) {
        let rows = self.rows();
        let at = rows.iter().position(|r| Some(*r) == self.row);
        let next = at.map_or(0, |at| at as isize + step);
        self.row = match usize::try_from(next) {
            Ok(next) => rows.get(next.min(rows.len().saturating_sub(1))).copied(),
            Err(_) if self.for_pane.is_some() => self.row,
            Err(_) => None,
        };
    }

    fn turn(&mut self, forward: bool) {
        const PLACES: [Placement; 3] =
            [Placement::Split(Direction::Right), Placement::Split(Direction::Down), Placement::Tab];
        let at = PLACES.iter().position(|p| *p == self.placement).unwrap_or(0);
        self.placement = PLACES[(at + if forward { 1 } else { PLACES.len() - 1 }) % PLACES.len()];
    }

    /// Flips or picks what the cursor is on; false when there is nothing to flip.
    fn pick(&mut self) -> bool {
        match self.row {
            Some(Row::Toggle(n)) => {
                let name =
                    self.chosen().and_then(|t| t.toggles.get(n)).map(|(name, _)| name.clone());
                if let Some(name) = name
                    && !self.toggles.remove(&name)
                {
                    self.toggles.insert(name);
                }
            }
            Some(Row::Conversation(n)) => {
                let chosen = self.conversations.get(n.wrapping_sub(1));
                self.error = chosen.and_then(PastConversation::refusal);
                if self.error.is_none() {
                    self.conversation = n;
                }
            }
            Some(Row::Placement) => self.turn(true),
            _ => return false,
        }
        true
    }

    /// Completes the directory as far as all candidates agree.
    fn complete(&mut self) -> bool {
        let common = self.completions.iter().cloned().reduce(|a, b| {
            a.chars().zip(b.chars()).take_while(|(x, y)| x == y).map(|(x, _)| x).collect()
        });
        match common {
            Some(common) if common.len() > self.directory.text().len() => {
                self.directory = TextField::new(common);
                true
            }
            _ => false,
        }
    }

    /// Goes to the first field whose text cannot be used and says why; false when there is none.
    fn refuses_a_field(&mut self) -> bool {
        let Some(chosen) = self.chosen().filter(|_| self.for_pane.is_none()) else { return false };
        let refused = chosen.fields.iter().enumerate().find_map(|(n, field)| {
            let text = self.fields.get(&field.name).map_or("", TextField::text);
            let error = field.values(text).err()?;
            Some((n, format!("{}: {error}", field.label)))
        });
        let Some((n, error)) = refused else { return false };
        self.row = Some(Row::Field(n));
        self.error = Some(error);
        true
    }

    fn session(&self) -> Option<SessionId> {
        let choice = self.conversations.get(self.conversation.wrapping_sub(1));
        choice.map(|choice| choice.session.clone())
    }

    fn start(&self) -> Start {
        self.session().map_or(Start::Fresh, Start::Session)
    }
}

/// A pane that is wanted in a worktree of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewInWorktree {
    /// The worktree's name.
    pub worktree: String,
    /// Its directory says which repository is meant.
    pub start: StartRequest,
    pub session: Option<SessionId>,
    /// Else in a tab of its own.
    pub beside: Option<(PaneId, Direction)>,
}

/// A directory that was looked up.
pub(crate) struct Listed {
    /// What was asked for.
    pub text: String,
    pub directory: Option<PathBuf>,
    pub completions: Vec<String>,
}

/// Takes in what the directory's text means, unless it has changed meanwhile.
pub(crate) fn directory_listed(
    model: &mut Model,
    client: ClientId,
    listed: Listed,
    cx: &mut Context,
) {
    let Some(dialog) = dialog(model, client) else { return };
    if dialog.directory.text() != listed.text {
        return;
    }
    cx.out.push(Effect::RedrawClient(client));
    dialog.completions = listed.completions;
    let chosen = dialog.chosen().filter(|t| t.conversations).map(|t| t.name.clone());
    if let (Some(type_name), Some(cwd)) = (chosen, listed.directory.clone()) {
        let wanted = ConversationQuery { type_name: Some(type_name), directory: Some(cwd) };
        cx.out.push(Effect::FindConversations { client, wanted });
    }
    dialog.found = Some(listed.directory);
    if std::mem::take(&mut dialog.waiting) {
        submit(model, client, cx);
    }
}

fn dialog(model: &mut Model, client: ClientId) -> Option<&mut NewPaneDialog> {
    match model.dialog(client)? {
        Dialog::NewPane(dialog) => Some(dialog),
        _ => None,
    }
}

/// Gives a key to the client's new-pane dialog.
pub(super) fn key(model: &mut Model, client: ClientId, event: &KeyEvent, cx: &mut Context) {
    let Some(dialog) = dialog(model, client) else { return };
    dialog.error = None;
    dialog.waiting = false;
    let shift = event.key.mods.contains(Modifiers::SHIFT);
    let ctrl = event.key.mods == Modifiers::CTRL;
    let before = (dialog.selected, dialog.directory.text().to_string(), dialog.row.is_some());
    match (event.key.code, dialog.row) {
        (KeyCode::Escape, Some(_)) if dialog.for_pane.is_none() => dialog.row = None,
        (KeyCode::Escape, _) => return drop(model.take_dialog(client)),
        (KeyCode::Char('c'), _) if ctrl => {
            model.take_dialog(client);
            return;
        }
        (KeyCode::Char('t'), Some(_)) if ctrl && dialog.for_pane.is_none() => {
            dialog.templates = true;
            return submit(model, client, cx);
        }
        (KeyCode::Up, None) => dialog.move_type(-1),
        (KeyCode::Down, None) => dialog.move_type(1),
        (KeyCode::Right, None) if dialog.filter.text().is_empty() => dialog.unfold(true),
        (KeyCode::Left, None) if dialog.filter.text().is_empty() => dialog.unfold(false),
        (KeyCode::Enter | KeyCode::Tab, None) => match dialog.chosen() {
            // Nothing on the screen is chosen.
            _ if !dialog.listed().contains(&dialog.selected) => {}
            Some(chosen) if !chosen.available => {
                dialog.error = Some(format!("{} is not installed", chosen.title));
            }
            Some(_) => dialog.begin_form(),
            None => {}
        },
        (KeyCode::Tab, Some(Row::Directory)) if !shift && dialog.complete() => {}
        (KeyCode::Up, Some(_)) => dialog.move_row(-1),
        (KeyCode::Tab, Some(_)) if shift => dialog.move_row(-1),
        (KeyCode::Down | KeyCode::Tab, Some(_)) => dialog.move_row(1),
        (KeyCode::Left, Some(Row::Placement)) => dialog.turn(false),
        (KeyCode::Right, Some(Row::Placement)) => dialog.turn(true),
        (KeyCode::Enter, Some(row)) => {
            if matches!(row, Row::Conversation(_)) {
                dialog.pick();
            }
            if dialog.error.is_none() {
                return submit(model, client, cx);
            }
        }
        (KeyCode::Char(' '), Some(_)) if dialog.pick() => {}
        (_, None) => dialog.narrow(|filter| {
            filter.key(event);
        }),
        _ => {
            if let Some(field) = dialog.field() {
                field.key(event);
            }
        }
    }
    let asked = before.2 != dialog.row.is_some() && dialog.row.is_some();
    if asked || before.0 != dialog.selected || before.1 != dialog.directory.text() {
        ask(dialog, client, cx);
    }
}

/// Asks for what depends on the type and the directory.
pub(crate) fn ask(dialog: &mut NewPaneDialog, client: ClientId, cx: &mut Context) {
    dialog.found = None;
    // Those of another directory or type.
    dialog.conversations.clear();
    dialog.conversation = 0;
    cx.out.push(Effect::ListDirectory { client, text: dialog.directory.text().to_string() });
}

/// A click on a row: a type or what folds the rest, then the form.
pub(super) fn click(model: &mut Model, client: ClientId, row: usize, cx: &mut Context) {
    let Some(dialog) = dialog(model, client) else { return };
    dialog.error = None;
    if row < dialog.types.len() {
        dialog.selected = row;
        dialog.row = None;
        dialog.type_changed();
        ask(dialog, client, cx);
        return;
    }
    if dialog.row.is_none() {
        return dialog.unfold(!dialog.unfolded);
    }
    let Some(row) = dialog.rows().get(row - dialog.types.len()).copied() else { return };
    dialog.row = Some(row);
    match row {
        Row::Start => submit(model, client, cx),
        _ => drop(dialog.pick()),
    }
}

fn submit(model: &mut Model, client: ClientId, cx: &mut Context) {
    let Some(dialog_now) = dialog(model, client) else { return };
    if dialog_now.refuses_a_field() {
        return;
    }
    let asked = dialog_now.clone();
    let focused = model.focused(client);
    let result = match (asked.for_pane, asked.chosen()) {
        (Some(pane), _) => model.restart(pane, asked.start(), cx).map(|()| pane),
        (None, Some(chosen)) => {
            let cwd = match &asked.found {
                Some(Some(directory)) => directory.clone(),
                Some(None) => {
                    if let Some(dialog) = dialog(model, client) {
                        let text = asked.directory.text();
                        dialog.error = Some(format!("there is no directory {text:?}"));
                        dialog.row = Some(Row::Directory);
                    }
                    return;
                }
                None => {
                    if let Some(dialog) = dialog(model, client) {
                        dialog.waiting = true;
                        ask(dialog, client, cx);
                    }
                    return;
                }
            };
            let fields = asked.fields.iter().map(|(k, v)| (k.clone(), v.text().to_string()));
            let spec = StartRequest {
                type_name: chosen.name.clone(),
                cwd,
                toggles: Some(asked.toggles.clone()),
                fields: fields.collect(),
                ..StartRequest::default()
            };
            let worktree = asked.worktree.text().trim();
            if !worktree.is_empty() {
                let start = NewInWorktree {
                    worktree: worktree.to_string(),
                    start: spec,
                    session: asked.session(),
                    beside: match asked.placement {
                        Placement::Split(side) => focused.map(|of| (of, side)),
                        Placement::Tab => None,
                    },
                };
                model.take_dialog(client);
                cx.out.push(Effect::NewInWorktree { client, start: Box::new(start) });
                return;
            }
            match (asked.placement, focused) {
                (Placement::Split(side), Some(of)) if !model.has_room(of, side) => {
                    Err(Refusal::NoRoom(of))
                }
                (Placement::Split(side), Some(of)) => {
                    let place = Place::Split { of, side };
                    model.open(spec, place, asked.start(), None, cx)
                }
                _ => model.open(spec, Place::Tab, asked.start(), None, cx),
            }
        }
        (None, None) => return,
    };
    match result {
        Ok(pane) => {
            model.take_dialog(client);
            let _ = model.focus(Some(client), pane, cx);
            if asked.templates {
                template::open(model, client, pane, cx);
            }
        }
        Err(refusal) => {
            if let Some(dialog) = dialog(model, client) {
                dialog.templates = false;
                dialog.error = Some(refusal.to_string());
            }
        }
    }
}

//! What a client is asked or shown above its panes, as data. The view draws it, keys change it.

mod go;
pub mod history;
mod list;
pub mod menu;
pub mod new_pane;
mod notices;
pub mod palette;
pub mod queue;
pub mod reader;
pub mod resume;
pub mod settings;
pub mod template;
pub mod text_field;
pub mod trust;
pub mod usage;

use crate::model::workspace::Model;
use crate::panes::lifecycle::Refusal;
use crate::update::context::Context;
use crate::update::effect::Effect;
use history::HistoryDialog;
use menu::{MenuDialog, Subject};
use new_pane::NewPaneDialog;
use palette::PaletteDialog;
use queue::QueueDialog;
use reader::ReaderDialog;
use resume::ResumeDialog;
use segno_base::ids::{ClientId, PaneId, TabId};
use segno_base::key::{KeyCode, KeyEvent};
use settings::SettingsDialog;
use template::TemplateDialog;
use text_field::TextField;
use trust::TrustDialog;
use usage::UsageDialog;

#[derive(Debug, Clone, PartialEq)]
pub enum Dialog {
    /// The keys, searchable.
    Help {
        filter: TextField,
        scroll: usize,
    },
    NewPane(Box<NewPaneDialog>),
    /// The past conversations of a directory.
    Resume(Box<ResumeDialog>),
    RenamePane {
        pane: PaneId,
        field: TextField,
    },
    RenameTab {
        tab: TabId,
        field: TextField,
    },
    /// Close a pane whose program still runs?
    ConfirmClose {
        pane: PaneId,
    },
    /// Close a tab with all its panes?
    ConfirmCloseTab {
        tab: TabId,
    },
    /// Close the other panes of a pane's tab?
    ConfirmCloseOthers {
        pane: PaneId,
    },
    /// To which file?
    AskFile {
        pane: PaneId,
        file: AskedFile,
        field: TextField,
    },
    /// The tabs and panes as a list to jump to.
    Tree {
        selected: usize,
    },
    /// The tabs that a pane can be moved to; see [`Model::move_targets`].
    MovePane {
        pane: PaneId,
        selected: usize,
    },
    /// Is a project's file trusted?
    Trust(Box<TrustDialog>),
    /// The commands for what the mouse clicked on.
    Menu(MenuDialog),
    /// Everything to do and everywhere to go.
    Palette(Box<PaletteDialog>),
    /// Every conversation of every agent, searched.
    History(Box<HistoryDialog>),
    /// A conversation as text.
    Reader(Box<ReaderDialog>),
    /// The notifications; an index into [`Model::notices`], newest first.
    Notices {
        selected: usize,
    },
    /// The prompts that wait for a pane's agent.
    Queue(Box<QueueDialog>),
    /// The templates of prompts, to give one to a pane's agent.
    Template(Box<TemplateDialog>),
    /// The settings, to change them.
    Settings(Box<SettingsDialog>),
    /// What was used.
    Usage(Box<UsageDialog>),
    /// The panes' numbers, above them.
    PaneNumbers,
    /// The time; drawn again when this many milliseconds since the Unix epoch are reached.
    Clock {
        next: u64,
    },
    /// To which tab?
    GoToTab {
        field: TextField,
    },
    /// To which place in the tab bar?
    PlaceTab {
        tab: TabId,
        field: TextField,
    },
    /// The attached terminals, to detach one.
    Clients {
        selected: usize,
    },
    /// What was copied, to paste one.
    Copied {
        selected: usize,
    },
    /// Longer texts, for example what is wrong with a pane type.
    Messages {
        lines: Vec<String>,
        scroll: usize,
    },
}

/// What a file is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AskedFile {
    Log,
    Scrollback,
}

/// A line of the tree dialog: a tab, or a pane below its tab.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TreeRow {
    Tab(TabId),
    Pane(PaneId),
}

impl Dialog {
    pub fn help() -> Dialog {
        Dialog::Help { filter: TextField::default(), scroll: 0 }
    }

    /// Whether it makes no sense without this pane.
    pub fn concerns_pane(&self, id: PaneId) -> bool {
        match self {
            Dialog::RenamePane { pane, .. }
            | Dialog::ConfirmClose { pane }
            | Dialog::ConfirmCloseOthers { pane }
            | Dialog::AskFile { pane, .. }
            | Dialog::MovePane { pane, .. } => *pane == id,
            Dialog::Queue(dialog) => dialog.pane == id,
            Dialog::Template(dialog) => dialog.pane == id,
            Dialog::Menu(menu) => menu.subject == Subject::Pane(id),
            Dialog::NewPane(dialog) => dialog.for_pane == Some(id),
            _ => false,
        }
    }

    /// Text pasted into the dialog's field, if it has one.
    pub fn paste(&mut self, text: &str) {
        match self {
            Dialog::Help { filter: field, .. }
            | Dialog::RenamePane { field, .. }
            | Dialog::AskFile { field, .. }
            | Dialog::GoToTab { field }
            | Dialog::PlaceTab { field, .. }
            | Dialog::RenameTab { field, .. } => field.insert(text),
            Dialog::Reader(dialog) => {
                if let Some(field) = &mut dialog.search {
                    field.insert(text);
                }
            }
            Dialog::Queue(dialog) => {
                if let Some(typing) = &mut dialog.typing {
                    typing.field.insert(text);
                }
            }
            Dialog::Template(dialog) => {
                if let Some(filling) = &mut dialog.filling
                    && let Some((_, field)) = filling.fields.get_mut(filling.at)
                {
                    field.insert(text);
                }
            }
            Dialog::NewPane(dialog) => match dialog.field() {
                Some(field) => field.insert(text),
                None => dialog.narrow(|filter| filter.insert(text)),
            },
            Dialog::Settings(dialog) => {
                dialog.typing.as_mut().unwrap_or(&mut dialog.filter).insert(text);
            }
            _ => {
                if let Some(list) = self.list() {
                    list.paste(text);
                }
            }
        }
    }
}

impl Model {
    /// The dialog that a client has open.
    pub(super) fn dialog(&mut self, client: ClientId) -> Option<&mut Dialog> {
        self.clients.get_mut(&client)?.dialog.as_mut()
    }

    /// Closes a client's dialog.
    pub(super) fn take_dialog(&mut self, client: ClientId) -> Option<Dialog> {
        let client = self.clients.get_mut(&client)?;
        // What was looked at from it goes with it.
        client.preview = None;
        client.dialog.take()
    }

    /// The lines of the tree dialog, top to bottom.
    pub fn tree_rows(&self) -> Vec<TreeRow> {
        self.tabs
            .iter()
            .flat_map(|tab| {
                let panes = self.pinned_first(tab.panes()).into_iter().map(TreeRow::Pane);
                std::iter::once(TreeRow::Tab(tab.id)).chain(panes)
            })
            .collect()
    }
}

/// What a key did to a dialog.
enum Answer {
    Stay,
    Close,
    Typed(String),
    Confirmed,
}

/// Gives a key to the client's dialog.
pub(super) fn key(model: &mut Model, client: ClientId, event: &KeyEvent, cx: &mut Context) {
    let Some(dialog) = model.dialog(client) else { return };
    let escape = event.key.code == KeyCode::Escape || event.key == segno_base::key::Key::ctrl('c');
    let answer = match dialog {
        Dialog::NewPane(_) => return new_pane::key(model, client, event, cx),
        Dialog::Reader(_) => return reader::key(model, client, event, escape, cx),
        Dialog::Settings(_) => return settings::key(model, client, event, escape, cx),
        Dialog::Queue(_) => return queue::key(model, client, event, escape, cx),
        Dialog::Template(_) => return template::key(model, client, event, escape, cx),
        Dialog::History(dialog) if escape && dialog.narrowing.is_some() => {
            dialog.narrowing = None;
            Answer::Stay
        }
        _ if escape => Answer::Close,
        Dialog::Trust(_) => return trust::key(model, client, event, cx),
        Dialog::Help { filter, scroll } => match event.key.code {
            KeyCode::Enter => Answer::Close,
            KeyCode::Char('q' | '?') if filter.text().is_empty() => Answer::Close,
            _ if scrolled(scroll, event, usize::MAX) => Answer::Stay,
            _ => {
                *scroll = 0;
                filter.key(event);
                Answer::Stay
            }
        },
        Dialog::Messages { lines, scroll } => match event.key.code {
            KeyCode::Enter | KeyCode::Char('q') => Answer::Close,
            _ => {
                scrolled(scroll, event, lines.len().saturating_sub(1));
                Answer::Stay
            }
        },
        Dialog::Usage(dialog) => match event.key.code {
            KeyCode::Enter | KeyCode::Char('q') => Answer::Close,
            _ => {
                scrolled(&mut dialog.scroll, event, usize::MAX);
                Answer::Stay
            }
        },
        Dialog::PaneNumbers => return go::pane_number(model, client, event, cx),
        Dialog::Clock { .. } => Answer::Close,
        Dialog::RenamePane { field, .. }
        | Dialog::RenameTab { field, .. }
        | Dialog::GoToTab { field }
        | Dialog::PlaceTab { field, .. }
        | Dialog::AskFile { field, .. } => match event.key.code {
            KeyCode::Enter => Answer::Typed(field.text().to_string()),
            _ => {
                field.key(event);
                Answer::Stay
            }
        },
        Dialog::ConfirmClose { .. }
        | Dialog::ConfirmCloseTab { .. }
        | Dialog::ConfirmCloseOthers { .. } => match event.key.code {
            KeyCode::Char('y' | 'Y') | KeyCode::Enter => Answer::Confirmed,
            _ => Answer::Close,
        },
        Dialog::Palette(_)
        | Dialog::History(_)
        | Dialog::Resume(_)
        | Dialog::Notices { .. }
        | Dialog::Menu(_)
        | Dialog::Tree { .. }
        | Dialog::Clients { .. }
        | Dialog::Copied { .. }
        | Dialog::MovePane { .. } => return list::key(model, client, event, cx),
    };
    conclude(model, client, answer, cx);
}

/// A click on the dialog's n-th row.
pub(super) fn click(model: &mut Model, client: ClientId, row: usize, cx: &mut Context) {
    if let Some(Dialog::NewPane(_)) = model.dialog(client) {
        new_pane::click(model, client, row, cx);
    } else if let Some(Dialog::Settings(_)) = model.dialog(client) {
        settings::click(model, client, row, cx);
    } else if let Some(Dialog::Queue(_)) = model.dialog(client) {
        queue::choose(model, client, row);
    } else if let Some(Dialog::Template(_)) = model.dialog(client) {
        template::choose(model, client, row, cx);
    } else if model.dialog(client).and_then(Dialog::list).is_some() {
        list::choose(model, client, row, cx);
    }
}

fn conclude(model: &mut Model, client: ClientId, answer: Answer, cx: &mut Context) {
    if matches!(answer, Answer::Stay) {
        return;
    }
    let Some(dialog) = model.take_dialog(client) else { return };
    // What the dialog was about may be gone meanwhile; then there is nothing left to do.
    match (answer, dialog) {
        (Answer::Typed(name), Dialog::RenamePane { pane, .. }) => {
            if let Err(why @ Refusal::NameTaken(_)) = model.rename_pane(pane, &name, cx) {
                model.say(client, why.to_string(), cx);
            }
        }
        (Answer::Typed(name), Dialog::RenameTab { tab, .. }) => {
            drop(model.rename_tab(tab, &name, cx));
        }
        (Answer::Typed(path), Dialog::AskFile { pane, file, .. }) if !path.trim().is_empty() => {
            cx.out.push(match file {
                AskedFile::Log => Effect::Log { client, pane, path: Some(path) },
                AskedFile::Scrollback => Effect::SaveScrollback { client, pane, path },
            });
        }
        (Answer::Confirmed, Dialog::ConfirmClose { pane }) => drop(model.close(pane, cx)),
        (Answer::Confirmed, Dialog::ConfirmCloseTab { tab }) => model.close_tab(tab, cx),
        (Answer::Confirmed, Dialog::ConfirmCloseOthers { pane }) => {
            model.close_others(pane, cx);
        }
        (Answer::Typed(wanted), Dialog::GoToTab { .. }) => go::tab(model, client, &wanted, cx),
        (Answer::Typed(place), Dialog::PlaceTab { tab, .. }) => {
            go::place_tab(model, client, tab, &place, cx);
        }
        _ => {}
    }
}

/// Moves a position by the usual keys, within 0 to `max`; false when the key is another.
fn scrolled(position: &mut usize, event: &KeyEvent, max: usize) -> bool {
    *position = match event.key.code {
        KeyCode::Up => position.saturating_sub(1),
        KeyCode::Down => position.saturating_add(1).min(max),
        KeyCode::PageUp => position.saturating_sub(10),
        KeyCode::PageDown => position.saturating_add(10).min(max),
        _ => return false,
    };
    true
}

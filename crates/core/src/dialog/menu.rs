//! The mouse's menu: the commands for what was clicked on, which are those of the keys.

use super::Dialog;
use crate::model::workspace::Model;
use crate::update::command::Place as At;
use crate::update::context::Context;
use segno_base::ids::{ClientId, PaneId, TabId};
use segno_base::screen::geometry::Point;
use segno_config::keys::command::Command;

/// What a menu is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    Pane(PaneId),
    Tab(TabId),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MenuDialog {
    pub subject: Subject,
    /// Where the mouse was; without one it is in the middle.
    pub at: Option<Point>,
    pub selected: usize,
}

const PANE: &[Command] = &[
    Command::SplitRight,
    Command::SplitDown,
    Command::Zoom,
    Command::FloatPane,
    Command::BreakPane,
    Command::MovePane,
    Command::RenamePane,
    Command::PinPane,
    Command::MutePane,
    Command::CopyMode,
    Command::ReadConversation,
    Command::Paste,
    Command::RestartPane,
    Command::ClosePane,
];

const TAB: &[Command] = &[
    Command::NewTab,
    Command::RenameTab,
    Command::NextLayout,
    Command::MoveTabLeft,
    Command::MoveTabRight,
    Command::Popup,
    Command::Sidebar,
    Command::OpenProject,
    Command::CloseTab,
];

impl MenuDialog {
    pub fn new(subject: Subject, at: Option<Point>) -> MenuDialog {
        MenuDialog { subject, at, selected: 0 }
    }

    /// Its lines, top to bottom.
    pub fn commands(&self) -> &'static [Command] {
        match self.subject {
            Subject::Pane(_) => PANE,
            Subject::Tab(_) => TAB,
        }
    }
}

impl Model {
    pub(crate) fn open_menu(
        &mut self,
        client: ClientId,
        subject: Subject,
        at: Option<Point>,
        cx: &mut Context,
    ) {
        self.open_dialog(client, Dialog::Menu(MenuDialog::new(subject, at)), cx);
    }
}

/// Runs the n-th command on what the menu is about, which gets the focus by that.
pub(super) fn choose(model: &mut Model, client: ClientId, index: usize, cx: &mut Context) {
    let Some(Dialog::Menu(menu)) = model.take_dialog(client) else { return };
    let Some(command) = menu.commands().get(index).copied() else { return };
    // What it is about may be gone meanwhile; then there is nothing left to do.
    let there = match menu.subject {
        Subject::Pane(pane) => model.focus(Some(client), pane, cx),
        Subject::Tab(tab) => model.show_tab(Some(client), tab, cx),
    };
    if there.is_ok() {
        model.run(command, At::client(client), cx);
    }
}

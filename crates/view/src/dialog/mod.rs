//! The dialogs, drawn from the model's data above everything else.
//!
//! Must not decide anything: what a key does to a dialog is `core/dialog`'s business.

mod big;
mod help;
mod history;
mod list;
mod menu;
mod new_pane;
mod notices;
mod palette;
mod panel;
mod question;
mod queue;
mod reader;
mod resume;
mod screens;
mod template;
mod trust;

use super::Composer;
use segno_core::dialog::Dialog;

impl Composer<'_> {
    /// Draws a dialog; answers the row that its text is shown from, when it scrolls.
    pub(super) fn dialog(&mut self, dialog: &Dialog) -> Option<usize> {
        let panel = match dialog {
            Dialog::Help { filter, scroll } => self.help(filter, *scroll),
            Dialog::NewPane(dialog) => self.new_pane(dialog),
            Dialog::RenamePane { pane, field } => self.rename(&format!("Rename {pane}"), field),
            Dialog::RenameTab { tab, field } => self.rename(&format!("Rename tab {tab}"), field),
            Dialog::ConfirmClose { pane } => self.confirm_close(*pane),
            Dialog::ConfirmCloseTab { tab } => self.confirm_close_tab(*tab),
            Dialog::ConfirmCloseOthers { pane } => self.confirm_close_others(*pane),
            Dialog::AskFile { pane, file, field } => self.ask_file(*pane, *file, field),
            Dialog::Tree { selected } => self.tree(*selected),
            Dialog::MovePane { pane, selected } => self.move_pane(*pane, *selected),
            Dialog::Resume(dialog) => self.resume(dialog),
            Dialog::Notices { selected } => self.notices(*selected),
            Dialog::Queue(dialog) => self.queue(dialog),
            Dialog::Template(dialog) => self.templates(dialog),
            Dialog::Trust(dialog) => self.trust(dialog),
            Dialog::Menu(menu) => {
                let panel = self.menu(menu);
                return self.panel_at(panel, menu.at);
            }
            Dialog::Palette(dialog) => self.palette(dialog),
            Dialog::History(dialog) => self.history(dialog),
            Dialog::Reader(dialog) => {
                let (panel, top) = self.reader(dialog);
                self.panel(panel);
                return Some(top);
            }
            Dialog::PaneNumbers => {
                self.pane_numbers();
                return None;
            }
            Dialog::Clock { .. } => {
                self.clock();
                return None;
            }
            Dialog::GoToTab { field } => {
                self.ask_tab("Go to the tab", "number or name", "go", field)
            }
            Dialog::PlaceTab { field, .. } => {
                self.ask_tab("Move the tab to", "place in the tab bar, from 1", "move", field)
            }
            Dialog::Clients { selected } => self.clients(*selected),
            Dialog::Copied { selected } => self.copied(*selected),
            Dialog::Settings(dialog) => self.settings(dialog),
            Dialog::Usage(dialog) => self.usage(dialog),
            Dialog::Messages { lines, scroll } => self.messages(lines, *scroll),
        };
        self.panel(panel)
    }
}

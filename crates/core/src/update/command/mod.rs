//! What the commands of the interface do. Keys, mouse and dialogs all come here.

mod on_pane;
mod stale;

use std::cmp::Reverse;
use std::path::PathBuf;

use crate::dialog::menu::Subject;
use crate::dialog::new_pane::{self, NewPaneDialog, Placement, TypeChoice};
use crate::dialog::palette::{PaletteDialog, Scope};
use crate::dialog::queue::QueueDialog;
use crate::dialog::text_field::TextField;
use crate::dialog::{AskedFile, Dialog, TreeRow};
use crate::model::workspace::Model;
use crate::panes::lifecycle::{Place as PanePlace, Refusal};
use crate::panes::past_conversations::ConversationQuery;
use crate::update::context::Context;
use crate::update::effect::{DetachReason, Effect, Scroll};
use on_pane::On;
use segno_agent::panetype::Kind;
use segno_agent::start::{Start, StartRequest};
use segno_base::ids::{ClientId, PaneId};
use segno_base::screen::geometry::{Direction, Rect};
use segno_config::keys::command::Command;

/// So many types are on top of those that can be opened.
const RECENT: usize = 3;

/// Where a command applies: the client that gave it, on its focused pane.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    client: ClientId,
}

impl Place {
    pub fn client(client: ClientId) -> Place {
        Place { client }
    }
}

impl Model {
    /// Runs a command for a client: what is for a pane, for the one that has its focus.
    pub fn run(&mut self, command: Command, at: Place, cx: &mut Context) {
        use Command as C;
        let id = at.client;
        if self.clients.get(&id).is_none_or(|c| c.read_only && !looks_only(command)) {
            return self.say(id, "this client is attached read-only".into(), cx);
        }
        match (command, self.focused_place(id)) {
            (C::Detach, _) => {
                cx.out.push(Effect::Detach { client: id, reason: DetachReason::Asked });
            }
            (C::DetachClient, _) => self.ask_client(id, cx),
            (C::Tour, _) => cx.out.push(Effect::Tour { client: id }),
            (C::Help, _) => self.open_dialog(id, Dialog::help(), cx),
            (C::Settings, _) => self.ask_settings(id, cx),
            (C::Usage, _) => self.ask_usage(id, cx),
            (C::Palette, _) => self.ask_palette(id, cx),
            (C::Tree, _) => self.ask_tree(id, cx),
            (C::Messages, _) => self.show_messages(id, cx),
            (C::Notifications, _) => self.open_dialog(id, Dialog::Notices { selected: 0 }, cx),
            (C::NextWaiting, _) => self.go_to_waiting(id, cx),
            (C::Clock, _) => self.open_clock(id, cx),
            (C::PaneNumbers, _) => self.open_dialog(id, Dialog::PaneNumbers, cx),
            (C::History, _) => self.ask_history(id, cx),
            (C::ReadConversation, _) => self.read_conversation(id, cx),
            (C::Resume, _) => self.ask_resume(id, cx),
            (C::NewPane, _) => self.ask_new_pane(id, cx),
            (C::Sidebar, _) => self.toggle_sidebar(id, cx),
            (C::Projects, _) => {
                let dialog = PaletteDialog::of(Scope::Projects);
                self.open_dialog(id, Dialog::Palette(Box::new(dialog)), cx);
            }
            (C::PreviousProject, _) => self.previous_project(id, cx),
            (C::OpenProject, _) => {
                let directory = self.current_directory(Some(id)).unwrap_or_default();
                cx.out.push(Effect::OpenProject { client: id, directory });
            }
            (C::NewTab, _) => self.open_default(id, None, cx),
            (C::NextTab, _) => self.step_tab(id, 1, cx),
            (C::PreviousTab, _) => self.step_tab(id, -1, cx),
            (C::LastTab, _) => self.show_last_tab(id, cx),
            (C::SelectTab(n), _) => self.show_tab_number(id, n, cx),
            (C::GoToTab, _) => {
                self.open_dialog(id, Dialog::GoToTab { field: TextField::default() }, cx);
            }
            (C::TabMenu, Some(on)) => self.open_menu(id, Subject::Tab(on.tab), None, cx),
            (C::RenameTab, Some(on)) => self.ask_tab_name(&on, cx),
            (C::PlaceTab, Some(on)) => self.ask_tab_place(&on, cx),
            (C::CloseTab, Some(on)) => self.close_tab_or_ask(&on, cx),
            (C::MoveTabLeft, Some(on)) => self.move_tab(on.tab, -1, cx),
            (C::MoveTabRight, Some(on)) => self.move_tab(on.tab, 1, cx),
            (C::SplitRight, Some(on)) => {
                self.open_default(id, Some((on.pane, Direction::Right)), cx);
            }
            (C::SplitDown, Some(on)) => {
                self.open_default(id, Some((on.pane, Direction::Down)), cx);
            }
            (C::ClosePane, Some(on)) => self.close_or_ask(&on, cx),
            (C::CloseOthers, Some(on)) => self.close_others_or_ask(&on, cx),
            (C::RestartPane, Some(on)) => self.restart_or_say(on.pane, id, Start::Recorded, cx),
            (C::PaneMenu, Some(on)) => self.open_menu(id, Subject::Pane(on.pane), None, cx),
            (C::RenamePane, Some(on)) => self.ask_pane_name(&on, cx),
            (C::PinPane, Some(on)) => {
                let words =
                    ["pinned: it stands first and asks before it closes", "not pinned any more"];
                self.toggle_extra(id, on.pane, |e| &mut e.pinned, words, cx);
            }
            (C::MutePane, Some(on)) => {
                let words = ["notifications muted", "notifications on"];
                self.toggle_extra(id, on.pane, |e| &mut e.muted, words, cx);
            }
            (C::BroadcastPane, Some(on)) => {
                let words = ["gets what is typed in the other chosen panes", "for itself again"];
                self.toggle_extra(id, on.pane, |e| &mut e.broadcast, words, cx);
            }
            (C::BroadcastTab, Some(_)) => self.toggle_broadcast(id, cx),
            (C::ColorPane, Some(on)) => self.next_color(id, on.pane, cx),
            (C::Review, Some(on)) => {
                cx.out.push(Effect::Review { client: id, pane: on.pane });
            }
            (C::EditNote, Some(on)) => {
                cx.out.push(Effect::EditNote { client: id, pane: on.pane });
            }
            (C::PromptQueue, Some(on)) => {
                let dialog = Dialog::Queue(Box::new(QueueDialog::new(on.pane)));
                self.open_dialog(id, dialog, cx);
            }
            (C::LogPane, Some(on)) => self.log_or_ask(&on, cx),
            (C::SaveScrollback, Some(on)) => {
                self.ask_file(id, on.pane, AskedFile::Scrollback, cx);
            }
            (C::Focus(direction), Some(_)) => self.focus_direction(id, direction, cx),
            (C::NextPane, Some(on)) => self.focus_next(&on, cx),
            (C::LastPane, Some(on)) => self.focus_last(&on, cx),
            (C::Zoom, Some(on)) => drop(self.zoom(Some(id), on.pane, cx)),
            (C::Resize(direction), Some(on)) => self.resize_by_key(&on, direction, cx),
            (C::SwapPrevious, Some(on)) => {
                self.swap_with(&on, |layout| layout.previous(on.pane), cx);
            }
            (C::SwapNext, Some(on)) => self.swap_with(&on, |layout| layout.next(on.pane), cx),
            (C::NextLayout, Some(on)) => self.next_arrangement(&on, cx),
            (C::Arrange(preset), Some(on)) => drop(self.arrange_as(on.pane, preset, cx)),
            (C::Rotate, Some(on)) => self.rotate(on.tab, cx),
            (C::Popup, Some(on)) => {
                let toggled = self.toggle_popup(Some(id), on.pane, cx).map(drop);
                self.say_refused(id, toggled, cx);
            }
            (C::FloatPane, Some(on)) => self.float_or_sink(&on, cx),
            (C::BreakPane, Some(on)) => {
                let moved = self.move_pane(on.pane, PanePlace::Tab, Some(id), cx);
                self.say_refused(id, moved, cx);
            }
            (C::MovePane, Some(on)) => self.ask_target(&on, cx),
            (C::ScrollUp, Some(on)) => scroll(on.pane, Scroll::HalfPages(1), cx),
            (C::ScrollDown, Some(on)) => scroll(on.pane, Scroll::HalfPages(-1), cx),
            (C::ScrollTop, Some(on)) => scroll(on.pane, Scroll::Top, cx),
            (C::ScrollBottom, Some(on)) => scroll(on.pane, Scroll::Bottom, cx),
            (
                C::CopyMode
                | C::CopyPageUp
                | C::CopySearch
                | C::CopyHints
                | C::CopyOutput
                | C::EditScrollback,
                Some(on),
            ) => self.copy_command(command, id, on.pane, cx),
            (C::Paste, Some(on)) => {
                let audience = self.audience(on.pane).into_iter();
                cx.out.extend(audience.map(|pane| Effect::PasteCopied { pane }));
            }
            (C::PasteFrom, Some(on)) => self.ask_copied(&on, cx),
            (C::DropInput, Some(on)) => {
                cx.out.push(Effect::DropInput { client: id, pane: on.pane });
            }
            (C::SendPrefix, Some(on)) => self.send_prefix(&on, cx),
            // Without a pane there is nothing that these could be for.
            (_, None) => {}
        }
    }

    /// Where a client's commands for a pane apply.
    fn focused_place(&self, client: ClientId) -> Option<On> {
        let (tab, pane) = (self.client_tab(client)?, self.focused(client)?);
        let (popup, tiled) = (tab.shown_popup(), self.tiled_focus(client).unwrap_or(tab.focus));
        // From the popup, it is the one below that had the focus before.
        let last = if popup.is_some() { Some(tiled) } else { self.last_focus(client) };
        let area = Rect::new(0, 0, tab.size.cols, tab.size.rows);
        Some(On { client, pane, tab: tab.id, popup: popup.is_some(), tiled, last, area })
    }

    fn ask_client(&mut self, id: ClientId, cx: &mut Context) {
        let selected = self.clients.keys().position(|other| *other == id).unwrap_or(0);
        self.open_dialog(id, Dialog::Clients { selected }, cx);
    }

    fn ask_palette(&mut self, id: ClientId, cx: &mut Context) {
        let dialog = PaletteDialog::all(cx.types.choices(), self.themes.clone());
        self.open_dialog(id, Dialog::Palette(Box::new(dialog)), cx);
        crate::dialog::template::look(self, id, cx);
        let wanted = ConversationQuery::default();
        cx.out.push(Effect::FindConversations { client: id, wanted });
    }

    fn ask_tree(&mut self, id: ClientId, cx: &mut Context) {
        let here = self.focused(id).map(TreeRow::Pane);
        let selected = self.tree_rows().iter().position(|row| Some(*row) == here);
        self.open_dialog(id, Dialog::Tree { selected: selected.unwrap_or(0) }, cx);
    }

    fn show_messages(&mut self, id: ClientId, cx: &mut Context) {
        let lines = self.messages();
        for pane in self.panes.values_mut() {
            pane.notes_read = pane.notes.len();
        }
        cx.out.push(Effect::Redraw);
        self.open_dialog(id, Dialog::Messages { lines, scroll: 0 }, cx);
    }

    fn show_last_tab(&mut self, id: ClientId, cx: &mut Context) {
        if let Some(tab) = self.clients.get(&id).and_then(|c| c.recent.first().copied()) {
            let _ = self.show_tab(Some(id), tab, cx);
        }
    }

    fn show_tab_number(&mut self, id: ClientId, n: u8, cx: &mut Context) {
        match self.tabs.get(usize::from(n).wrapping_sub(1)).map(|t| t.id) {
            Some(tab) => drop(self.show_tab(Some(id), tab, cx)),
            None => self.say(id, format!("there is no tab {n}"), cx),
        }
    }

    /// Says to a client why something was not done, if it was not.
    fn say_refused(&mut self, id: ClientId, done: Result<(), Refusal>, cx: &mut Context) {
        if let Err(refusal) = done {
            self.say(id, refusal.to_string(), cx);
        }
    }

    pub(crate) fn open_dialog(&mut self, id: ClientId, dialog: Dialog, cx: &mut Context) {
        if let Some(client) = self.clients.get_mut(&id) {
            client.dialog = Some(dialog);
            cx.out.push(Effect::RedrawClient(id));
        }
    }

    fn ask_file(&mut self, id: ClientId, pane: PaneId, file: AskedFile, cx: &mut Context) {
        let ending = match file {
            AskedFile::Log => "log",
            AskedFile::Scrollback => "txt",
        };
        let cwd = self.current_directory(Some(id)).unwrap_or_default();
        let suggested = cwd.join(format!("{pane}.{ending}"));
        let field = TextField::new(suggested.to_string_lossy());
        self.open_dialog(id, Dialog::AskFile { pane, file, field }, cx);
    }

    /// The directory a new pane beside the focused one starts in.
    pub fn current_directory(&self, client: Option<ClientId>) -> Option<PathBuf> {
        let pane = client.and_then(|c| self.focused(c)).or(self.focused_pane())?;
        Some(self.panes.get(&pane)?.spec.cwd.clone())
    }

    /// Opens a pane of the default type where the client is.
    fn open_default(&mut self, id: ClientId, split: Option<(PaneId, Direction)>, cx: &mut Context) {
        let spec = StartRequest {
            type_name: cx.default_type.to_string(),
            cwd: self.current_directory(Some(id)).unwrap_or_else(|| PathBuf::from("/")),
            ..StartRequest::default()
        };
        if let Some((of, side)) = split
            && !self.has_room(of, side)
        {
            return self.say(id, Refusal::NoRoom(of).to_string(), cx);
        }
        let place = match split {
            Some((of, side)) => PanePlace::Split { of, side },
            None => PanePlace::Tab,
        };
        match self.open(spec, place, Start::Fresh, None, cx) {
            Ok(pane) => drop(self.focus(Some(id), pane, cx)),
            Err(refusal) => self.say(id, refusal.to_string(), cx),
        }
    }

    fn ask_new_pane(&mut self, id: ClientId, cx: &mut Context) {
        let cwd = self.current_directory(Some(id)).unwrap_or_default();
        let mut choices = cx.types.choices();
        self.mark_recent(&mut choices);
        // What was opened last; then by kind, and of that what can be started first.
        choices.sort_by_cached_key(|choice| {
            (choice.recent.is_none(), choice.recent.map(Reverse), choice.kind, !choice.available)
        });
        let placement = match self.client_tab(id) {
            Some(_) => Placement::Split(Direction::Right),
            None => Placement::Tab,
        };
        let dialog = NewPaneDialog::new(choices, &cwd.to_string_lossy(), placement);
        self.open_dialog(id, Dialog::NewPane(Box::new(dialog)), cx);
    }

    /// Marks the few types whose panes were opened last, but for shells, which have keys of their
    /// own.
    fn mark_recent(&self, choices: &mut [TypeChoice]) {
        for choice in choices.iter_mut().filter(|c| c.kind != Kind::Shell && c.available) {
            let of_type = self.panes.values().filter(|p| p.spec.type_name == choice.name);
            choice.recent = of_type.map(|pane| pane.id).max();
        }
        let mut last: Vec<_> = choices.iter().filter_map(|choice| choice.recent).collect();
        last.sort_unstable_by_key(|pane| Reverse(*pane));
        let least = last.get(RECENT - 1).copied();
        for choice in choices {
            choice.recent = choice.recent.filter(|pane| least.is_none_or(|least| *pane >= least));
        }
    }

    /// Asks for a new pane of a type.
    pub(crate) fn ask_pane_of(&mut self, id: ClientId, type_name: &str, cx: &mut Context) {
        self.ask_new_pane(id, cx);
        if let Some(Dialog::NewPane(dialog)) = self.dialog(id) {
            dialog.begin_with(type_name);
            new_pane::ask(dialog, id, cx);
        }
    }

    /// Closes every pane of a tab.
    pub fn close_tab(&mut self, tab: segno_base::ids::TabId, cx: &mut Context) {
        let panes = self.tab(tab).map(|t| t.panes()).unwrap_or_default();
        for pane in panes {
            let _ = self.close(pane, cx);
        }
    }

    pub(crate) fn restart_or_say(
        &mut self,
        pane: PaneId,
        id: ClientId,
        start: Start,
        cx: &mut Context,
    ) {
        let restarted = self.restart(pane, start, cx);
        self.say_refused(id, restarted, cx);
    }

    /// What is to be known of all panes, a line each.
    fn messages(&self) -> Vec<String> {
        let notes = self
            .panes
            .values()
            .flat_map(|p| p.notes.iter().map(move |n| format!("{} {}: {n}", p.id, p.label())));
        let all: Vec<_> = self.warnings.iter().cloned().chain(notes).collect();
        if all.is_empty() { vec!["Nothing to report.".into()] } else { all }
    }
}

fn scroll(pane: PaneId, scroll: Scroll, cx: &mut Context) {
    cx.out.push(Effect::Scroll { pane, scroll });
}

/// Whether a command changes only what its own client sees.
fn looks_only(command: Command) -> bool {
    matches!(
        command,
        Command::Detach
            | Command::Help
            | Command::Usage
            | Command::Tree
            | Command::Palette
            | Command::History
            | Command::ReadConversation
            | Command::PromptQueue
            | Command::NextWaiting
            | Command::PreviousProject
            | Command::Projects
            | Command::Sidebar
            | Command::Messages
            | Command::Notifications
            | Command::NextTab
            | Command::NextPane
            | Command::LastPane
            | Command::Focus(_)
            | Command::PreviousTab
            | Command::LastTab
            | Command::SelectTab(_)
            | Command::PaneNumbers
            | Command::GoToTab
            | Command::Clock
            | Command::CopyMode
            | Command::CopyPageUp
            | Command::CopySearch
            | Command::CopyHints
            | Command::CopyOutput
    )
}

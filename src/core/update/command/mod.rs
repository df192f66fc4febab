//! What the commands of the interface do. Keys, mouse and dialogs all come here.

mod stale;

use crate::core::update::context::Context;
use std::cmp::Reverse;
use std::path::PathBuf;

use crate::core::dialog::menu::Subject;
use crate::core::dialog::new_pane::{NewPaneDialog, Placement};
use crate::core::dialog::palette::{PaletteDialog, Scope};
use crate::core::dialog::text_field::TextField;
use crate::core::dialog::{AskedFile, Dialog, TreeRow};
use crate::core::model::workspace::{Model, Tab};
use crate::core::panes::lifecycle::{Place as PanePlace, Refusal};
use crate::core::panes::past_conversations::ConversationQuery;
use crate::core::update::effect::{DetachReason, Effect, PaneInput, Scroll};
use crate::layout::floating::Floating;
use segno_agent::start::{Start, StartRequest};
use segno_base::ids::{ClientId, PaneId};
use segno_base::key::KeyEvent;
use segno_base::screen::geometry::{Direction, Rect};
use segno_config::keys::command::Command;

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

/// Cells by which one key press moves a border.
const RESIZE_STEP: u16 = 2;

impl Model {
    /// Runs a command for a client.
    pub fn run(&mut self, command: Command, at: Place, cx: &mut Context) {
        let id = at.client;
        if self.clients.get(&id).is_none_or(|c| c.read_only && !looks_only(command)) {
            return self.say(id, "this client is attached read-only".into(), cx);
        }
        match command {
            Command::Detach => {
                cx.out.push(Effect::Detach { client: id, reason: DetachReason::Asked });
            }
            Command::Help => self.open_dialog(id, Dialog::help(), cx),
            Command::Palette => {
                self.open_dialog(id, Dialog::Palette(Box::default()), cx);
                cx.out.push(Effect::FindConversations {
                    client: id,
                    wanted: ConversationQuery::default(),
                });
            }
            Command::Tree => {
                let here = self.focused(id).map(TreeRow::Pane);
                let selected = self.tree_rows().iter().position(|row| Some(*row) == here);
                self.open_dialog(id, Dialog::Tree { selected: selected.unwrap_or(0) }, cx);
            }
            Command::Messages => {
                let lines = self.messages();
                for pane in self.panes.values_mut() {
                    pane.notes_read = pane.notes.len();
                }
                cx.out.push(Effect::Redraw);
                self.open_dialog(id, Dialog::Messages { lines, scroll: 0 }, cx);
            }
            Command::Notifications => self.open_dialog(id, Dialog::Notices { selected: 0 }, cx),
            Command::PreviousProject => self.previous_project(id, cx),
            Command::Projects => {
                let dialog = PaletteDialog::of(Scope::Projects);
                self.open_dialog(id, Dialog::Palette(Box::new(dialog)), cx);
            }
            Command::Sidebar => self.toggle_sidebar(id, cx),
            Command::OpenProject => {
                let directory = self.current_directory(Some(id)).unwrap_or_default();
                cx.out.push(Effect::OpenProject { client: id, directory });
            }
            Command::PaneNumbers => self.open_dialog(id, Dialog::PaneNumbers, cx),
            Command::Clock => self.open_clock(id, cx),
            Command::GoToTab => {
                self.open_dialog(id, Dialog::GoToTab { field: TextField::default() }, cx);
            }
            Command::DetachClient => {
                let selected = self.clients.keys().position(|other| *other == id).unwrap_or(0);
                self.open_dialog(id, Dialog::Clients { selected }, cx);
            }
            Command::Tour => cx.out.push(Effect::Tour { client: id }),
            Command::NextWaiting => self.go_to_waiting(id, cx),
            Command::NewPane => self.ask_new_pane(id, cx),
            Command::Resume => self.ask_resume(id, cx),
            Command::History => self.ask_history(id, cx),
            Command::ReadConversation => self.read_conversation(id, cx),
            Command::NewTab => self.open_default(id, None, cx),
            Command::NextTab => self.step_tab(id, 1, cx),
            Command::PreviousTab => self.step_tab(id, -1, cx),
            Command::LastTab => {
                if let Some(tab) = self.clients.get(&id).and_then(|c| c.recent.first().copied()) {
                    let _ = self.show_tab(Some(id), tab, cx);
                }
            }
            Command::SelectTab(n) => {
                let tab = self.tabs.get(usize::from(n).wrapping_sub(1)).map(|t| t.id);
                match tab {
                    Some(tab) => drop(self.show_tab(Some(id), tab, cx)),
                    None => self.say(id, format!("there is no tab {n}"), cx),
                }
            }
            _ => {
                if let Some(pane) = self.focused(id) {
                    self.run_on_pane(command, id, pane, cx);
                }
            }
        }
    }

    fn run_on_pane(&mut self, command: Command, id: ClientId, pane: PaneId, cx: &mut Context) {
        let Some(tab) = self.client_tab(id) else { return };
        let (tab_id, popup) = (tab.id, tab.shown_popup());
        let tiled = self.tiled_focus(id).unwrap_or(tab.focus);
        // From the popup, it is the one below that had the focus before.
        let last_focus = if popup.is_some() { Some(tiled) } else { self.last_focus(id) };
        let area = Rect::new(0, 0, tab.size.cols, tab.size.rows);
        match command {
            Command::SplitRight => self.open_default(id, Some((pane, Direction::Right)), cx),
            Command::SplitDown => self.open_default(id, Some((pane, Direction::Down)), cx),
            Command::ClosePane => {
                let runs = self.panes.get(&pane).is_some_and(|p| p.is_live());
                if runs && cx.confirm_close || self.is_pinned(pane) {
                    self.open_dialog(id, Dialog::ConfirmClose { pane }, cx);
                } else {
                    let _ = self.close(pane, cx);
                }
            }
            Command::CloseTab => {
                let pinned = |tab: &Tab| tab.panes().iter().any(|p| self.is_pinned(*p));
                if cx.confirm_close || self.tab(tab_id).is_some_and(pinned) {
                    self.open_dialog(id, Dialog::ConfirmCloseTab { tab: tab_id }, cx);
                } else {
                    self.close_tab(tab_id, cx);
                }
            }
            Command::CloseOthers => {
                let others = self.others(pane);
                let runs = |p: &PaneId| self.panes.get(p).is_some_and(|p| p.is_live());
                if others.is_empty() {
                    self.say(id, "there is no other pane to close here".into(), cx);
                } else if cx.confirm_close && others.iter().any(runs) {
                    self.open_dialog(id, Dialog::ConfirmCloseOthers { pane }, cx);
                } else {
                    self.close_others(pane, cx);
                }
            }
            Command::PinPane => {
                let words =
                    ["pinned: it stands first and asks before it closes", "not pinned any more"];
                self.toggle_extra(id, pane, |e| &mut e.pinned, words, cx);
            }
            Command::MutePane => {
                let words = ["muted: it calls for nobody", "not muted any more"];
                self.toggle_extra(id, pane, |e| &mut e.muted, words, cx);
            }
            Command::EditNote => cx.out.push(Effect::EditNote { client: id, pane }),
            Command::LogPane if self.panes.get(&pane).is_some_and(|p| p.extras.log.is_some()) => {
                cx.out.push(Effect::Log { client: id, pane, path: None });
            }
            Command::LogPane => self.ask_file(id, pane, AskedFile::Log, cx),
            Command::SaveScrollback => self.ask_file(id, pane, AskedFile::Scrollback, cx),
            Command::ColorPane => self.next_color(id, pane, cx),
            Command::BroadcastPane => {
                let words = ["gets what is typed in the other chosen panes", "for itself again"];
                self.toggle_extra(id, pane, |e| &mut e.broadcast, words, cx);
            }
            Command::BroadcastTab => self.toggle_broadcast(id, cx),
            Command::RestartPane => self.restart_or_say(pane, id, Start::Recorded, cx),
            Command::RenamePane => {
                let name = self.panes.get(&pane).and_then(|p| p.spec.name.clone());
                let field = TextField::new(name.unwrap_or_default());
                self.open_dialog(id, Dialog::RenamePane { pane, field }, cx);
            }
            Command::RenameTab => {
                let name = self.tab(tab_id).and_then(|t| t.name.clone());
                let field = TextField::new(name.unwrap_or_default());
                self.open_dialog(id, Dialog::RenameTab { tab: tab_id, field }, cx);
            }
            Command::PlaceTab => {
                let place = self.tabs.iter().position(|t| t.id == tab_id).map_or(1, |at| at + 1);
                let field = TextField::new(place.to_string());
                self.open_dialog(id, Dialog::PlaceTab { tab: tab_id, field }, cx);
            }
            Command::PasteFrom if self.copied.is_empty() => {
                self.say(id, "nothing was copied yet".into(), cx);
            }
            Command::PasteFrom => self.open_dialog(id, Dialog::Copied { selected: 0 }, cx),
            Command::PaneMenu => self.open_menu(id, Subject::Pane(pane), None, cx),
            Command::TabMenu => self.open_menu(id, Subject::Tab(tab_id), None, cx),
            Command::Zoom => drop(self.zoom(Some(id), pane, cx)),
            Command::NextPane => {
                let next = self.tab(tab_id).and_then(|t| t.layout.next(pane));
                self.focus_within(Some(id), tab_id, next.unwrap_or(tiled), cx);
            }
            Command::LastPane => {
                self.focus_within(Some(id), tab_id, last_focus.unwrap_or(pane), cx);
            }
            Command::Focus(direction) => self.focus_direction(id, direction, cx),
            Command::Resize(direction) if popup.is_some() => {
                self.change_popup(tab_id, cx, |place| place.grow(direction, RESIZE_STEP, area));
            }
            Command::Resize(direction) => {
                if let Some(tab) = self.tab_mut(tab_id)
                    && tab.layout.resize(pane, direction, RESIZE_STEP, area)
                {
                    self.fit(cx);
                    cx.out.extend([Effect::Save, Effect::Redraw]);
                }
            }
            Command::Popup => {
                if let Err(refusal) = self.toggle_popup(Some(id), pane, cx) {
                    self.say(id, refusal.to_string(), cx);
                }
            }
            Command::FloatPane => {
                let to = match popup {
                    Some(_) => PanePlace::Split { of: tiled, side: Direction::Right },
                    None => PanePlace::Popup { of: pane },
                };
                if let Err(refusal) = self.move_pane(pane, to, Some(id), cx) {
                    self.say(id, refusal.to_string(), cx);
                }
            }
            Command::SwapPrevious | Command::SwapNext => {
                let Some(tab) = self.tab_mut(tab_id) else { return };
                let other = match command {
                    Command::SwapNext => tab.layout.next(pane),
                    _ => tab.layout.previous(pane),
                };
                if other.is_some_and(|other| tab.layout.swap(pane, other)) {
                    self.fit(cx);
                    cx.out.extend([Effect::Save, Effect::Redraw]);
                }
            }
            Command::NextLayout if popup.is_some() => {
                self.change_popup(tab_id, cx, Floating::next_place);
            }
            Command::NextLayout => self.next_layout(id, cx),
            Command::Arrange(preset) => drop(self.arrange_as(pane, preset, cx)),
            Command::Rotate => self.rotate(tab_id, cx),
            Command::BreakPane => {
                if let Err(refusal) = self.move_pane(pane, PanePlace::Tab, Some(id), cx) {
                    self.say(id, refusal.to_string(), cx);
                }
            }
            Command::MovePane => match self.move_targets(pane).is_empty() {
                true => self.say(id, "there is no other tab to move it to".into(), cx),
                false => self.open_dialog(id, Dialog::MovePane { pane, selected: 0 }, cx),
            },
            Command::MoveTabLeft => self.move_tab(tab_id, -1, cx),
            Command::MoveTabRight => self.move_tab(tab_id, 1, cx),
            Command::ScrollUp => scroll(pane, Scroll::HalfPages(1), cx),
            Command::ScrollDown => scroll(pane, Scroll::HalfPages(-1), cx),
            Command::ScrollTop => scroll(pane, Scroll::Top, cx),
            Command::ScrollBottom => scroll(pane, Scroll::Bottom, cx),
            Command::CopyMode
            | Command::CopyPageUp
            | Command::CopySearch
            | Command::CopyHints
            | Command::CopyOutput
            | Command::EditScrollback => self.copy_command(command, id, pane, cx),
            Command::Paste => {
                let audience = self.audience(pane);
                cx.out.extend(audience.into_iter().map(|pane| Effect::PasteCopied { pane }));
            }
            Command::DropInput => cx.out.push(Effect::DropInput { client: id, pane }),
            Command::SendPrefix => {
                let event = KeyEvent::from(cx.keys.prefix);
                if self.copy_key(id, pane, &event, cx) {
                    return;
                }
                self.typed(pane, PaneInput::Key(KeyEvent::from(cx.keys.prefix)), cx);
            }
            _ => {}
        }
    }

    pub(in crate::core) fn open_dialog(&mut self, id: ClientId, dialog: Dialog, cx: &mut Context) {
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
        // Within a kind: what can be started, and of that what is used most.
        choices.sort_by_cached_key(|choice| {
            let open = self.panes.values().filter(|p| p.spec.type_name == choice.name).count();
            (choice.kind, !choice.available, Reverse(open))
        });
        let placement = match self.client_tab(id) {
            Some(_) => Placement::Split(Direction::Right),
            None => Placement::Tab,
        };
        let dialog = NewPaneDialog::new(choices, &cwd.to_string_lossy(), placement);
        self.open_dialog(id, Dialog::NewPane(Box::new(dialog)), cx);
    }

    /// Closes every pane of a tab.
    pub fn close_tab(&mut self, tab: segno_base::ids::TabId, cx: &mut Context) {
        let panes = self.tab(tab).map(|t| t.panes()).unwrap_or_default();
        for pane in panes {
            let _ = self.close(pane, cx);
        }
    }

    pub(in crate::core) fn restart_or_say(
        &mut self,
        pane: PaneId,
        id: ClientId,
        start: Start,
        cx: &mut Context,
    ) {
        if let Err(refusal) = self.restart(pane, start, cx) {
            self.say(id, refusal.to_string(), cx);
        }
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
            | Command::Tree
            | Command::Palette
            | Command::History
            | Command::ReadConversation
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

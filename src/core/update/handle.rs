//! The one entrance: an event comes in, effects come out.

use crate::core::dialog::menu::Subject;
use crate::core::dialog::{self, Dialog};
use crate::core::model::workspace::{Client, Model, Pane};
use crate::core::update::command::Place as At;
use crate::core::update::context::Context;
use crate::core::update::effect::{Effect, PaneInput};
use crate::core::update::event::{Event, Target};
use segno_agent::start::Start;
use segno_base::ids::ClientId;
use segno_base::key::{
    Key, KeyCode, KeyEvent, KeyPhase, Modifiers, MouseAction, MouseButton, MouseEvent,
};
use segno_base::screen::geometry::Point;
use segno_config::keys::command::Command;
use segno_term::input::{binding, by_base_layout};

/// Keys that can be held down at once, generously.
const TAKEN_MAX: usize = 32;

impl Model {
    /// Changes the model as the event demands, and says what is to be done outside of it.
    pub fn handle(&mut self, event: Event, cx: &mut Context) {
        match event {
            Event::ClientAttached { client, size, read_only } => {
                self.attach(client, size, read_only, cx);
            }
            Event::ClientResized { client, size } => {
                if let Some(client) = self.clients.get_mut(&client) {
                    client.size = size.clamped();
                }
                self.fit(cx);
                cx.out.push(Effect::Redraw);
            }
            Event::ClientGone { client } => {
                self.clients.remove(&client);
                self.fit(cx);
                cx.out.push(Effect::Redraw);
            }
            Event::DialogShown { client, start } => match self.dialog(client) {
                Some(Dialog::Help { scroll, .. } | Dialog::Messages { scroll, .. }) => {
                    *scroll = start;
                }
                Some(Dialog::Reader(dialog)) => dialog.scroll = start,
                _ => {}
            },
            Event::Key { client, event } => self.key(client, event, cx),
            Event::Mouse { client, target, event } => self.mouse(client, target, event, cx),
            Event::PasteStart { client } => self.paste(client, PaneInput::PasteStart, cx),
            Event::Paste { client, bytes } => self.paste(client, PaneInput::Paste(bytes), cx),
            Event::PasteEnd { client } => self.paste(client, PaneInput::PasteEnd, cx),
            Event::Focus { client, gained } => {
                self.window_focus(client, gained, cx);
                if let Some(pane) = self.focused(client).filter(|_| self.may_write(client)) {
                    cx.out.push(Effect::Input { pane, input: PaneInput::Focus(gained) });
                }
            }
            Event::Started { pane, pid, assigned, notes } => {
                self.started(pane, pid, assigned, notes, cx)
            }
            Event::StartFailed { pane, why } => self.start_failed(pane, why, cx),
            Event::Exited { pane, status, stale } => {
                self.exited(pane, status, stale, cx);
                self.announce(pane, cx);
            }
            Event::Title { pane, title } => {
                if let Some(pane) = self.panes.get_mut(&pane).filter(|p| p.title != title) {
                    pane.title = title;
                    cx.out.push(Effect::Redraw);
                }
            }
            Event::ProjectFound { pane, cwd, root } => self.project_found(pane, &cwd, root, cx),
            Event::Cwd { pane: id, cwd } => {
                let moved = |p: &&mut Pane| p.spec.cwd != cwd && p.stand_in.as_ref() != Some(&cwd);
                if let Some(pane) = self.panes.get_mut(&id).filter(moved) {
                    pane.spec.cwd = cwd;
                    pane.stand_in = None;
                    cx.out.extend([Effect::Save, Effect::Redraw]);
                    self.find_project(id, false, cx);
                }
            }
            Event::InputWaits { pane, waits } => {
                if let Some(pane) = self.panes.get_mut(&pane).filter(|p| p.input_waits != waits) {
                    pane.input_waits = waits;
                    cx.out.push(Effect::Redraw);
                }
            }
            Event::Bell { pane } => self.rang(pane, cx),
            Event::Notified { pane, notification } => {
                self.posted(pane, &notification, cx);
            }
            Event::Found { pane, told } => self.found(pane, told, cx),
            Event::Recorded { pane, recorded } => {
                if let Some(pane) = self.panes.get_mut(&pane) {
                    pane.recorded = recorded;
                }
            }
            Event::Agent { pane, event } => self.agent_event(pane, &event, cx),
            Event::DirectoryListed { client, text, directory, completions } => {
                let listed = dialog::new_pane::Listed { text, directory, completions };
                dialog::new_pane::directory_listed(self, client, listed, cx);
            }
            Event::ConversationsFound { client, wanted, conversations } => {
                self.conversations_found(client, &wanted, conversations, cx);
            }
            Event::Searched { client, pane, hits } => self.copy_found(client, pane, hits, cx),
            Event::TextFound { client, text, found } => {
                if let Some(Dialog::Palette(dialog)) = self.dialog(client)
                    && dialog.text_found(client, &text, found, cx)
                {
                    cx.out.push(Effect::RedrawClient(client));
                }
            }
            Event::ArchiveSearched { client, query, found } => {
                self.archive_searched(client, &query, found, cx);
            }
            Event::ArchiveRead { client, passage, said } => {
                self.archive_read(client, passage, said, cx);
            }
            Event::ArchiveUpdated => self.archive_updated(cx),
            Event::ArchiveKeeps { pane, session } => self.archive_keeps(pane, &session, cx),
            Event::ConversationRestored { client, restored } => {
                self.conversation_restored(client, restored, cx);
            }
            Event::Reflowed { pane } => self.copy_reflowed(pane, cx),
            Event::Tick => {
                self.show_hints(cx);
                self.tick_clocks(cx.now, cx);
                self.tick_turns(cx);
                self.start_queued(cx);
            }
        }
        self.prune_copies();
        debug_assert_eq!(self.verify(), Ok(()));
    }

    fn attach(
        &mut self,
        id: ClientId,
        size: segno_base::screen::geometry::Size,
        read_only: bool,
        cx: &mut Context,
    ) {
        let client = Client {
            sidebar: self.sidebar.unwrap_or(self.looks.sidebar),
            read_only,
            ..Client::new(id, size.clamped(), self.active)
        };
        self.clients.insert(id, client);
        self.see();
        self.fit(cx);
        cx.out.push(Effect::Redraw);
    }

    pub(in crate::core) fn may_write(&self, client: ClientId) -> bool {
        self.clients.get(&client).is_some_and(|c| !c.read_only)
    }

    /// What was dragged stays where it was let go.
    fn dragged(&self, event: &MouseEvent, cx: &mut Context) {
        if matches!(event.action, MouseAction::Release(_)) {
            cx.out.push(Effect::Save);
        }
    }

    pub(in crate::core) fn key(&mut self, id: ClientId, event: KeyEvent, cx: &mut Context) {
        let Some(client) = self.clients.get_mut(&id) else { return };
        if event.phase == KeyPhase::Release && client.taken.remove(&event.key.code) {
            return;
        }
        if client.away {
            // Who types is there, whatever the terminal said last.
            self.window_focus(id, true, cx);
        }
        let handled = cx.out.len();
        self.lead_key(id, event.clone(), cx);
        // What did not go to a pane was for Segno.
        let is_input = |e: &Effect| matches!(e, Effect::Input { .. });
        if let Some(client) = self.clients.get_mut(&id)
            && event.phase != KeyPhase::Release
        {
            if cx.out[handled..].iter().any(is_input) {
                client.taken.remove(&event.key.code);
            } else if client.taken.len() < TAKEN_MAX {
                client.taken.insert(event.key.code);
            }
        }
    }

    /// Leads a key to the dialog, the command or the pane that it is for.
    fn lead_key(&mut self, id: ClientId, event: KeyEvent, cx: &mut Context) {
        let focused = self.focused(id);
        let Some(client) = self.clients.get_mut(&id) else { return };
        if client.message.take().is_some() {
            cx.out.push(Effect::RedrawClient(id));
        }
        let pressed = event.phase != KeyPhase::Release;
        if client.dialog.is_some() {
            if pressed && !is_modifier(&event) {
                cx.out.push(Effect::RedrawClient(id));
                dialog::key(self, id, &named(event), cx);
            }
            return;
        }
        let key = self.meant_key(id, &event, cx);
        if self.is_pending(id) {
            // A modifier that goes down on its own is not the key that follows the prefix.
            if pressed && !is_modifier(&event) {
                self.pending_key(id, key, cx);
            }
            return;
        }
        if pressed && cx.keys.is_prefix(key) {
            return self.begin_prefix(id, cx);
        }
        if pressed
            && !is_modifier(&event)
            && (self.repeated_key(id, key, cx) || self.global_key(id, key, cx))
        {
            return;
        }
        let read_only = !self.may_write(id);
        let Some(pane) = focused else { return };
        if self.copies.contains_key(&(id, pane)) {
            if pressed && !is_modifier(&event) {
                self.copy_key(id, pane, &named(event), cx);
            }
            return;
        }
        if read_only {
            return;
        }
        if self.panes.get(&pane).is_some_and(|p| p.choice.is_some()) {
            if pressed && !is_modifier(&event) {
                self.choice_key(pane, id, &named(event), cx);
            }
            return;
        }
        let Some(state) = self.panes.get(&pane) else { return };
        if state.is_live() {
            self.typed(pane, PaneInput::Key(event), cx);
        } else if pressed && key == Key::plain(KeyCode::Enter) {
            self.restart_or_say(pane, id, Start::Recorded, cx);
        }
    }

    fn paste(&mut self, id: ClientId, input: PaneInput, cx: &mut Context) {
        if let Some(pane) = self.focused(id)
            && self.copies.contains_key(&(id, pane))
            && self.dialog(id).is_none()
        {
            if let PaneInput::Paste(bytes) = &input {
                self.copy_paste(id, pane, &String::from_utf8_lossy(bytes), cx);
            }
            return;
        }
        if !self.may_write(id) {
            return;
        }
        if let Some(dialog) = self.dialog(id) {
            if let PaneInput::Paste(bytes) = &input {
                dialog.paste(&String::from_utf8_lossy(bytes));
                match dialog {
                    Dialog::NewPane(dialog) => dialog::new_pane::ask(dialog, id, cx),
                    Dialog::Palette(dialog) => dialog.ask(id, cx),
                    Dialog::History(dialog) => dialog.search(id, cx),
                    _ => {}
                }
                cx.out.push(Effect::RedrawClient(id));
            }
            return;
        }
        if let Some(pane) = self.focused(id) {
            self.typed(pane, input, cx);
        }
    }

    fn mouse(&mut self, id: ClientId, target: Target, event: MouseEvent, cx: &mut Context) {
        let left = event.action == MouseAction::Press(MouseButton::Left);
        let writes = self.may_write(id);
        if event.action == MouseAction::Press(MouseButton::Right) && writes {
            let subject = match target {
                Target::Tab(tab) => Some(Subject::Tab(tab)),
                Target::PaneEntry(pane) | Target::PaneMenu(pane) => Some(Subject::Pane(pane)),
                _ => None,
            };
            if let Some(subject) = subject {
                return self.open_menu(id, subject, Some(Point::new(event.x, event.y)), cx);
            }
        }
        // Anywhere else, a click ends the menu.
        if left
            && !matches!(target, Target::DialogRow(_))
            && matches!(self.dialog(id), Some(Dialog::Menu(_)))
        {
            self.take_dialog(id);
            return cx.out.push(Effect::RedrawClient(id));
        }
        let wheel = match event.action {
            MouseAction::Press(MouseButton::WheelUp) => Some(KeyCode::Up),
            MouseAction::Press(MouseButton::WheelDown) => Some(KeyCode::Down),
            _ => None,
        };
        if let Some(code) = wheel
            && self.dialog(id).is_some()
        {
            cx.out.push(Effect::RedrawClient(id));
            let notch = KeyEvent::from(Key::plain(code));
            return (0..self.mouse.wheel_lines).for_each(|_| dialog::key(self, id, &notch, cx));
        }
        match target {
            Target::Tab(_) | Target::PaneEntry(_) if wheel.is_some() => {
                self.step_tab(id, if wheel == Some(KeyCode::Up) { -1 } else { 1 }, cx);
            }
            Target::DialogRow(row) if left => {
                cx.out.push(Effect::RedrawClient(id));
                dialog::click(self, id, row, cx);
            }
            Target::Answer { pane, index } if left && writes => {
                let choice = self.panes.get(&pane).and_then(|p| p.choice.as_ref());
                let answer = choice.and_then(|c| c.answers().get(index)).copied();
                if let Some(answer) = answer {
                    self.answer_stale(pane, id, answer, cx);
                }
            }
            Target::Tab(tab) if left => {
                // A tab that was closed meanwhile needs no answer.
                let _ = self.show_tab(Some(id), tab, cx);
            }
            Target::PaneEntry(pane) if left => drop(self.focus(Some(id), pane, cx)),
            Target::NewTab if left && writes => {
                self.run(Command::NewTab, At::client(id), cx);
            }
            Target::Divider { tab, path, at } if writes && self.mouse.drag_borders => {
                if matches!(event.action, MouseAction::Drag(MouseButton::Left))
                    && let Some(tab) = self.tab_mut(tab)
                {
                    let size = tab.size;
                    let area = segno_base::screen::geometry::Rect::new(0, 0, size.cols, size.rows);
                    tab.layout.drag(&path, at, area);
                    self.fit(cx);
                    cx.out.extend([Effect::SaveSoon, Effect::Redraw]);
                }
                self.dragged(&event, cx);
            }
            Target::Popup { tab, grip, at } if writes && self.mouse.drag_borders => {
                if matches!(event.action, MouseAction::Drag(MouseButton::Left)) {
                    let before = cx.out.len();
                    self.drag_popup(tab, grip, at, cx);
                    // Each motion is followed by another; the last one stores it.
                    let moved = cx.out.split_off(before).into_iter();
                    cx.out.extend(moved.filter(|effect| *effect != Effect::Save));
                }
                self.dragged(&event, cx);
            }
            Target::Pane(pane)
                if left
                    && writes
                    && event.mods.contains(Modifiers::CTRL)
                    && self.open_link(id, pane, &event, cx) => {}
            Target::Pane(pane)
                if event.action == MouseAction::Press(MouseButton::Middle)
                    && writes
                    && !self.copies.contains_key(&(id, pane))
                    && !cx.copy.texts.wants_mouse(pane) =>
            {
                let _ = self.focus(Some(id), pane, cx);
                cx.out.push(Effect::PasteCopied { pane });
            }
            Target::Pane(pane) => {
                if self.copy_mouse(id, pane, &event, cx) {
                    if left && writes && self.focused(id) != Some(pane) {
                        let _ = self.focus(Some(id), pane, cx);
                    }
                    return;
                }
                // Focus and scroll position are everybody's: a client that only looks leaves them.
                if !writes {
                    return;
                }
                let pressed = matches!(
                    event.action,
                    MouseAction::Press(
                        MouseButton::Left | MouseButton::Middle | MouseButton::Right
                    )
                );
                let follows = self.mouse.focus_follows && event.action == MouseAction::Move;
                if (pressed || follows) && self.focused(id) != Some(pane) {
                    let _ = self.focus(Some(id), pane, cx);
                }
                // The server sends what the program asked for and scrolls where it did not.
                cx.out.push(Effect::Input { pane, input: PaneInput::Mouse(event) });
            }
            _ => {}
        }
    }

    /// Shows a line to one client until its next key.
    pub fn say(&mut self, client: ClientId, message: String, cx: &mut Context) {
        if let Some(state) = self.clients.get_mut(&client) {
            state.message = Some(message);
            cx.out.push(Effect::RedrawClient(client));
        }
    }
}

/// A key as dialogs know it: by the name that settings have for it, whatever the terminal sent.
fn named(event: KeyEvent) -> KeyEvent {
    // A text is never typed with these held, so that the place counts where the layout is another.
    let commands = [Modifiers::CTRL, Modifiers::ALT, Modifiers::SUPER];
    let held = commands.iter().any(|held| event.key.mods.contains(*held));
    let key = match by_base_layout(&event).filter(|_| held).unwrap_or_else(|| binding(&event)) {
        // What the backspace key sends on many terminals.
        key if key == Key::ctrl('h') => Key::plain(KeyCode::Backspace),
        key if key == Key::ctrl('m') || key == Key::ctrl('j') => Key::plain(KeyCode::Enter),
        key if key == Key::ctrl('i') => Key::plain(KeyCode::Tab),
        key if key == Key::ctrl('[') => Key::plain(KeyCode::Escape),
        key => key,
    };
    KeyEvent { key, ..event }
}

/// Kitty's codes for modifier keys as keys of their own (kitty keyboard protocol, functional keys).
fn is_modifier(event: &KeyEvent) -> bool {
    matches!(event.key.code, KeyCode::Other(57441..=57454 | 57358..=57360))
}

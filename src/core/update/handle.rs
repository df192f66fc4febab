//! The one entrance: an event comes in, effects come out.

use crate::core::dialog::menu::Subject;
use crate::core::dialog::{self, Dialog};
use crate::core::model::workspace::{Client, Model, Pane};
use crate::core::update::command::Place as At;
use crate::core::update::effect::{Effect, PaneInput};
use crate::core::update::event::{Context, Event, Target};
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
    pub fn handle(&mut self, event: Event, cx: &Context) -> Vec<Effect> {
        let mut effects = Vec::new();
        let out = &mut effects;
        match event {
            Event::ClientAttached { client, size, read_only } => {
                self.attach(client, size, read_only, out);
            }
            Event::ClientResized { client, size } => {
                if let Some(client) = self.clients.get_mut(&client) {
                    client.size = size.clamped();
                }
                self.fit(out);
                out.push(Effect::Redraw);
            }
            Event::ClientGone { client } => {
                self.clients.remove(&client);
                self.fit(out);
                out.push(Effect::Redraw);
            }
            Event::DialogShown { client, start } => match self.dialog(client) {
                Some(Dialog::Help { scroll, .. } | Dialog::Messages { scroll, .. }) => {
                    *scroll = start;
                }
                Some(Dialog::Reader(dialog)) => dialog.scroll = start,
                _ => {}
            },
            Event::Key { client, event } => self.key(client, event, cx, out),
            Event::Mouse { client, target, event } => self.mouse(client, target, event, cx, out),
            Event::PasteStart { client } => self.paste(client, PaneInput::PasteStart, cx, out),
            Event::Paste { client, bytes } => self.paste(client, PaneInput::Paste(bytes), cx, out),
            Event::PasteEnd { client } => self.paste(client, PaneInput::PasteEnd, cx, out),
            Event::Focus { client, gained } => {
                self.window_focus(client, gained, out);
                if let Some(pane) = self.focused(client).filter(|_| self.may_write(client)) {
                    out.push(Effect::Input { pane, input: PaneInput::Focus(gained) });
                }
            }
            Event::Started { pane, pid, assigned, notes } => {
                self.started(pane, pid, assigned, notes, cx, out)
            }
            Event::StartFailed { pane, why } => self.start_failed(pane, why, cx, out),
            Event::Exited { pane, status, stale } => {
                self.exited(pane, status, stale, cx, out);
                self.announce(pane, out);
            }
            Event::Title { pane, title } => {
                if let Some(pane) = self.panes.get_mut(&pane).filter(|p| p.title != title) {
                    pane.title = title;
                    out.push(Effect::Redraw);
                }
            }
            Event::ProjectFound { pane, cwd, root } => self.project_found(pane, &cwd, root, out),
            Event::Cwd { pane: id, cwd } => {
                let moved = |p: &&mut Pane| p.spec.cwd != cwd && p.stand_in.as_ref() != Some(&cwd);
                if let Some(pane) = self.panes.get_mut(&id).filter(moved) {
                    pane.spec.cwd = cwd;
                    pane.stand_in = None;
                    out.extend([Effect::Save, Effect::Redraw]);
                    self.find_project(id, false, out);
                }
            }
            Event::InputWaits { pane, waits } => {
                if let Some(pane) = self.panes.get_mut(&pane).filter(|p| p.input_waits != waits) {
                    pane.input_waits = waits;
                    out.push(Effect::Redraw);
                }
            }
            Event::Bell { pane } => self.rang(pane, cx, out),
            Event::Notified { pane, notification } => {
                self.posted(pane, &notification, cx, out);
            }
            Event::Found { pane, told } => self.found(pane, told, cx, out),
            Event::Recorded { pane, recorded } => {
                if let Some(pane) = self.panes.get_mut(&pane) {
                    pane.recorded = recorded;
                }
            }
            Event::Agent { pane, event } => self.agent_event(pane, &event, cx, out),
            Event::DirectoryListed { client, text, directory, completions } => {
                let listed = dialog::new_pane::Listed { text, directory, completions };
                dialog::new_pane::directory_listed(self, client, listed, cx, out);
            }
            Event::ConversationsFound { client, wanted, conversations } => {
                self.conversations_found(client, &wanted, conversations, out);
            }
            Event::Searched { client, pane, hits } => self.copy_found(client, pane, hits, cx, out),
            Event::TextFound { client, text, found } => {
                if let Some(Dialog::Palette(dialog)) = self.dialog(client)
                    && dialog.text_found(client, &text, found, out)
                {
                    out.push(Effect::RedrawClient(client));
                }
            }
            Event::ArchiveSearched { client, query, found } => {
                self.archive_searched(client, &query, found, out);
            }
            Event::ArchiveRead { client, passage, said } => {
                self.archive_read(client, passage, said, out);
            }
            Event::ArchiveUpdated => self.archive_updated(out),
            Event::ArchiveKeeps { pane, session } => self.archive_keeps(pane, &session, out),
            Event::ConversationRestored { client, restored } => {
                self.conversation_restored(client, restored, cx, out);
            }
            Event::Reflowed { pane } => self.copy_reflowed(pane, cx, out),
            Event::Tick => {
                self.show_hints(cx, out);
                self.tick_clocks(cx.now, out);
                self.tick_turns(cx, out);
                self.start_queued(cx, out);
            }
        }
        self.prune_copies();
        debug_assert_eq!(self.verify(), Ok(()));
        effects
    }

    fn attach(
        &mut self,
        id: ClientId,
        size: segno_base::screen::geometry::Size,
        read_only: bool,
        out: &mut Vec<Effect>,
    ) {
        let client = Client {
            sidebar: self.sidebar.unwrap_or(self.looks.sidebar),
            read_only,
            ..Client::new(id, size.clamped(), self.active)
        };
        self.clients.insert(id, client);
        self.see();
        self.fit(out);
        out.push(Effect::Redraw);
    }

    pub(in crate::core) fn may_write(&self, client: ClientId) -> bool {
        self.clients.get(&client).is_some_and(|c| !c.read_only)
    }

    /// What was dragged stays where it was let go.
    fn dragged(&self, event: &MouseEvent, out: &mut Vec<Effect>) {
        if matches!(event.action, MouseAction::Release(_)) {
            out.push(Effect::Save);
        }
    }

    pub(in crate::core) fn key(
        &mut self,
        id: ClientId,
        event: KeyEvent,
        cx: &Context,
        out: &mut Vec<Effect>,
    ) {
        let Some(client) = self.clients.get_mut(&id) else { return };
        if event.phase == KeyPhase::Release && client.taken.remove(&event.key.code) {
            return;
        }
        if client.away {
            // Who types is there, whatever the terminal said last.
            self.window_focus(id, true, out);
        }
        let handled = out.len();
        self.lead_key(id, event.clone(), cx, out);
        // What did not go to a pane was for Segno.
        let is_input = |e: &Effect| matches!(e, Effect::Input { .. });
        if let Some(client) = self.clients.get_mut(&id)
            && event.phase != KeyPhase::Release
        {
            if out[handled..].iter().any(is_input) {
                client.taken.remove(&event.key.code);
            } else if client.taken.len() < TAKEN_MAX {
                client.taken.insert(event.key.code);
            }
        }
    }

    /// Leads a key to the dialog, the command or the pane that it is for.
    fn lead_key(&mut self, id: ClientId, event: KeyEvent, cx: &Context, out: &mut Vec<Effect>) {
        let focused = self.focused(id);
        let Some(client) = self.clients.get_mut(&id) else { return };
        if client.message.take().is_some() {
            out.push(Effect::RedrawClient(id));
        }
        let pressed = event.phase != KeyPhase::Release;
        if client.dialog.is_some() {
            if pressed && !is_modifier(&event) {
                out.push(Effect::RedrawClient(id));
                dialog::key(self, id, &named(event), cx, out);
            }
            return;
        }
        let key = self.meant_key(id, &event, cx);
        if self.is_pending(id) {
            // A modifier that goes down on its own is not the key that follows the prefix.
            if pressed && !is_modifier(&event) {
                self.pending_key(id, key, cx, out);
            }
            return;
        }
        if pressed && cx.keys.is_prefix(key) {
            return self.begin_prefix(id, cx, out);
        }
        if pressed
            && !is_modifier(&event)
            && (self.repeated_key(id, key, cx, out) || self.global_key(id, key, cx, out))
        {
            return;
        }
        let read_only = !self.may_write(id);
        let Some(pane) = focused else { return };
        if self.copies.contains_key(&(id, pane)) {
            if pressed && !is_modifier(&event) {
                self.copy_key(id, pane, &named(event), cx, out);
            }
            return;
        }
        if read_only {
            return;
        }
        if self.panes.get(&pane).is_some_and(|p| p.choice.is_some()) {
            if pressed && !is_modifier(&event) {
                self.choice_key(pane, id, &named(event), cx, out);
            }
            return;
        }
        let Some(state) = self.panes.get(&pane) else { return };
        if state.is_live() {
            self.typed(pane, PaneInput::Key(event), out);
        } else if pressed && key == Key::plain(KeyCode::Enter) {
            self.restart_or_say(pane, id, Start::Recorded, cx, out);
        }
    }

    fn paste(&mut self, id: ClientId, input: PaneInput, cx: &Context, out: &mut Vec<Effect>) {
        if let Some(pane) = self.focused(id)
            && self.copies.contains_key(&(id, pane))
            && self.dialog(id).is_none()
        {
            if let PaneInput::Paste(bytes) = &input {
                self.copy_paste(id, pane, &String::from_utf8_lossy(bytes), cx, out);
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
                    Dialog::NewPane(dialog) => dialog::new_pane::ask(dialog, id, out),
                    Dialog::Palette(dialog) => dialog.ask(id, out),
                    Dialog::History(dialog) => dialog.search(id, out),
                    _ => {}
                }
                out.push(Effect::RedrawClient(id));
            }
            return;
        }
        if let Some(pane) = self.focused(id) {
            self.typed(pane, input, out);
        }
    }

    fn mouse(
        &mut self,
        id: ClientId,
        target: Target,
        event: MouseEvent,
        cx: &Context,
        out: &mut Vec<Effect>,
    ) {
        let left = event.action == MouseAction::Press(MouseButton::Left);
        let writes = self.may_write(id);
        if event.action == MouseAction::Press(MouseButton::Right) && writes {
            let subject = match target {
                Target::Tab(tab) => Some(Subject::Tab(tab)),
                Target::PaneEntry(pane) | Target::PaneMenu(pane) => Some(Subject::Pane(pane)),
                _ => None,
            };
            if let Some(subject) = subject {
                return self.open_menu(id, subject, Some(Point::new(event.x, event.y)), out);
            }
        }
        // Anywhere else, a click ends the menu.
        if left
            && !matches!(target, Target::DialogRow(_))
            && matches!(self.dialog(id), Some(Dialog::Menu(_)))
        {
            self.take_dialog(id);
            return out.push(Effect::RedrawClient(id));
        }
        let wheel = match event.action {
            MouseAction::Press(MouseButton::WheelUp) => Some(KeyCode::Up),
            MouseAction::Press(MouseButton::WheelDown) => Some(KeyCode::Down),
            _ => None,
        };
        if let Some(code) = wheel
            && self.dialog(id).is_some()
        {
            out.push(Effect::RedrawClient(id));
            let notch = KeyEvent::from(Key::plain(code));
            return (0..self.mouse.wheel_lines)
                .for_each(|_| dialog::key(self, id, &notch, cx, out));
        }
        match target {
            Target::Tab(_) | Target::PaneEntry(_) if wheel.is_some() => {
                self.step_tab(id, if wheel == Some(KeyCode::Up) { -1 } else { 1 }, out);
            }
            Target::DialogRow(row) if left => {
                out.push(Effect::RedrawClient(id));
                dialog::click(self, id, row, cx, out);
            }
            Target::Answer { pane, index } if left && writes => {
                let choice = self.panes.get(&pane).and_then(|p| p.choice.as_ref());
                let answer = choice.and_then(|c| c.answers().get(index)).copied();
                if let Some(answer) = answer {
                    self.answer_stale(pane, id, answer, cx, out);
                }
            }
            Target::Tab(tab) if left => {
                // A tab that was closed meanwhile needs no answer.
                let _ = self.show_tab(Some(id), tab, out);
            }
            Target::PaneEntry(pane) if left => drop(self.focus(Some(id), pane, out)),
            Target::NewTab if left && writes => {
                self.run(Command::NewTab, At::client(id), cx, out);
            }
            Target::Divider { tab, path, at } if writes && self.mouse.drag_borders => {
                if matches!(event.action, MouseAction::Drag(MouseButton::Left))
                    && let Some(tab) = self.tab_mut(tab)
                {
                    let size = tab.size;
                    let area = segno_base::screen::geometry::Rect::new(0, 0, size.cols, size.rows);
                    tab.layout.drag(&path, at, area);
                    self.fit(out);
                    out.extend([Effect::SaveSoon, Effect::Redraw]);
                }
                self.dragged(&event, out);
            }
            Target::Popup { tab, grip, at } if writes && self.mouse.drag_borders => {
                if matches!(event.action, MouseAction::Drag(MouseButton::Left)) {
                    let mut moved = Vec::new();
                    self.drag_popup(tab, grip, at, &mut moved);
                    // Each motion is followed by another; the last one stores it.
                    moved.retain(|effect| *effect != Effect::Save);
                    out.extend(moved);
                }
                self.dragged(&event, out);
            }
            Target::Pane(pane)
                if left
                    && writes
                    && event.mods.contains(Modifiers::CTRL)
                    && self.open_link(id, pane, &event, cx, out) => {}
            Target::Pane(pane)
                if event.action == MouseAction::Press(MouseButton::Middle)
                    && writes
                    && !self.copies.contains_key(&(id, pane))
                    && !cx.copy.texts.wants_mouse(pane) =>
            {
                let _ = self.focus(Some(id), pane, out);
                out.push(Effect::PasteCopied { pane });
            }
            Target::Pane(pane) => {
                if self.copy_mouse(id, pane, &event, cx, out) {
                    if left && writes && self.focused(id) != Some(pane) {
                        let _ = self.focus(Some(id), pane, out);
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
                    let _ = self.focus(Some(id), pane, out);
                }
                // The server sends what the program asked for and scrolls where it did not.
                out.push(Effect::Input { pane, input: PaneInput::Mouse(event) });
            }
            _ => {}
        }
    }

    /// Shows a line to one client until its next key.
    pub fn say(&mut self, client: ClientId, message: String, out: &mut Vec<Effect>) {
        if let Some(state) = self.clients.get_mut(&client) {
            state.message = Some(message);
            out.push(Effect::RedrawClient(client));
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

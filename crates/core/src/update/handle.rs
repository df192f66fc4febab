//! The one entrance: an event comes in, effects come out.

use std::path::PathBuf;

use crate::dialog::palette::TextMatch;
use crate::dialog::{self, Dialog};
use crate::model::client::{AttachMode, Client};
use crate::model::pane::{InputWaits, Pane};
use crate::model::workspace::Model;
use crate::update::context::Context;
use crate::update::effect::{DetachReason, Effect, PaneInput};
use crate::update::event::Event;
use segno_agent::start::Start;
use segno_base::ids::{ClientId, PaneId};
use segno_base::key::{Key, KeyCode, KeyEvent, KeyPhase, Modifiers};
use segno_base::screen::geometry::Size;
use segno_term::input::{binding, by_base_layout};

/// Keys that can be held down at once, generously.
const TAKEN_MAX: usize = 32;

impl Model {
    /// Changes the model as the event demands, and says what is to be done outside of it.
    pub fn handle(&mut self, event: Event, cx: &mut Context) {
        match event {
            Event::ClientAttached { client, size, mode } => self.attach(client, size, mode, cx),
            Event::ClientResized { client, size } => self.client_resized(client, size, cx),
            Event::ClientGone { client } => self.client_gone(client, cx),
            Event::DialogShown { client, start } => self.dialog_shown(client, start),
            Event::Key { client, event } => self.key(client, event, cx),
            Event::Mouse { client, target, event } => self.mouse(client, target, event, cx),
            Event::PasteStart { client } => self.paste(client, PaneInput::PasteStart, cx),
            Event::Paste { client, bytes } => self.paste(client, PaneInput::Paste(bytes), cx),
            Event::PasteEnd { client } => self.paste(client, PaneInput::PasteEnd, cx),
            Event::Focus { client, gained } => self.terminal_focus(client, gained, cx),
            Event::Started { pane, pid, assigned, notes } => {
                self.started(pane, pid, assigned, notes, cx)
            }
            Event::StartFailed { pane, why } => self.start_failed(pane, why, cx),
            Event::Exited { pane, status, stale } => {
                self.exited(pane, status, stale, cx);
                self.announce(pane, cx);
            }
            Event::Title { pane, title } => self.titled(pane, title, cx),
            Event::ProjectFound { pane, cwd, root } => self.project_found(pane, &cwd, root, cx),
            Event::Glanced { cwd, glance } => self.glanced(&cwd, glance.as_ref(), cx),
            Event::Cwd { pane, cwd } => self.went_to(pane, cwd, cx),
            Event::InputWaits { pane, waits } => self.input_waits(pane, waits, cx),
            Event::Bell { pane } => self.rang(pane, cx),
            Event::Notified { pane, notification } => {
                self.posted(pane, &notification, cx);
            }
            Event::Found { pane, alert } => self.found(pane, alert, cx),
            Event::Recorded { pane, recorded } => self.set_recorded(pane, recorded),
            Event::Agent { pane, event } => self.agent_event(pane, &event, cx),
            Event::TemplatesFound { client, templates, notes } => {
                dialog::template::found(self, client, templates, notes, cx);
            }
            Event::DirectoryListed { client, text, directory, completions } => {
                let listed = dialog::new_pane::Listed { text, directory, completions };
                dialog::new_pane::directory_listed(self, client, listed, cx);
            }
            Event::ConversationsFound { client, wanted, conversations } => {
                self.conversations_found(client, &wanted, conversations, cx);
            }
            Event::SettingsRead { client, settings, error } => {
                self.settings_read(client, settings, error, cx);
            }
            Event::UsageRead { client, sums } => self.usage_read(client, sums, cx),
            Event::Searched { client, pane, hits } => self.copy_found(client, pane, hits, cx),
            Event::TextFound { client, text, found } => self.text_found(client, &text, found, cx),
            Event::ArchiveSearched { client, query, found } => {
                self.archive_searched(client, &query, found, cx);
            }
            Event::ArchiveListed { client, names } => self.archive_listed(client, names, cx),
            Event::ArchiveRead { client, passage, said } => {
                self.archive_read(client, passage, said, cx);
            }
            Event::ArchiveUpdated => self.archive_updated(cx),
            Event::ArchiveKeeps { pane, session } => self.archive_keeps(pane, &session, cx),
            Event::ConversationRestored { client, restored } => {
                self.conversation_restored(client, restored, cx);
            }
            Event::Curated { type_name, session, text, failed } => {
                self.curated(&type_name, &session, &text, failed, cx);
            }
            Event::Reflowed { pane } => self.copy_reflowed(pane, cx),
            Event::Tick => {
                self.show_hints(cx);
                self.tick_clocks(cx.now, cx);
                self.tick_status_clock(cx);
                self.tick_turns(cx);
                self.tick_sleep(cx);
                self.tick_driven(cx);
                self.start_queued(cx);
            }
        }
        self.prune_copies();
        debug_assert_eq!(self.verify(), Ok(()));
    }

    fn attach(&mut self, id: ClientId, size: Size, mode: AttachMode, cx: &mut Context) {
        let client = Client {
            sidebar: self.sidebar.unwrap_or(self.looks.sidebar),
            ..Client::new(id, size.clamped(), self.active, mode)
        };
        if mode.only.is_some_and(|pane| !self.panes.contains_key(&pane)) {
            cx.out.push(Effect::Detach { client: id, reason: DetachReason::Closed });
        }
        self.clients.insert(id, client);
        self.see();
        self.fit(cx);
        cx.out.push(Effect::Redraw);
    }

    fn client_resized(&mut self, client: ClientId, size: Size, cx: &mut Context) {
        if let Some(client) = self.clients.get_mut(&client) {
            client.size = size.clamped();
        }
        self.fit(cx);
        cx.out.push(Effect::Redraw);
    }

    fn client_gone(&mut self, client: ClientId, cx: &mut Context) {
        self.clients.remove(&client);
        self.fit(cx);
        cx.out.push(Effect::Redraw);
    }

    fn dialog_shown(&mut self, client: ClientId, start: usize) {
        match self.dialog(client) {
            Some(Dialog::Help { scroll, .. } | Dialog::Messages { scroll, .. }) => *scroll = start,
            Some(Dialog::Reader(dialog)) => dialog.scroll = start,
            Some(Dialog::Usage(dialog)) => dialog.scroll = start,
            _ => {}
        }
    }

    fn terminal_focus(&mut self, client: ClientId, gained: bool, cx: &mut Context) {
        self.window_focus(client, gained, cx);
        if let Some(pane) = self.focused(client).filter(|_| self.may_write(client)) {
            cx.out.push(Effect::Input { pane, input: PaneInput::Focus(gained) });
        }
    }

    fn titled(&mut self, pane: PaneId, title: String, cx: &mut Context) {
        if let Some(pane) = self.panes.get_mut(&pane).filter(|p| p.title != title) {
            pane.title = title;
            cx.out.push(Effect::Redraw);
        }
    }

    /// Another program is in the foreground of the pane's shell; `None`: the shell itself.
    pub fn in_foreground(&mut self, pane: PaneId, program: Option<String>, cx: &mut Context) {
        if let Some(pane) = self.panes.get_mut(&pane).filter(|p| p.foreground != program) {
            pane.foreground = program;
            cx.out.push(Effect::Redraw);
        }
    }

    /// The pane's program is in another directory, or starts there from now on.
    pub fn went_to(&mut self, id: PaneId, cwd: PathBuf, cx: &mut Context) {
        let moved = |p: &&mut Pane| p.spec.cwd != cwd;
        if let Some(pane) = self.panes.get_mut(&id).filter(moved) {
            pane.spec.cwd = cwd;
            pane.glance = None;
            cx.out.extend([Effect::Save, Effect::Redraw]);
            self.find_project(id, false, cx);
        }
    }

    fn input_waits(&mut self, pane: PaneId, waits: Option<InputWaits>, cx: &mut Context) {
        if let Some(pane) = self.panes.get_mut(&pane).filter(|p| p.input_waits != waits) {
            pane.input_waits = waits;
            cx.out.push(Effect::Redraw);
        }
    }

    fn text_found(
        &mut self,
        client: ClientId,
        text: &str,
        found: Vec<TextMatch>,
        cx: &mut Context,
    ) {
        if let Some(Dialog::Palette(dialog)) = self.dialog(client)
            && dialog.text_found(client, text, found, cx)
        {
            cx.out.push(Effect::RedrawClient(client));
        }
    }

    pub(crate) fn may_write(&self, client: ClientId) -> bool {
        self.clients.get(&client).is_some_and(|c| !c.read_only)
    }

    pub(crate) fn key(&mut self, id: ClientId, event: KeyEvent, cx: &mut Context) {
        let Some(client) = self.clients.get_mut(&id) else { return };
        if event.phase == KeyPhase::Release && client.taken.remove(&event.key.code) {
            return;
        }
        if client.away {
            // Who types is there, whatever the terminal said last.
            self.window_focus(id, true, cx);
        }
        self.typed_in(id, cx);
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
        // One pane alone has no commands: every key is the program's.
        let commands = client.only.is_none();
        let key = self.meant_key(id, &event, cx);
        if self.is_pending(id) {
            // A modifier that goes down on its own is not the key that follows the prefix.
            if pressed && !is_modifier(&event) {
                self.pending_key(id, key, cx);
            }
            return;
        }
        if pressed && commands && cx.keys.is_prefix(key) {
            return self.begin_prefix(id, cx);
        }
        if pressed
            && commands
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
            self.typed_by(id, pane, PaneInput::Key(event), cx);
        } else if state.is_asleep() {
            if pressed && !is_modifier(&event) {
                cx.out.push(Effect::Wake { pane });
            }
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
                    Dialog::History(dialog) if dialog.narrowing.is_none() => dialog.changed(id, cx),
                    Dialog::Resume(dialog) => dialog.search(id, cx),
                    _ => {}
                }
                cx.out.push(Effect::RedrawClient(id));
            }
            return;
        }
        if let Some(pane) = self.focused(id) {
            self.typed_by(id, pane, input, cx);
        }
    }

    /// What a client types in a pane, and in those that get the same; who shows one pane alone
    /// types in that one alone.
    fn typed_by(&self, id: ClientId, pane: PaneId, input: PaneInput, cx: &mut Context) {
        match self.clients.get(&id).is_some_and(|client| client.only.is_some()) {
            true => cx.out.push(Effect::Input { pane, input }),
            false => self.typed(pane, input, cx),
        }
    }

    /// Shows a line to one client until its next key.
    pub fn say(&mut self, client: ClientId, message: String, cx: &mut Context) {
        if let Some(state) = self.clients.get_mut(&client) {
            state.message = Some(message);
            cx.out.push(Effect::RedrawClient(client));
        }
    }

    /// The same to every client.
    pub(crate) fn say_to_all(&mut self, message: &str, cx: &mut Context) {
        for client in self.clients.keys().copied().collect::<Vec<_>>() {
            self.say(client, message.to_string(), cx);
        }
    }

    /// The same to those who are in a pane.
    pub(crate) fn say_to_lookers(&mut self, pane: PaneId, message: &str, cx: &mut Context) {
        for client in self.clients.keys().copied().collect::<Vec<_>>() {
            if self.focused(client) == Some(pane) {
                self.say(client, message.to_string(), cx);
            }
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

//! A client's bytes: decoded, led to the model, and encoded for the pane they are meant for.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::server::agent::guest::back::maybe_declined;
use crate::server::client::Clients;
use crate::server::client::connection::Attached;
use crate::server::client::input_cursor::{Paste, Progress};
use crate::server::pane::cwd::refresh_directory;
use crate::server::pane::input_queue::From;
use crate::server::pane::runtime::PaneRuntime;
use crate::server::pane::terminal::Terminal;
use crate::server::shared::Shared;
use segno_base::ids::{ClientId, PaneId};
use segno_base::key::{KeyCode, KeyPhase, Modifiers, MouseAction, MouseButton, MouseEvent};
use segno_base::screen::geometry::{Point, Size};
use segno_base::text::amount::amount;
use segno_core::layout::geometry::tab_area;
use segno_core::model::client::Client;
use segno_core::update::effect::{PaneInput, Scroll};
use segno_core::update::event::{Event, Target};
use segno_custom::theme::scheme_of;
use segno_term::encode::{
    PasteEncoder, encode_focus, encode_key, encode_mouse, encode_wheel_as_keys,
};
use segno_term::input::{DynamicColor, InputEvent, TerminalReply};
use segno_term::{MouseMode, Palette, Rgb};
use segno_view::Hit;

/// Keys and pieces of pasted text that are kept for a program that is being started.
const AHEAD_MAX: usize = 1024;

/// A client's input that is being handled.
pub(in crate::server) struct Typing {
    pub client: ClientId,
    /// How far it was handled before the present event.
    pub before: Progress,
    /// And how far with it.
    pub progress: Progress,
    /// What it means for panes and was not given to them yet.
    pub gathered: Vec<(PaneId, Vec<u8>)>,
}

impl Clients {
    /// What of a client's input with this number is to be handled: nothing, if that was done.
    pub fn take_frame<'a>(
        &mut self,
        client: ClientId,
        seq: u64,
        bytes: &'a [u8],
    ) -> Option<Cow<'a, [u8]>> {
        let client = self.attached.get_mut(&client)?;
        client.typed = Some(Instant::now());
        client.frames.take(seq, bytes)
    }

    /// What follows is what a client's input means, until [`Clients::end_typing`].
    pub fn begin_typing(&mut self, shared: &Shared, client: ClientId) {
        let progress = self.progress(shared, client);
        let gathered = Vec::new();
        self.typing = Some(Typing { client, before: progress.clone(), progress, gathered });
    }

    /// All of a client's input was handled that there is: programs get theirs, and it is noted.
    pub fn end_typing(&mut self, shared: &Shared) {
        let Some(Typing { client, gathered, before: progress, .. }) = self.typing.take() else {
            return;
        };
        // A client that detached with the same bytes is gone by now; what it typed before is not.
        if let (Some((pane, _)), Some(state)) = (gathered.last(), self.attached.get_mut(&client)) {
            state.pending.typed(*pane, Instant::now());
        }
        self.hand_out(shared, client, gathered, &progress);
        self.input_handled(client, &progress);
    }

    /// Whether what happens now is what a client's input means.
    pub fn is_typing(&self) -> bool {
        self.typing.is_some()
    }

    /// How far a client's input is handled with a command that has to last, and the client's token:
    /// what was typed before the command is done before it.
    pub fn command(&mut self, shared: &Shared) -> Option<(String, Progress)> {
        let typing = self.typing.as_ref()?;
        let (client, progress) = (typing.client, typing.progress.clone());
        self.hand_out_before(shared);
        let token = self.attached.get(&client)?.token.clone()?;
        Some((token, progress))
    }

    /// Gives programs what a client typed before the event that is being handled.
    fn hand_out_before(&mut self, shared: &Shared) {
        let Some(typing) = &mut self.typing else { return };
        let (client, before) = (typing.client, typing.before.clone());
        let gathered = std::mem::take(&mut typing.gathered);
        self.hand_out(shared, client, gathered, &before);
    }

    /// Gives programs what a client's input means for them; with the last bytes it was handled
    /// this far.
    fn hand_out(
        &self,
        shared: &Shared,
        client: ClientId,
        mut gathered: Vec<(PaneId, Vec<u8>)>,
        progress: &Progress,
    ) {
        let token = self.attached.get(&client).and_then(|client| client.token.as_deref());
        let last = gathered.pop();
        for (pane, bytes) in gathered {
            if let Some(terminal) = shared.panes.terminal(pane) {
                terminal.write(&bytes);
            }
        }
        if let Some((pane, bytes)) = last
            && let Some(terminal) = shared.panes.terminal(pane)
        {
            terminal.write_from(&bytes, token.map(|token| From { token, progress }));
        }
    }

    /// How far a client's input was handled.
    fn progress(&self, shared: &Shared, client: ClientId) -> Progress {
        let Some(state) = self.attached.get(&client) else { return Progress::default() };
        let paste = state.decoder.in_paste().then(|| {
            let pane = shared.model.focused(client);
            let encoder =
                pane.and_then(|pane| Some((pane, shared.panes.get(pane)?.paste.clone()?)));
            Paste { into: encoder }
        });
        state.frames.progress(paste)
    }

    /// Gives a program its input, at once or with the rest of a client's.
    fn give(&mut self, shared: &mut Shared, pane: PaneId, bytes: Vec<u8>) {
        match &mut self.typing {
            Some(Typing { gathered, .. }) => {
                match gathered.last_mut().filter(|(last, _)| *last == pane) {
                    Some((_, before)) => before.extend(bytes),
                    None => gathered.push((pane, bytes)),
                }
            }
            None => {
                if let Some(terminal) = shared.panes.terminal(pane) {
                    terminal.write(&bytes);
                }
            }
        }
    }

    /// Decodes what comes next in a client's input: how many bytes that takes, and what they mean.
    pub fn decode(&mut self, client: ClientId, rest: &[u8]) -> Option<(usize, Vec<InputEvent>)> {
        let state = self.attached.get_mut(&client)?;
        let mut events = Vec::new();
        let count = state.decoder.step(rest, &mut events);
        state.frames.step(count, state.decoder.unread());
        Some((count, events))
    }

    /// Bytes that may become a sequence are held for a moment.
    pub fn hold(&mut self, client: ClientId, wait: Duration) {
        if let Some(state) = self.attached.get_mut(&client) {
            state.escape_at = state.decoder.pending().then(|| Instant::now() + wait);
        }
    }

    /// Those whose held bytes have had their time.
    pub fn held_until(&self, now: Instant) -> Vec<ClientId> {
        let due = |client: &Attached| client.escape_at.is_some_and(|at| at <= now);
        self.attached.iter().filter(|(_, client)| due(client)).map(|(id, _)| *id).collect()
    }

    /// What held bytes mean as they are.
    pub fn decode_held(&mut self, client: ClientId) -> Vec<InputEvent> {
        let mut events = Vec::new();
        if let Some(client) = self.attached.get_mut(&client) {
            client.decoder.flush(&mut events);
            client.escape_at = None;
            client.frames.step(0, client.decoder.unread());
        }
        events
    }

    /// What was decoded is about to be handled.
    pub fn begin_events(&mut self, shared: &Shared, client: ClientId) {
        let progress = self.progress(shared, client);
        if let Some(typing) = &mut self.typing {
            typing.progress = progress;
        }
    }

    /// What was decoded was handled.
    pub fn end_events(&mut self, shared: &Shared, client: ClientId) {
        if let Some(state) = self.attached.get_mut(&client) {
            let chord = shared.model.is_pending(client) && !state.decoder.in_paste();
            state.frames.settle(chord);
        }
        let progress = self.progress(shared, client);
        if let Some(typing) = &mut self.typing {
            typing.before = progress;
        }
    }

    /// Handles something that a client typed or did.
    pub fn event(&mut self, shared: &mut Shared, client: ClientId, event: InputEvent) {
        match event {
            InputEvent::Key(event) => {
                if shared.model.is_pending(client) {
                    let focused = shared.model.focused(client);
                    refresh_directory(shared, focused);
                }
                shared.handle(Event::Key { client, event });
            }
            InputEvent::Mouse(event) => self.client_mouse(shared, client, event),
            InputEvent::PasteStart => shared.handle(Event::PasteStart { client }),
            InputEvent::PasteData(bytes) => shared.handle(Event::Paste { client, bytes }),
            InputEvent::PasteEnd => shared.handle(Event::PasteEnd { client }),
            InputEvent::FocusIn => shared.handle(Event::Focus { client, gained: true }),
            InputEvent::FocusOut => shared.handle(Event::Focus { client, gained: false }),
            InputEvent::Reply(reply) => self.client_reply(shared, client, &reply),
        }
    }

    fn client_mouse(&mut self, shared: &mut Shared, id: ClientId, event: MouseEvent) {
        let Some(state) = shared.model.clients.get(&id) else { return };
        let (size, sidebar) = (state.size, state.sidebar);
        let titled = shared.model.client_tab(id).is_some_and(|tab| tab.titled);
        let area = tab_area(size, Size::new(0, 0), titled, &shared.model.looks, sidebar);
        let Some(client) = self.attached.get_mut(&id) else { return };
        let at = Point::new(event.x.saturating_sub(area.x), event.y.saturating_sub(area.y));
        let dragged = match client.dragging.take() {
            Some(Target::Divider { tab, path, .. }) => Some(Target::Divider { tab, path, at }),
            Some(Target::Popup { tab, grip, .. }) => Some(Target::Popup { tab, grip, at }),
            _ => None,
        };
        if let Some(target) = dragged
            && let MouseAction::Drag(MouseButton::Left) | MouseAction::Release(_) = event.action
        {
            let goes_on = matches!(event.action, MouseAction::Drag(_));
            client.dragging = goes_on.then(|| target.clone());
            return shared.handle(Event::Mouse { client: id, target, event });
        }
        if let Some((pane, rect)) =
            client.captured.and_then(|pane| Some((pane, client.view.hits.pane_rect(pane)?)))
            && matches!(event.action, MouseAction::Drag(_) | MouseAction::Release(_))
        {
            if matches!(event.action, MouseAction::Release(_)) {
                client.captured = None;
            }
            let x = event.x.clamp(rect.x, rect.right().saturating_sub(1).max(rect.x)) - rect.x;
            let y = event.y.clamp(rect.y, rect.bottom().saturating_sub(1).max(rect.y)) - rect.y;
            let event = MouseEvent { x, y, ..event };
            return shared.handle(Event::Mouse { client: id, target: Target::Pane(pane), event });
        }
        client.captured = None;
        let asks =
            shared.config.mouse.enabled && event.action == MouseAction::Press(MouseButton::Right);
        let (target, event) = match client.view.hits.at(event.x, event.y) {
            Hit::Tab(tab) => (Target::Tab(tab), event),
            Hit::PaneEntry(pane) => (Target::PaneEntry(pane), event),
            Hit::NewTab => (Target::NewTab, event),
            Hit::Pane { pane, .. } if asks && for_menu(shared.panes.terminal(pane), &event) => {
                (Target::PaneMenu(pane), event)
            }
            Hit::Pane { pane, x, y } => (Target::Pane(pane), MouseEvent { x, y, ..event }),
            Hit::Divider { tab, path } => (Target::Divider { tab, path, at }, event),
            Hit::Popup { tab, grip } => (Target::Popup { tab, grip, at }, event),
            Hit::DialogRow(row) => (Target::DialogRow(row), event),
            Hit::Answer { pane, index } => (Target::Answer { pane, index }, event),
            Hit::Status | Hit::Nothing => (Target::Nothing, event),
        };
        let focused = shared.model.focused(id).map(Target::Pane);
        if !shared.config.mouse.enabled && Some(&target) != focused.as_ref() {
            return;
        }
        if event.action == MouseAction::Press(MouseButton::Left)
            && matches!(target, Target::Divider { .. } | Target::Popup { .. })
        {
            client.dragging = Some(target.clone());
        }
        if let (
            Target::Pane(pane),
            MouseAction::Press(MouseButton::Left | MouseButton::Middle | MouseButton::Right),
        ) = (&target, event.action)
        {
            client.captured = Some(*pane);
        }
        shared.handle(Event::Mouse { client: id, target, event });
    }

    /// What a client's terminal says of itself.
    fn client_reply(&mut self, shared: &mut Shared, id: ClientId, reply: &TerminalReply) {
        if let Some(client) = self.attached.get_mut(&id) {
            client.renderer.apply_reply(reply);
            client.pending.all();
            let before = client.viewer.scheme;
            match reply {
                TerminalReply::ColorScheme(scheme) => client.viewer.scheme = Some(*scheme),
                TerminalReply::Color { which: DynamicColor::Background, rgb } => {
                    client.viewer.scheme = Some(scheme_of(*rgb));
                }
                _ => {}
            }
            if matches!(reply, TerminalReply::ColorScheme(_)) && client.viewer.scheme != before {
                // Its colours are others now; what programs know of them has to follow.
                client.output(b"\x1b]10;?\x1b\\\x1b]11;?\x1b\\\x1b[c");
            }
        }
        if matches!(reply, TerminalReply::PrimaryDevice(_) | TerminalReply::Version(_)) {
            self.refresh_graphics(shared);
        }
        // What programs know of colours is what those see who use them.
        if let TerminalReply::Color { which, rgb: (r, g, b) } = reply
            && shared.model.clients.get(&id).is_some_and(Client::has_a_say)
        {
            let color: Rgb = (*r, *g, *b);
            let palette: &mut Palette = &mut shared.outer.palette;
            match which {
                DynamicColor::Foreground => palette.fg = color,
                DynamicColor::Background => palette.bg = color,
                DynamicColor::Cursor => palette.cursor = color,
            }
            for terminal in shared.panes.terminals() {
                terminal.set_palette(shared.outer.palette);
            }
        }
    }

    /// What somebody at a client typed or did. While a pane is scrolled back, the keys that move
    /// through a text move through its history; any other returns to the live screen.
    pub(in crate::server) fn typed(&mut self, shared: &mut Shared, pane: PaneId, input: PaneInput) {
        if let PaneInput::Key(event) = &input
            && shared.panes.terminal(pane).is_some_and(|t| t.emulator().scroll_offset() > 0)
        {
            let scroll = match event.key.code {
                _ if !event.key.mods.is_empty() => None,
                KeyCode::PageUp => Some(Scroll::HalfPages(1)),
                KeyCode::PageDown => Some(Scroll::HalfPages(-1)),
                KeyCode::Up => Some(Scroll::Lines(1)),
                KeyCode::Down => Some(Scroll::Lines(-1)),
                KeyCode::Home => Some(Scroll::Top),
                KeyCode::End | KeyCode::Escape => Some(Scroll::Bottom),
                _ => None,
            };
            if let Some(scroll) = scroll {
                if event.phase != KeyPhase::Release {
                    self.scroll(shared, pane, scroll);
                }
                return;
            }
        }
        self.pane_input(shared, pane, input);
    }

    /// Encodes input for the modes of a pane's program and writes it.
    pub(in crate::server) fn pane_input(
        &mut self,
        shared: &mut Shared,
        pane: PaneId,
        input: PaneInput,
    ) {
        maybe_declined(shared, pane, &input);
        let runtime = shared.panes.get_mut(pane);
        let Some(PaneRuntime { terminal: Some(terminal), paste, .. }) = runtime else {
            return typed_ahead(shared, pane, input);
        };
        let modes = terminal.emulator().modes();
        let mut bytes = Vec::new();
        match input {
            PaneInput::Key(event) => encode_key(&event, &modes, &mut bytes),
            PaneInput::Focus(gained) => encode_focus(gained, &modes, &mut bytes),
            PaneInput::PasteStart => {
                *paste = Some(PasteEncoder::start(&modes, &mut bytes));
            }
            PaneInput::Paste(text) if terminal.overfull().is_some() => terminal.lost(text.len()),
            PaneInput::Paste(text) => {
                if let Some(paste) = paste {
                    paste.data(&text, &mut bytes);
                }
            }
            PaneInput::PasteEnd => {
                if let Some(paste) = paste.take() {
                    paste.end(&mut bytes);
                }
            }
            PaneInput::Mouse(event) => {
                let wheel = shared.config.mouse.wheel_lines;
                let sent = encode_mouse(&event, &modes, &mut bytes)
                    || encode_wheel_as_keys(&event, wheel, &modes, &mut bytes);
                if !sent {
                    let lines = match event.action {
                        MouseAction::Press(MouseButton::WheelUp) => i32::from(wheel),
                        MouseAction::Press(MouseButton::WheelDown) => -i32::from(wheel),
                        _ => return,
                    };
                    return self.scroll(shared, pane, Scroll::Lines(lines));
                }
                return self.give(shared, pane, bytes);
            }
        }
        if bytes.is_empty() {
            return;
        }
        let mut emulator = terminal.emulator();
        let scrolled = emulator.scroll_offset() > 0;
        if scrolled {
            emulator.scroll_to_bottom();
        }
        drop(emulator);
        self.give(shared, pane, bytes);
        if scrolled {
            self.pane_changed(shared, pane);
        }
    }

    /// Drops what a pane's program has not taken of its input, and the rest of a paste; says how
    /// many bytes that were.
    pub(in crate::server) fn drop_input(&mut self, shared: &mut Shared, pane: PaneId) -> usize {
        self.hand_out_before(shared);
        let Some(runtime) = shared.panes.get_mut(pane) else { return 0 };
        let pasting = runtime.paste.take().is_some_and(|paste| paste.is_bracketed());
        runtime.terminal.as_ref().map_or(0, |terminal| terminal.drop_input(pasting))
    }

    /// As a client asked for.
    pub(in crate::server) fn drop_input_for(
        &mut self,
        shared: &mut Shared,
        client: ClientId,
        pane: PaneId,
    ) {
        let text = match self.drop_input(shared, pane) {
            0 => format!("no input waits for {pane}"),
            bytes => format!("{} of input dropped", amount(bytes)),
        };
        shared.with_model(|model, cx| model.say(client, text, cx));
    }

    pub(in crate::server) fn scroll(&mut self, shared: &mut Shared, pane: PaneId, scroll: Scroll) {
        let Some(terminal) = shared.panes.terminal(pane) else { return };
        let mut emulator = terminal.emulator();
        match scroll {
            Scroll::Lines(lines) => emulator.scroll(lines),
            Scroll::HalfPages(pages) => {
                let half = i32::from(emulator.size().rows / 2).max(1);
                emulator.scroll(pages.saturating_mul(half));
            }
            Scroll::Top => emulator.scroll_to_top(),
            Scroll::Bottom => emulator.scroll_to_bottom(),
        }
        drop(emulator);
        self.pane_changed(shared, pane);
    }
}

/// Keeps what is typed before the program runs, as a terminal does.
fn typed_ahead(shared: &mut Shared, pane: PaneId, input: PaneInput) {
    if matches!(input, PaneInput::Mouse(_) | PaneInput::Focus(_)) {
        return;
    }
    if shared.model.panes.get(&pane).is_some_and(|p| p.is_live()) {
        let ahead = &mut shared.panes.entry(pane).ahead;
        if ahead.len() < AHEAD_MAX {
            ahead.push(input);
        }
    }
}

/// The program runs: it gets what was typed meanwhile.
pub(in crate::server) fn type_ahead(shared: &mut Shared, pane: PaneId) {
    let ahead = shared.panes.get_mut(pane).map(|runtime| std::mem::take(&mut runtime.ahead));
    for input in ahead.unwrap_or_default() {
        shared.pane_input(pane, input);
    }
}

/// Whether a right click in a pane is for Segno's menu: where the program has not asked for the
/// mouse, and with alt or ctrl even then.
fn for_menu(terminal: Option<&Arc<Terminal>>, event: &MouseEvent) -> bool {
    let takes = terminal.is_some_and(|t| t.emulator().modes().mouse != MouseMode::Off);
    !takes || [Modifiers::ALT, Modifiers::CTRL].into_iter().any(|held| event.mods.contains(held))
}

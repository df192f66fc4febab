//! A client's bytes: decoded, led to the model, and encoded for the pane they are meant for.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::core::update::effect::{PaneInput, Scroll};
use crate::core::update::event::{Event, Target};
use crate::layout::geometry::tab_area;
use crate::server::Server;
use crate::server::client::input_cursor::{Paste, Progress};
use crate::server::pane::input_queue::From;
use crate::server::pane::runtime::PaneRuntime;
use crate::server::pane::terminal::Terminal;
use crate::view::Hit;
use crate::view::theme::scheme_of;
use segno_base::ids::{ClientId, PaneId};
use segno_base::key::{KeyCode, KeyPhase, Modifiers, MouseAction, MouseButton, MouseEvent};
use segno_base::screen::geometry::{Point, Size};
use segno_base::text::amount::amount;
use segno_term::encode::{
    PasteEncoder, encode_focus, encode_key, encode_mouse, encode_wheel_as_keys,
};
use segno_term::input::{DynamicColor, InputEvent, TerminalReply};
use segno_term::{MouseMode, Palette, Rgb};

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

impl Server {
    /// Handles a client's input with this number, unless that was done already.
    pub(in crate::server) fn numbered_input(&mut self, client: ClientId, seq: u64, bytes: &[u8]) {
        let Some(state) = self.clients.get_mut(&client) else { return };
        let Some(bytes) = state.frames.take(seq, bytes) else { return };
        self.begin_typing(client);
        self.client_input(client, &bytes);
        self.end_typing();
    }

    /// What follows is what a client's input means, until [`Server::end_typing`].
    fn begin_typing(&mut self, client: ClientId) {
        let progress = self.progress(client);
        let gathered = Vec::new();
        self.typing = Some(Typing { client, before: progress.clone(), progress, gathered });
    }

    /// All of a client's input was handled that there is: programs get theirs, and it is noted.
    fn end_typing(&mut self) {
        let Some(Typing { client, gathered, before: progress, .. }) = self.typing.take() else {
            return;
        };
        if let (Some((pane, _)), Some(state)) = (gathered.last(), self.clients.get_mut(&client)) {
            state.pending.typed(*pane, Instant::now());
        }
        self.hand_out(client, gathered, &progress);
        self.input_handled(client, &progress);
    }

    /// Gives programs what a client typed before the event that is being handled.
    pub(in crate::server) fn hand_out_before(&mut self) {
        let Some(typing) = &mut self.typing else { return };
        let (client, before) = (typing.client, typing.before.clone());
        let gathered = std::mem::take(&mut typing.gathered);
        self.hand_out(client, gathered, &before);
    }

    /// Gives programs what a client's input means for them; with the last bytes it was handled
    /// this far.
    pub(in crate::server) fn hand_out(
        &mut self,
        client: ClientId,
        mut gathered: Vec<(PaneId, Vec<u8>)>,
        progress: &Progress,
    ) {
        let token = self.clients.get(&client).and_then(|client| client.token.as_deref());
        let last = gathered.pop();
        for (pane, bytes) in gathered {
            if let Some(terminal) = self.panes.terminal(pane) {
                terminal.write(&bytes);
            }
        }
        if let Some((pane, bytes)) = last
            && let Some(terminal) = self.panes.terminal(pane)
        {
            terminal.write_from(&bytes, token.map(|token| From { token, progress }));
        }
    }

    /// How far a client's input was handled.
    fn progress(&self, client: ClientId) -> Progress {
        let Some(state) = self.clients.get(&client) else { return Progress::default() };
        let paste = state.decoder.in_paste().then(|| {
            let pane = self.model.focused(client);
            let encoder = pane.and_then(|pane| Some((pane, self.panes.get(pane)?.paste.clone()?)));
            Paste { into: encoder }
        });
        state.frames.progress(paste)
    }

    /// Gives a program its input, at once or with the rest of a client's.
    fn give(&mut self, pane: PaneId, bytes: Vec<u8>) {
        match &mut self.typing {
            Some(Typing { gathered, .. }) => {
                match gathered.last_mut().filter(|(last, _)| *last == pane) {
                    Some((_, before)) => before.extend(bytes),
                    None => gathered.push((pane, bytes)),
                }
            }
            None => {
                if let Some(terminal) = self.panes.terminal(pane) {
                    terminal.write(&bytes);
                }
            }
        }
    }

    /// Handles what a client typed, one event after the other.
    fn client_input(&mut self, client: ClientId, bytes: &[u8]) {
        let mut rest = bytes;
        while !rest.is_empty() {
            let Some(state) = self.clients.get_mut(&client) else { return };
            let mut events = Vec::new();
            let count = state.decoder.step(rest, &mut events);
            rest = &rest[count..];
            state.frames.step(count, state.decoder.unread());
            self.carry_out(client, events);
        }
        let wait = Duration::from_millis(self.config.general.escape_time_ms);
        if let Some(state) = self.clients.get_mut(&client) {
            state.escape_at = state.decoder.pending().then(|| Instant::now() + wait);
        }
    }

    /// The time for held bytes to become a sequence is over.
    pub(in crate::server) fn flush_escapes(&mut self, now: Instant) {
        let due: Vec<_> = self
            .clients
            .iter()
            .filter(|(_, c)| c.escape_at.is_some_and(|at| at <= now))
            .map(|(id, _)| *id)
            .collect();
        for id in due {
            self.begin_typing(id);
            let mut events = Vec::new();
            if let Some(client) = self.clients.get_mut(&id) {
                client.decoder.flush(&mut events);
                client.escape_at = None;
                client.frames.step(0, client.decoder.unread());
            }
            self.carry_out(id, events);
            self.end_typing();
        }
    }
    /// Carries out what was typed, and follows how far that goes.
    fn carry_out(&mut self, client: ClientId, events: Vec<InputEvent>) {
        let progress = self.progress(client);
        if let Some(typing) = &mut self.typing {
            typing.progress = progress;
        }
        self.client_events(client, events);
        if let Some(state) = self.clients.get_mut(&client) {
            let chord = self.model.is_pending(client) && !state.decoder.in_paste();
            state.frames.settle(chord);
        }
        let progress = self.progress(client);
        if let Some(typing) = &mut self.typing {
            typing.before = progress;
        }
    }

    fn client_events(&mut self, client: ClientId, events: Vec<InputEvent>) {
        for event in events {
            match event {
                InputEvent::Key(event) => {
                    if self.model.is_pending(client) {
                        self.refresh_directory(self.model.focused(client));
                    }
                    self.handle(Event::Key { client, event });
                }
                InputEvent::Mouse(event) => self.client_mouse(client, event),
                InputEvent::PasteStart => self.handle(Event::PasteStart { client }),
                InputEvent::PasteData(bytes) => self.handle(Event::Paste { client, bytes }),
                InputEvent::PasteEnd => self.handle(Event::PasteEnd { client }),
                InputEvent::FocusIn => self.handle(Event::Focus { client, gained: true }),
                InputEvent::FocusOut => self.handle(Event::Focus { client, gained: false }),
                InputEvent::Reply(reply) => self.client_reply(client, &reply),
            }
        }
    }

    fn client_mouse(&mut self, id: ClientId, event: MouseEvent) {
        let Some(state) = self.model.clients.get(&id) else { return };
        let (size, sidebar) = (state.size, state.sidebar);
        let titled = self.model.client_tab(id).is_some_and(|tab| tab.titled);
        let area = tab_area(size, Size::new(0, 0), titled, &self.model.looks, sidebar);
        let Some(client) = self.clients.get_mut(&id) else { return };
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
            return self.handle(Event::Mouse { client: id, target, event });
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
            return self.handle(Event::Mouse { client: id, target: Target::Pane(pane), event });
        }
        client.captured = None;
        let asks =
            self.config.mouse.enabled && event.action == MouseAction::Press(MouseButton::Right);
        let (target, event) = match client.view.hits.at(event.x, event.y) {
            Hit::Tab(tab) => (Target::Tab(tab), event),
            Hit::PaneEntry(pane) => (Target::PaneEntry(pane), event),
            Hit::NewTab => (Target::NewTab, event),
            Hit::Pane { pane, .. } if asks && for_menu(self.panes.terminal(pane), &event) => {
                (Target::PaneMenu(pane), event)
            }
            Hit::Pane { pane, x, y } => (Target::Pane(pane), MouseEvent { x, y, ..event }),
            Hit::Divider { tab, path } => (Target::Divider { tab, path, at }, event),
            Hit::Popup { tab, grip } => (Target::Popup { tab, grip, at }, event),
            Hit::DialogRow(row) => (Target::DialogRow(row), event),
            Hit::Answer { pane, index } => (Target::Answer { pane, index }, event),
            Hit::Status | Hit::Nothing => (Target::Nothing, event),
        };
        let focused = self.model.focused(id).map(Target::Pane);
        if !self.config.mouse.enabled && Some(&target) != focused.as_ref() {
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
        self.handle(Event::Mouse { client: id, target, event });
    }

    /// What a client's terminal says of itself.
    fn client_reply(&mut self, id: ClientId, reply: &TerminalReply) {
        if let Some(client) = self.clients.get_mut(&id) {
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
                // Its colours are others now; what programs are told of them has to follow.
                client.output(b"\x1b]10;?\x1b\\\x1b]11;?\x1b\\\x1b[c");
            }
        }
        if matches!(reply, TerminalReply::PrimaryDevice(_) | TerminalReply::Version(_)) {
            self.refresh_graphics();
        }
        // What programs are told of colours is what those see who use them.
        let looks = self.model.clients.get(&id).is_none_or(|c| c.read_only);
        if let TerminalReply::Color { which, rgb: (r, g, b) } = reply
            && !looks
        {
            let color: Rgb = (*r, *g, *b);
            let palette: &mut Palette = &mut self.palette;
            match which {
                DynamicColor::Foreground => palette.fg = color,
                DynamicColor::Background => palette.bg = color,
                DynamicColor::Cursor => palette.cursor = color,
            }
            for terminal in self.panes.terminals() {
                terminal.set_palette(self.palette);
            }
        }
    }

    /// What somebody at a client typed or did. While a pane is scrolled back, the keys that move
    /// through a text move through its history; any other returns to the live screen.
    pub(in crate::server) fn typed(&mut self, pane: PaneId, input: PaneInput) {
        if let PaneInput::Key(event) = &input
            && self.panes.terminal(pane).is_some_and(|t| t.emulator().scroll_offset() > 0)
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
                    self.scroll(pane, scroll);
                }
                return;
            }
        }
        self.pane_input(pane, input);
    }

    /// Encodes input for the modes of a pane's program and writes it.
    pub(in crate::server) fn pane_input(&mut self, pane: PaneId, input: PaneInput) {
        self.maybe_declined(pane, &input);
        let runtime = self.panes.get_mut(pane);
        let Some(PaneRuntime { terminal: Some(terminal), paste, .. }) = runtime else {
            return self.typed_ahead(pane, input);
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
                let wheel = self.config.mouse.wheel_lines;
                let sent = encode_mouse(&event, &modes, &mut bytes)
                    || encode_wheel_as_keys(&event, wheel, &modes, &mut bytes);
                if !sent {
                    let lines = match event.action {
                        MouseAction::Press(MouseButton::WheelUp) => i32::from(wheel),
                        MouseAction::Press(MouseButton::WheelDown) => -i32::from(wheel),
                        _ => return,
                    };
                    return self.scroll(pane, Scroll::Lines(lines));
                }
                return self.give(pane, bytes);
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
        self.give(pane, bytes);
        if scrolled {
            self.pane_changed(pane);
        }
    }

    /// Drops what a pane's program has not taken of its input, and the rest of a paste; says how
    /// many bytes that were.
    pub(in crate::server) fn drop_input(&mut self, pane: PaneId) -> usize {
        self.hand_out_before();
        let Some(runtime) = self.panes.get_mut(pane) else { return 0 };
        let pasting = runtime.paste.take().is_some_and(|paste| paste.is_bracketed());
        runtime.terminal.as_ref().map_or(0, |terminal| terminal.drop_input(pasting))
    }

    /// As a client asked for.
    pub(in crate::server) fn drop_input_for(&mut self, client: ClientId, pane: PaneId) {
        let text = match self.drop_input(pane) {
            0 => format!("no input waits for {pane}"),
            bytes => format!("{} of input dropped", amount(bytes)),
        };
        self.with_model(|model, cx| model.say(client, text, cx));
    }

    /// Keeps what is typed before the program runs, as a terminal does.
    fn typed_ahead(&mut self, pane: PaneId, input: PaneInput) {
        if matches!(input, PaneInput::Mouse(_) | PaneInput::Focus(_)) {
            return;
        }
        if self.model.panes.get(&pane).is_some_and(|p| p.is_live()) {
            let ahead = &mut self.panes.entry(pane).ahead;
            if ahead.len() < AHEAD_MAX {
                ahead.push(input);
            }
        }
    }

    /// The program runs: it gets what was typed meanwhile.
    pub(in crate::server) fn type_ahead(&mut self, pane: PaneId) {
        let ahead = self.panes.get_mut(pane).map(|runtime| std::mem::take(&mut runtime.ahead));
        for input in ahead.unwrap_or_default() {
            self.pane_input(pane, input);
        }
    }

    pub(in crate::server) fn scroll(&mut self, pane: PaneId, scroll: Scroll) {
        let Some(terminal) = self.panes.terminal(pane) else { return };
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
        self.pane_changed(pane);
    }
}

/// Whether a right click in a pane is for Segno's menu: where the program has not asked for the
/// mouse, and with alt or ctrl even then.
fn for_menu(terminal: Option<&Arc<Terminal>>, event: &MouseEvent) -> bool {
    let takes = terminal.is_some_and(|t| t.emulator().modes().mouse != MouseMode::Off);
    !takes || [Modifiers::ALT, Modifiers::CTRL].into_iter().any(|held| event.mods.contains(held))
}

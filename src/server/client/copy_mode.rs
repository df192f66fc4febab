//! Copy mode's texts, and what follows from copying: clipboards, openers, the editor.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::server::client::Clients;
use crate::server::desktop::notify::{self, Desktop};
use crate::server::message::Message;
use crate::server::pane::runtime::Panes;
use crate::server::pane::terminal::Terminal;
use crate::server::shared::Shared;
use segno_base::ids::{ClientId, PaneId};
use segno_base::screen::frame::Frame;
use segno_base::screen::geometry::{Rect, Size};
use segno_base::screen::text_chunk::TextChunk;
use segno_base::screen::text_row::TextRow;
use segno_core::copy::{Doc, Pos, ScreenText, Seek, Selected, Texts, copied};
use segno_core::model::workspace::Model;
use segno_core::update::effect::PaneInput;
use segno_core::update::event::Event;
use segno_term::{Anchor, Frozen, MouseMode};

/// How much is put on the clipboard of a client's terminal, in bytes.
const TERMINAL_MAX: usize = 8 << 20;
const TOO_MUCH: &str = ": too much for the terminal's clipboard";
/// Threads that search a text at once.
const PARTS_MAX: usize = 4;

/// What is frozen for whom.
#[derive(Default)]
pub(in crate::server) struct Copies {
    frozen: RefCell<HashMap<(ClientId, PaneId), Reading>>,
    /// Whether searches that are under way are still wanted.
    searches: RefCell<HashMap<(ClientId, PaneId), Arc<AtomicBool>>>,
}

/// A pane's text, of the run that it had then.
#[derive(Clone)]
struct Reading {
    run: u64,
    frozen: Arc<Frozen>,
    /// What stays of places in the text when its size changes.
    kept: Arc<[(Pos, Anchor)]>,
}

/// The panes' terminals as copy mode reads them.
pub(in crate::server) struct Reader<'a> {
    pub panes: &'a Panes,
    pub copies: &'a Copies,
}

/// A frozen text, to be read on any thread, and where places are that were in the text before.
struct Text {
    frozen: Arc<Frozen>,
    moved: Vec<(Pos, Pos)>,
}

impl Texts for Reader<'_> {
    fn open(&self, client: ClientId, pane: PaneId) -> Option<Box<dyn ScreenText + '_>> {
        let terminal = self.panes.terminal(pane)?;
        let mut all = self.copies.frozen.borrow_mut();
        let emulator = terminal.emulator();
        let current = |r: &&Reading| r.run == terminal.run && emulator.is_current(&r.frozen);
        let before = all.get(&(client, pane)).cloned();
        let reading = before.as_ref().filter(current).cloned().unwrap_or_else(|| {
            let kept = before.filter(|before| before.run == terminal.run);
            let kept = kept.map(|before| before.kept).unwrap_or_default();
            let frozen = Arc::new(emulator.freeze());
            let reading = Reading { run: terminal.run, frozen, kept };
            all.insert((client, pane), reading.clone());
            reading
        });
        let moved = |(before, anchor): &(Pos, Anchor)| {
            let (line, col) = emulator.anchored(*anchor)?;
            Some((*before, Pos::new(line, col)))
        };
        let moved = reading.kept.iter().filter_map(moved).collect();
        Some(Box::new(Text { frozen: reading.frozen, moved }))
    }

    fn wants_mouse(&self, pane: PaneId) -> bool {
        let modes = self.panes.terminal(pane).map(|terminal| terminal.emulator().modes());
        modes.is_some_and(|modes| modes.mouse != MouseMode::Off)
    }

    fn foreground(&self, pane: PaneId) -> Option<String> {
        segno_base::system::os::foreground_name(self.panes.terminal(pane)?.master())
    }
}

impl ScreenText for Text {
    fn size(&self) -> Size {
        self.frozen.size()
    }

    fn lines(&self) -> usize {
        self.frozen.lines()
    }

    fn cursor(&self) -> (usize, u16) {
        self.frozen.cursor()
    }

    fn top(&self) -> usize {
        self.frozen.top()
    }

    fn row(&self, line: usize) -> TextRow {
        self.frozen.row(line)
    }

    fn chunks(&self) -> usize {
        self.frozen.chunks()
    }

    fn chunk_of(&self, line: usize) -> usize {
        self.frozen.chunk_of(line)
    }

    fn marked(&self, from: usize, backward: bool) -> Option<usize> {
        self.frozen.marked(from, backward)
    }

    fn chunk(&self, index: usize, chunk: &mut TextChunk) {
        self.frozen.chunk(index, chunk);
    }

    fn moved(&self, before: Pos) -> Option<Pos> {
        self.moved.iter().find(|(pos, _)| *pos == before).map(|(_, now)| *now)
    }
}

impl Copies {
    /// Draws what a client reads in a pane; false when it reads nothing there.
    pub fn draw(
        &self,
        terminal: &Terminal,
        client: ClientId,
        top: usize,
        frame: &mut Frame,
        area: Rect,
    ) -> bool {
        let all = self.frozen.borrow();
        let Some(reading) = all.get(&(client, terminal.pane)) else { return false };
        terminal.emulator().draw_frozen_from(&reading.frozen, top, frame, area);
        true
    }

    /// Notes which text the places of those stand at who read a pane, before its size changes.
    pub fn keep_places(&self, terminal: &Terminal, model: &Model) {
        let mut all = self.frozen.borrow_mut();
        for (key, reading) in all.iter_mut().filter(|((_, pane), _)| *pane == terminal.pane) {
            let Some(mode) = model.copies.get(key) else { continue };
            let emulator = terminal.emulator();
            let kept = mode.places().into_iter().filter_map(|pos| {
                Some((pos, emulator.anchor(&reading.frozen, pos.line, pos.col)?))
            });
            reading.kept = kept.collect();
        }
    }

    /// Forgets what nobody reads any more.
    pub fn prune(&self, model: &Model) {
        let mut frozen = self.frozen.borrow_mut();
        frozen.retain(|key, _| model.copies.contains_key(key));
        self.searches.borrow_mut().retain(|key, wanted| {
            let goes_on = frozen.contains_key(key);
            wanted.store(goes_on, Ordering::Relaxed);
            goes_on
        });
    }

    fn reading(&self, client: ClientId, pane: PaneId) -> Option<Text> {
        self.frozen
            .borrow()
            .get(&(client, pane))
            .map(|reading| Text { frozen: reading.frozen.clone(), moved: Vec::new() })
    }

    /// A client searches anew: what it was searching for is no longer wanted. Answers whether the
    /// new search is, for as long as it goes on.
    fn search(&self, client: ClientId, pane: PaneId) -> Arc<AtomicBool> {
        let wanted = Arc::new(AtomicBool::new(true));
        let before = self.searches.borrow_mut().insert((client, pane), wanted.clone());
        before.iter().for_each(|before| before.store(false, Ordering::Relaxed));
        wanted
    }

    fn reads(&self, pane: PaneId) -> bool {
        self.frozen.borrow().keys().any(|(_, p)| *p == pane)
    }
}

impl Clients {
    /// The desktop of the user of a client; `None` when it is another machine's.
    pub(in crate::server) fn desktop(&self, shared: &Shared, client: ClientId) -> Option<Desktop> {
        let env = self.attached.get(&client)?.arrival.env();
        let remote = env.contains_key("SSH_CONNECTION");
        (!remote).then(|| Desktop { env: shared.env.clone(), client: env.clone() })
    }

    pub(in crate::server) fn copy(&mut self, shared: &mut Shared, id: ClientId, text: String) {
        let text = Arc::new(text);
        // What is more no terminal takes, and it would only hold up what is drawn.
        if let Some(client) = self.attached.get_mut(&id).filter(|_| text.len() <= TERMINAL_MAX) {
            client.clipboard = Some(String::clone(&text));
            client.pending.all();
        }
        if let Some(desktop) = self.desktop(shared, id) {
            let commands = shared.config.copy.clipboard_commands.clone();
            let text = text.clone();
            crate::server::aside::pool::spawn(move || {
                // The terminal has it too: a clipboard that cannot be reached is nothing new.
                if let Err(why) = notify::give(&desktop, &commands, &text) {
                    tracing::debug!("{why}");
                }
            });
        }
        self.remember_copied(shared, text);
    }

    /// A program has put a text on the clipboards of those who use it.
    pub fn put_on_clipboards(&mut self, shared: &mut Shared, text: String) {
        for (id, client) in &mut self.attached {
            // Who only looks keeps what is on their clipboard.
            if shared.model.clients.get(id).is_some_and(|c| !c.read_only) {
                client.clipboard = Some(text.clone());
                client.pending.all();
            }
        }
        self.remember_copied(shared, Arc::new(text));
    }

    /// What was copied last.
    pub fn clipboard(&self) -> &str {
        &self.clipboard
    }

    /// A text was copied: it is what is pasted next, and can be chosen later.
    pub(in crate::server) fn remember_copied(&mut self, shared: &mut Shared, text: Arc<String>) {
        shared.with_model(|model, _| model.remember_copied(String::clone(&text)));
        self.clipboard = text;
    }

    pub(in crate::server) fn paste_copied(&mut self, shared: &mut Shared, pane: PaneId) {
        paste_text(shared, pane, self.clipboard.clone());
    }

    /// Opens a link or path that stands in a pane.
    pub(in crate::server) fn open_target(
        &mut self,
        shared: &mut Shared,
        client: ClientId,
        pane: PaneId,
        target: String,
    ) {
        let Some(desktop) = self.desktop(shared, client) else {
            shared.say(client, "your desktop is on another machine: copied instead".into());
            return self.copy(shared, client, target);
        };
        let cwd = shared.model.panes.get(&pane).map(|p| p.spec.cwd.clone()).unwrap_or_default();
        let home = shared.options.user_home.clone();
        let commands = shared.config.copy.open_commands.clone();
        let queue = shared.queue.clone();
        crate::server::aside::pool::spawn(move || {
            let result = notify::target(&target, &cwd, home.as_deref())
                .and_then(|target| notify::open(&desktop, &commands, &target));
            let text = match result {
                Ok(()) => format!("opened {target}"),
                Err(why) => why,
            };
            let _ = queue.send(Message::Say { client, text });
        });
    }
}

/// A pane has another size.
pub(in crate::server) fn resize(shared: &mut Shared, pane: PaneId, size: Size) {
    if let Some(terminal) = shared.panes.terminal(pane) {
        shared.copies.keep_places(terminal, &shared.model);
        terminal.resize(size);
        reflowed(shared, pane);
    }
}

/// A pane's terminal may have another shape.
pub(in crate::server) fn reflowed(shared: &mut Shared, pane: PaneId) {
    if shared.copies.reads(pane) {
        shared.handle(Event::Reflowed { pane });
    }
}

/// Searches what a client reads in a pane.
pub(in crate::server) fn seek(shared: &Shared, client: ClientId, pane: PaneId, seek: Seek) {
    let Some(text) = shared.copies.reading(client, pane) else { return };
    let wanted = shared.copies.search(client, pane);
    let still_wanted = wanted.clone();
    shared.aside(
        move || {
            let parts = std::thread::available_parallelism().map_or(1, usize::from);
            seek.find(&text, parts.min(PARTS_MAX), &|| wanted.load(Ordering::Relaxed))
        },
        move |_: &mut Clients, shared: &mut Shared, hits| {
            // A later search may be of the same words in a text of another shape.
            let hits = hits.filter(|_| still_wanted.load(Ordering::Relaxed));
            if let Some(hits) = hits {
                shared.handle(Event::Searched { client, pane, hits });
            }
        },
    );
}

/// Copies what a client has selected, which may be a lot.
pub(in crate::server) fn copy_many(
    shared: &Shared,
    client: ClientId,
    pane: PaneId,
    selected: Selected,
) {
    let Some(text) = shared.copies.reading(client, pane) else { return };
    shared.aside(
        move || {
            let text = selected.text(&Doc::new(&text));
            let too_much = if text.len() > TERMINAL_MAX { TOO_MUCH } else { "" };
            (copied(&text) + too_much, text)
        },
        move |clients: &mut Clients, shared: &mut Shared, (said, text)| {
            shared.say(client, said);
            clients.copy(shared, client, text);
        },
    );
}

pub(in crate::server) fn paste_text(shared: &mut Shared, pane: PaneId, text: Arc<String>) {
    let text = text.as_bytes().to_vec();
    if !text.is_empty() {
        for input in [PaneInput::PasteStart, PaneInput::Paste(text), PaneInput::PasteEnd] {
            shared.pane_input(pane, input);
        }
    }
}

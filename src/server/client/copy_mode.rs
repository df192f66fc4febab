//! Copy mode's texts, and what follows from copying: clipboards, openers, the editor.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::core::copy::{Doc, Pos, ScreenText, Seek, Selected, Texts, copied};
use crate::core::model::workspace::Model;
use crate::core::panes::lifecycle::Place;
use crate::core::update::effect::PaneInput;
use crate::core::update::event::Event;
use crate::server::Server;
use crate::server::aside::{Lane, Work, scrollback};
use crate::server::desktop::notify::{self, Desktop};
use crate::server::message::Message;
use crate::server::pane::runtime::Panes;
use crate::server::pane::terminal::Terminal;
use segno_agent::start::{Start, StartRequest};
use segno_base::ids::{ClientId, PaneId};
use segno_base::screen::frame::Frame;
use segno_base::screen::geometry::{Rect, Size};
use segno_base::screen::text_chunk::TextChunk;
use segno_base::screen::text_row::TextRow;
use segno_term::{Anchor, Frozen, MouseMode};

/// The pane type that opens a file in the user's editor.
const EDITOR_TYPE: &str = "text-editor";

/// How much is put on the clipboard of a client's terminal, in bytes.
const TERMINAL_MAX: usize = 8 << 20;
const TOO_MUCH: &str = ": too much for the terminal's clipboard";
/// Threads that search a text at once.
const PARTS_MAX: usize = 4;

/// What is frozen for whom, and what there is of their desktops.
#[derive(Default)]
pub(in crate::server) struct Copies {
    frozen: RefCell<HashMap<(ClientId, PaneId), Reading>>,
    /// Whether searches that are under way are still wanted.
    searches: RefCell<HashMap<(ClientId, PaneId), Arc<AtomicBool>>>,
    /// What clients told of their environment.
    environments: HashMap<ClientId, BTreeMap<String, String>>,
    last_file: u64,
    /// Files that editors are about to be given.
    opening: BTreeSet<PathBuf>,
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

    /// Notes what a client told of its environment.
    pub fn attached(&mut self, client: ClientId, env: BTreeMap<String, String>) {
        self.environments.insert(client, env);
    }

    fn reads(&self, pane: PaneId) -> bool {
        self.frozen.borrow().keys().any(|(_, p)| *p == pane)
    }
}

impl Server {
    /// A pane's terminal may have another shape.
    pub(in crate::server) fn reflowed(&mut self, pane: PaneId) {
        if self.copies.reads(pane) {
            self.handle(Event::Reflowed { pane });
        }
    }

    /// The desktop of the user of a client; `None` when it is another machine's.
    pub(in crate::server) fn desktop(&mut self, client: ClientId) -> Option<Desktop> {
        let clients = &self.clients;
        self.copies.environments.retain(|id, _| clients.contains_key(id));
        let env = self.copies.environments.get(&client)?;
        let remote = env.contains_key("SSH_CONNECTION");
        (!remote).then(|| Desktop { env: self.env.clone(), client: env.clone() })
    }

    /// Searches what a client reads in a pane.
    pub(in crate::server) fn seek(&self, client: ClientId, pane: PaneId, seek: Seek) {
        let Some(text) = self.copies.reading(client, pane) else { return };
        let wanted = self.copies.search(client, pane);
        let still_wanted = wanted.clone();
        self.aside(
            move || {
                let parts = std::thread::available_parallelism().map_or(1, usize::from);
                seek.find(&text, parts.min(PARTS_MAX), &|| wanted.load(Ordering::Relaxed))
            },
            move |server, hits| {
                // A later search may be of the same words in a text of another shape.
                let hits = hits.filter(|_| still_wanted.load(Ordering::Relaxed));
                if let Some(hits) = hits {
                    server.handle(Event::Searched { client, pane, hits });
                }
            },
        );
    }

    /// Copies what a client has selected, which may be a lot.
    pub(in crate::server) fn copy_many(&self, client: ClientId, pane: PaneId, selected: Selected) {
        let Some(text) = self.copies.reading(client, pane) else { return };
        self.aside(
            move || {
                let text = selected.text(&Doc::new(&text));
                let too_much = if text.len() > TERMINAL_MAX { TOO_MUCH } else { "" };
                (copied(&text) + too_much, text)
            },
            move |server, (said, text)| {
                server.with_model(|model, cx| model.say(client, said, cx));
                server.copy(client, text);
            },
        );
    }

    pub(in crate::server) fn copy(&mut self, id: ClientId, text: String) {
        let text = Arc::new(text);
        // What is more no terminal takes, and it would only hold up what is drawn.
        if let Some(client) = self.clients.get_mut(&id).filter(|_| text.len() <= TERMINAL_MAX) {
            client.clipboard = Some(String::clone(&text));
            client.pending.all();
        }
        if let Some(desktop) = self.desktop(id) {
            let commands = self.config.copy.clipboard_commands.clone();
            let text = text.clone();
            crate::server::aside::pool::spawn(move || {
                // The terminal has it too: a clipboard that cannot be reached is nothing new.
                if let Err(why) = notify::give(&desktop, &commands, &text) {
                    tracing::debug!("{why}");
                }
            });
        }
        self.remember_copied(text);
    }

    /// A text was copied: it is what is pasted next, and can be chosen later.
    pub(in crate::server) fn remember_copied(&mut self, text: Arc<String>) {
        self.with_model(|model, _| model.remember_copied(String::clone(&text)));
        self.clipboard = text;
    }

    pub(in crate::server) fn paste_copied(&mut self, pane: PaneId) {
        self.paste_text(pane, self.clipboard.clone());
    }

    pub(in crate::server) fn paste_text(&mut self, pane: PaneId, text: Arc<String>) {
        let text = text.as_bytes().to_vec();
        if !text.is_empty() {
            for input in [PaneInput::PasteStart, PaneInput::Paste(text), PaneInput::PasteEnd] {
                self.pane_input(pane, input);
            }
        }
    }

    /// Opens a link or path that stands in a pane.
    pub(in crate::server) fn open_target(
        &mut self,
        client: ClientId,
        pane: PaneId,
        target: String,
    ) {
        let Some(desktop) = self.desktop(client) else {
            self.with_model(|model, cx| {
                model.say(client, "your desktop is on another machine: copied instead".into(), cx);
            });
            return self.copy(client, target);
        };
        let cwd = self.model.panes.get(&pane).map(|p| p.spec.cwd.clone()).unwrap_or_default();
        let home = self.options.user_home.clone();
        let commands = self.config.copy.open_commands.clone();
        let queue = self.queue.clone();
        crate::server::aside::pool::spawn(move || {
            let result = notify::target(&target, &cwd, home.as_deref())
                .and_then(|target| notify::open(&desktop, &commands, &target));
            let text = match result {
                Ok(()) => format!("opened {target}"),
                Err(why) => why,
            };
            let _ = queue.send(Message::Tell { client, text });
        });
    }

    /// Opens a pane's text in the user's editor, in a new tab.
    pub(in crate::server) fn edit_scrollback(&mut self, client: ClientId, pane: PaneId) {
        let Some(terminal) = self.panes.terminal(pane) else { return };
        let frozen = terminal.emulator().freeze();
        self.copies.last_file += 1;
        let number = self.copies.last_file;
        let path = scrollback::file(&self.options.home, crate::server::clock::now_ms(), number);
        self.copies.opening.insert(path.clone());
        self.in_lane(Lane::Scrollback, move |_| {
            Some(Work::new(
                move || (scrollback::write(&path, &frozen), path),
                move |server: &mut Server, (written, path)| match written {
                    Ok(()) => server.open_scrollback(client, pane, path),
                    Err(error) => {
                        server.copies.opening.remove(&path);
                        server.with_model(|model, cx| {
                            let why = format!("cannot write the scrollback: {error}");
                            model.say(client, why, cx);
                        });
                    }
                },
            ))
        });
    }

    fn open_scrollback(&mut self, client: ClientId, pane: PaneId, path: PathBuf) {
        let of = self.model.panes.get(&pane);
        let spec = StartRequest {
            type_name: EDITOR_TYPE.to_string(),
            name: of.map(|p| format!("{} (scrollback)", p.label())),
            cwd: of.map(|p| p.spec.cwd.clone()).unwrap_or_default(),
            args: vec![path.to_string_lossy().into_owned(), self.config.copy.editor.clone()],
            ..StartRequest::default()
        };
        let opened = self.with_model(|model, cx| {
            match model.open(spec, Place::Tab, Start::Fresh, None, cx) {
                Ok(pane) => model.focus(Some(client), pane, cx).is_ok(),
                Err(refusal) => {
                    model.say(client, refusal.to_string(), cx);
                    false
                }
            }
        });
        self.copies.opening.remove(&path);
        if !opened {
            self.remove_left_scrollback();
        }
    }

    /// Removes the files of editors that did not do it themselves.
    pub(in crate::server) fn remove_left_scrollback(&mut self) {
        self.in_lane_once(Lane::Scrollback, |server| {
            let args = server.model.panes.values().flat_map(|pane| &pane.spec.args);
            let mut wanted: BTreeSet<PathBuf> = args.map(PathBuf::from).collect();
            wanted.extend(server.copies.opening.iter().cloned());
            let home = server.options.home.clone();
            let remove = move || scrollback::remove_left(&home, &wanted);
            Some(Work::new(remove, |_: &mut Server, ()| {}))
        });
    }
}

//! Copy mode's texts, and what follows from copying: clipboards, openers, the editor.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::base::frame::Frame;
use crate::base::geometry::{Rect, Size};
use crate::base::ids::{ClientId, PaneId};
use crate::base::text_row::TextRow;
use crate::core::copy::{Pos, ScreenText, Texts};
use crate::core::effect::PaneInput;
use crate::core::event::Event;
use crate::core::model::{Model, PaneSpec};
use crate::core::panes::{Place, Start};
use crate::term::{Anchor, Frozen, Lines, MouseMode, TextFormat};

use super::Server;
use super::desktop::{self, Desktop};
use super::message::Message;
use super::pane::Terminal;

/// The pane type that opens a file in the user's editor.
const EDITOR_TYPE: &str = "text-editor";
/// How the files that it opens are called.
const FILE_PREFIX: &str = "scrollback.";

/// What is frozen for whom, and what there is of their desktops.
#[derive(Default)]
pub(super) struct Copies {
    frozen: RefCell<HashMap<(ClientId, PaneId), Reading>>,
    /// What clients told of their environment.
    environments: HashMap<ClientId, BTreeMap<String, String>>,
    last_file: u64,
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
pub(super) struct Reader<'a> {
    pub terminals: &'a HashMap<PaneId, Arc<Terminal>>,
    pub copies: &'a Copies,
}

struct Text<'a> {
    terminal: &'a Terminal,
    reading: Reading,
}

impl Texts for Reader<'_> {
    fn open(&self, client: ClientId, pane: PaneId) -> Option<Box<dyn ScreenText + '_>> {
        let terminal = self.terminals.get(&pane)?;
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
        Some(Box::new(Text { terminal, reading }))
    }

    fn wants_mouse(&self, pane: PaneId) -> bool {
        let modes = self.terminals.get(&pane).map(|terminal| terminal.emulator().modes());
        modes.is_some_and(|modes| modes.mouse != MouseMode::Off)
    }
}

impl ScreenText for Text<'_> {
    fn size(&self) -> Size {
        self.reading.frozen.size()
    }

    fn lines(&self) -> usize {
        self.reading.frozen.lines()
    }

    fn cursor(&self) -> (usize, u16) {
        self.reading.frozen.cursor()
    }

    fn top(&self) -> usize {
        self.reading.frozen.top()
    }

    fn row(&self, line: usize) -> TextRow {
        self.terminal.emulator().frozen_row(&self.reading.frozen, line)
    }

    fn moved(&self, before: Pos) -> Option<Pos> {
        let (_, anchor) = self.reading.kept.iter().find(|(pos, _)| *pos == before)?;
        let (line, col) = self.terminal.emulator().anchored(*anchor)?;
        Some(Pos::new(line, col))
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
    pub(super) fn reflowed(&mut self, pane: PaneId) {
        if self.copies.reads(pane) {
            self.handle(Event::Reflowed { pane });
        }
    }

    /// The desktop of the user of a client; `None` when it is another machine's.
    pub(super) fn desktop(&mut self, client: ClientId) -> Option<Desktop> {
        let clients = &self.clients;
        self.copies.environments.retain(|id, _| clients.contains_key(id));
        let env = self.copies.environments.get(&client)?;
        let remote = env.contains_key("SSH_CONNECTION");
        (!remote).then(|| Desktop { env: self.env.clone(), client: env.clone() })
    }

    pub(super) fn copy(&mut self, id: ClientId, text: String) {
        if let Some(client) = self.clients.get_mut(&id) {
            client.clipboard = Some(text.clone());
            client.pending.all();
        }
        if let Some(desktop) = self.desktop(id) {
            let commands = self.config.copy.clipboard_commands.clone();
            let text = text.clone();
            tokio::task::spawn_blocking(move || {
                // The terminal has it too: a clipboard that cannot be reached is no news.
                if let Err(why) = desktop::give(&desktop, &commands, &text) {
                    tracing::debug!("{why}");
                }
            });
        }
        self.clipboard = text;
    }

    pub(super) fn paste_copied(&mut self, pane: PaneId) {
        let text = self.clipboard.clone().into_bytes();
        if !text.is_empty() {
            for input in [PaneInput::PasteStart, PaneInput::Paste(text), PaneInput::PasteEnd] {
                self.pane_input(pane, input);
            }
        }
    }

    /// Opens a link or path that stands in a pane.
    pub(super) fn open_target(&mut self, client: ClientId, pane: PaneId, target: String) {
        let Some(desktop) = self.desktop(client) else {
            self.with_model(|model, _, out| {
                model.say(client, "your desktop is on another machine: copied instead".into(), out);
            });
            return self.copy(client, target);
        };
        let cwd = self.model.panes.get(&pane).map(|p| p.spec.cwd.clone()).unwrap_or_default();
        let home = self.options.user_home.clone();
        let commands = self.config.copy.open_commands.clone();
        let queue = self.queue.clone();
        tokio::task::spawn_blocking(move || {
            let result = desktop::target(&target, &cwd, home.as_deref())
                .and_then(|target| desktop::open(&desktop, &commands, &target));
            let text = match result {
                Ok(()) => format!("opened {target}"),
                Err(why) => why,
            };
            let _ = queue.send(Message::Tell { client, text });
        });
    }

    /// Opens a pane's text in the user's editor, in a new tab.
    pub(super) fn edit_scrollback(&mut self, client: ClientId, pane: PaneId) {
        let Some(terminal) = self.terminals.get(&pane) else { return };
        let text = terminal.emulator().text(Lines::All, TextFormat::Plain);
        let result = self.write_scrollback(&text);
        let path = match result {
            Ok(path) => path,
            Err(error) => {
                return self.with_model(|model, _, out| {
                    model.say(client, format!("cannot write the scrollback: {error}"), out);
                });
            }
        };
        let of = self.model.panes.get(&pane);
        let spec = PaneSpec {
            type_name: EDITOR_TYPE.to_string(),
            name: of.map(|p| format!("{} (scrollback)", p.label())),
            cwd: of.map(|p| p.spec.cwd.clone()).unwrap_or_default(),
            args: vec![path.to_string_lossy().into_owned(), self.config.copy.editor.clone()],
            ..PaneSpec::default()
        };
        let opened = self.with_model(|model, cx, out| {
            match model.open(spec, Place::Tab, Start::Fresh, None, cx, out) {
                Ok(pane) => model.focus(Some(client), pane, out).is_ok(),
                Err(refusal) => {
                    model.say(client, refusal.to_string(), out);
                    false
                }
            }
        });
        if !opened {
            let _ = std::fs::remove_file(path);
        }
    }

    fn write_scrollback(&mut self, text: &str) -> std::io::Result<PathBuf> {
        self.copies.last_file += 1;
        let name = format!("{FILE_PREFIX}{}.{}.txt", super::clock::now_ms(), self.copies.last_file);
        let path = self.options.home.run_dir().join(name);
        if path.to_str().is_none() {
            return Err(std::io::Error::other("SEGNO_HOME is no Unicode text"));
        }
        let mut file =
            std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
        file.write_all(text.as_bytes()).inspect_err(|_| drop(std::fs::remove_file(&path)))?;
        Ok(path)
    }

    /// Removes the files of editors that did not do it themselves.
    pub(super) fn remove_left_scrollback(&self) {
        let directory = self.options.home.run_dir();
        let wanted = |path: &Path| {
            let mut panes = self.model.panes.values();
            panes.any(|pane| pane.spec.args.iter().any(|arg| Path::new(arg) == path))
        };
        for entry in std::fs::read_dir(directory).into_iter().flatten().flatten() {
            let ours = entry.file_name().to_string_lossy().starts_with(FILE_PREFIX);
            if ours && !wanted(&entry.path()) {
                let _ = std::fs::remove_file(entry.path());
            }
        }
    }
}

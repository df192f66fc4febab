//! A terminal for the program under test: a real PTY whose output goes to an emulator, as in a
//! terminal window.
//!
//! Waiting is for what the screen shows and is woken by output, never by the clock. Keys are
//! encoded as the modes that the program has switched on demand, and the emulator's answers to
//! queries go back.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::io::{Read, Write};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread;
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

use super::segno::PATIENCE;
use segno_base::key::{Key, KeyEvent, Modifiers, MouseAction, MouseButton, MouseEvent};
use segno_base::screen::cell::Width;
use segno_base::screen::frame::Frame;
use segno_base::screen::geometry::{Point, Size};
use segno_term::encode::{PasteEncoder, encode_key, encode_mouse};
use segno_term::{CellPixels, Emulator, Graphics, Modes, Options, Palette, TermEvent};

type Writer = Arc<Mutex<Box<dyn Write + Send>>>;

/// What is between a program and its terminal, and what that can draw.
#[derive(Debug, Clone, Copy, Default)]
pub struct Line {
    /// How late the terminal's answers come.
    pub lag: Duration,
    /// What a cell measures, where the terminal reports it.
    pub cell: Option<CellPixels>,
    pub graphics: Graphics,
    /// What it calls itself.
    pub name: Option<&'static str>,
}

/// A program in a terminal. It is killed when dropped.
pub struct Terminal {
    shared: Arc<Shared>,
    writer: Writer,
    master: Box<dyn MasterPty + Send>,
    child: Box<dyn Child + Send + Sync>,
    expired: Arc<AtomicBool>,
    patience: Duration,
}

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    emulator: Emulator,
    events: Vec<TermEvent>,
    raw: Vec<u8>,
    /// The sizes it had, each with how much had been printed before.
    sizes: Vec<(usize, Size)>,
    ended: bool,
}

impl Terminal {
    /// Starts a program in a terminal of this size. When `expired` becomes true, waiting ends.
    pub fn start(
        program: &OsStr,
        args: &[OsString],
        env: &BTreeMap<OsString, OsString>,
        cwd: &Path,
        cols: u16,
        rows: u16,
        expired: Arc<AtomicBool>,
    ) -> Self {
        Self::over(Line::default(), program, args, env, cwd, Size::new(cols, rows), expired)
    }

    /// The same in a terminal that is over a slow line, or says more of itself.
    pub fn over(
        line: Line,
        program: &OsStr,
        args: &[OsString],
        env: &BTreeMap<OsString, OsString>,
        cwd: &Path,
        Size { cols, rows }: Size,
        expired: Arc<AtomicBool>,
    ) -> Self {
        let size = PtySize {
            cols,
            rows,
            pixel_width: line.cell.map_or(0, |cell| cell.width * cols),
            pixel_height: line.cell.map_or(0, |cell| cell.height * rows),
        };
        let pair = native_pty_system().openpty(size).expect("a PTY");
        let mut command = CommandBuilder::new(program);
        command.args(args);
        command.env_clear();
        for (name, value) in env {
            command.env(name, value);
        }
        command.cwd(cwd);
        let child = pair.slave.spawn_command(command).expect("the program can be started");
        drop(pair.slave);
        let reader = pair.master.try_clone_reader().expect("a reader of the PTY");
        let writer = Arc::new(Mutex::new(pair.master.take_writer().expect("a writer of the PTY")));
        let state = State {
            emulator: Emulator::new(
                Size::new(cols, rows),
                Options { graphics: line.graphics, ..Options::default() },
            ),
            events: Vec::new(),
            raw: Vec::new(),
            sizes: vec![(0, Size::new(cols, rows))],
            ended: false,
        };
        let shared = Arc::new(Shared { state: Mutex::new(state), changed: Condvar::new() });
        let (reading, replying) = (Arc::clone(&shared), Arc::clone(&writer));
        thread::spawn(move || read(reader, &reading, &replying, line));
        Self { shared, writer, master: pair.master, child, expired, patience: PATIENCE }
    }

    /// Waits longer, or not as long, from now on.
    pub fn with_patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Writes bytes as they are.
    pub fn bytes(&self, bytes: &[u8]) {
        let mut writer = self.writer.lock().expect("writing does not panic");
        // A program that has ended is for whoever looks at the screen to notice.
        let _ = writer.write_all(bytes).and_then(|()| writer.flush());
    }

    /// Writes many bytes beside what the test does, as fast as they are taken.
    pub fn bytes_aside(&self, bytes: Vec<u8>) -> thread::JoinHandle<()> {
        let writer = Arc::clone(&self.writer);
        thread::spawn(move || {
            let mut writer = writer.lock().expect("writing does not panic");
            let _ = writer.write_all(&bytes).and_then(|()| writer.flush());
        })
    }

    /// Types a text, key by key in one go.
    pub fn type_text(&self, text: &str) {
        let keys = text.chars().map(|c| Key::plain(segno_base::key::KeyCode::Char(c)));
        let bytes = self.encoded(keys);
        self.bytes(&bytes);
    }

    /// Presses keys, written as on the command line and separated by spaces: `ctrl+b`, `enter up`.
    pub fn keys(&self, keys: &str) {
        let keys = keys.split_whitespace().map(|key| key.parse::<Key>().expect("a key's name"));
        let bytes = self.encoded(keys);
        self.bytes(&bytes);
    }

    fn encoded(&self, keys: impl Iterator<Item = Key>) -> Vec<u8> {
        let modes = self.modes();
        let mut bytes = Vec::new();
        for key in keys {
            encode_key(&KeyEvent::from(key), &modes, &mut bytes);
        }
        bytes
    }

    /// Pastes a text as a terminal does.
    pub fn paste(&self, text: &str) {
        let mut bytes = Vec::new();
        let mut encoder = PasteEncoder::start(&self.modes(), &mut bytes);
        encoder.data(text.as_bytes(), &mut bytes);
        encoder.end(&mut bytes);
        self.bytes(&bytes);
    }

    /// A mouse event at a cell, counted from 0. False when the program does not want it.
    pub fn mouse(&self, action: MouseAction, x: u16, y: u16) -> bool {
        let event = MouseEvent { action, x, y, mods: Modifiers::NONE };
        let mut bytes = Vec::new();
        let wanted = encode_mouse(&event, &self.modes(), &mut bytes);
        self.bytes(&bytes);
        wanted
    }

    /// Presses and releases the left button.
    pub fn click(&self, x: u16, y: u16) -> bool {
        self.mouse(MouseAction::Press(MouseButton::Left), x, y)
            && self.mouse(MouseAction::Release(MouseButton::Left), x, y)
    }

    /// Changes the terminal's own colours, which it reports to the program if that wants to know.
    pub fn set_palette(&self, palette: Palette) {
        let mut events = Vec::new();
        self.state().emulator.set_palette(palette, &mut events);
        for event in events {
            if let TermEvent::Reply(bytes) = event {
                self.bytes(&bytes);
            }
        }
    }

    /// Changes the window's size.
    pub fn resize(&self, cols: u16, rows: u16) {
        let mut state = self.state();
        state.emulator.resize(Size::new(cols, rows));
        let printed = state.raw.len();
        state.sizes.push((printed, Size::new(cols, rows)));
        drop(state);
        let size = PtySize { cols, rows, pixel_width: 0, pixel_height: 0 };
        self.master.resize(size).expect("the PTY can be resized");
    }

    /// The modes that the program has switched on.
    pub fn modes(&self) -> Modes {
        self.state().emulator.modes()
    }

    /// The window's title.
    pub fn title(&self) -> Option<String> {
        self.state().emulator.title().map(str::to_owned)
    }

    /// Everything that the program printed so far, as it came.
    pub fn raw(&self) -> Vec<u8> {
        self.state().raw.clone()
    }

    /// The sizes that the window had, each with how much had been printed before.
    pub fn sizes(&self) -> Vec<(usize, Size)> {
        self.state().sizes.clone()
    }

    /// What the program asked of its terminal so far, besides drawing: bells, clipboard,
    /// notifications.
    pub fn events(&self) -> Vec<TermEvent> {
        self.state().events.clone()
    }

    /// What the screen shows, one line per row, without blanks at the ends.
    pub fn screen(&self) -> String {
        screen(&self.state().emulator)
    }

    /// The cells of the screen, with their cursor.
    pub fn frame(&self) -> Frame {
        frame(&self.state().emulator)
    }

    /// Where a text is on the screen, as column and row of its first cell.
    pub fn find(&self, text: &str) -> Option<(u16, u16)> {
        let frame = self.frame();
        (0..frame.size().rows).find_map(|y| {
            let row = row_text(&frame, y);
            let at = row.find(text)?;
            // Columns are counted in cells.
            let before =
                row[..at].chars().map(|c| unicode_width::UnicodeWidthChar::width(c).unwrap_or(0));
            Some((before.sum::<usize>() as u16, y))
        })
    }

    /// Waits until the screen shows a text.
    #[track_caller]
    pub fn wait_text(&self, text: &str) -> String {
        self.wait(|screen| screen.contains(text), &format!("the text {text:?}"))
    }

    /// Waits until the screen no longer shows a text.
    #[track_caller]
    pub fn wait_gone(&self, text: &str) -> String {
        self.wait(|screen| !screen.contains(text), &format!("{text:?} to go away"))
    }

    /// Waits until the screen is as wanted, and returns it.
    #[track_caller]
    pub fn wait(&self, wanted: impl Fn(&str) -> bool, what: &str) -> String {
        let end = Instant::now() + self.patience;
        let mut state = self.state();
        loop {
            let now = Instant::now();
            // A frame that is being drawn is not what a person sees.
            let deadline = state.emulator.sync_deadline();
            if deadline.is_none_or(|deadline| deadline <= now) {
                state.emulator.end_sync();
                let screen = screen(&state.emulator);
                if wanted(&screen) {
                    return screen;
                }
            }
            let expired = self.expired.load(Ordering::SeqCst);
            if now >= end || state.ended || expired {
                let why = match (state.ended, expired) {
                    (true, _) => "the program has ended",
                    (_, true) => "the test took too long",
                    _ => "it did not come in time",
                };
                let shown = framed(&screen(&state.emulator));
                drop(state);
                panic!("waited for {what}, but {why}; the screen shows:\n{shown}");
            }
            // Woken by output; looking up now and then is for the watchdog's sake.
            let pause = (end - now).min(Duration::from_secs(1));
            let pause = deadline.map_or(pause, |deadline| {
                pause.min(deadline.saturating_duration_since(now).max(Duration::from_millis(1)))
            });
            state =
                self.shared.changed.wait_timeout(state, pause).expect("reading does not panic").0;
        }
    }

    /// Waits until the program has ended and returns its exit code.
    #[track_caller]
    pub fn wait_end(&mut self) -> u32 {
        let end = Instant::now() + self.patience;
        let mut state = self.state();
        while !state.ended {
            if Instant::now() >= end || self.expired.load(Ordering::SeqCst) {
                let shown = framed(&screen(&state.emulator));
                drop(state);
                panic!("the program does not end; the screen shows:\n{shown}");
            }
            let waited = self.shared.changed.wait_timeout(state, Duration::from_secs(1));
            state = waited.expect("reading does not panic").0;
        }
        drop(state);
        self.child.wait().expect("the program's status").exit_code()
    }

    /// Whether the program still runs.
    pub fn runs(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    pub fn pid(&self) -> Option<i32> {
        self.child.process_id().map(|pid| pid as i32)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state.lock().expect("reading does not panic")
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Feeds the emulator until the program's side of the PTY is closed.
fn read(mut reader: Box<dyn Read + Send>, shared: &Shared, writer: &Writer, line: Line) {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        // Linux reports the end as an error (EIO).
        let count = reader.read(&mut buffer).unwrap_or(0);
        let mut state = shared.state.lock().expect("no waiting test panics with the lock");
        if count == 0 {
            state.ended = true;
            shared.changed.notify_all();
            return;
        }
        let mut events = Vec::new();
        state.emulator.advance(&buffer[..count], Instant::now(), &mut events);
        state.raw.extend_from_slice(&buffer[..count]);
        let (replies, others): (Vec<_>, Vec<_>) =
            events.into_iter().partition(|event| matches!(event, TermEvent::Reply(_)));
        state.events.extend(others);
        drop(state);
        shared.changed.notify_all();
        let mut bytes: Vec<u8> = Vec::new();
        for reply in replies {
            if let TermEvent::Reply(reply) = reply {
                bytes.extend(reply);
            }
        }
        if let Some(name) = line.name {
            let own = format!("\x1bP>|segno {}\x1b\\", env!("CARGO_PKG_VERSION"));
            let text = String::from_utf8_lossy(&bytes).into_owned();
            bytes = text.replace(&own, &format!("\x1bP>|{name}\x1b\\")).into_bytes();
        }
        if bytes.is_empty() {
            continue;
        }
        let writer = Arc::clone(writer);
        let write = move || {
            // The line is slow, which is what is tested.
            thread::sleep(line.lag);
            let mut writer = writer.lock().expect("writing does not panic");
            let _ = writer.write_all(&bytes).and_then(|()| writer.flush());
        };
        if line.lag.is_zero() { write() } else { drop(thread::spawn(write)) }
    }
}

fn frame(emulator: &Emulator) -> Frame {
    let mut frame = Frame::new(emulator.size());
    let area = frame.area();
    emulator.draw(&mut frame, area);
    frame.cursor = emulator.cursor();
    frame
}

fn row_text(frame: &Frame, y: u16) -> String {
    let mut text = String::new();
    for x in 0..frame.size().cols {
        let Some(cell) = frame.get(Point { x, y }) else { continue };
        if cell.width == Width::Tail {
            continue;
        }
        text.push(cell.ch);
        text.extend(cell.extra.iter().flat_map(|extra| extra.combining.iter()));
    }
    text.truncate(text.trim_end().len());
    text
}

fn screen(emulator: &Emulator) -> String {
    let frame = frame(emulator);
    let rows: Vec<_> = (0..frame.size().rows).map(|y| row_text(&frame, y)).collect();
    rows.join("\n")
}

/// The screen in a box, for a message.
fn framed(screen: &str) -> String {
    let rule = "─".repeat(40);
    let lines: Vec<_> = screen.lines().map(|line| format!("│{line}")).collect();
    format!("┌{rule}\n{}\n└{rule}", lines.join("\n"))
}

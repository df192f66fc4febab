//! A program in a terminal of 200 by 50, as a person sees it: what it prints goes into an emulator,
//! and what is waited for is what the screen shows, whatever sequences brought it there.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{Read, Write};
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

use segno_base::screen::frame::Frame;
use segno_base::screen::geometry::{Point, Size};
use segno_term::{Emulator, Options, TermEvent};

pub const SIZE: Size = Size { cols: 200, rows: 50 };

/// What is waited for.
#[derive(Clone)]
pub enum Sight {
    /// A text, somewhere.
    Text(String),
    /// A character in its place.
    Cell(Point, char),
}

pub struct Screen {
    shared: Arc<Shared>,
    writer: Arc<Mutex<Box<dyn Write + Send>>>,
    child: Box<dyn Child + Send + Sync>,
    _master: Box<dyn MasterPty + Send>,
}

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    emulator: Emulator,
    bytes: u64,
    last: Instant,
    wanted: Option<Sight>,
    /// When that was read which brought it.
    seen: Option<Instant>,
}

impl Screen {
    pub fn start(argv: &[OsString], env: &BTreeMap<OsString, OsString>, cwd: &Path) -> Screen {
        let size = PtySize { cols: SIZE.cols, rows: SIZE.rows, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).expect("a pseudo-terminal");
        let mut command = CommandBuilder::new(&argv[0]);
        command.args(&argv[1..]);
        command.env_clear();
        env.iter().for_each(|(name, value)| command.env(name, value));
        command.cwd(cwd);
        let child = pair.slave.spawn_command(command).expect("the multiplexer can be started");
        drop(pair.slave);
        let reader = pair.master.try_clone_reader().expect("a reader");
        let writer = Arc::new(Mutex::new(pair.master.take_writer().expect("a writer")));
        let state = State {
            emulator: Emulator::new(SIZE, Options { scrollback_lines: 0, ..Options::default() }),
            bytes: 0,
            last: Instant::now(),
            wanted: None,
            seen: None,
        };
        let shared = Arc::new(Shared { state: Mutex::new(state), changed: Condvar::new() });
        let (reading, replying) = (shared.clone(), writer.clone());
        std::thread::spawn(move || read(reader, &reading, &replying));
        Screen { shared, writer, child, _master: pair.master }
    }

    pub fn send(&self, bytes: &[u8]) {
        let mut writer = self.writer.lock().expect("no writer panics");
        let _ = writer.write_all(bytes).and_then(|()| writer.flush());
    }

    /// Sends keys and says when the screen showed what is wanted; `None` when it did not in time.
    pub fn send_until(&self, bytes: &[u8], wanted: Sight, limit: Duration) -> Option<Instant> {
        let mut state = self.state();
        state.seen = None;
        state.wanted = Some(wanted);
        drop(state);
        self.send(bytes);
        self.wait(limit)
    }

    /// Says when the screen showed a text, which may be there already.
    pub fn until(&self, text: &str, limit: Duration) -> Option<Instant> {
        let mut state = self.state();
        let wanted = Sight::Text(text.to_owned());
        state.seen = wanted.is_on(&state.emulator).then(|| state.last);
        state.wanted = Some(wanted);
        drop(state);
        self.wait(limit)
    }

    fn wait(&self, limit: Duration) -> Option<Instant> {
        let waiting = |state: &mut State| state.seen.is_none();
        let state = self.state();
        let (mut state, _) =
            self.shared.changed.wait_timeout_while(state, limit, waiting).expect("no panic");
        state.wanted = None;
        state.seen.take()
    }

    /// Waits until nothing was printed for a while.
    pub fn settle(&self, quiet: Duration, limit: Duration) {
        let end = Instant::now() + limit;
        while self.state().last.elapsed() < quiet && Instant::now() < end {
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// What the terminal was sent so far.
    pub fn bytes(&self) -> u64 {
        self.state().bytes
    }

    /// Where a text ends on the screen.
    pub fn end_of(&self, text: &str) -> Option<Point> {
        let frame = frame(&self.state().emulator, SIZE.rows);
        let found = (0..SIZE.rows).find_map(|y| Some((y, line(&frame, y).find(text)?)));
        found.map(|(y, x)| Point::new((x + text.len()) as u16, y))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state.lock().expect("no reader panics")
    }

    /// Hangs up, as a closed terminal window does, and waits for the program's end.
    pub fn close(mut self) {
        if let Some(pid) = self.child.process_id() {
            let pid = nix::unistd::Pid::from_raw(pid as i32);
            let _ = nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGHUP);
        }
        let end = Instant::now() + Duration::from_secs(5);
        while matches!(self.child.try_wait(), Ok(None)) && Instant::now() < end {
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

impl Sight {
    fn is_on(&self, emulator: &Emulator) -> bool {
        match self {
            Sight::Text(text) => {
                let frame = frame(emulator, SIZE.rows);
                (0..SIZE.rows).any(|y| line(&frame, y).contains(text))
            }
            // No more than that: this is done for every piece of a flood, whose next piece waits.
            Sight::Cell(at, ch) => {
                frame(emulator, at.y + 1).get(*at).is_some_and(|cell| cell.ch == *ch)
            }
        }
    }
}

/// The first rows of what an emulator shows.
fn frame(emulator: &Emulator, rows: u16) -> Frame {
    let mut frame = Frame::new(Size { rows, ..SIZE });
    let area = frame.area();
    emulator.draw(&mut frame, area);
    frame
}

/// A row as ASCII, so that places in it are columns.
fn line(frame: &Frame, y: u16) -> String {
    frame.row(y).iter().map(|cell| if cell.ch.is_ascii() { cell.ch } else { '?' }).collect()
}

fn read(mut reader: impl Read, shared: &Shared, writer: &Mutex<Box<dyn Write + Send>>) {
    let mut buffer = vec![0; 256 * 1024];
    while let Ok(count @ 1..) = reader.read(&mut buffer) {
        let now = Instant::now();
        let mut events = Vec::new();
        let mut state = shared.state.lock().expect("nobody panics with it");
        state.emulator.advance(&buffer[..count], now, &mut events);
        state.bytes += count as u64;
        state.last = now;
        if state.seen.is_none()
            && state.wanted.as_ref().is_some_and(|sight| sight.is_on(&state.emulator))
        {
            state.seen = Some(now);
            shared.changed.notify_all();
        }
        drop(state);
        for event in events {
            if let TermEvent::Reply(bytes) = event {
                let mut writer = writer.lock().expect("no writer panics");
                let _ = writer.write_all(&bytes).and_then(|()| writer.flush());
            }
        }
    }
}

//! The user's terminal: raw mode, its size, and putting everything back on every way out.
//!
//! Must not know what is drawn; it only undoes whatever a daemon may have switched on.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::fcntl::OFlag;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::termios::{SetArg, Termios, cfmakeraw, tcgetattr, tcsetattr};
use parking_lot::Mutex;

use segno_base::screen::geometry::Size;
use segno_base::system::os;

/// Ends what a daemon that was killed in the middle of a sequence left open (CAN, ST), and a
/// synchronized update that would freeze the screen until its end.
pub const CANCEL: &[u8] = b"\x18\x1b\\\x1b[?2026l";

/// Saves the window's title on the terminal's stack.
const SAVE_TITLE: &[u8] = b"\x1b[22;2t";

/// Undoes every mode that a daemon may have set. The kitty entries are popped while the alternate
/// screen is still shown, because each screen has its own stack and the main one's is the shell's.
const RESET: &[u8] = b"\x18\x1b\\\x1b[?2026l\x1b[0m\x1b[r\
\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1005l\x1b[?1006l\x1b[?1015l\x1b[?1016l\
\x1b[?1004l\x1b[?2004l\x1b[?2031l\x1b[<99u\x1b[>4m\x1b[?1l\x1b>\x1b[?6l\x1b[?7h\x1b[0 q\x1b[?1049l\
\x1b[23;2t\x1b[?25h";

/// How long a terminal that accepts no bytes may delay the end.
const RESET_PATIENCE: Duration = Duration::from_millis(500);

/// What the panic hook needs to put the terminal back.
static RAW: Mutex<Option<Saved>> = Mutex::new(None);

struct Saved {
    tty: File,
    modes: Termios,
    /// Whether anything was drawn, so that there is something to undo.
    drawn: bool,
}

impl Saved {
    fn undo(&mut self) {
        if std::mem::take(&mut self.drawn) {
            write_patiently(&self.tty, RESET);
        }
    }
}

/// The size of a terminal's window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    pub cells: Size,
    /// Width and height, 0 when unknown.
    pub pixels: (u16, u16),
}

/// The terminal in raw mode; dropping it puts it back.
pub struct Terminal {
    tty: File,
    raw: Termios,
}

/// Why a terminal cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TerminalError {
    /// Standard input or output is something else.
    #[error("standard {0} is not a terminal")]
    NotATerminal(&'static str),
    /// The terminal did not do what was asked of it.
    #[error("the terminal cannot be set up: {0}")]
    Setup(#[from] io::Error),
}

impl Terminal {
    /// Opens the terminal that standard input and output are.
    pub fn enter() -> Result<Terminal, TerminalError> {
        let (stdin, stdout) = (io::stdin(), io::stdout());
        for (fd, name) in [(stdin.as_fd(), "input"), (stdout.as_fd(), "output")] {
            if !nix::unistd::isatty(fd).unwrap_or(false) {
                return Err(TerminalError::NotATerminal(name));
            }
        }
        let tty = reopen(stdout.as_fd())?;
        let modes = tcgetattr(&tty).map_err(io::Error::from)?;
        let mut raw = modes.clone();
        cfmakeraw(&mut raw);
        *RAW.lock() = Some(Saved { tty: tty.try_clone()?, modes, drawn: false });
        let terminal = Terminal { tty, raw };
        tcsetattr(&terminal.tty, SetArg::TCSANOW, &terminal.raw).map_err(io::Error::from)?;
        put_back_on_panic();
        Ok(terminal)
    }

    /// What to poll.
    pub fn fd(&self) -> BorrowedFd<'_> {
        self.tty.as_fd()
    }

    /// Its size, what a terminal usually has where it does not say; and in pixels, 0 when unknown.
    pub fn size(&self) -> Window {
        match os::window_sizes(self.fd()) {
            Ok((cells, pixels)) if cells.cols > 0 && cells.rows > 0 => Window { cells, pixels },
            _ => Window { cells: Size::new(80, 24), pixels: (0, 0) },
        }
    }

    /// Reads what was typed. `Ok(None)`: nothing now. `Ok(Some(0))`: the terminal is gone.
    pub fn read(&self, buffer: &mut [u8]) -> io::Result<Option<usize>> {
        match nix::unistd::read(&self.tty, buffer) {
            Ok(n) => Ok(Some(n)),
            Err(Errno::EAGAIN | Errno::EINTR) => Ok(None),
            Err(e) => Err(e.into()),
        }
    }

    /// Writes as much as the terminal accepts without waiting.
    pub fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        match nix::unistd::write(&self.tty, bytes) {
            Ok(n) => Ok(n),
            Err(Errno::EAGAIN | Errno::EINTR) => Ok(0),
            Err(e) => Err(e.into()),
        }
    }

    /// Writes all of it, unless the terminal no longer accepts it.
    pub fn write_all(&self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            match self.write(bytes) {
                Ok(0) => {
                    let ready = &mut [PollFd::new(self.fd(), PollFlags::POLLOUT)];
                    if poll(ready, PollTimeout::from(1000u16)) != Ok(1) {
                        return;
                    }
                }
                Ok(n) => bytes = &bytes[n..],
                Err(_) => return,
            }
        }
    }

    /// To be called before the first byte is drawn: from now on leaving undoes what was drawn.
    pub fn begin_drawing(&self) {
        if let Some(saved) = RAW.lock().as_mut()
            && !saved.drawn
        {
            saved.drawn = true;
            write_patiently(&self.tty, SAVE_TITLE);
        }
    }

    /// Undoes what was drawn; raw mode stays. What is drawn afterwards stays too.
    pub fn undo(&self) {
        if let Some(saved) = RAW.lock().as_mut() {
            saved.undo();
        }
    }

    /// Raw mode again, after the process was stopped and a shell had the terminal.
    pub fn resume(&self) {
        // When it fails the terminal is going away, which reading it will show.
        let _ = tcsetattr(&self.tty, SetArg::TCSANOW, &self.raw);
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        put_back();
    }
}

/// Puts the terminal back, once.
fn put_back() {
    let Some(mut saved) = RAW.lock().take() else { return };
    saved.undo();
    // Not TCSADRAIN: a terminal that accepts no bytes would block the process forever.
    let _ = tcsetattr(&saved.tty, SetArg::TCSANOW, &saved.modes);
}

/// A panic's message is to be readable, so the terminal is put back before it is printed.
fn put_back_on_panic() {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        put_back();
        before(info);
    }));
}

/// The same terminal with its own file description, so that making it non-blocking does not make
/// the shell's non-blocking too.
fn reopen(fd: BorrowedFd<'_>) -> io::Result<File> {
    let wanted = File::from(fd.try_clone_to_owned()?).metadata()?;
    let flags = (OFlag::O_NONBLOCK | OFlag::O_NOCTTY).bits();
    let open = |path: &std::path::Path| {
        OpenOptions::new().read(true).write(true).custom_flags(flags).open(path)
    };
    let named = nix::unistd::ttyname(fd).map_err(io::Error::from).and_then(|path| open(&path));
    match named {
        Ok(tty) if tty.metadata()?.rdev() == wanted.rdev() => Ok(tty),
        // The name may not lead back, for example in a container; the controlling terminal is
        // the same one then.
        _ => open("/dev/tty".as_ref()),
    }
}

fn write_patiently(tty: &File, mut bytes: &[u8]) {
    let end = Instant::now() + RESET_PATIENCE;
    while !bytes.is_empty() {
        match nix::unistd::write(tty, bytes) {
            Ok(n) => bytes = &bytes[n..],
            Err(Errno::EINTR) => {}
            Err(Errno::EAGAIN) => {
                let left = end.saturating_duration_since(Instant::now());
                let mut fds = [PollFd::new(tty.as_fd(), PollFlags::POLLOUT)];
                let timeout = PollTimeout::try_from(left).unwrap_or(PollTimeout::ZERO);
                if left.is_zero() || poll(&mut fds, timeout) == Ok(0) {
                    return;
                }
            }
            Err(_) => return,
        }
    }
}

//! Signals as readable bytes: a thread takes them by `sigwait`, so that no code runs in a handler.

use std::io::{self, Write};
use std::os::unix::net::UnixStream;

use nix::sys::signal::{SigSet, Signal};

use segno_base::system::os;

const WATCHED: [Signal; 6] = [
    Signal::SIGWINCH,
    Signal::SIGTERM,
    Signal::SIGHUP,
    Signal::SIGINT,
    Signal::SIGQUIT,
    Signal::SIGCONT,
];

/// What a signal asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// The terminal has another size.
    Resize,
    /// The process goes on after it was stopped.
    Resume,
    /// The process is to end.
    Quit,
}

/// Blocks the watched signals and sends a byte for each into a socket pair, whose reading end is
/// returned. To be called before any other thread is started: threads inherit what is blocked.
/// Programs started from here do too; they must reset their signals ([`os::fresh_signals`]).
pub fn watch() -> io::Result<UnixStream> {
    // On some systems a signal that is ignored by default is dropped even while it is blocked.
    os::shrug_off(&[Signal::SIGWINCH, Signal::SIGCONT])?;
    let set: SigSet = WATCHED.into_iter().collect();
    set.thread_block()?;
    let (reader, mut writer) = UnixStream::pair()?;
    reader.set_nonblocking(true)?;
    std::thread::Builder::new().name("signals".into()).spawn(move || {
        while let Ok(signal) = set.wait() {
            if writer.write_all(&[signal as i32 as u8]).is_err() {
                break;
            }
        }
    })?;
    Ok(reader)
}

/// What a byte from the socket pair means.
pub fn asked(byte: u8) -> Asked {
    match Signal::try_from(i32::from(byte)) {
        Ok(Signal::SIGWINCH) => Asked::Resize,
        Ok(Signal::SIGCONT) => Asked::Resume,
        _ => Asked::Quit,
    }
}

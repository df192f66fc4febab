//! Writing to standard output without panicking when the reader has gone (`segno ls | head`).

use std::io::{ErrorKind, Write};
use std::os::fd::AsFd;
use std::process::ExitCode;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use parking_lot::Mutex;

use super::error::CliError;
use super::show;

/// What a command without JSON of its own prints, while that is collected.
static COLLECTED: Mutex<Option<String>> = Mutex::new(None);

/// Runs a command that knows no JSON, and prints what it prints as `text` of an object; `done`
/// where it printed nothing.
pub fn as_json(command: impl FnOnce() -> Result<ExitCode, CliError>) -> Result<ExitCode, CliError> {
    *COLLECTED.lock() = Some(String::new());
    let ended = command();
    let printed = COLLECTED.lock().take().unwrap_or_default();
    match (&ended, printed.trim_end()) {
        (Err(_), "") => {}
        (Ok(_), "") => line(&show::json("done", &true))?,
        (_, printed) => line(&show::json("text", &printed))?,
    }
    ended
}

fn collects(text: &str) -> bool {
    let mut collected = COLLECTED.lock();
    collected.as_mut().map(|all| all.push_str(text)).is_some()
}

/// Prints a text as it is.
pub fn text(text: &str) -> Result<(), CliError> {
    if collects(text) {
        return Ok(());
    }
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(e) if e.kind() != ErrorKind::BrokenPipe => Err(CliError::new("cannot print", e)),
        _ => Ok(()),
    }
}

/// Has the program end as soon as nobody reads any more, also while there is nothing to print.
pub fn end_with_reader() {
    std::thread::spawn(|| {
        let out = std::io::stdout();
        // A pipe without a reader is an error, which is reported though nothing is asked for.
        let mut watched = [PollFd::new(out.as_fd(), PollFlags::empty())];
        while poll(&mut watched, PollTimeout::NONE) == Err(Errno::EINTR) {}
        if watched[0].any() == Some(true) {
            std::process::exit(0);
        }
    });
}

/// Prints a line of many; false when nobody reads them any more.
pub fn next_line(line: &str) -> Result<bool, CliError> {
    if collects(&format!("{line}\n")) {
        return Ok(true);
    }
    let mut out = std::io::stdout().lock();
    match writeln!(out, "{line}").and_then(|()| out.flush()) {
        Err(e) if e.kind() == ErrorKind::BrokenPipe => Ok(false),
        Err(e) => Err(CliError::new("cannot print", e)),
        Ok(()) => Ok(true),
    }
}

/// Prints a text and makes sure that a newline ends it.
pub fn line(line: &str) -> Result<(), CliError> {
    let end = if line.ends_with('\n') || line.is_empty() { "" } else { "\n" };
    text(&format!("{line}{end}"))
}

//! Another program in this one's place while everything goes on, and back when it does not come
//! up.
//!
//! Whoever reconnects meanwhile waits for the start lock, so that nobody starts a daemon from a
//! program that is about to be taken back.

use std::io;
use std::path::Path;
use std::process::{Command, Stdio};

use super::{
    ProcessError, connect, first_line, greet, holder, keeper_runs, kept, kill_daemon, start_lock,
    start_until_connected, stop_or_kill,
};
use segno_store::home::Home;
use segno_wire::control::Call;
use segno_wire::control::daemon::DaemonStatus;

/// What runs after the exchange.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Exchanged {
    /// The new daemon, with so many programs that went on.
    Running { version: String, programs: usize },
    /// Nothing ran, so that nothing was started.
    Resting,
}

/// Why the program is not another one now.
#[derive(Debug, thiserror::Error)]
pub enum ExchangeError {
    /// Nothing was changed.
    #[error(transparent)]
    Unchanged(#[from] ProcessError),
    /// The files could not be exchanged; nothing was changed.
    #[error("cannot replace the program: {0}")]
    Files(io::Error),
    /// The new one does not come up. The old one runs again, with so many programs.
    #[error("{why}; the previous program runs again, {programs} programs went on")]
    RolledBack { why: Box<ProcessError>, programs: usize },
    /// Neither the new one comes up nor the old one.
    #[error("{why}; the previous program does not come up again either: {again}")]
    Stuck { why: Box<ProcessError>, again: String },
}

/// Puts another program in place by `put`, and has the daemon of it take over. When that does not
/// come up, `put_back` is called and the daemon of the old program takes over. The keeper goes on.
pub fn exchange(
    home: &Home,
    put: impl FnOnce() -> io::Result<()>,
    put_back: impl FnOnce() -> io::Result<()>,
) -> Result<Exchanged, ExchangeError> {
    let runs = matches!(connect(home), Ok(Some(_)) | Err(ProcessError::Silent(_)));
    if !runs && !keeper_runs(home) {
        put().map_err(ExchangeError::Files)?;
        return Ok(Exchanged::Resting);
    }
    let _starting = start_lock(home)?;
    put().map_err(ExchangeError::Files)?;
    let why = match stop_or_kill(home).and_then(|_| take_over(home)) {
        Ok(version) => return Ok(Exchanged::Running { version, programs: programs(home) }),
        // The programs are counted below.
        Err(ProcessError::Unattended { error, .. }) => error,
        Err(why) => Box::new(why),
    };
    if holder::of(home).is_some() {
        // One that hangs would keep the old one out.
        let _ = kill_daemon(home);
    }
    let again = put_back().map_err(|e| e.to_string());
    match again.and_then(|()| take_over(home).map_err(|e| e.to_string())) {
        Ok(_) => Err(ExchangeError::RolledBack { why, programs: programs(home) }),
        Err(again) => Err(ExchangeError::Stuck { why, again }),
    }
}

/// Starts the daemon of the program that is in place, and has it answer; its version.
fn take_over(home: &Home) -> Result<String, ProcessError> {
    let mut control = greet(home, start_until_connected)?;
    let status: DaemonStatus = control.call(&Call::DaemonStatus)?;
    Ok(status.version)
}

fn programs(home: &Home) -> usize {
    kept(home).map_or(0, |(programs, _)| programs)
}

/// The version of which a program says it is, asked by starting it.
pub fn version_of(program: &Path) -> io::Result<String> {
    let (reader, writer) = io::pipe()?;
    let mut command = Command::new(program);
    command.arg("--version").stdin(Stdio::null()).stdout(writer).stderr(Stdio::null());
    let mut child = command.spawn()?;
    // Its end of the pipe is the program's alone from now on.
    drop(command);
    let line = first_line(reader);
    let _ = child.kill();
    child.wait()?;
    let line = line?;
    let version = line.strip_prefix("segno ").unwrap_or_default();
    let plain = |c: char| c.is_ascii_alphanumeric() || ".-+".contains(c);
    match version.is_empty() || !version.chars().all(plain) {
        true => Err(io::Error::other("it is not Segno: it does not say its version")),
        false => Ok(version.to_owned()),
    }
}

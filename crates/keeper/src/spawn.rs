//! Starts one program in a new terminal.
//!
//! The terminal is portable-pty's. The program is started by the standard library, because
//! portable-pty would add `SHELL` to the environment, start in the home directory when `cwd` is
//! missing, and close the pipe by which a failing exec is reported.

use std::ffi::OsStr;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

use nix::fcntl::OFlag;
use portable_pty::{PtySize, native_pty_system};

use super::protocol::SpawnRequest;
use segno_base::screen::geometry::Size;
use segno_base::system::os;

/// Why a program could not be started, for the pane to show.
#[derive(Debug, thiserror::Error)]
pub enum SpawnError {
    #[error("cannot open a terminal: {0}")]
    Terminal(String),
    #[error("cannot start in {0:?}: {1}")]
    Directory(std::path::PathBuf, String),
    #[error("cannot start {0}: {1}")]
    Program(String, String),
    #[error("cannot start: the environment has a variable without a usable name")]
    Environment,
}

/// Starts it; the pid and the terminal's master.
pub fn spawn(request: &SpawnRequest) -> Result<(i32, OwnedFd), SpawnError> {
    let nameless = |name: &OsStr| name.is_empty() || name.as_bytes().contains(&b'=');
    if request.env.iter().any(|(name, _)| nameless(name)) {
        return Err(SpawnError::Environment);
    }
    let directory = |why| SpawnError::Directory(request.cwd.clone(), why);
    match std::fs::metadata(&request.cwd) {
        Ok(metadata) if metadata.is_dir() => {}
        Ok(_) => return Err(directory("not a directory".to_string())),
        Err(error) => return Err(directory(describe(&error))),
    }

    let size = Size::new(request.cols, request.rows).clamped();
    let size = PtySize { rows: size.rows, cols: size.cols, pixel_width: 0, pixel_height: 0 };
    let pair = native_pty_system()
        .openpty(size)
        .map_err(|error| SpawnError::Terminal(error.to_string()))?;
    let terminal = |error: io::Error| SpawnError::Terminal(describe(&error));
    let raw = pair.master.as_raw_fd().ok_or_else(|| terminal(io::ErrorKind::NotFound.into()))?;
    let master = os::duplicate(raw).map_err(terminal)?;
    let name = pair.master.tty_name().ok_or_else(|| terminal(io::ErrorKind::NotFound.into()))?;
    let stdio = || open_terminal(&name).map(Stdio::from).map_err(terminal);

    let mut command = Command::new(&request.program);
    command
        .args(&request.args)
        .env_clear()
        .envs(request.env.iter().map(|(name, value)| (name, value)))
        .current_dir(&request.cwd)
        .stdin(stdio()?)
        .stdout(stdio()?)
        .stderr(stdio()?);
    os::lead_terminal(&mut command, request.umask);
    let child = command
        .spawn()
        .map_err(|error| SpawnError::Program(format!("{:?}", request.program), describe(&error)))?;
    let pid = i32::try_from(child.id()).map_err(|_| terminal(io::ErrorKind::InvalidData.into()))?;
    Ok((pid, master))
}

/// The program's side, without becoming this process's terminal.
fn open_terminal(name: &Path) -> io::Result<std::fs::File> {
    let flags = (OFlag::O_NOCTTY | OFlag::O_CLOEXEC).bits();
    std::fs::File::options().read(true).write(true).custom_flags(flags).open(name)
}

/// The error without the "(os error 2)" behind it.
fn describe(error: &io::Error) -> String {
    match error.raw_os_error() {
        Some(number) => nix::errno::Errno::from_raw(number).desc().to_string(),
        None => error.to_string(),
    }
}

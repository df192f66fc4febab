//! The last step of a shim: this process goes on as another program.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Command;

/// A program with all that it is given.
pub(super) struct Program {
    pub path: PathBuf,
    pub arg0: OsString,
    pub args: Vec<OsString>,
    /// `None`: as it is.
    pub env: Option<BTreeMap<OsString, OsString>>,
    /// `None`, or gone: where this process is.
    pub cwd: Option<PathBuf>,
}

/// Goes on as the program; comes back only with why it cannot.
pub(super) fn becomes(program: Program) -> io::Error {
    let mut command = Command::new(&program.path);
    command.arg0(program.arg0).args(program.args);
    if let Some(env) = program.env {
        command.env_clear().envs(env);
    }
    if let Some(cwd) = program.cwd.filter(|cwd| cwd.is_dir()) {
        command.current_dir(cwd);
    }
    command.exec()
}

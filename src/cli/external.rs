//! Where the command line meets the long-running parts of the program and the readers of files.
//!
//! One small place to wire them, so that the rest of `cli/` does not depend on how they look.

use std::os::fd::OwnedFd;
use std::path::Path;

use super::error::CliError;
use crate::store::home::Home;

/// Runs the daemon until it is told to stop. Once it listens it writes `ready\n` to `ready`; when
/// another daemon holds the lock, `running\n`.
pub fn run_daemon(_home: &Home, _ready: Option<OwnedFd>) -> Result<(), CliError> {
    Err(CliError::new("cannot run the daemon", "this build has none"))
}

/// Runs the keeper until nothing is left to keep.
pub fn run_keeper(_home: &Home, _ready: Option<OwnedFd>) -> Result<(), CliError> {
    Err(CliError::new("cannot run the keeper", "this build has none"))
}

/// What a check of a file found.
#[derive(Debug, Default)]
pub struct Findings {
    /// As compilers print them, one per line.
    pub lines: Vec<String>,
    /// Whether the file cannot be used.
    pub broken: bool,
}

/// Checks a pane type's text.
pub fn check_pane_type(_text: &str, _file: &Path) -> Findings {
    Findings::default()
}

/// Checks a settings text.
pub fn check_config(_text: &str, _file: &Path) -> Findings {
    Findings::default()
}

/// The commented default settings.
pub fn default_config() -> &'static str {
    ""
}

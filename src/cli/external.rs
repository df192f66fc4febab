//! Where the command line meets the long-running parts of the program and the readers of files.
//!
//! One small place to wire them, so that the rest of `cli/` does not depend on how they look.

use std::os::fd::OwnedFd;
use std::path::Path;
use std::process::ExitCode;

use super::error::CliError;
use crate::base::diagnostic::Diagnostic;
use crate::config::{self, Config};
use crate::store::home::Home;
use crate::{keeper, panetype};

/// Runs the daemon until it is told to stop. Once it listens it writes `ready\n` to `ready` (when
/// another daemon holds the lock, `running\n`), and takes and closes it. What is left in `ready`
/// when it fails is told why.
pub fn run_daemon(_home: &Home, _ready: &mut Option<OwnedFd>) -> Result<(), CliError> {
    Err(CliError::new("cannot run the daemon", "this build has none"))
}

/// Runs the keeper until nothing is left to keep.
pub fn run_keeper(home: &Home, ready_fd: Option<i32>) -> ExitCode {
    let paths = keeper::process::Paths::in_home(home.path());
    keeper::process::run(&paths, ready_fd)
}

/// What a check of a file found.
#[derive(Debug, Default)]
pub struct Findings {
    /// As compilers print them, one per line.
    pub lines: Vec<String>,
    /// Whether the file cannot be used.
    pub broken: bool,
}

impl From<Vec<Diagnostic>> for Findings {
    fn from(found: Vec<Diagnostic>) -> Findings {
        Findings {
            broken: found.iter().any(Diagnostic::is_error),
            lines: found.iter().map(ToString::to_string).collect(),
        }
    }
}

/// Checks a pane type's text.
pub fn check_pane_type(text: &str, file: &Path) -> Findings {
    panetype::check(text, &file.display().to_string()).diagnostics.into()
}

/// Checks a settings text.
pub fn check_config(text: &str, file: &Path) -> Findings {
    Config::load(Some(text), &file.display().to_string()).1.into()
}

/// The commented default settings.
pub fn default_config() -> &'static str {
    config::DEFAULT_TEXT
}

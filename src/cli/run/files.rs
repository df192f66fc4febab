//! Commands that only read files: `config …`, and the check of pane types.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;

use crate::cli::args::Config;
use crate::cli::environment::Environment;
use crate::cli::error::CliError;
use crate::cli::external::{self, Findings};
use crate::cli::{print, show};

/// More findings than these help nobody.
const SHOWN: usize = 20;

/// No file that a person writes is larger.
const FILE_MAX: u64 = 1024 * 1024;

/// `config …`
pub fn config(env: &Environment, command: &Config) -> Result<(), CliError> {
    let used = env.home.config_file();
    match command {
        Config::Default => print::line(external::default_config()),
        Config::Path => print::line(&used.display().to_string()),
        Config::Check { file: None } if !used.exists() => {
            print::line(&format!("{}: not there; the defaults apply", used.display()))
        }
        Config::Check { file } => check(file.as_deref().unwrap_or(&used), external::check_config),
    }
}

/// Prints what a check finds; an error when the file cannot be used.
pub fn check(file: &Path, check: fn(&str, &Path) -> Findings) -> Result<(), CliError> {
    let what = format!("cannot check {}", file.display());
    let findings = check(&read(file).map_err(|e| CliError::new(what, e))?, file);
    for line in findings.lines.iter().take(SHOWN) {
        print::line(&show::plain(line))?;
    }
    if let Some(more @ 1..) = findings.lines.len().checked_sub(SHOWN) {
        print::line(&format!("… and {more} more"))?;
    }
    match (findings.broken, findings.lines.is_empty()) {
        (true, _) => Err(CliError::new(file.display().to_string(), "has errors")
            .todo("repair the lines above; until then the file has no effect there")),
        (false, true) => print::line(&format!("{}: good", file.display())),
        (false, false) => Ok(()),
    }
}

fn read(file: &Path) -> std::io::Result<String> {
    let mut text = String::new();
    let read = File::open(file)?.take(FILE_MAX + 1).read_to_string(&mut text)?;
    match read as u64 > FILE_MAX {
        true => Err(std::io::Error::new(ErrorKind::InvalidData, "larger than 1 MB")),
        false => Ok(text),
    }
}

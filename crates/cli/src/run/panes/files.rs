//! Commands that only read files: `config …`, and the check of pane types.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;

use crate::args::{Config, ConfigFile};
use crate::environment::Environment;
use crate::error::CliError;
use crate::external::{self, Findings};
use crate::{print, show};

/// More findings than these help nobody.
const SHOWN: usize = 20;

/// No file that a person writes is larger.
const FILE_MAX: u64 = 1024 * 1024;

/// `config …`
pub fn config(env: &Environment, command: &Config) -> Result<(), CliError> {
    let home = &env.home;
    match command {
        Config::Default { which } => print::line(external::default_config(*which).trim_end()),
        Config::Path { which } => {
            let path = match which {
                ConfigFile::Settings => home.config_file(),
                ConfigFile::Keys => home.keys_file(),
                ConfigFile::Theme => home.themes_dir(),
            };
            print::line(&path.display().to_string())
        }
        Config::Check { file: Some(file) } => check(file, external::checker(file)),
        Config::Check { file: None } => {
            // All of them, also after one that has errors.
            let checks =
                external::settings_files(home).into_iter().map(|file| match file.exists() {
                    true => check(&file, external::checker(&file)),
                    false => {
                        print::line(&format!("{}: not there; the defaults apply", file.display()))
                    }
                });
            let results: Vec<_> = checks.collect();
            results.into_iter().collect()
        }
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

//! A target's key: stored, printed by a command of the user's, or typed unseen.

use std::io::{BufRead, IsTerminal, Read, Write};
use std::process::{Command, Stdio};

use nix::sys::termios::{LocalFlags, SetArg, tcgetattr, tcsetattr};

use super::{failed, targets};
use crate::cli::environment::Environment;
use crate::cli::error::CliError;
use segno_sync::target::Target;

/// The longest key, in bytes.
const KEY_MAX: u64 = 64 << 10;

/// Its key; `None` where it has none.
pub fn of(env: &Environment, what: &str, target: &Target) -> Result<Option<String>, CliError> {
    match &target.key_command {
        Some(command) => printed(what, command).map(Some),
        None => targets(env).key(&target.name).map_err(|e| failed(what, &e)),
    }
}

/// What the user's command prints first.
pub fn printed(what: &str, command: &str) -> Result<String, CliError> {
    let output = Command::new("/bin/sh")
        .args(["-c", command])
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|e| CliError::new(what, format!("{command}: {e}")))?;
    if !output.status.success() {
        return Err(CliError::new(what, format!("the key's command failed: {command}")));
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let key = text.lines().next().unwrap_or_default().trim();
    match key.is_empty() {
        true => Err(CliError::new(what, format!("the key's command prints nothing: {command}"))),
        false => Ok(key.to_owned()),
    }
}

/// Standard input's first line.
pub fn from_input(what: &str) -> Result<String, CliError> {
    let mut text = String::new();
    let mut input = std::io::stdin().lock().take(KEY_MAX);
    input.read_line(&mut text).map_err(|e| CliError::new(what, e))?;
    match text.trim() {
        "" => Err(CliError::usage(what, "there is no key on standard input")),
        key => Ok(key.to_owned()),
    }
}

/// Asks at the terminal; what is typed is not seen where `unseen`. `None` without a terminal.
pub fn asked(what: &str, question: &str, unseen: bool) -> Result<Option<String>, CliError> {
    let input = std::io::stdin();
    if !input.is_terminal() {
        return Ok(None);
    }
    eprint!("{question}: ");
    let _ = std::io::stderr().flush();
    let before = tcgetattr(&input).ok().filter(|_| unseen);
    if let Some(before) = &before {
        let mut quiet = before.clone();
        quiet.local_flags.remove(LocalFlags::ECHO);
        quiet.local_flags.insert(LocalFlags::ECHONL);
        let _ = tcsetattr(&input, SetArg::TCSAFLUSH, &quiet);
    }
    let mut text = String::new();
    let read = input.lock().take(KEY_MAX).read_line(&mut text);
    if let Some(before) = before {
        let _ = tcsetattr(&input, SetArg::TCSAFLUSH, &before);
    }
    read.map_err(|e| CliError::new(what, e))?;
    Ok(Some(text.trim().to_owned()).filter(|text| !text.is_empty()))
}

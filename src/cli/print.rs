//! Writing to standard output without panicking when the reader has gone (`segno ls | head`).

use std::io::{ErrorKind, Write};

use super::error::CliError;

/// Prints a text as it is.
pub fn text(text: &str) -> Result<(), CliError> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(e) if e.kind() != ErrorKind::BrokenPipe => Err(CliError::new("cannot print", e)),
        _ => Ok(()),
    }
}

/// Prints a line of many; false when nobody reads them any more.
pub fn next_line(line: &str) -> Result<bool, CliError> {
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

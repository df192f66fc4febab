//! Errors as the user sees them: one line `segno: what: why; what to do`, and an exit code.

use std::fmt;
use std::process::ExitCode;

use segno_base::text::plain_text;
use segno_wire::rpc::{RpcError, code};

/// Exit code where there is no such pane, tab or pane type.
pub const NOT_FOUND: u8 = 3;

/// Exit code of what is refused in the present state.
pub const REFUSED: u8 = 4;

/// Exit code of a wait whose time was up, as `timeout(1)` has it.
pub const TIMEOUT: u8 = 124;

/// What ends a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CliError {
    /// What was being done, for example `cannot attach`.
    pub what: String,
    /// Why it failed.
    pub why: String,
    /// What the user can do.
    pub todo: Option<String>,
    /// The exit code.
    pub code: u8,
}

impl CliError {
    /// An error without advice.
    pub fn new(what: impl Into<String>, why: impl fmt::Display) -> CliError {
        CliError { what: what.into(), why: why.to_string(), todo: None, code: 1 }
    }

    /// The same with advice.
    pub fn todo(self, todo: impl Into<String>) -> CliError {
        CliError { todo: Some(todo.into()), ..self }
    }

    /// The same with another exit code.
    pub fn coded(self, code: u8) -> CliError {
        CliError { code, ..self }
    }

    /// Wrong usage that the argument parser cannot see.
    pub fn usage(what: impl Into<String>, why: impl fmt::Display) -> CliError {
        CliError { code: 2, ..CliError::new(what, why) }
    }

    /// What the daemon answered.
    pub fn rpc(what: impl Into<String>, error: &RpcError) -> CliError {
        let code = match error.code {
            code::NOT_FOUND => NOT_FOUND,
            code::REFUSED => REFUSED,
            _ => 1,
        };
        let found = CliError { code, ..CliError::new(what, &error.message) };
        match error.code {
            // The daemon's messages already say what to do; these need the command line's words.
            code::NOT_FOUND if !error.message.contains(';') => {
                found.todo("`segno ls` shows the panes, `segno types` the pane types")
            }
            code::AMBIGUOUS if !error.message.contains(';') => {
                found.todo("use the id that `segno ls` shows")
            }
            _ => found,
        }
    }

    /// Prints the line.
    pub fn report(&self) -> ExitCode {
        eprintln!("{self}");
        ExitCode::from(self.code)
    }
}

impl fmt::Display for CliError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut line = format!("segno: {}: {}", self.what, self.why);
        if let Some(todo) = &self.todo {
            line.push_str("; ");
            line.push_str(todo);
        }
        // One line, whatever came in from outside.
        f.write_str(&plain_text::line(&line))
    }
}

impl std::error::Error for CliError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_one_line_that_says_what_to_do() {
        let error = CliError::rpc("close", &RpcError::not_found("no pane \"x\n\x1b[2J\""));
        assert_eq!(
            error.to_string(),
            "segno: close: no pane \"x  [2J\"; `segno ls` shows the panes, `segno types` the pane types"
        );
    }
}

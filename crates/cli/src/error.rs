//! Errors as the user sees them: one line `segno: what: why; what to do`, and an exit code.

use std::fmt;
use std::process::ExitCode;

use segno_agent::refusal::PromptRefusal;
use segno_base::text::plain_text;
use segno_wire::rpc::{RpcError, code};

/// Exit code where there is no such pane, tab or pane type.
pub const NOT_FOUND: u8 = 3;

/// Exit code of what is refused in the present state.
pub const REFUSED: u8 = 4;

/// Exit codes of a prompt that is not given.
pub const BUSY: u8 = 20;
pub const WAITS_FOR_YOU: u8 = 21;
pub const UNFOLLOWED: u8 = 22;
pub const BUDGET: u8 = 23;
pub const ENDED: u8 = 24;
pub const DROPPED: u8 = 25;

/// The exit code of a refusal, by its reason where it has one.
fn refusal(error: &RpcError) -> u8 {
    let reason = error.data.as_ref().and_then(|data| data.get("reason"));
    let reason = reason.and_then(|reason| serde_json::from_value(reason.clone()).ok());
    match reason.unwrap_or_default() {
        PromptRefusal::Busy => BUSY,
        PromptRefusal::Blocked => WAITS_FOR_YOU,
        PromptRefusal::Unfollowed => UNFOLLOWED,
        PromptRefusal::Budget => BUDGET,
        PromptRefusal::Ended => ENDED,
        PromptRefusal::Dropped => DROPPED,
        PromptRefusal::Silent | PromptRefusal::Full | PromptRefusal::Other => REFUSED,
    }
}

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
            code::REFUSED => refusal(error),
            _ => 1,
        };
        let refused = CliError { code, ..CliError::new(what, &error.message) };
        match error.code {
            // The daemon's messages already say what to do; these need the command line's words.
            code::NOT_FOUND if !error.message.contains(';') => {
                refused.todo("`segno ls` shows the panes, `segno types` the pane types")
            }
            code::AMBIGUOUS if !error.message.contains(';') => {
                refused.todo("use the id that `segno ls` shows")
            }
            _ => refused,
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

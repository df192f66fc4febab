//! What the server asks of this machine.

use std::os::unix::net::UnixStream;

use serde_json::Value;

use segno_wire::control::Call;

/// Why something was not done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    /// Of the answer: 404 where there is no such thing, 409 where it is refused now, 502 otherwise.
    pub status: u16,
    /// One line for people.
    pub message: String,
}

impl Failure {
    /// Where a page does the same whatever the reason.
    pub fn new(message: impl ToString) -> Failure {
        Failure { status: 502, message: message.to_string() }
    }

    /// Where there is no such thing.
    pub fn not_found(message: impl ToString) -> Failure {
        Failure { status: 404, message: message.to_string() }
    }

    /// Where it is asked for wrongly.
    pub fn wrong(message: impl ToString) -> Failure {
        Failure { status: 400, message: message.to_string() }
    }
}

/// What is asked of past conversations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HistoryAsked {
    /// What matches, as `segno history search QUERY --json` has it; the newest for an empty query.
    Search { query: String, limit: usize },
    /// A conversation, as `segno history show ID --json` has it.
    Show { id: String },
    /// The same as a text to keep: `md`, `html`, `json`, `jsonl` or `text`.
    Export { id: String, format: String },
    /// How much there is and what it used, by day, project and model, as
    /// `segno history stats --json` has it.
    Stats,
}

/// What is answered.
#[derive(Debug, Clone, PartialEq)]
pub enum Text {
    Json(Value),
    /// A text with its type and the name of a file for it.
    File {
        text: String,
        mime: &'static str,
        name: String,
    },
}

/// This machine, as far as the server needs it. Everything may block.
pub trait Machine: Send + Sync + 'static {
    /// Carries out calls, one after the other on one connection, and answers with their results.
    fn calls(&self, calls: &[Call]) -> Result<Vec<Result<Value, Failure>>, Failure>;

    /// A connection to the daemon, on which nothing was said yet; starts the next one where it was
    /// killed.
    fn connect(&self) -> Result<UnixStream, Failure>;

    /// Looks into past conversations.
    fn history(&self, asked: &HistoryAsked) -> Result<Text, Failure>;

    /// Carries out one call.
    fn call(&self, call: &Call) -> Result<Value, Failure> {
        let mut results = self.calls(std::slice::from_ref(call))?;
        results.pop().unwrap_or_else(|| Err(Failure::new("the daemon did not answer")))
    }
}

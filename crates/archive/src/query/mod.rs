//! Finding what was said.
//!
//! A query is parsed into plain data, and compiled to SQL with parameters; nothing that a user
//! types is an error. Words go to the full-text index, which yields the newest entries that have
//! them; those are ranked by what they are, how old, and how well they match, and grouped by
//! conversation.

mod begins;
pub mod compile;
mod events;
pub mod matcher;
mod parse;
mod rank;
mod scan;
mod search;
pub mod snippet;
pub mod time;

pub use events::{Event, Events, events};
pub use parse::parse;
pub use scan::Patterns;
pub use search::{
    CANDIDATES, CANDIDATES_READ, Candidate, Found, Hit, SHOWN, SearchReport, Shelf, Titled, report,
    search,
};

use std::time::Duration;

use serde::Serialize;

use crate::read::Reveal;
use time::Now;

/// What is looked for.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Query {
    /// All of these, of each one alternative.
    pub all: Vec<Vec<Term>>,
    /// None of these.
    pub none: Vec<Term>,
    pub filters: Filters,
}

/// A word, or several in a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    pub text: String,
    /// Its last word may go on.
    pub prefix: bool,
}

/// Whoever said it, or a tool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    User,
    Assistant,
    System,
    Tool,
}

impl Role {
    pub const ALL: [Self; 4] = [Self::User, Self::Assistant, Self::System, Self::Tool];

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name.to_ascii_lowercase())
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Assistant => "assistant",
            Self::System => "system",
            Self::Tool => "tool",
        }
    }

    /// The role that is stored so.
    pub fn stored(number: i64) -> Self {
        use crate::ingest::entry::Kind;
        match crate::ingest::kind(number) {
            Kind::User => Self::User,
            Kind::Assistant => Self::Assistant,
            Kind::System => Self::System,
            Kind::Tool => Self::Tool,
        }
    }

    /// As it is stored.
    pub fn number(self) -> i64 {
        use crate::ingest::entry::Kind;
        (match self {
            Self::User => Kind::User,
            Self::Assistant => Kind::Assistant,
            Self::System => Kind::System,
            Self::Tool => Kind::Tool,
        }) as i64
    }
}

/// What may be among the results. Of several values of one kind, one suffices.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Filters {
    pub agent: Vec<String>,
    /// The last part of the directory, or the project that Segno noted.
    pub project: Vec<String>,
    /// A branch that was checked out when one of its turns began, or that its agent has noted.
    pub branch: Vec<String>,
    /// This directory or one below it.
    pub cwd: Option<String>,
    pub role: Vec<Role>,
    pub tool: Vec<String>,
    /// A part of a path that was touched.
    pub file: Vec<String>,
    /// A part of the model's name.
    pub model: Option<String>,
    /// Milliseconds since the Unix epoch; from this time on, and before that one.
    pub since: Option<i64>,
    pub until: Option<i64>,
    /// Conversations that cost more dollars than this.
    pub cost_above: Option<f64>,
    /// Also what the agent has taken back.
    pub all: bool,
    /// What may not be among them, each by itself.
    pub none: Vec<Filters>,
}

/// How a search is done.
#[derive(Debug, Clone)]
pub struct Options {
    /// Conversations, or events.
    pub limit: usize,
    /// Entries that are shown before and after each hit.
    pub context: usize,
    pub how: How,
    /// How long it may take at most. What has been found by then is shown.
    pub budget: Duration,
    pub reveal: Reveal,
    pub now: Now,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum How {
    /// By the index.
    #[default]
    Words,
    /// Every text is read, newest first: for what is no whole word.
    Substring,
    Regex,
}

#[cfg(test)]
mod tests;

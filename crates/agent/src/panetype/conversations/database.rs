//! Past conversations in a program's SQLite database.

use serde_json::{Map, Value};

use super::{Listed, Scope, TEXT_MAX};
use crate::event::one_line;
use crate::panetype::text::template::Template;
use crate::past::Summary;

/// Where the database is and what it is asked.
#[derive(Debug, Clone)]
pub struct Database {
    /// The first that exists.
    pub files: Vec<Template>,
    /// Where several know a conversation, the first of them counts.
    pub queries: Vec<Query>,
}

/// What is asked for the conversations of the directory `:directory`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// Without all of these tables it is not asked.
    pub tables: Vec<String>,
    /// Its columns: `session`, `title`, `first_prompt`, `last_prompt`, `directory`, `at`.
    pub sql: String,
}

impl Database {
    /// A row as a conversation; `None`: it has no good id, or is another directory's.
    pub fn listed(&self, row: &Map<String, Value>, wanted: Scope<'_>) -> Option<Listed> {
        let text = |name: &str| row.get(name).and_then(Value::as_str);
        if text("directory").is_some_and(|directory| !wanted.is_here(directory)) {
            return None;
        }
        let shown =
            |name| Some(one_line(text(name)?, TEXT_MAX)).filter(|text: &String| !text.is_empty());
        // A cast from a float is bounded.
        let at = row.get("at").and_then(Value::as_f64).unwrap_or(0.0) as u64;
        Some(Listed {
            session: wanted.session(text("session")?)?,
            summary: Summary {
                title: shown("title"),
                first_prompt: shown("first_prompt"),
                last_prompt: shown("last_prompt"),
            },
            at,
        })
    }
}

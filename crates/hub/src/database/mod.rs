//! The one interface to both databases: plain SQL with numbered parameters, plain values back.
//!
//! What the hub stores is written once, in SQL that SQLite and PostgreSQL both take. Where they
//! differ, [`Dialect`] says how. Everything here blocks; the server calls it aside.

mod postgresql;
mod schema;
mod sqlite;

use std::path::Path;
use std::sync::Arc;

use crate::error::{Error, Result};
use segno_archive::query::compile::{FTS5, Syntax, TSQUERY};

/// A value in a row, or of a parameter.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Null,
    Int(i64),
    Real(f64),
    Text(String),
    Bytes(Vec<u8>),
}

/// A row, by column.
#[derive(Debug, Clone, PartialEq)]
pub struct Row(pub Vec<Value>);

/// Which database it is, where that matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    Sqlite,
    Postgresql,
}

/// A transaction.
pub trait Session {
    /// The rows; `$1` is the first value.
    fn query(&mut self, sql: &str, values: &[Value]) -> Result<Vec<Row>>;

    /// Rows that were changed.
    fn execute(&mut self, sql: &str, values: &[Value]) -> Result<u64>;

    /// Says on whatever hub listens, once this is done: something of this person's has changed.
    fn notify(&mut self, whom: i64) -> Result<()>;

    fn dialect(&self) -> Dialect;
}

/// Nobody's: there is something to do for hubs.
pub const JOBS: i64 = 0;

/// Is called with whom a change concerns; with `None` when changes may have been missed.
pub type Listener = Arc<dyn Fn(Option<i64>) + Send + Sync>;

/// What is done in a transaction.
pub type Work<'a> = &'a mut dyn FnMut(&mut dyn Session) -> Result<()>;

/// A database.
pub trait Database: Send + Sync + 'static {
    /// Does this all, or nothing of it. It may be done anew where the database asks for that.
    fn transaction(&self, work: Work<'_>) -> Result<()>;

    /// The same for what only reads, in nobody's way.
    fn read(&self, work: Work<'_>) -> Result<()>;

    /// Calls this for all that is notified from now on: by any hub on PostgreSQL, and by this
    /// process on SQLite.
    fn listen(&self, listener: Listener);

    fn dialect(&self) -> Dialect;
}

/// Opens a database and brings it up to date: `postgres://…`, or else SQLite in this directory.
pub fn open(url: Option<&str>, directory: &Path) -> Result<Box<dyn Database>> {
    let database: Box<dyn Database> = match url {
        Some(url) if url.starts_with("postgres://") || url.starts_with("postgresql://") => {
            Box::new(postgresql::Postgresql::open(url)?)
        }
        Some(url) => match url.strip_prefix("sqlite:") {
            Some(path) => Box::new(sqlite::Sqlite::open(Path::new(path.trim_start_matches("//")))?),
            None => return Err(Error::wrong("a database is postgres://… or sqlite:FILE")),
        },
        None => Box::new(sqlite::Sqlite::open(&directory.join("hub.db"))?),
    };
    schema::bring_up_to_date(&*database)?;
    Ok(database)
}

impl Dialect {
    /// How its index is asked for words.
    pub fn syntax(self) -> &'static Syntax {
        match self {
            Dialect::Sqlite => &FTS5,
            Dialect::Postgresql => &TSQUERY,
        }
    }

    /// Ends a query for rows that are to be changed: those that others are changing are left out.
    pub fn unlocked(self) -> &'static str {
        match self {
            Dialect::Sqlite => "",
            Dialect::Postgresql => "FOR UPDATE SKIP LOCKED",
        }
    }

    /// That one text has another in it.
    pub fn contains(self, text: &str, piece: &str) -> String {
        match self {
            Dialect::Sqlite => format!("instr({text}, {piece}) > 0"),
            Dialect::Postgresql => format!("strpos({text}, {piece}) > 0"),
        }
    }

    /// In small letters, those of ASCII alone.
    pub fn lower(self, text: &str) -> String {
        match self {
            Dialect::Sqlite => format!("lower({text})"),
            Dialect::Postgresql => format!("lower({text} COLLATE \"C\")"),
        }
    }

    /// That the index of entries `e` has what the expression asks for.
    pub fn said(self, it: &str) -> String {
        match self {
            Dialect::Sqlite => {
                format!("e.id IN (SELECT rowid FROM words WHERE words MATCH {it})")
            }
            Dialect::Postgresql => format!("e.words @@ CAST({it} AS TEXT)::tsquery"),
        }
    }

    /// That the title of a conversation `c` has it.
    pub fn titled(self, it: &str) -> String {
        match self {
            Dialect::Sqlite => {
                format!("c.id IN (SELECT rowid FROM titles WHERE titles MATCH {it})")
            }
            Dialect::Postgresql => format!("c.words @@ CAST({it} AS TEXT)::tsquery"),
        }
    }

    /// The day of milliseconds since the Unix epoch.
    pub fn day(self, time: &str) -> String {
        match self {
            Dialect::Sqlite => format!("date({time} / 1000, 'unixepoch')"),
            Dialect::Postgresql => {
                format!("to_char(to_timestamp({time} / 1000) AT TIME ZONE 'UTC', 'YYYY-MM-DD')")
            }
        }
    }
}

impl Row {
    /// A text; empty where there is none.
    pub fn text(&self, n: usize) -> String {
        self.maybe(n).unwrap_or_default()
    }

    pub fn maybe(&self, n: usize) -> Option<String> {
        match self.0.get(n) {
            Some(Value::Text(text)) => Some(text.clone()),
            _ => None,
        }
    }

    pub fn bytes(&self, n: usize) -> Option<&[u8]> {
        match self.0.get(n) {
            Some(Value::Bytes(bytes)) => Some(bytes),
            _ => None,
        }
    }

    pub fn int(&self, n: usize) -> i64 {
        self.number(n).unwrap_or_default()
    }

    pub fn number(&self, n: usize) -> Option<i64> {
        match self.0.get(n) {
            Some(Value::Int(number)) => Some(*number),
            Some(Value::Real(number)) => Some(*number as i64),
            _ => None,
        }
    }

    pub fn real(&self, n: usize) -> Option<f64> {
        match self.0.get(n) {
            Some(Value::Real(number)) => Some(*number),
            Some(Value::Int(number)) => Some(*number as f64),
            _ => None,
        }
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Value {
        Value::Int(number)
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Value {
        Value::Real(number)
    }
}

impl From<Vec<u8>> for Value {
    fn from(bytes: Vec<u8>) -> Value {
        Value::Bytes(bytes)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Value {
        Value::from(text.to_owned())
    }
}

impl From<String> for Value {
    /// Without what no database keeps in a text.
    fn from(text: String) -> Value {
        match text.contains('\0') {
            true => Value::Text(text.replace('\0', "\u{fffd}")),
            false => Value::Text(text),
        }
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Value {
        value.map_or(Value::Null, Into::into)
    }
}

//! Conversations in SQLite databases of others: read beside their writers, without leaving a trace.

use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::Connection;
use rusqlite::types::ValueRef;
use serde_json::{Map, Value};

use super::{Cursor, Outcome, STORED_MAX, Source, file};
use crate::description::Database;
use crate::map::Mapper;
use crate::record::Record;
use crate::sqlite;

/// How long a database may be asked, and how long while somebody waits for the answer.
const PATIENCE: Duration = Duration::from_secs(30);
const HURRY: Duration = Duration::from_secs(5);
/// The most conversations that one database has.
const CONVERSATIONS_MAX: usize = 200_000;

/// Opens a database.
fn open(path: &Path, patience: Duration) -> Result<Connection, String> {
    file::open(path)?;
    let late = Instant::now() + patience;
    sqlite::open_foreign(path, move || Instant::now() > late).map_err(said)
}

fn said(error: rusqlite::Error) -> String {
    error.to_string()
}

/// The conversations of a database, as rows.
pub(super) fn conversations(path: &Path, of: &Database) -> Result<Vec<Value>, String> {
    rows(&open(path, PATIENCE)?, of, &of.conversations, &[], CONVERSATIONS_MAX)
}

/// What there was in a directory to be returned to, as rows; all of them
/// where the type has no query for it.
pub(super) fn past(
    path: &Path,
    of: &Database,
    directory: &str,
    most: usize,
) -> Result<Vec<Value>, String> {
    let connection = open(path, HURRY)?;
    match &of.past {
        Some(sql) => rows(&connection, of, sql, &[(":directory", directory)], most),
        None => rows(&connection, of, &of.conversations, &[], CONVERSATIONS_MAX),
    }
}

fn rows(
    connection: &Connection,
    of: &Database,
    sql: &str,
    parameters: &[(&str, &str)],
    most: usize,
) -> Result<Vec<Value>, String> {
    let table = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?1";
    let mut has = connection.prepare(table).map_err(said)?;
    for name in &of.tables {
        if !has.exists([name]).map_err(said)? {
            return Ok(Vec::new());
        }
    }
    let mut rows = Vec::new();
    let mut read = 0;
    each_row(connection, sql, parameters, &mut read, &mut |row| {
        rows.push(Value::Object(row));
        rows.len() < most
    })?;
    Ok(rows)
}

/// A column of a row as text.
pub(super) fn column(row: &Value, name: &str) -> String {
    row.get(name).and_then(crate::description::path::scalar).unwrap_or_default().into_owned()
}

pub(super) fn read(
    source: &Source,
    path: &Path,
    row: &Value,
    known: &Cursor,
    take: &mut impl FnMut(Record),
) -> Result<Outcome, String> {
    let transcript = &source.transcript;
    let of = transcript.database.as_ref().ok_or("it is no database")?;
    let version = column(row, "version");
    if known.version == version && !version.is_empty() {
        return Ok(Outcome { cursor: known.clone(), ..Outcome::default() });
    }
    let count = column(row, "count").parse().unwrap_or(0);
    // Where rows are gone, what is left has to be seen.
    let since = if count < known.count { "" } else { known.since.as_str() };
    let again = !known.version.is_empty() && since.is_empty();
    let mut outcome = Outcome { again, ..Outcome::default() };
    let carry = if since.is_empty() { Default::default() } else { known.carry.clone() };
    let mut mapper = Mapper::new(transcript, &source.start, carry);
    let json = transcript.json_columns();
    let shown = |row: Map<String, Value>,
                 place: &str,
                 mapper: &mut Mapper<'_>,
                 take: &mut dyn FnMut(Record)| {
        mapper.take(&parsed(row, &json), place, take);
    };
    if let Value::Object(row) = row {
        shown(row.clone(), "conversation", &mut mapper, take);
    }
    let connection = open(path, PATIENCE)?;
    let id = source.start.id.as_deref().unwrap_or_default();
    let parameters = [(":conversation", id), (":since", since)];
    for (n, sql) in of.rows.iter().enumerate() {
        let mut row_n = 0;
        each_row(&connection, sql, &parameters, &mut outcome.bytes, &mut |row| {
            shown(row, &format!("{n}.{row_n}"), &mut mapper, take);
            row_n += 1;
            true
        })?;
    }
    let (since, carry) = (column(row, "since"), mapper.into_carry());
    outcome.cursor = Cursor { version, count, since, carry, ..Cursor::default() };
    Ok(outcome)
}

/// A row whose columns of JSON are that.
fn parsed(mut row: Map<String, Value>, json: &std::collections::BTreeSet<String>) -> Value {
    for (_, value) in row.iter_mut().filter(|(name, _)| json.contains(*name)) {
        if let Some(parsed) = value.as_str().and_then(|text| serde_json::from_str(text).ok()) {
            *value = parsed;
        }
    }
    Value::Object(row)
}

/// Shows the rows of a query until it has seen enough. A parameter that the query does not have is
/// left out.
fn each_row(
    connection: &Connection,
    sql: &str,
    parameters: &[(&str, &str)],
    read: &mut u64,
    show: &mut dyn FnMut(Map<String, Value>) -> bool,
) -> Result<(), String> {
    let mut statement = connection.prepare(sql).map_err(said)?;
    if !statement.readonly() {
        return Err("its SQL does more than read".to_string());
    }
    let columns: Vec<String> = statement.column_names().into_iter().map(String::from).collect();
    for (name, value) in parameters {
        if let Some(index) = statement.parameter_index(name).map_err(said)? {
            statement.raw_bind_parameter(index, value).map_err(said)?;
        }
    }
    let mut rows = statement.raw_query();
    while let Some(row) = rows.next().map_err(said)? {
        let mut found = Map::new();
        for (index, name) in columns.iter().enumerate() {
            let value = match row.get_ref(index).map_err(said)? {
                ValueRef::Integer(number) => number.into(),
                ValueRef::Real(number) => number.into(),
                ValueRef::Text(bytes) => {
                    *read += bytes.len() as u64;
                    let bytes = &bytes[..bytes.len().min(STORED_MAX)];
                    String::from_utf8_lossy(bytes).into_owned().into()
                }
                ValueRef::Null | ValueRef::Blob(_) => Value::Null,
            };
            found.insert(name.clone(), value);
        }
        if !show(found) {
            break;
        }
    }
    Ok(())
}

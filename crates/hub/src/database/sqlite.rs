//! SQLite: one file, for one person or a small team, with nothing to set up.

use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, ToSql};

use super::{Database, Dialect, Listener, Row, Session, Value, Work};
use crate::error::{Error, Result};

/// How long another process may write.
const PATIENCE: Duration = Duration::from_secs(20);
/// Connections that are kept.
const IDLE: usize = 4;

pub struct Sqlite {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
    listeners: Mutex<Vec<Listener>>,
}

impl Sqlite {
    pub fn open(path: &Path) -> Result<Sqlite> {
        let file = |error| Error::File(path.display().to_string(), error);
        if let Some(directory) = path.parent() {
            let mut builder = std::fs::DirBuilder::new();
            builder.recursive(true).mode(0o700).create(directory).map_err(file)?;
        }
        let mut options = std::fs::OpenOptions::new();
        options.create(true).append(true).mode(0o600).open(path).map_err(file)?;
        Ok(Sqlite { path: path.to_owned(), idle: Mutex::default(), listeners: Mutex::default() })
    }

    fn connection(&self) -> Result<Connection> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        if let Some(connection) = idle {
            return Ok(connection);
        }
        let connection = Connection::open(&self.path)?;
        connection.busy_timeout(PATIENCE)?;
        connection.execute_batch(
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;
             PRAGMA temp_store=MEMORY; PRAGMA secure_delete=ON;",
        )?;
        connection.set_prepared_statement_cache_capacity(128);
        Ok(connection)
    }
}

impl Sqlite {
    fn run(&self, begin: &str, work: Work<'_>) -> Result<()> {
        let connection = self.connection()?;
        connection.execute_batch(begin)?;
        // What fails is undone when the connection is closed, by being dropped here.
        let mut within = Within(&connection, Vec::new());
        work(&mut within)?;
        let Within(_, mut notified) = within;
        connection.execute_batch("COMMIT")?;
        notified.sort_unstable();
        notified.dedup();
        let listeners = self.listeners.lock().unwrap_or_else(PoisonError::into_inner).clone();
        for whom in notified {
            listeners.iter().for_each(|listener| listener(Some(whom)));
        }
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < IDLE {
            idle.push(connection);
        }
        Ok(())
    }
}

impl Database for Sqlite {
    fn transaction(&self, work: Work<'_>) -> Result<()> {
        // One that reads first and writes then would find another writer in between.
        self.run("BEGIN IMMEDIATE", work)
    }

    fn read(&self, work: Work<'_>) -> Result<()> {
        self.run("BEGIN", work)
    }

    fn listen(&self, listener: Listener) {
        self.listeners.lock().unwrap_or_else(PoisonError::into_inner).push(listener);
    }

    fn dialect(&self) -> Dialect {
        Dialect::Sqlite
    }
}

/// A transaction, and whom it is to notify.
struct Within<'a>(&'a Connection, Vec<i64>);

impl Session for Within<'_> {
    fn query(&mut self, sql: &str, values: &[Value]) -> Result<Vec<Row>> {
        let mut statement = self.0.prepare_cached(&numbered(sql))?;
        let columns = statement.column_count();
        let mut rows = statement.query(rusqlite::params_from_iter(values))?;
        let mut all = Vec::new();
        while let Some(row) = rows.next()? {
            let value = |n| {
                Ok(match row.get_ref(n)? {
                    ValueRef::Integer(number) => Value::Int(number),
                    ValueRef::Real(number) => Value::Real(number),
                    ValueRef::Text(text) => Value::Text(String::from_utf8_lossy(text).into_owned()),
                    ValueRef::Blob(bytes) => Value::Bytes(bytes.to_vec()),
                    ValueRef::Null => Value::Null,
                })
            };
            all.push(Row((0..columns).map(value).collect::<rusqlite::Result<_>>()?));
        }
        Ok(all)
    }

    fn execute(&mut self, sql: &str, values: &[Value]) -> Result<u64> {
        let mut statement = self.0.prepare_cached(&numbered(sql))?;
        Ok(statement.execute(rusqlite::params_from_iter(values))? as u64)
    }

    fn notify(&mut self, whom: i64) -> Result<()> {
        self.1.push(whom);
        Ok(())
    }

    fn dialect(&self) -> Dialect {
        Dialect::Sqlite
    }
}

/// To SQLite, `$1` is a name and `?1` a number.
fn numbered(sql: &str) -> String {
    sql.replace('$', "?")
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Value::Null => ValueRef::Null,
            Value::Int(number) => ValueRef::Integer(*number),
            Value::Real(number) => ValueRef::Real(*number),
            Value::Text(text) => ValueRef::Text(text.as_bytes()),
            Value::Bytes(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

//! Reading another program's SQLite database without leaving a trace in it.

use std::path::Path;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Result};
use serde_json::{Map, Value};

use segno_transcript::sqlite;

/// A row, by the names of its columns.
pub type Row = Map<String, Value>;

/// More rows of one query are not read.
const ROWS_MAX: usize = 1000;
/// The longest text that is read, in bytes.
const TEXT_MAX: usize = 64 << 10;

/// An open database.
pub struct ReadOnly(Connection);

impl ReadOnly {
    /// Opens it; what it is asked later fails once `is_late` says so.
    pub fn open(path: &Path, is_late: impl FnMut() -> bool + Send + 'static) -> Result<ReadOnly> {
        sqlite::open_foreign(path, is_late).map(ReadOnly)
    }

    /// Whether all of these tables are there.
    pub fn has_tables(&self, names: &[String]) -> Result<bool> {
        let sql = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?1";
        let mut statement = self.0.prepare(sql)?;
        for name in names {
            if !statement.exists([name])? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The rows of a query, as far as they are text or numbers. A parameter that the query does not
    /// have is left out.
    pub fn rows(&self, sql: &str, parameters: &[(&str, &str)]) -> Result<Vec<Row>> {
        let mut statement = self.0.prepare(sql)?;
        let columns: Vec<String> =
            statement.column_names().into_iter().map(str::to_owned).collect();
        for (name, value) in parameters {
            if let Some(index) = statement.parameter_index(name)? {
                statement.raw_bind_parameter(index, value)?;
            }
        }
        let mut rows = Vec::new();
        let mut query = statement.raw_query();
        while let Some(row) = query.next()? {
            let mut read = Row::new();
            for (index, name) in columns.iter().enumerate() {
                let value = match row.get_ref(index)? {
                    ValueRef::Integer(number) => number.into(),
                    ValueRef::Real(number) => number.into(),
                    ValueRef::Text(bytes) => {
                        let bytes = &bytes[..bytes.len().min(TEXT_MAX)];
                        String::from_utf8_lossy(bytes).into_owned().into()
                    }
                    ValueRef::Null | ValueRef::Blob(_) => Value::Null,
                };
                read.insert(name.clone(), value);
            }
            rows.push(read);
            if rows.len() >= ROWS_MAX {
                break;
            }
        }
        Ok(rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::fs;

    fn names(dir: &Path) -> Vec<String> {
        let entries = fs::read_dir(dir).unwrap();
        let mut names: Vec<_> =
            entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_database_is_read_beside_its_writer_and_left_as_it_is() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a ?#%.db");
        let writer = Connection::open(&path).unwrap();
        writer.pragma_update(None, "journal_mode", "wal").unwrap();
        let sql = "CREATE TABLE t (a TEXT, b INTEGER, c REAL, d BLOB);
                   INSERT INTO t VALUES ('x', 1, 2.5, x'00'), ('y', 2, NULL, NULL)";
        writer.execute_batch(sql).unwrap();
        let query = "SELECT a, b, c, d FROM t WHERE a = :name";
        let read =
            || ReadOnly::open(&path, || false).unwrap().rows(query, &[(":name", "x")]).unwrap();
        let expected = vec![json!({"a": "x", "b": 1, "c": 2.5, "d": null})];
        let rows = |rows: Vec<Row>| rows.into_iter().map(Value::Object).collect::<Vec<_>>();
        assert_eq!(rows(read()), expected, "with a writer");
        drop(writer);
        let before = (names(dir.path()), fs::read(&path).unwrap());
        assert_eq!(before.0, ["a ?#%.db"]);
        assert_eq!(rows(read()), expected, "alone");
        assert_eq!((names(dir.path()), fs::read(&path).unwrap()), before);

        let database = ReadOnly::open(&path, || false).unwrap();
        let has = |names: &[&str]| {
            database.has_tables(&names.iter().map(|n| n.to_string()).collect::<Vec<_>>()).unwrap()
        };
        assert!(has(&[]) && has(&["t"]) && !has(&["t", "u"]));
        assert!(database.rows("DELETE FROM t", &[]).is_err());
        assert!(database.rows("SELECT 1", &[(":name", "unused")]).is_ok());
        let late = ReadOnly::open(&path, || true).unwrap();
        let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)
                       SELECT count(*) FROM n";
        assert!(late.rows(endless, &[]).is_err());
    }

    #[test]
    fn what_is_no_database_is_an_error() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.db");
        assert!(ReadOnly::open(&path, || false).is_err());
        fs::write(&path, "no database at all, but long enough to have a header").unwrap();
        let read = ReadOnly::open(&path, || false).and_then(|d| d.has_tables(&["t".to_string()]));
        assert!(read.is_err());
        assert_eq!(names(dir.path()), ["x.db"]);
    }
}

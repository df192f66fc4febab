//! Past conversations in an agent's database. To be run beside the daemon's main thread.

use std::collections::{BTreeMap, HashSet};
use std::ffi::OsString;
use std::path::Path;
use std::time::{Duration, Instant};

use segno_agent::panetype::conversations::{Database, Listed, Scope};
use segno_agent::panetype::launch;
use segno_store::agent::database::{ReadOnly, Row};

/// How long reading may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// The conversations of a directory; where several queries know one, the first of them counts.
pub(in crate::server) fn read(
    how: &Database,
    env: &BTreeMap<OsString, OsString>,
    wanted: Scope<'_>,
) -> Vec<Listed> {
    let files = launch::absolute_files(&how.files, env);
    let Some(file) = files.iter().find(|file| file.is_file()) else { return Vec::new() };
    match rows(how, file, wanted) {
        Ok(rows) => {
            let mut known = HashSet::new();
            let listed = rows.iter().filter_map(|row| how.listed(row, wanted));
            listed.filter(|listed| known.insert(listed.session.clone())).collect()
        }
        Err(error) => {
            tracing::warn!(file = %file.display(), %error, "past conversations are not listed");
            Vec::new()
        }
    }
}

fn rows(how: &Database, file: &Path, wanted: Scope<'_>) -> rusqlite::Result<Vec<Row>> {
    let end = Instant::now() + PATIENCE;
    let database = ReadOnly::open(file, move || Instant::now() > end)?;
    let mut rows = Vec::new();
    for query in &how.queries {
        if !database.has_tables(&query.tables)? {
            continue;
        }
        for name in wanted.names.iter().filter_map(|name| name.to_str()) {
            rows.extend(database.rows(&query.sql, &[(":directory", name)])?);
        }
    }
    Ok(rows)
}

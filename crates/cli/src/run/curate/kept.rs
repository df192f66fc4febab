//! What is remembered of runs, the lock, and the notes themselves.

use std::collections::BTreeMap;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::due::State;
use crate::environment::Environment;
use crate::error::{CliError, REFUSED};
use segno_base::system::lock_file::LockFile;
use segno_store::file::set_aside::set_aside;
use segno_store::file::{atomic, foreign};

/// The largest file of runs, in bytes.
const STATE_MAX: u64 = 4 << 20;
/// Notes that are looked at, and how deep.
const NOTES_MAX: usize = 10_000;
const DEPTH_MAX: usize = 6;

/// Held by the one process that curates, and by its agent.
pub fn lock_path(env: &Environment, what: &str) -> Result<PathBuf, CliError> {
    env.home.create().map_err(|e| CliError::new(what, e))?;
    let directory = env.home.curate_dir();
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true).mode(0o700);
    builder.create(&directory).map_err(|e| CliError::new(what, e))?;
    Ok(directory.join(".lock"))
}

/// What is remembered; `None`: nothing yet. What cannot be read is set aside by who holds the lock.
pub fn state(
    env: &Environment,
    what: &str,
    lock: Option<&LockFile>,
) -> Result<Option<State>, CliError> {
    let path = env.home.curate_dir().join("state.json");
    let Some(bytes) = foreign::read_file(&path, STATE_MAX).ok().flatten() else { return Ok(None) };
    let state = serde_json::from_slice::<State>(&bytes).ok();
    match &state {
        Some(state) if state.version > State::VERSION => {
            let newer = format!("{} was written by a newer Segno", path.display());
            return Err(CliError::new(what, newer).coded(REFUSED).todo("update this Segno"));
        }
        Some(_) => {}
        None if lock.is_some() => drop(set_aside(&path, "corrupt")),
        None => {}
    }
    Ok(state)
}

/// Stores it so that neither a kill nor a power failure loses it. By who holds the lock.
pub fn store(env: &Environment, what: &str, _: &LockFile, state: &State) -> Result<(), CliError> {
    let path = env.home.curate_dir().join("state.json");
    let bytes = serde_json::to_vec(state).map_err(|e| CliError::new(what, e))?;
    atomic::write(&path, &bytes).map_err(|e| CliError::new(what, e))
}

/// Notes by their paths below a directory, as they are now.
pub type Notes = BTreeMap<PathBuf, (u64, Option<SystemTime>)>;

/// The notes below a directory.
pub fn notes(directory: &Path) -> Notes {
    let mut found = Notes::new();
    look(directory, directory, 0, &mut found);
    found
}

fn look(root: &Path, directory: &Path, depth: usize, into: &mut Notes) {
    for entry in std::fs::read_dir(directory).into_iter().flatten().flatten() {
        let path = entry.path();
        let Ok(metadata) = std::fs::symlink_metadata(&path) else { continue };
        if metadata.is_dir() && depth < DEPTH_MAX {
            look(root, &path, depth + 1, into);
        } else if metadata.is_file()
            && path.extension().is_some_and(|e| e == "md")
            && into.len() < NOTES_MAX
            && let Ok(below) = path.strip_prefix(root)
        {
            into.insert(below.to_path_buf(), (metadata.len(), metadata.modified().ok()));
        }
    }
}

/// The notes that are new, changed, or gone.
pub fn changed(before: &Notes, after: &Notes) -> Vec<String> {
    let differs = |path: &&PathBuf| before.get(*path) != after.get(*path);
    let mut all: Vec<&PathBuf> = before.keys().chain(after.keys()).filter(differs).collect();
    all.sort();
    all.dedup();
    all.into_iter().map(|path| path.to_string_lossy().into_owned()).collect()
}

//! Directories that people and programs name: they may be on a disk that hangs.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use segno_store::agent::shims;
use segno_store::file::atomic;
use segno_store::home::own_directory;

/// Whether a directory is there.
pub(in super::super) fn is_directory(path: &Path) -> bool {
    path.is_dir()
}

/// The first of these that is there; one that was named must be a directory, and is given back
/// where it is none.
pub(in super::super) fn directory_of(
    asked: Option<PathBuf>,
    known: Option<PathBuf>,
    default: Option<PathBuf>,
) -> Result<Option<PathBuf>, PathBuf> {
    let found = asked.or(known.filter(|known| known.is_dir())).or(default);
    match found {
        Some(directory) if !directory.is_dir() => Err(directory),
        found => Ok(found),
    }
}

/// Writes files of which the first is missing; whether it was. Their directory is made.
pub(in super::super) fn write_missing(files: &[(PathBuf, Vec<u8>)]) -> Result<bool, String> {
    if files.first().is_none_or(|(path, _)| path.exists()) {
        return Ok(false);
    }
    write_all(files)?;
    Ok(true)
}

/// Writes files; their directories are made.
pub(in super::super) fn write_all(files: &[(PathBuf, Vec<u8>)]) -> Result<(), String> {
    for (path, bytes) in files {
        let directory = path.parent().map_or(Ok(()), own_directory);
        directory
            .map_err(std::io::Error::other)
            .and_then(|()| atomic::write_unsynced(path, bytes))
            .map_err(|error| format!("cannot write {}: {error}", path.display()))?;
    }
    Ok(())
}

/// Makes the directory of shims hold these; what hinders it.
pub(in super::super) fn install_shims(
    dir: &Path,
    program: &Path,
    mut names: BTreeSet<String>,
) -> Option<String> {
    if !names.is_empty() {
        names.insert(shims::RETURN.to_string());
    }
    let failure = shims::install(dir, program, &names).err()?;
    Some(format!("agents typed in shells are not followed: {}: {failure}", dir.display()))
}

/// Whether something is there.
pub(in super::super) fn is_there(path: &Path) -> bool {
    path.exists()
}

/// The directory that a typed text names, if it is one, and what the text may be completed to.
pub(in super::super) fn listed(
    text: &str,
    user_home: Option<&Path>,
) -> (Option<PathBuf>, Vec<String>) {
    let directory = PathBuf::from(expanded(text, user_home));
    // Without doubled and trailing slashes, so that it is the one that agents know.
    let directory = directory.components().collect::<PathBuf>();
    let directory = (directory.is_absolute() && directory.is_dir()).then_some(directory);
    (directory, complete(text, user_home))
}

/// The text with the user's home in place of `~`.
pub(in super::super) fn expanded(text: &str, user_home: Option<&std::path::Path>) -> String {
    match (text.strip_prefix('~'), user_home) {
        (Some(rest), Some(home)) if rest.is_empty() || rest.starts_with('/') => {
            format!("{}{rest}", home.display())
        }
        _ => text.to_string(),
    }
}

/// The directories that a text may be completed to, in order; at most twenty.
fn complete(text: &str, user_home: Option<&std::path::Path>) -> Vec<String> {
    let expanded = expanded(text, user_home);
    let Some((parent, begun)) = expanded.rsplit_once('/') else { return Vec::new() };
    let (shown, _) = text.rsplit_once('/').unwrap_or(("", ""));
    let parent = if parent.is_empty() { "/" } else { parent };
    let mut names: Vec<String> = std::fs::read_dir(parent)
        .into_iter()
        .flatten()
        .flatten()
        .filter(|e| e.path().is_dir())
        .filter_map(|e| e.file_name().into_string().ok())
        .filter(|n| n.starts_with(begun) && (begun.starts_with('.') || !n.starts_with('.')))
        .collect();
    names.sort();
    names.truncate(20);
    names.into_iter().map(|n| format!("{shown}/{n}/")).collect()
}

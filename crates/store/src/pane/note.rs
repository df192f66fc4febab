//! A pane's note: a text of the user's own, in a file that their editor writes too.

use std::io;
use std::path::Path;

use crate::file::atomic;
use crate::file::foreign::{self, Refusal};
use crate::pane::session_file;

/// The largest note, in bytes.
pub const LIMIT: u64 = 256 * 1024;

/// Why a note cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum NoteError {
    #[error("the note cannot be read: {0}")]
    Unreadable(#[from] Refusal),
    #[error("the note is longer than {LIMIT} bytes; make it shorter")]
    TooLong,
    #[error("the note cannot be written: {0}")]
    Io(#[from] io::Error),
}

/// The note; no file is an empty one.
pub fn read(path: &Path) -> Result<String, NoteError> {
    let bytes = foreign::read(path, LIMIT)?.unwrap_or_default();
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Replaces the note; an empty one removes the file.
pub fn write(path: &Path, text: &str) -> Result<(), NoteError> {
    if text.len() as u64 > LIMIT {
        return Err(NoteError::TooLong);
    }
    match text.is_empty() {
        true => session_file::remove(path)?,
        false => atomic::write(path, text.as_bytes())?,
    }
    Ok(())
}

/// Makes sure that there is a file to edit, for its owner alone.
pub fn prepare(path: &Path) -> Result<(), NoteError> {
    match foreign::open(path)? {
        Some(_) => Ok(()),
        None => Ok(atomic::write(path, b"")?),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_what_was_written() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::set_permissions(
            directory.path(),
            std::os::unix::fs::PermissionsExt::from_mode(0o700),
        )
        .unwrap();
        let path = directory.path().join("p1.md");
        assert_eq!(read(&path).unwrap(), "");
        write(&path, "# todo\n").unwrap();
        prepare(&path).unwrap();
        assert_eq!(read(&path).unwrap(), "# todo\n");
        assert!(matches!(write(&path, &"x".repeat(300_000)), Err(NoteError::TooLong)));
        write(&path, "").unwrap();
        assert!(!path.exists());
        prepare(&path).unwrap();
        assert_eq!(read(&path).unwrap(), "");
        std::fs::remove_file(&path).unwrap();
        std::os::unix::fs::symlink("/etc/passwd", &path).unwrap();
        assert!(read(&path).is_err() && prepare(&path).is_err());
    }
}

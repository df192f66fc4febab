//! Files that a user names for a pane's text. They may lie anywhere, so nothing is ever followed,
//! waited for or overwritten by accident.

use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

use nix::libc::{O_CLOEXEC, O_NOFOLLOW, O_NONBLOCK};

use crate::file::atomic;

/// Why a named file is not written.
#[derive(Debug, thiserror::Error)]
pub enum UserFileError {
    #[error("{0} exists already; name another file, or write over it with --force")]
    Exists(String),
    #[error("{0} is a symbolic link; name the file that it leads to")]
    Link(String),
    #[error("{0} is no regular file; name another")]
    NotRegular(String),
    #[error("{0} belongs to another user; name another file")]
    NotOurs(String),
    #[error("cannot write {0}: {1}")]
    Io(String, #[source] io::Error),
}

/// What happens to what is in the file already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existing {
    Refused,
    Replaced,
    /// What is written comes behind it.
    Kept,
}

/// Opens a file for writing; a new one is for its owner alone.
pub fn open(path: &Path, existing: Existing) -> Result<File, UserFileError> {
    let name = || path.display().to_string();
    let failed = |error: io::Error| match error.raw_os_error() {
        Some(nix::libc::ELOOP) => UserFileError::Link(name()),
        Some(nix::libc::EEXIST) => UserFileError::Exists(name()),
        // A pipe that nobody reads, a directory.
        Some(nix::libc::ENXIO | nix::libc::EISDIR) => UserFileError::NotRegular(name()),
        _ => UserFileError::Io(name(), error),
    };
    let mut options = OpenOptions::new();
    options.mode(0o600).custom_flags(O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    match existing {
        Existing::Refused => options.write(true).create_new(true),
        Existing::Replaced => options.write(true).create(true),
        Existing::Kept => options.append(true).create(true),
    };
    let file = options.open(path).map_err(failed)?;
    let metadata = file.metadata().map_err(failed)?;
    if !metadata.is_file() {
        return Err(UserFileError::NotRegular(name()));
    }
    if metadata.uid() != nix::unistd::Uid::effective().as_raw() {
        return Err(UserFileError::NotOurs(name()));
    }
    if existing == Existing::Replaced {
        file.set_len(0).map_err(failed)?;
    }
    Ok(file)
}

/// Replaces a text that the user writes, wherever a link leads to it; why that failed in a line.
pub fn replace(path: &Path, text: &str) -> Result<(), String> {
    let target = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    atomic::write(&target, text.as_bytes())
        .map_err(|error| format!("cannot write {}: {error}", path.display()))
}

/// Reads a text that the user writes, wherever links lead to it; `None` when it is not there, and
/// why it cannot be read in a line. Of at most `limit` bytes; what is no file is not waited for.
pub fn read(path: &Path, limit: u64) -> Result<Option<String>, String> {
    let refused = |why: &dyn std::fmt::Display| format!("cannot read {}: {why}", path.display());
    let file = match OpenOptions::new().read(true).custom_flags(O_CLOEXEC | O_NONBLOCK).open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(refused(&error)),
    };
    let metadata = file.metadata().map_err(|error| refused(&error))?;
    if !metadata.is_file() {
        return Err(refused(&"it is no regular file"));
    }
    let too_large = || refused(&format_args!("it is larger than {limit} bytes"));
    if metadata.len() > limit {
        return Err(too_large());
    }
    let mut text = String::new();
    // It may grow meanwhile.
    let read = file.take(limit + 1).read_to_string(&mut text).map_err(|error| refused(&error))?;
    if read as u64 > limit { Err(too_large()) } else { Ok(Some(text)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::os::unix::fs::{PermissionsExt, symlink};

    #[test]
    fn only_regular_files_of_ours_are_written() {
        let directory = tempfile::tempdir().unwrap();
        let at = |name: &str| directory.path().join(name);
        open(&at("new"), Existing::Refused).unwrap().write_all(b"one").unwrap();
        assert_eq!(std::fs::metadata(at("new")).unwrap().permissions().mode() & 0o777, 0o600);
        let refused = open(&at("new"), Existing::Refused);
        assert!(matches!(refused, Err(UserFileError::Exists(_))));
        open(&at("new"), Existing::Kept).unwrap().write_all(b" two").unwrap();
        assert_eq!(std::fs::read(at("new")).unwrap(), b"one two");
        drop(open(&at("new"), Existing::Replaced).unwrap());
        assert_eq!(std::fs::read(at("new")).unwrap(), b"");

        symlink(at("new"), at("link")).unwrap();
        symlink(at("nowhere"), at("dangling")).unwrap();
        nix::unistd::mkfifo(&at("fifo"), nix::sys::stat::Mode::S_IRWXU).unwrap();
        for existing in [Existing::Refused, Existing::Replaced, Existing::Kept] {
            for name in ["link", "dangling", "fifo", "."] {
                assert!(open(&at(name), existing).is_err(), "{name} {existing:?}");
            }
        }
        assert!(!at("nowhere").exists());
    }

    #[test]
    fn only_a_file_of_some_size_is_read() {
        let directory = tempfile::tempdir().unwrap();
        let at = |name: &str| directory.path().join(name);
        std::fs::write(at("file"), "text").unwrap();
        symlink(at("file"), at("link")).unwrap();
        nix::unistd::mkfifo(&at("fifo"), nix::sys::stat::Mode::S_IRWXU).unwrap();
        File::create(at("huge")).unwrap().set_len(3 << 30).unwrap();
        assert_eq!(read(&at("file"), 4), Ok(Some("text".into())));
        assert_eq!(read(&at("link"), 4), Ok(Some("text".into())));
        assert_eq!(read(&at("none"), 4), Ok(None));
        for name in ["fifo", "huge", ".", "file"] {
            assert!(read(&at(name), 3).unwrap_err().contains("cannot read"), "{name}");
        }
    }
}
